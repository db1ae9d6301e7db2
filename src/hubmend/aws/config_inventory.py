"""AWS Config's records as a source of claims: one advanced query, a hundred rows a call (F§6).

An aggregator of the caller's account answers for many accounts and regions at once; without one
each target is asked itself. Rows are JSON texts. Config knows no workflow status and no custom
logLevel: Security Hub is asked for the few findings that tell of either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hubmend.aws.hub_inventory import HubInventory
from hubmend.core.arn import Target, parse_machine_arn
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.inventory import Claim, Gathered
from hubmend.core.ordered import ordered
from hubmend.core.ports import Gateway
from hubmend.core.resource import Remark, RemarkKind, Source

PAGE, WIDTH = 100, 32  # rows of a call, places asked at once
_Place = tuple[Target, Call, list[Target]]  # where, what, and which targets it answers for


class ConfigInventory:
    """Implements core.inventory.Inventory; `home` is the caller's own account and region."""

    source = Source.CONFIG

    def __init__(self, gateway: Gateway, home: Target, query: str, hub: HubInventory) -> None:
        self._gateway, self._home, self._query, self._hub = gateway, home, query, hub

    async def gather(self, targets: Sequence[Target]) -> Gathered:
        """Read what Config has on record of a scope."""
        claims: dict[Target, list[Claim]] = {}
        silent: dict[Target, str] = {}
        remarks: list[Remark] = []
        places = await self._places(targets)
        async for texts, refused in ordered(places, self._read, WIDTH):
            for text in texts:
                _take(text, claims, remarks)
            silent |= refused
        told = {target: claims[target] for target in targets if target in claims}
        unsaid = "AWS Config has no state machine on record here"
        return await self._marked(
            Gathered(
                told,
                {one: silent.get(one, unsaid) for one in targets if one not in told},
                tuple(remarks),
            ),
            targets,
        )

    async def _read(self, place: _Place) -> tuple[list[str], dict[Target, str]]:
        """Return the rows of one place, and of which targets nothing is told, with the reason."""
        where, call, covered = place
        texts: list[str] = []
        try:
            async for page in self._gateway.pages(where, call):
                texts += page.get("Results", ())
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            return texts, dict.fromkeys(covered, f"AWS Config was not read: {error}")
        return texts, {}

    async def _marked(self, gathered: Gathered, targets: Sequence[Target]) -> Gathered:
        """Add what only findings tell: who is suppressed, and customised levels."""
        if not gathered.claims:
            return gathered
        suppressed = await self._hub.suppressed(targets)
        findings = {
            claim.arn: claim.finding for claims in suppressed.claims.values() for claim in claims
        }
        claims = {
            target: tuple(replace(one, finding=findings.get(one.arn)) for one in of)
            for target, of in gathered.claims.items()
        }
        return replace(gathered, claims=claims, levels=await self._hub.levels(targets))

    async def _places(self, targets: Sequence[Target]) -> list[_Place]:
        """Return where to ask with which call, and which targets each is to answer for."""
        single = Call("config", "SelectResourceConfig", {"Expression": self._query, "Limit": PAGE})
        name, held = await self._aggregator(targets)
        rest = [(target, single, [target]) for target in targets if target not in held]
        if name is None or not held:
            return rest
        params = {
            "Expression": self._query, "ConfigurationAggregatorName": name, "Limit": PAGE,
        }  # fmt: skip
        return [(self._home, Call("config", "SelectAggregateResourceConfig", params), held), *rest]

    async def _aggregator(self, targets: Sequence[Target]) -> tuple[str | None, list[Target]]:
        """Return the aggregator that covers most of a scope, and what it covers."""
        if len(targets) == 1:
            return None, []
        try:
            call = Call("config", "DescribeConfigurationAggregators", {})
            answer = await self._gateway.read(self._home, call)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            return None, []
        found = [
            (str(one["ConfigurationAggregatorName"]), [t for t in targets if _covers(one, t)])
            for one in answer.get("ConfigurationAggregators", ())
        ]
        return max(found, key=lambda pair: len(pair[1]), default=(None, []))


def _covers(aggregator: Mapping[str, Any], target: Target) -> bool:
    """Whether an aggregator collects a target; an organization's collects every account."""
    organization = aggregator.get("OrganizationAggregationSource")
    sources = [organization] if organization else []
    sources += [
        one
        for one in aggregator.get("AccountAggregationSources", ())
        if target.account in one.get("AccountIds", ())
    ]
    return any(
        one.get("AllAwsRegions") or target.region in one.get("AwsRegions", ()) for one in sources
    )


def _take(text: Any, claims: dict[Target, list[Claim]], remarks: list[Remark]) -> None:
    """Add one row of a result; one that cannot be read becomes a remark."""
    try:
        row = json.loads(text)
        claim = _claim(row)
    except (TypeError, ValueError, AttributeError, KeyError, UsageError) as error:
        why = f"left out: the row of AWS Config cannot be read ({error})"
        remarks.append(Remark(RemarkKind.ODD, "AWS Config", why))
        return
    claims.setdefault(claim.target, []).append(claim)


def _claim(row: Mapping[str, Any]) -> Claim:
    arn = str(row["arn"])
    tags = row.get("tags") or ()
    return Claim(
        source=Source.CONFIG,
        arn=arn,
        target=parse_machine_arn(arn).target,
        details=row.get("configuration") or {},
        tags={str(tag["key"]): str(tag.get("value", "")) for tag in tags},
        seen=_moment(row.get("configurationItemCaptureTime")),
    )


def _moment(value: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
