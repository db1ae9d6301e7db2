"""Reading what a proof compares: executions, their histories, and log records.

FilterLogEvents gives empty pages and is followed to its end; the stream AWS writes to validate
delivery is no execution's record and is left out (F§3.3, F§4.3). Streams are not looked up by
name: only the record says whose it is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from hubmend.controls.stepfunctions_1.events import ENDINGS
from hubmend.controls.stepfunctions_1.judging import EPOCH, Event, Execution, Record
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway
from hubmend.core.verification import Started

VALIDATION_STREAM = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"
MOST_EXECUTIONS, MOST_RECORDS = 20, 10_000
_EARLIER = timedelta(seconds=60)


async def standard_executions(
    gateway: Gateway, machine: Machine, since: datetime, versions: frozenset[str] = frozenset()
) -> list[Execution]:
    """Return the newest executions started since a moment, each with its whole history.

    Those of `versions` log as the machine's own do; others through an alias are only named.
    """
    call = Call("stepfunctions", "ListExecutions", {"stateMachineArn": machine.arn})
    found: list[Execution] = []
    async for page in gateway.pages(machine.target, call):
        listed = [one for one in page["executions"] if one["startDate"] >= since]
        wanted = islice(listed, MOST_EXECUTIONS - len(found))
        found += [await _with_history(gateway, machine, one, versions) for one in wanted]
        if len(listed) < len(page["executions"]) or len(found) >= MOST_EXECUTIONS:
            break  # newest first: the rest is older
    return found


async def standard_execution(gateway: Gateway, machine: Machine, started: Started) -> Execution:
    """Return an execution verify started, told from its history: ListExecutions has a delay.

    GetExecutionHistory has one, too: where it does not know the execution yet, it is running.
    """
    try:
        events = [event async for event in history(gateway, machine.target, started.arn)]
    except AwsError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        events = []
    ended = [event for event in events if event.type in ENDINGS]
    return Execution(
        started.arn,
        ENDINGS[ended[-1].type] if ended else started.status,
        started.started,
        ended[-1].at if ended else None,
        tuple(events),
    )


async def _with_history(
    gateway: Gateway, machine: Machine, listed: Mapping[str, Any], versions: frozenset[str]
) -> Execution:
    arn, version = listed["executionArn"], listed.get("stateMachineVersionArn")
    events: list[Event] = []
    qualifier = None if version in versions else listed.get("stateMachineAliasArn") or version
    if not qualifier:
        events = [event async for event in history(gateway, machine.target, arn)]
    return Execution(
        arn, listed["status"], listed["startDate"], listed.get("stopDate"), tuple(events), qualifier
    )


async def history(gateway: Gateway, target: Target, execution: str) -> AsyncIterator[Event]:
    """Yield the events of a STANDARD execution, oldest first."""
    call = Call(
        "stepfunctions",
        "GetExecutionHistory",
        {"executionArn": execution, "includeExecutionData": False, "maxResults": 1000},
    )
    async for page in gateway.pages(target, call):
        for event in page["events"]:
            yield Event(
                int(event["id"]),
                event["type"],
                int(event.get("previousEventId", 0)),
                milliseconds(event["timestamp"]),
            )


async def read_records(
    gateway: Gateway, machine: Machine, term: str, since: datetime, most: int | None = None
) -> list[Record]:
    """Return the records since a moment that hold a term, such as an execution's ARN.

    After `most` of them reading stops; without it, all are read.
    """
    params: dict[str, Any] = {
        "logGroupName": machine.log_group,
        "startTime": milliseconds(since - _EARLIER),
        "filterPattern": f'"{term}"',
    }
    found: list[Record] = []
    async for page in gateway.pages(machine.target, Call("logs", "FilterLogEvents", params)):
        for event in page.get("events", ()):
            record = parse_record(event["message"])
            if record and event.get("logStreamName") != VALIDATION_STREAM:
                found.append(record)
        if most is not None and len(found) >= most:
            break
    return found


async def validated(gateway: Gateway, machine: Machine) -> bool:
    """Whether AWS has written its validation stream: first evidence that delivery is wired."""
    call = Call(
        "logs",
        "DescribeLogStreams",
        {"logGroupName": machine.log_group, "logStreamNamePrefix": VALIDATION_STREAM},
    )
    answer = await gateway.read(machine.target, call)
    return any(one["logStreamName"] == VALIDATION_STREAM for one in answer.get("logStreams", ()))


def express_executions(records: list[Record]) -> list[Execution]:
    """Return the EXPRESS executions that records tell of, oldest first, as the records have it."""
    moments: dict[str, list[datetime]] = {}
    for record in records:
        moments.setdefault(record.execution, []).append(record.event.at)
    found = [Execution(arn, "", min(at), max(at), None) for arn, at in moments.items()]
    return sorted(found, key=lambda one: (one.started, one.arn))


def parse_record(text: str) -> Record | None:
    """Read a log record in AWS's format (F§3.3), None when the text is something else."""
    try:
        data = json.loads(text)
        event = Event(
            int(data["id"]),
            str(data["type"]),
            int(data["previous_event_id"]),
            _epoch(str(data["event_timestamp"])),
        )
        event.at  # noqa: B018 - a moment no calendar has is no record's
        return Record(event, str(data["execution_arn"]), dict(data.get("details") or {}), text)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None


def _epoch(value: str) -> int:
    """Return milliseconds; AWS writes them as text, localstack writes ISO times."""
    return int(value) if value.isdigit() else milliseconds(datetime.fromisoformat(value))


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds of the epoch, as CloudWatch Logs counts.

    In whole numbers: the way over a float is one millisecond off at times. Without a zone it is
    UTC, as emulators write it.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(milliseconds=1)
