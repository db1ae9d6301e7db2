"""Proof: the records a level must have written, compared with those that are there. Pure.

STANDARD executions have a history of their own, so every record is expected one by one. EXPRESS
executions have none: their records are checked against themselves (numbered without gaps at ALL,
closed by an ending) and against the result of a synchronous run. A run that succeeds writes
nothing at ERROR and FATAL (F§3.2): that is not provable, and says what would be. Delivery is best
effort and late (F§3.3), so records are called missing only after PATIENCE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hubmend.controls.stepfunctions_1.events import ENDINGS, SUCCEEDED, written
from hubmend.core.verification import ProofAnswer, ProofStatus

PATIENCE = timedelta(seconds=180)
# An execution started this soon after the change may still use the old configuration (F§3.5).
SETTLING = timedelta(seconds=15)
EXCERPT = 12
_PAYLOAD = ("input", "inputDetails", "output", "outputDetails")


@dataclass(frozen=True)
class Event:
    """One event of an execution's history. `moment` is in milliseconds of the epoch."""

    id: int
    type: str
    previous: int
    moment: int


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
    version (F§3.6).
    """

    arn: str
    status: str
    started: datetime
    stopped: datetime | None
    history: tuple[Event, ...] | None
    qualifier: str | None = None


@dataclass(frozen=True)
class Judged:
    """What one execution shows."""

    execution: str
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


def prove(rules: Rules, executions: Sequence[Execution], records: Sequence[Record]) -> ProofAnswer:
    """Compare expected and found records of all executions; one missing record is enough."""
    own = [one for one in executions if one.qualifier is None]
    by_execution: dict[str, list[Record]] = {one.arn: [] for one in own}
    for record in records:
        if record.execution in by_execution:
            by_execution[record.execution].append(record)
    judged = [_judge(rules, one, by_execution[one.arn]) for one in own]
    counted = [one for one in judged if one is not None]
    status, why = _sum_up(rules, counted, len(executions) - len(own))
    return ProofAnswer(
        status=status,
        level=rules.level,
        expected=sum(one.expected for one in counted),
        found=sum(one.found for one in counted),
        executions=tuple(one.execution for one in counted),
        why=why,
        missing=tuple(text for one in counted for text in one.missing),
        records=tuple(r.text for found in by_execution.values() for r in found)[:EXCERPT],
    )


def _judge(rules: Rules, execution: Execution, records: Sequence[Record]) -> Judged | None:
    """Judge one execution; None when it may have begun under the old configuration."""
    if not records and execution.started < rules.since + SETTLING and _silent(rules, execution):
        return None
    if not rules.include_execution_data and any(_payload(r) for r in records):
        leak = next(r for r in records if _payload(r))
        return Judged(
            execution.arn, ProofStatus.MISSING, 0, len(records),
            f"record {leak.event.id} holds execution data although it is off",
        )  # fmt: skip
    if execution.history is None:
        return _express(rules, execution, records)
    return _standard(rules, execution, execution.history, records)


def _silent(rules: Rules, execution: Execution) -> bool:
    """Whether silence is told apart from loss: only where patience has run out on a later run."""
    return execution.stopped is not None and rules.now > execution.stopped + PATIENCE


def _standard(
    rules: Rules, execution: Execution, history: Sequence[Event], records: Sequence[Record]
) -> Judged:
    expected = [event for event in history if written(rules.level, event.type)]
    found = {record.event.id: record.event for record in records}
    missing = [
        f"{event.id} {event.type}"
        for event in expected
        if event.id not in found or not _same(event, found[event.id])
    ]
    matched = len(expected) - len(missing)
    return _verdict(rules, execution, len(expected), matched, tuple(missing))


def _express(rules: Rules, execution: Execution, records: Sequence[Record]) -> Judged:
    ids = {record.event.id for record in records}
    types = {record.event.type for record in records}
    missing: list[str] = []
    if rules.level == "ALL":
        missing += [
            f"{number} (gap)" for number in range(1, max(ids, default=0)) if number not in ids
        ]
    ending = _ending(rules, execution)
    if ending and not types & ending:
        missing.append(" or ".join(sorted(ending)))
    expected = len(ids) + len(missing)
    return _verdict(rules, execution, expected, len(ids), tuple(missing))


def _ending(rules: Rules, execution: Execution) -> frozenset[str]:
    """Return the types of which one must close an EXPRESS record stream at this level."""
    by_status = {
        "SUCCEEDED": {SUCCEEDED},
        "FAILED": {"ExecutionFailed"},
        "TIMED_OUT": {"ExecutionTimedOut"},
        "ABORTED": {"ExecutionAborted"},
    }
    types = by_status.get(execution.status, ENDINGS if rules.level == "ALL" else set())
    return frozenset(one for one in types if written(rules.level, one))


def _same(event: Event, record: Event) -> bool:
    return (event.type, event.previous, event.moment) == (
        record.type,
        record.previous,
        record.moment,
    )


def _payload(record: Record) -> bool:
    return any(key in record.details for key in _PAYLOAD)


def _verdict(
    rules: Rules, execution: Execution, expected: int, found: int, missing: tuple[str, ...]
) -> Judged:
    if execution.stopped is None and execution.status == "RUNNING":
        return Judged(execution.arn, ProofStatus.PENDING, expected, found, "still running")
    if missing:
        late = execution.stopped is None or rules.now <= execution.stopped + PATIENCE
        if late:
            why = "records are still on their way (delivery takes up to 3 minutes)"
            return Judged(execution.arn, ProofStatus.PENDING, expected, found, why, missing)
        why = f"{len(missing)} of {expected} records never arrived"
        return Judged(execution.arn, ProofStatus.MISSING, expected, found, why, missing)
    if not expected:
        why = f"a run that ends {execution.status} writes nothing at {rules.level}"
        return Judged(execution.arn, ProofStatus.NOT_PROVABLE, 0, found, why)
    return Judged(execution.arn, ProofStatus.PROVED, expected, found, "")


def _sum_up(rules: Rules, judged: Sequence[Judged], through_alias: int) -> tuple[ProofStatus, str]:
    for status in (ProofStatus.MISSING, ProofStatus.PENDING):
        bad = [one for one in judged if one.status is status]
        if bad:
            return status, bad[0].why
    proved = sum(one.status is ProofStatus.PROVED for one in judged)
    if proved:
        return ProofStatus.PROVED, f"{proved} of {len(judged)} executions left their records"
    return ProofStatus.NOT_PROVABLE, "; ".join(_unprovable(rules, judged, through_alias))


def _unprovable(rules: Rules, judged: Sequence[Judged], through_alias: int) -> list[str]:
    if judged:
        return [
            judged[0].why,
            "a run that fails, or one that is stopped, would prove it"
            if rules.level == "ERROR"
            else "a run that ends failed, timed out or aborted would prove it",
        ]
    why = ["no execution has run since the change"]
    if through_alias:
        why = [(f"all {through_alias} executions since went through an alias or version, which "
               "keeps its own logging")]  # fmt: skip
    return [*why, "start one: hubmend verify RUN --execute --input '{}'"]
