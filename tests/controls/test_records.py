"""Reading executions, histories and records as AWS pages, delays and formats them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls.stepfunctions_1.prove import Event, Execution, Record
from hubmend.controls.stepfunctions_1.records import (
    MOST_EXECUTIONS,
    VALIDATION_STREAM,
    express_executions,
    milliseconds,
    parse_record,
    read_records,
    standard_execution,
    standard_executions,
    validated,
)
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.verification import Started
from tests.controls.builders import GROUP, NOW, TARGET, Scripted, logging, machine, refusal
from tests.controls.executions import (
    BEGUN,
    EXPRESS_RUN,
    FAILURE,
    RUN,
    SUCCESS,
    history,
    record,
    text_of,
)
from tests.store.values import json_values

PAY = machine(logging=logging())
SECOND = timedelta(seconds=1)


def told(events: tuple[Event, ...]) -> list[dict[str, Any]]:
    """A history as GetExecutionHistory tells it: the first event has no previous one."""
    return [
        {"id": one.id, "type": one.type, "timestamp": one.at}
        | ({"previousEventId": one.previous} if one.previous else {})
        for one in events
    ]


def listed(number: int, started: datetime = BEGUN, **more: Any) -> dict[str, Any]:
    return {"executionArn": f"{RUN}{number}", "status": "RUNNING", "startDate": started, **more}


def states(pages: list[list[dict[str, Any]]]) -> Scripted:
    events = told(history())
    return Scripted(
        ListExecutions=[{"executions": page} for page in pages],
        GetExecutionHistory=[{"events": events[:2]}, {"events": events[2:]}],
    )


async def test_an_execution_is_read_with_its_whole_history() -> None:
    stopped = BEGUN + SECOND
    gateway = states([[listed(1, status="SUCCEEDED", stopDate=stopped)]])
    (found,) = await standard_executions(gateway, PAY, NOW)
    assert found == Execution(f"{RUN}1", "SUCCEEDED", BEGUN, stopped, history())


async def test_only_executions_since_the_change_are_read_and_the_rest_is_left() -> None:
    pages = [[listed(3), listed(2, NOW)], [listed(1, NOW - SECOND), listed(0, NOW - SECOND)], []]
    gateway = states(pages)
    found = await standard_executions(gateway, PAY, NOW)
    assert [one.arn for one in found] == [f"{RUN}3", f"{RUN}2"]
    assert await standard_executions(states([[]]), PAY, NOW) == []


async def test_of_a_busy_machine_the_newest_executions_are_read_and_no_more() -> None:
    many = [listed(number) for number in range(MOST_EXECUTIONS - 1)]
    gateway = states([many, many, many])
    assert len(await standard_executions(gateway, PAY, NOW)) == MOST_EXECUTIONS
    histories = [one for _, one in gateway.calls if one.operation == "GetExecutionHistory"]
    assert len(histories) == MOST_EXECUTIONS


@pytest.mark.parametrize("key", ["stateMachineAliasArn", "stateMachineVersionArn"])
async def test_the_history_of_an_execution_through_an_alias_is_not_asked_for(key: str) -> None:
    gateway = states([[{**listed(1), key: "live"}]])
    (found,) = await standard_executions(gateway, PAY, NOW)
    assert (found.qualifier, found.history) == ("live", ())
    assert [one.operation for _, one in gateway.calls] == ["ListExecutions"]


STARTED = Started(RUN, "RUNNING", BEGUN, None)


@pytest.mark.parametrize(
    ("events", "status", "stopped"),
    [
        (history(), "SUCCEEDED", history()[-1].at),
        (history(FAILURE), "FAILED", history(FAILURE)[-1].at),
        (history(SUCCESS[:2]), "RUNNING", None),
        ((), "RUNNING", None),
    ],
)
async def test_an_execution_that_is_not_listed_yet_is_told_from_its_history(
    events: tuple[Event, ...], status: str, stopped: datetime | None
) -> None:
    gateway = Scripted(GetExecutionHistory={"events": told(events)})
    found = await standard_execution(gateway, PAY, STARTED)
    assert found == Execution(RUN, status, BEGUN, stopped, events)


async def test_an_execution_aws_does_not_show_yet_is_running() -> None:
    def failing(kind: ErrorKind) -> Scripted:
        return Scripted(GetExecutionHistory=refusal(kind, "stepfunctions:GetExecutionHistory"))

    found = await standard_execution(failing(ErrorKind.NOT_FOUND), PAY, STARTED)
    assert found == Execution(RUN, "RUNNING", BEGUN, None, ())
    with pytest.raises(AwsError):
        await standard_execution(failing(ErrorKind.DENIED), PAY, STARTED)


def logged(*texts: str, stream: str = "states/pay/1") -> dict[str, Any]:
    return {"events": [{"logStreamName": stream, "message": text} for text in texts]}


async def test_records_are_read_over_empty_pages_and_without_what_is_none() -> None:
    first, second = (text_of(one) for one in history()[:2])
    pages = [
        {},
        logged(first),
        {"events": []},
        logged(text_of(history()[2]), stream=VALIDATION_STREAM),
        logged("Permissions are set correctly", second),
    ]
    gateway = Scripted(FilterLogEvents=pages)
    found = await read_records(gateway, PAY, RUN, BEGUN)
    assert [one.event for one in found] == list(history()[:2])
    ((target, call),) = gateway.calls
    assert target == TARGET
    assert call.params == {
        "logGroupName": GROUP,
        "startTime": milliseconds(BEGUN) - 60_000,
        "filterPattern": f'"{RUN}"',
    }


async def test_reading_stops_only_where_it_is_told_to() -> None:
    page = logged(*(text_of(one) for one in history()))
    gateway = Scripted(FilterLogEvents=[page] * 5)
    assert len(await read_records(gateway, PAY, RUN, BEGUN)) == 20
    assert len(await read_records(gateway, PAY, RUN, BEGUN, most=6)) == 8


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"logStreams": [{"logStreamName": VALIDATION_STREAM}]}, True),
        ({"logStreams": [{"logStreamName": f"{VALIDATION_STREAM}-2"}]}, False),
        ({"logStreams": []}, False),
        ({}, False),
    ],
)
async def test_awss_validation_of_delivery_is_seen(answer: dict[str, Any], seen: bool) -> None:
    assert await validated(Scripted(DescribeLogStreams=answer), PAY) is seen


def test_express_executions_are_told_from_their_records_oldest_first() -> None:
    late = f"{EXPRESS_RUN}-late"
    found = [record(history(began=BEGUN + SECOND)[1], late), *(
        record(one, EXPRESS_RUN) for one in reversed(history()))]  # fmt: skip
    assert express_executions(found) == [
        Execution(EXPRESS_RUN, "", BEGUN, history()[-1].at, None),
        Execution(late, "", found[0].event.at, found[0].event.at, None),
    ]
    assert express_executions([]) == []


AWS_RECORD = (
    '{"id":"2","type":"PassStateEntered","details":{"name":"P"},"previous_event_id":"1",'
    '"event_timestamp":"1787541942883","execution_arn":"arn","redrive_count":"0"}'
)


def test_a_record_is_read_in_awss_format() -> None:
    event = Event(2, "PassStateEntered", 1, 1787541942883)
    assert parse_record(AWS_RECORD) == Record(event, "arn", {"name": "P"}, AWS_RECORD)


MOMENTS = {
    "as AWS writes it": "1787541942883",
    "as a number": 1787541942883,
    "with a zone": "2026-08-24T03:25:42.883Z",
    "with microseconds and no zone": "2026-08-24T03:25:42.883999",
    "in another zone": "2026-08-24T12:25:42.883+09:00",
}


@pytest.mark.parametrize("timestamp", MOMENTS.values(), ids=MOMENTS)
def test_a_record_is_read_however_an_emulator_writes_its_moment(timestamp: Any) -> None:
    text = json.dumps({**json.loads(AWS_RECORD), "event_timestamp": timestamp, "details": None})
    found = parse_record(text)
    assert found is not None
    assert (found.event.moment, found.details) == (1787541942883, {})


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "one"},
        {"id": None},
        {"id": float("inf")},
        {"previous_event_id": []},
        {"event_timestamp": "soon"},
        {"event_timestamp": "9" * 30},
        {"event_timestamp": "²"},
        {"event_timestamp": None},
        {"details": "text"},
        {"details": [1]},
    ],
)
def test_what_is_no_record_is_left_out(changed: dict[str, Any]) -> None:
    assert parse_record(json.dumps({**json.loads(AWS_RECORD), **changed})) is None


@pytest.mark.parametrize("key", ["id", "type", "previous_event_id", "event_timestamp",
                                 "execution_arn"])  # fmt: skip
def test_a_record_without_one_of_its_parts_is_none(key: str) -> None:
    data = json.loads(AWS_RECORD)
    del data[key]
    assert parse_record(json.dumps(data)) is None


@given(st.text() | json_values.map(json.dumps) | st.just("[" * 100_000))
def test_any_other_text_in_the_log_group_is_no_record(text: str) -> None:
    assert parse_record(text) is None


keys = st.sampled_from(list(json.loads(AWS_RECORD)))


@given(st.dictionaries(keys, json_values | st.integers().map(str)))
def test_anything_like_a_record_is_read_or_left_out(changed: dict[str, Any]) -> None:
    text = json.dumps({**json.loads(AWS_RECORD), **changed})
    found = parse_record(text)
    assert found is None or (found.text == text and found.event.at.tzinfo)


@given(st.integers(0, 4 * 10**12))
def test_milliseconds_are_exact_on_the_way_through_a_float(moment: int) -> None:
    """botocore reads a timestamp as a float and rounds it to microseconds."""
    assert milliseconds(datetime.fromtimestamp(moment / 1000, UTC)) == moment
    east = timezone(timedelta(hours=9))
    assert milliseconds(datetime.fromtimestamp(moment / 1000, east)) == moment
