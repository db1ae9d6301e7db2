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

from hubmend.aws.hub_inventory import HubInventory, Marks, unread_because
from hubmend.core.arn import Target, parse_machine_arn
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.inventory import Claim, Gathered
from hubmend.core.ordered import ordered
from hubmend.core.ports import Gateway
from hubmend.core.resource import Remark, RemarkKind, Source

PAGE, WIDTH = 100, 32  # rows of a call, places asked at once
_LASTING = {ErrorKind.DENIED, ErrorKind.NOT_FOUND}  # of Security Hub: asked again, it says the same
UNMARKED = (
    "Security Hub was not read ({}): a suppressed machine is not shown as such, and a customised "
    "logLevel of the control is not known"
)
_Place = tuple[Target, Call, list[Target]]  # where, what, and which targets it answers for


class ConfigInventory:
    """Implements core.inventory.Inventory; `home` is the caller's own account and region."""

    source = Source.CONFIG

    def __init__(self, gateway: Gateway, home: Target, query: str, hub: HubInventory) -> None:
        self._gateway, self._home, self._query, self._hub = gateway, home, query, hub

    async def gather(self, targets: Sequence[Target]) -> Gathered:
        """Read what Config has on record of a scope, and what only findings tell of it."""
        claims: dict[Target, list[Claim]] = {}
        refused: dict[Target, str] = {}
        remarks: list[Remark] = []
        places = await self._places(targets)
        async for texts, unread in ordered(places, self._read, WIDTH):
            for text in texts:
                _take(text, claims, remarks)
            refused |= unread
        # Config tells of what it was read to the end for; a part would pass for the whole.
        told = {one: claims[one] for one in targets if one in claims and one not in refused}
        unsaid = "AWS Config has no state machine on record here"
        silent = {one: refused.get(one, unsaid) for one in targets if one not in told}
        gathered = Gathered(told, silent, tuple(remarks))
        return _marked(gathered, await self._hub.marks(targets)) if told else gathered

    async def _read(self, place: _Place) -> tuple[list[str], dict[Target, str]]:
        """Return the rows of one place, or why nothing is told of its targets."""
        where, call, covered = place
        texts: list[str] = []
        try:
            async for page in self._gateway.pages(where, call):
                texts += page.get("Results", ())
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            return [], dict.fromkeys(covered, f"AWS Config was not read: {error}")
        return texts, {}

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


def _marked(gathered: Gathered, marks: Marks) -> Gathered:
    """Add who is suppressed, and customised levels.

    Where Security Hub is off or may not be asked, that stays so and is said. Where it broke off,
    Config covers nothing either: the target's own findings may still be read.
    """
    claims: dict[Target, Sequence[Claim]] = {}
    silent, remarks = dict(gathered.silent), list(gathered.remarks)
    for target, told in gathered.claims.items():
        error = marks.unread.get(target)
        if error and error.kind not in _LASTING:
            silent[target] = unread_because(error)
            continue
        claims[target] = tuple(replace(one, finding=marks.findings.get(one.arn)) for one in told)
        if error:  # without AWS's text, which names the account: one line for all of them
            text = UNMARKED.format(f"{error.operation}: {error.code}")
            remarks.append(Remark(RemarkKind.SOURCE, str(target), text))
    return Gathered(claims, silent, tuple(remarks), marks.levels)


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
