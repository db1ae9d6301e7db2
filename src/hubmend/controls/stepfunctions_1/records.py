"""Reading what a proof compares: executions, their histories, and log records.

FilterLogEvents gives empty pages and is followed to its end; the stream AWS writes to validate
delivery is no execution's record and is left out (F§3.3, F§4.3). Streams are not looked up by
name: only the record says whose it is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.prove import Event, Execution, Record
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.ports import Gateway

VALIDATION_STREAM = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"
MOST_EXECUTIONS, MOST_RECORDS = 20, 10_000
_EARLIER = timedelta(seconds=60)


async def standard_executions(
    gateway: Gateway, machine: Machine, since: datetime
) -> list[Execution]:
    """Return the newest executions started since a moment, each with its whole history."""
    call = Call("stepfunctions", "ListExecutions", {"stateMachineArn": machine.arn})
    found: list[Execution] = []
    async for page in gateway.pages(machine.target, call):
        listed = [one for one in page["executions"] if one["startDate"] >= since]
        found += [await _with_history(gateway, machine, one) for one in listed]
        if len(listed) < len(page["executions"]) or len(found) >= MOST_EXECUTIONS:
            break  # newest first: the rest is older
    return found[:MOST_EXECUTIONS]


async def _with_history(gateway: Gateway, machine: Machine, listed: Mapping[str, Any]) -> Execution:
    arn = listed["executionArn"]
    events: list[Event] = []
    qualifier = listed.get("stateMachineAliasArn") or listed.get("stateMachineVersionArn")
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
    gateway: Gateway, machine: Machine, term: str, since: datetime
) -> list[Record]:
    """Return the records since a moment that hold a term, such as an execution's ARN."""
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
        if len(found) >= MOST_RECORDS:
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
    """Return the EXPRESS executions that records tell of, with what the records say of them."""
    moments: dict[str, list[int]] = {}
    for record in records:
        moments.setdefault(record.execution, []).append(record.event.moment)
    return [
        Execution(arn, "", _moment(min(times)), _moment(max(times)), None)
        for arn, times in sorted(moments.items())
    ]


def parse_record(text: str) -> Record | None:
    """Read a log record in AWS's format (F§3.3), None when the text is something else."""
    try:
        data = json.loads(text)
        event = Event(
            int(data["id"]),
            str(data["type"]),
            int(data["previous_event_id"]),
            _epoch(data["event_timestamp"]),
        )
        return Record(event, str(data["execution_arn"]), dict(data.get("details") or {}), text)
    except (ValueError, KeyError, TypeError):
        return None


def _epoch(value: str) -> int:
    """Return milliseconds; AWS writes them as text, localstack writes ISO times."""
    return int(value) if value.isdigit() else milliseconds(datetime.fromisoformat(value))


def milliseconds(moment: datetime) -> int:
    """Return a moment in milliseconds of the epoch, as CloudWatch Logs counts."""
    return int(moment.timestamp() * 1000)


def _moment(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1000, UTC)
