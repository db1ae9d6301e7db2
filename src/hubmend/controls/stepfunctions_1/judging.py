"""One execution judged: the records its level must have written, against those that came. Pure.

STANDARD executions have a history of their own, so every record is expected one by one. EXPRESS
executions have none: their records are checked against themselves (at ALL from ExecutionStarted,
numbered without gaps, to an ending) and against the result of a synchronous run. Delivery is best
effort and late (F§3.3), so records are called missing only after PATIENCE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from hubmend.controls.stepfunctions_1.events import ENDINGS, written
from hubmend.core.verification import ProofStatus

PATIENCE = timedelta(seconds=180)
# An EXPRESS execution may be silent in a Wait state for as long as it may run at all (F§3.4).
EXPRESS_LONGEST = timedelta(minutes=5)
# Both sides tell milliseconds; where one rounds and the other cuts off, they differ by one.
ROUNDING = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAYLOAD = ("input", "inputDetails", "output", "outputDetails")
_RUNNING = "RUNNING"


@dataclass(frozen=True)
class Event:
    """One event of an execution's history. `moment` is in milliseconds of the epoch."""

    id: int
    type: str
    previous: int
    moment: int

    @property
    def at(self) -> datetime:
        """Return the moment as a time."""
        return EPOCH + timedelta(milliseconds=self.moment)


@dataclass(frozen=True)
class Record:
    """One log record, parsed; `text` is the record as CloudWatch Logs holds it."""

    event: Event
    execution: str
    details: Mapping[str, Any]
    text: str


@dataclass(frozen=True)
class Execution:
    """One execution to prove. `history` is None for EXPRESS; `status` as AWS says it.

    `qualifier` is the alias or version it was started through: those keep the logging of their
    version (F§3.6). `ours` are the runs verify started, which are always waited for.
    """

    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    history: tuple[Event, ...] | None
    qualifier: str | None = None
    ours: bool = False


@dataclass(frozen=True)
class Judged:
    """What one execution shows."""

    execution: Execution
    status: ProofStatus
    expected: int
    found: int
    why: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What holds while proving: the level, whether payload may be there, since when, and now."""

    level: str
    include_execution_data: bool
    since: datetime
    now: datetime
    express: bool = False


def judge(rules: Rules, execution: Execution, records: Sequence[Record]) -> Judged:
    """Compare the records of one execution with those that must exist."""
    if not rules.include_execution_data:
        leak = next((one for one in records if _payload(one)), None)
        if leak:
            why = f"record {leak.event.id} holds execution data although it is off"
            return Judged(execution, ProofStatus.MISSING, len(records), len(records), why)
    if execution.history is None:
        return _express(rules, execution, records)
    return _standard(rules, execution, execution.history, records)


def _standard(
    rules: Rules, execution: Execution, history: Sequence[Event], records: Sequence[Record]
) -> Judged:
    found: dict[int, list[Event]] = {}
    for record in records:  # delivery may write a record twice
        found.setdefault(record.event.id, []).append(record.event)
    expected = [event for event in history if written(rules.level, event.type)]
    absent = [
        event for event in expected if not any(_same(event, one) for one in found.get(event.id, ()))
    ]
    missing = tuple(f"{event.id} {event.type}" for event in absent)
    counts = (len(expected), len(expected) - len(absent))
    overdue = any(rules.now > event.at + PATIENCE for event in absent)
    if missing or execution.status == _RUNNING:
        return _incomplete(execution, counts, missing, overdue=overdue)
    if not any(event.type in ENDINGS for event in history):
        return _unfinished_history(rules, execution, counts)
    return _complete(rules, execution, counts)


def _express(rules: Rules, execution: Execution, records: Sequence[Record]) -> Judged:
    ids = {record.event.id for record in records if _numbered(record.event)}
    gaps: list[tuple[int, int]] = []
    if rules.level == "ALL":
        # Of a stream without any record at least the first is missing.
        gaps = _gaps([0, *(sorted(ids) or [2])])
    missing = [f"{one} (gap)" if one == last else f"{one} to {last} (gap)" for one, last in gaps]
    ending = _ending(rules, execution)
    closed = any(record.event.type in ending for record in records)
    if ending and not closed:
        missing.append(" or ".join(sorted(ending)))
    lacking = sum(last - one + 1 for one, last in gaps) + bool(ending and not closed)
    counts = (len(ids) + lacking, len(ids))
    if missing:
        overdue = rules.now > _last_moment(execution, closed=closed) + PATIENCE
        return _incomplete(execution, counts, tuple(missing), overdue=overdue)
    return _complete(rules, execution, counts)


def _numbered(event: Event) -> bool:
    """Whether an event has a number it can have: the first is ExecutionStarted, no other."""
    return event.id >= 1 and (event.id == 1) == (event.type == "ExecutionStarted")


def _gaps(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return the ranges that are missing between numbers in order."""
    return [(one + 1, other - 1) for one, other in pairwise(ids) if other > one + 1]


def _last_moment(execution: Execution, *, closed: bool) -> datetime:
    """Return when an EXPRESS execution is over: unless it is known, as late as it may be."""
    last = execution.stopped or execution.started
    known = closed or execution.status
    return last if known else max(last, execution.started + EXPRESS_LONGEST)


def _ending(rules: Rules, execution: Execution) -> frozenset[str]:
    """Return the types of which one must close an EXPRESS record stream at this level."""
    types = {name for name, status in ENDINGS.items() if status == execution.status}
    if not types and rules.level == "ALL":
        types = set(ENDINGS)
    return frozenset(one for one in types if written(rules.level, one))


def _same(event: Event, record: Event) -> bool:
    near = abs(event.moment - record.moment) <= ROUNDING
    return near and (event.type, event.previous) == (record.type, record.previous)


def _payload(record: Record) -> bool:
    return any(key in record.details for key in _PAYLOAD)


def _incomplete(
    execution: Execution, counts: tuple[int, int], missing: tuple[str, ...], *, overdue: bool
) -> Judged:
    expected, found = counts
    if overdue:
        why = f"{expected - found} of {expected} records never arrived"
        return Judged(execution, ProofStatus.MISSING, expected, found, why, missing)
    why = (
        "still running"
        if execution.status == _RUNNING
        else "records are still on their way (delivery takes up to 3 minutes)"
    )
    return Judged(execution, ProofStatus.PENDING, expected, found, why, missing)


def _unfinished_history(rules: Rules, execution: Execution, counts: tuple[int, int]) -> Judged:
    """Tell of a history that does not end yet: AWS shows it with delay, like the records."""
    ended = execution.stopped or execution.started
    status = ProofStatus.PENDING if rules.now <= ended + PATIENCE else ProofStatus.NOT_PROVABLE
    return Judged(execution, status, *counts, "its history has no ending (yet)")


def _complete(rules: Rules, execution: Execution, counts: tuple[int, int]) -> Judged:
    if counts[0]:
        return Judged(execution, ProofStatus.PROVED, *counts, "")
    advice = "a run that ends failed, timed out or aborted would prove it"
    if execution.history is None:
        advice = "a run that fails would prove it"
    elif rules.level == "ERROR":
        advice = "a run that fails, or one that is stopped, would prove it"
    why = f"a run that ends {execution.status} writes nothing at {rules.level}; {advice}"
    return Judged(execution, ProofStatus.NOT_PROVABLE, *counts, why)
