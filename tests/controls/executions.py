"""Executions with their histories, and the records AWS writes of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hubmend.controls.stepfunctions_1.events import ENDINGS, written
from hubmend.controls.stepfunctions_1.prove import Event, Execution, Record, Rules
from hubmend.controls.stepfunctions_1.records import milliseconds, parse_record
from tests.controls.builders import NOW, machine_arn

SINCE = NOW
LATER = NOW + timedelta(minutes=30)  # long after the records must have come
BEGUN = NOW + timedelta(minutes=1)  # long after the change settled
RUN = machine_arn().replace(":stateMachine:", ":execution:") + ":run-1"
EXPRESS_RUN = machine_arn().replace(":stateMachine:", ":express:") + ":run-1:uuid"

SUCCESS = ("ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded")
FAILURE = ("ExecutionStarted", "TaskStateEntered", "TaskFailed", "FailStateEntered",
           "ExecutionFailed")  # fmt: skip
CAUGHT = ("ExecutionStarted", "TaskStateEntered", "TaskFailed", "TaskStateExited",
          "ExecutionSucceeded")  # fmt: skip


def rules(level: str = "ALL", **changed: Any) -> Rules:
    """Rules under which everything is over for long."""
    return replace(Rules(level, False, SINCE, LATER), **changed)


def history(types: Sequence[str] = SUCCESS, began: datetime = BEGUN) -> tuple[Event, ...]:
    """Events a tenth of a second after each other."""
    return tuple(
        Event(place + 1, name, place, milliseconds(began) + 100 * place)
        for place, name in enumerate(types)
    )


def execution(
    types: Sequence[str] = SUCCESS, arn: str = RUN, began: datetime = BEGUN, **changed: Any
) -> Execution:
    """A STANDARD execution that went through events of these types."""
    events = history(types, began)
    status = ENDINGS.get(types[-1], "RUNNING")
    stopped = events[-1].at if types[-1] in ENDINGS else None
    return replace(Execution(arn, status, began, stopped, events), **changed)


def text_of(event: Event, arn: str = RUN, **details: Any) -> str:
    """A log record in AWS's format (F§3.3)."""
    return json.dumps(
        {
            "id": str(event.id),
            "type": event.type,
            "details": details,
            "previous_event_id": str(event.previous),
            "event_timestamp": str(event.moment),
            "execution_arn": arn,
            "redrive_count": "0",
        }
    )


def record(event: Event, arn: str = RUN, **details: Any) -> Record:
    made = parse_record(text_of(event, arn, **details))
    assert made is not None
    return made


def records_of(events: Sequence[Event], level: str = "ALL", arn: str = RUN) -> list[Record]:
    """What a level writes of a history."""
    return [record(event, arn) for event in events if written(level, event.type)]
