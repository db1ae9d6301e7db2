"""The count of machines by standing, before and after: the numbers behind sentence and picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hubmend.core.arn import is_control
from hubmend.core.dossier import Dossier
from hubmend.core.resource import Kind, Verdict
from hubmend.core.run import ResourceStatus, RunStatus
from hubmend.report.naming import name_of
from hubmend.report.story import decision_for, decisions_by_resource


class Standing(StrEnum):
    """A verdict, with the failing machines someone answers for counted apart."""

    FAILED = "failed"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"
    PASSED = "passed"


@dataclass(frozen=True)
class Census:
    """How many machines stand where, before and after (after is None for a scan alone)."""

    before: Mapping[Standing, int]
    after: Mapping[Standing, int] | None

    @property
    def total(self) -> int:
        """Return how many machines were seen."""
        return sum(self.before.values())


def census(dossier: Dossier) -> Census:
    """Count a dossier's machines."""
    rows = dossier.scan.resources if dossier.scan else ()
    already = {row.arn for row in rows if row.suppressed}
    before = _count(dossier.before, already)
    if dossier.run is None:
        return Census(before, None)
    return Census(before, _count(dossier.after, already | _decided(dossier)))


def _decided(dossier: Dossier) -> set[str]:
    """Return the machines left failing by decision, save where that failed or was undone.

    The control's own result stands for the machines of its account and region.
    """
    decisions = decisions_by_resource(dossier)
    back = dossier.run is not None and dossier.run.status is RunStatus.ROLLED_BACK
    undone = {r.arn for r in dossier.results if back or r.status is not ResourceStatus.DONE}
    places = {_place(arn) for arn in undone if is_control(arn)}
    found = {arn: decision_for(arn, decisions) for arn in dossier.after if arn not in undone}
    return {
        arn
        for arn, decision in found.items()
        if decision
        and (
            decision.kind is Kind.SUPPRESS
            or (decision.kind is Kind.DISABLE_CONTROL and _place(arn) not in places)
        )
    }


def _place(arn: str) -> tuple[str, str]:
    name = name_of(arn)
    return name.account, name.region


def _count(verdicts: Mapping[str, Verdict], suppressed: set[str]) -> dict[Standing, int]:
    counted = Counter(_standing(arn, verdict, suppressed) for arn, verdict in verdicts.items())
    return {standing: counted[standing] for standing in Standing}


def _standing(arn: str, verdict: Verdict, suppressed: set[str]) -> Standing:
    if verdict is Verdict.FAILED and arn in suppressed:
        return Standing.SUPPRESSED
    return Standing(verdict.lower())
