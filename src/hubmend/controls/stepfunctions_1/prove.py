"""Proof: what all executions since a change show, summed up. Pure.

Each execution is judged by itself (`judging`); here is decided which of them may be counted, and
what they say together. A run that succeeds writes nothing at ERROR and FATAL (F§3.2): that is not
provable, and says what would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hubmend.controls.stepfunctions_1.judging import (
    PATIENCE,
    Event,
    Execution,
    Judged,
    Record,
    Rules,
    judge,
)
from hubmend.controls.stepfunctions_1.machine import SETTLING
from hubmend.core.verification import ProofAnswer, ProofStatus

__all__ = ["PATIENCE", "Event", "Execution", "Judged", "Record", "Rules", "prove"]

EXCERPT = 12


def prove(rules: Rules, executions: Sequence[Execution], records: Sequence[Record]) -> ProofAnswer:
    """Compare expected and found records of all executions; one missing record is enough."""
    own = [one for one in executions if one.qualifier is None]
    by_execution: dict[str, list[Record]] = {one.arn: [] for one in own}
    for record in records:
        if record.execution in by_execution:
            by_execution[record.execution].append(record)
    judged = [judge(rules, one, by_execution[one.arn]) for one in own]
    told = [one for one in judged if not _too_early(rules, one)]
    counted = _without_young(told)
    status, why = _sum_up(rules, counted, len(judged) - len(told), len(executions) - len(own))
    return ProofAnswer(
        status=status,
        level=rules.level,
        expected=sum(one.expected for one in counted),
        found=sum(one.found for one in counted),
        executions=tuple(one.execution.arn for one in counted),
        why=why,
        missing=tuple(text for one in counted for text in one.missing),
        records=tuple(r.text for one in counted for r in by_execution[one.execution.arn])[:EXCERPT],
    )


def _too_early(rules: Rules, judged: Judged) -> bool:
    """Whether what an execution lacks may be due to the old configuration, its own still."""
    early = judged.execution.started < rules.since + SETTLING
    return early and judged.status is ProofStatus.MISSING


def _without_young(judged: Sequence[Judged]) -> list[Judged]:
    """Leave out natural executions too young to judge, once something older is proved.

    A busy machine always has one that runs, or whose records are on their way.
    """
    proved = [one.execution for one in judged if one.status is ProofStatus.PROVED]
    newest = max((one.stopped for one in proved if one.stopped), default=None)
    return [one for one in judged if newest is None or not _young(one, newest)]


def _young(judged: Judged, newest: datetime) -> bool:
    stopped = judged.execution.stopped
    pending = judged.status is ProofStatus.PENDING and not judged.execution.ours
    return pending and (stopped is None or stopped >= newest)


def _sum_up(
    rules: Rules, judged: Sequence[Judged], early: int, through_alias: int
) -> tuple[ProofStatus, str]:
    for status in (ProofStatus.MISSING, ProofStatus.PENDING):
        bad = [one for one in judged if one.status is status]
        if bad:
            return status, bad[0].why
    proved = sum(one.status is ProofStatus.PROVED for one in judged)
    if proved:
        why = f"{proved} of {len(judged)} executions left their records"
        if rules.express and rules.level == "ERROR":
            why += "; that none is missing cannot be told: EXPRESS has no history to compare with"
        return ProofStatus.PROVED, why
    if judged:
        return ProofStatus.NOT_PROVABLE, judged[0].why
    return ProofStatus.NOT_PROVABLE, "; ".join(_nothing_to_judge(rules, early, through_alias))


def _nothing_to_judge(rules: Rules, early: int, through_alias: int) -> list[str]:
    why = []
    if early:
        why.append(
            f"{early} executions began within {SETTLING.seconds} s of the change and may have used "
            "the configuration before it"
        )
    if through_alias:
        which = "" if early else "all "
        why.append(
            f"{which}{through_alias} executions since went through an alias or version, which "
            "keeps its own logging"
        )
    if not why and rules.express:
        why.append(
            "no record has come since the change; whether it ran cannot be told, as EXPRESS keeps "
            "no history"
        )
    elif not why:
        why.append("no execution has run since the change")
    return [*why, "start one: hubmend verify RUN --execute --input '{}'"]
