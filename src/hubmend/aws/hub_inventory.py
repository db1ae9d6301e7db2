"""Security Hub's findings as a source of claims: a hundred a call, from as few places as can be.

The delegated administrator sees its members' findings, and the home region of a finding aggregator
those of the linked regions (F§2.4, F§2.9). What no such place covers is asked where it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubmend.core import asff
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.inventory import Claim, Gathered
from hubmend.core.ordered import ordered
from hubmend.core.ports import Gateway
from hubmend.core.resource import Remark, Source
from hubmend.flow.hub.aggregation import Aggregation, aggregation

WIDTH = 32  # places asked at once
MOST_VALUES = 20  # of one filter attribute (F§2.4)
Conditions = Mapping[str, Sequence[str]]


@dataclass
class _Seen:
    """What the findings read so far tell."""

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    covered: set[Target] = field(default_factory=set)
    silent: dict[Target, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def add(self, parsed: asff.Parsed, wanted: Collection[Target]) -> None:
        """Take in one finding, as far as it is about what is wanted."""
        self.remarks += parsed.remarks
        if parsed.target and parsed.target in wanted:
            self.covered.add(parsed.target)
        for claim in parsed.claims:
            if claim.target in wanted:
                self.claims.setdefault(claim.arn, []).append(claim)

    def take(self, other: _Seen) -> None:
        """Take in what another place tells."""
        for arn, claims in other.claims.items():
            self.claims.setdefault(arn, []).extend(claims)
        self.covered |= other.covered
        self.silent |= other.silent
        self.remarks += other.remarks


class HubInventory:
    """Implements core.inventory.Inventory for one control.

    `home` is the caller's own account and region; `kind` the resources' ASFF type.
    """

    source = Source.HUB

    def __init__(self, gateway: Gateway, home: Target, control: str, kind: str) -> None:
        self._gateway, self._home = gateway, home
        self._control, self._kind = control, kind
        self._answers: dict[str, Mapping[str, Any]] = {}

    async def gather(
        self, targets: Sequence[Target], conditions: Conditions | None = None
    ) -> Gathered:
        """Read the control's active findings of a scope (those that meet `conditions`)."""
        seen = _Seen()
        places = await self._places(targets)

        async def read(place: Target) -> _Seen:
            return await self._read(place, places[place], conditions or {})

        async for one in ordered(places, read, WIDTH):
            seen.take(one)
        return _gathered(seen, targets)

    async def levels(self, targets: Sequence[Target]) -> Mapping[Target, str]:
        """Return the customised logLevels, told by findings only where there is one (F§2.1)."""
        wanted = {"ComplianceSecurityControlParametersName": ["logLevel"]}
        return (await self.gather(targets, wanted)).levels

    async def suppressed(self, targets: Sequence[Target]) -> Gathered:
        """Read the suppressed findings of a scope alone, which are few."""
        return await self.gather(targets, {"WorkflowStatus": ["SUPPRESSED"]})

    async def _read(
        self, place: Target, covered: Sequence[Target], conditions: Conditions
    ) -> _Seen:
        """Read one place; a refusal is told of all it would have covered."""
        seen, wanted = _Seen(), set(covered)
        call = _get_findings(self._control, covered, conditions)
        try:
            async for page in self._gateway.pages(place, call):
                for one in page.get("Findings", ()):
                    seen.add(asff.parse(one, self._control, self._kind), wanted)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            seen.silent |= dict.fromkeys(covered, f"Security Hub was not read: {error}")
        return seen

    async def _places(self, targets: Sequence[Target]) -> dict[Target, list[Target]]:
        """Return where to ask, and for which targets each answers."""
        collected = await self._aggregation(targets)
        ours = collected or not _foreign(targets, self._home) or await self._administers()
        places: dict[Target, list[Target]] = {}
        for target in targets:
            account = self._home.account if ours else target.account
            region = target.region
            if collected and collected.links(region):
                region = collected.home
            places.setdefault(Target(account, region), []).append(target)
        return places

    async def _administers(self) -> bool:
        """Whether the caller's account is the delegated administrator: nobody else may ask."""
        call = Call("securityhub", "DescribeOrganizationConfiguration", {})
        return bool(await self._ask(call))

    async def _aggregation(self, targets: Sequence[Target]) -> Aggregation | None:
        """Return the caller's finding aggregation; it is no matter for its own region alone."""
        if {target.region for target in targets} <= {self._home.region}:
            return None
        return await aggregation(self._ask, self._home.account)

    async def _ask(self, call: Call) -> Mapping[str, Any]:
        """Return an answer of the caller's own account, asked once; empty where it is refused."""
        if str(call) not in self._answers:
            try:
                self._answers[str(call)] = await self._gateway.read(self._home, call)
            except AwsError as error:
                if error.kind is ErrorKind.CREDENTIALS:
                    raise
                self._answers[str(call)] = {}
        return self._answers[str(call)]


def _foreign(targets: Sequence[Target], home: Target) -> bool:
    return any(target.account != home.account for target in targets)


def _get_findings(control: str, covered: Sequence[Target], conditions: Conditions) -> Call:
    """Return the one query; a scope wider than a filter may name is sieved by the reader."""
    wanted: dict[str, Sequence[str]] = {
        "ComplianceSecurityControlId": [control],
        "RecordState": ["ACTIVE"],
        **conditions,
    }
    accounts = sorted({target.account for target in covered})
    regions = sorted({target.region for target in covered})
    scope = {"AwsAccountId": accounts, "Region": regions}
    wanted |= {name: values for name, values in scope.items() if len(values) <= MOST_VALUES}
    filters = {
        name: [{"Value": value, "Comparison": "EQUALS"} for value in values]
        for name, values in wanted.items()
    }
    return Call("securityhub", "GetFindings", {"Filters": filters, "MaxResults": 100})


def _gathered(seen: _Seen, targets: Sequence[Target]) -> Gathered:
    claims: dict[Target, list[Claim]] = {target: [] for target in targets if target in seen.covered}
    levels: dict[Target, str] = {}
    for arn in sorted(seen.claims):
        claim = asff.merge(seen.claims[arn])
        claims.setdefault(claim.target, []).append(claim)
        if claim.level:
            levels.setdefault(claim.target, claim.level)
    silent = {
        target: seen.silent.get(target, "Security Hub has no finding of the control here")
        for target in targets
        if target not in claims
    }
    return Gathered(claims, silent, tuple(seen.remarks), levels)
