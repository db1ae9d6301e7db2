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
from hubmend.core.resource import Finding, Remark, Source
from hubmend.flow.hub.aggregation import Aggregation, aggregation

WIDTH = 32  # places asked at once
MOST_VALUES = 20  # of one filter attribute (F§2.4)
Conditions = Mapping[str, Sequence[str]]


@dataclass
class _Seen:
    """What the findings read so far tell; `unread` are the targets whose findings broke off.

    Of those nothing is told: a part of their findings would pass for the whole.
    """

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    covered: set[Target] = field(default_factory=set)
    unread: dict[Target, AwsError] = field(default_factory=dict)
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
        self.unread |= other.unread
        self.remarks += other.remarks


@dataclass(frozen=True)
class Marks:
    """What findings alone tell of machines that are known already.

    `findings` are the suppressed ones, by ARN; `levels` the control's customised logLevels;
    `unread` says of which targets either could not be read to the end: nothing is told of those.
    """

    findings: Mapping[str, Finding]
    levels: Mapping[Target, str]
    unread: Mapping[Target, AwsError]


class HubInventory:
    """Implements core.inventory.Inventory for one control.

    `home` is the caller's own account and region; `kind` the resources' ASFF type.
    """

    source = Source.HUB

    def __init__(self, gateway: Gateway, home: Target, control: str, kind: str) -> None:
        self._gateway, self._home = gateway, home
        self._control, self._kind = control, kind
        self._answers: dict[str, Mapping[str, Any]] = {}

    async def gather(self, targets: Sequence[Target]) -> Gathered:
        """Read the control's active findings of a scope."""
        return _gathered(await self._seen(targets), targets)

    async def marks(self, targets: Sequence[Target]) -> Marks:
        """Read who is suppressed and where the control's logLevel is customised: both are few."""
        suppressed = await self._seen(targets, WorkflowStatus=["SUPPRESSED"])
        named = await self._seen(targets, ComplianceSecurityControlParametersName=["logLevel"])
        unread = {**suppressed.unread, **named.unread}
        found = [one for one in _merged(suppressed) if one.target not in unread]
        levels = {at: level for at, level in _levels(_merged(named)).items() if at not in unread}
        return Marks({one.arn: one.finding for one in found if one.finding}, levels, unread)

    async def _seen(self, targets: Sequence[Target], **conditions: Sequence[str]) -> _Seen:
        """Read the control's active findings of a scope that meet the conditions."""
        seen = _Seen()
        places = await self._places(targets)

        async def read(place: Target) -> _Seen:
            return await self._read(place, places[place], conditions)

        async for one in ordered(places, read, WIDTH):
            seen.take(one)
        return seen

    async def _read(
        self, place: Target, covered: Sequence[Target], conditions: Conditions
    ) -> _Seen:
        """Read one place; what breaks off tells nothing of all it would have covered."""
        seen, wanted = _Seen(), set(covered)
        call = _get_findings(self._control, covered, conditions)
        try:
            async for page in self._gateway.pages(place, call):
                for one in page.get("Findings", ()):
                    seen.add(asff.parse(one, self._control, self._kind), wanted)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            return _Seen(unread=dict.fromkeys(covered, error))
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


def _merged(seen: _Seen) -> list[Claim]:
    return [asff.merge(seen.claims[arn]) for arn in sorted(seen.claims)]


def _levels(claims: Sequence[Claim]) -> dict[Target, str]:
    levels: dict[Target, str] = {}
    for claim in claims:
        if claim.level:
            levels.setdefault(claim.target, claim.level)
    return levels


def _gathered(seen: _Seen, targets: Sequence[Target]) -> Gathered:
    claims: dict[Target, list[Claim]] = {target: [] for target in targets if target in seen.covered}
    merged = _merged(seen)
    for claim in merged:
        claims.setdefault(claim.target, []).append(claim)
    silent = {
        target: unread_because(seen.unread[target])
        if target in seen.unread
        else "Security Hub has no finding of the control here"
        for target in targets
        if target not in claims
    }
    return Gathered(claims, silent, tuple(seen.remarks), _levels(merged))


def unread_because(error: AwsError) -> str:
    """Return why findings do not tell of a target."""
    return f"Security Hub was not read: {error}"
