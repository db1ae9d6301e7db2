"""Claims and live machines joined by ARN: what each says of the other; doubts are read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target, parse_arn, resource_name
from hubmend.core.control import Doubt, Parameters, Unreadable
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.inventory import Claim
from hubmend.core.ordered import ordered
from hubmend.core.resource import Finding, Remark, RemarkKind, Resource, Verdict
from hubmend.flow.context import Context
from hubmend.flow.tags import Tags

WIDTH = 16
NO_FINDING = "Security Hub has no finding of it yet: one comes once AWS Config has recorded it"
GONE = "there is no such machine any more: Security Hub archives its finding"


@dataclass(frozen=True)
class Joined:
    """One machine after the join: its row, unless it is gone, and what there is to say."""

    row: Resource | None
    remark: Remark | None = None


async def live_arns(context: Context, target: Target) -> frozenset[str]:
    """List a target's machines; raise AwsError."""
    pages = context.control.listed(context.gateway, target)
    return frozenset([one.arn async for page in pages for one in page])


async def join(
    context: Context,
    target: Target,
    claims: Sequence[Claim],
    parameters: Parameters,
    live: Collection[str] | None,
) -> AsyncIterator[Joined]:
    """Yield every machine that is claimed or live, ordered by ARN.

    A machine is read itself only where its claim leaves a doubt or there is none. `live` None
    means that nobody looked which machines exist.
    """
    by_arn: dict[str, Claim | None] = dict.fromkeys(live or ())
    by_arn |= {claim.arn: claim for claim in claims}
    tags = Tags(context, target)

    async def one(arn: str) -> Joined:
        if live is not None and arn not in live:
            return _gone(arn)
        return await _one(context, arn, by_arn[arn], parameters, tags)

    async for joined in ordered(sorted(by_arn), one, WIDTH):
        yield joined


async def _one(
    context: Context, arn: str, claim: Claim | None, parameters: Parameters, tags: Tags
) -> Joined:
    if claim is None:
        row = await read_row(context, arn, parameters, tags)
        return Joined(row, Remark(RemarkKind.NO_FINDING, arn, NO_FINDING)) if row else _gone(arn)
    now = context.clock.now()
    judged = context.control.claimed(claim, parameters, context.settings, now)
    if isinstance(judged, Resource):
        return Joined(judged)
    row = await read_row(context, arn, parameters, tags, claim.finding, judged)
    if row is None:
        return _gone(arn)
    said = claim.finding.compliance_status if claim.finding else row.verdict.value
    kind = RemarkKind.DOUBT if said == row.verdict.value else RemarkKind.DISAGREES
    return Joined(row, Remark(kind, arn, f"{judged.why}; the machine itself: {row.reason}"))


async def read_row(
    context: Context,
    arn: str,
    parameters: Parameters,
    tags: Tags,
    finding: Finding | None = None,
    doubt: Doubt | None = None,
) -> Resource | None:
    """Read one machine itself and judge it; None when it is gone, UNKNOWN when refused."""
    state: Any
    try:
        known = await tags.of(arn)
        if known is None:
            state = await context.control.read_tagged(context.gateway, arn)
        else:
            state = await context.control.read_one(context.gateway, arn, known)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        if error.kind is ErrorKind.NOT_FOUND:
            return None
        why = f"{doubt.why}, and {error}" if doubt else str(error)
        state = Unreadable(arn, resource_name(arn), None, parse_arn(arn).target, why)
    today = context.clock.now().date()
    return context.control.row(state, parameters, context.settings, finding, today)


class Comparison:
    """Where findings and machines that were all read differ, row by row.

    Without any finding of the control there is nothing to compare with.
    """

    def __init__(self, findings: Mapping[str, Finding]) -> None:
        self.findings = findings
        self.any = self.passes = False  # whether there is a machine, and one that passes
        self._seen: set[str] = set()
        self._remarks: list[Remark] = []

    @property
    def alone(self) -> bool:
        """Whether there is a machine, and no finding at all."""
        return self.any and not self.findings

    def see(self, row: Resource) -> None:
        """Compare one more row."""
        self.any, self.passes = True, self.passes or row.verdict is Verdict.PASSED
        if self.findings:
            self._seen.add(row.arn)
            remark = _difference(row, self.findings.get(row.arn))
            self._remarks += [remark] if remark else []

    def remarks(self) -> tuple[Remark, ...]:
        """Return what was to say, once every row was seen."""
        gone = [_gone(arn).remark for arn in sorted(self.findings) if arn not in self._seen]
        return (*self._remarks, *(remark for remark in gone if remark))


def _difference(row: Resource, finding: Finding | None) -> Remark | None:
    if finding is None:
        return Remark(RemarkKind.NO_FINDING, row.arn, NO_FINDING)
    said = finding.compliance_status
    if row.verdict is Verdict.UNKNOWN or said == row.verdict.value:
        return None
    text = f"its finding says {said}; the machine itself: {row.reason} (findings follow in a day)"
    return Remark(RemarkKind.DISAGREES, row.arn, text)


def _gone(arn: str) -> Joined:
    return Joined(None, Remark(RemarkKind.DELETED, arn, GONE))
