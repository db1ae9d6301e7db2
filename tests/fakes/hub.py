"""Security Hub as a test tells it: what it answers, or the error it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hubmend.core.arn import Target
from hubmend.core.errors import AwsError, HubmendError
from hubmend.core.resource import Finding, Score


@dataclass
class FakeHub:
    """The `Hub` port; None is how it says that Security Hub is off.

    `fault` is what it answers with about parameters anywhere, `faults` in a target; findings and
    scores have faults of their own.
    """

    level: str | None = None
    found: dict[str, Finding] | None = field(default_factory=dict)
    scored: tuple[Score, ...] | None = ()
    fault: AwsError | None = None
    faults: dict[Target, AwsError] = field(default_factory=dict)
    findings_fault: AwsError | None = None
    score_fault: HubmendError | None = None
    elsewhere: frozenset[str] = frozenset()  # regions without the control
    asked: list[str] = field(default_factory=list)

    async def parameters(self, target: Target) -> str | None:
        if fault := self.fault or self.faults.get(target):
            raise fault
        return self.level

    async def findings(self, target: Target) -> Mapping[str, Finding] | None:
        if self.findings_fault:
            raise self.findings_fault
        if self.found is None:
            return None
        here = f":{target.region}:{target.account}:"
        return {arn: one for arn, one in self.found.items() if here in arn}

    async def scores(self, target: Target) -> tuple[Score, ...] | None:  # noqa: ARG002 - the same anywhere
        if self.score_fault:
            raise self.score_fault
        return self.scored

    async def offered(self, region: str) -> bool:
        self.asked.append(region)
        return region not in self.elsewhere
