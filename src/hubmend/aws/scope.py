"""Which targets a scope means, asked from AWS where it says "all", and what of it is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hubmend.aws.accounts import describe, known_accounts, selected
from hubmend.aws.sessions import Sessions, known_regions
from hubmend.aws.units import organizational_units
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, UsageError
from hubmend.core.ports import Gateway
from hubmend.core.resource import Remark, RemarkKind
from hubmend.core.settings import Scope

SAID = 3  # closed accounts that are named where all are


@dataclass(frozen=True)
class Resolved:
    """The targets of a scope; names and organizational units where Organizations tells them.

    `remarks` say which accounts of the scope are left out, and why.
    """

    targets: tuple[Target, ...]
    names: dict[str, str]
    units: dict[str, tuple[str, ...]]
    remarks: tuple[Remark, ...] = ()


async def resolve(
    gateway: Gateway, sessions: Sessions, scope: Scope, *, units: bool = False
) -> Resolved:
    """Return the targets of a scope; raise UsageError where a part of it means nothing.

    No accounts means that of the credentials, no regions the one they are configured for.
    `units` asks for organizational units, too, and insists on them.
    """
    for region in (*scope.regions, *scope.exclude_regions):
        if region != "all":
            sessions.check_region(region)
    anyhow = Target("", sessions.region)
    asking = asyncio.ensure_future(known_accounts(gateway, anyhow, scope))
    try:
        own = await gateway.identity()  # what is wrong with the credentials is told by this
        told = await asking
    finally:
        asking.cancel()
    here = Target(own.account, sessions.region)
    if not told.whole:
        await describe(gateway, here, told, scope.accounts or (own.account,))
    known = told.accounts
    found = await organizational_units(gateway, here) if units or scope.ous else {}
    accounts = await selected(gateway, here, scope, known, found)
    closed = {one: known[one].closed for one in accounts if one in known and known[one].closed}
    if len(closed) == len(accounts):
        said = "; ".join(f"{one}: {why}" for one, why in list(closed.items())[:SAID])
        raise UsageError(f"no account in scope is open: {said}")
    regions = await _regions(gateway, here, scope)
    return Resolved(
        tuple(Target(one, region) for one in accounts if one not in closed for region in regions),
        {one: known[one].name for one in accounts if one in known},
        {one: found[one] for one in accounts if one in found},
        tuple(Remark(RemarkKind.LEFT_OUT, one, why) for one, why in closed.items()),
    )


async def _regions(gateway: Gateway, here: Target, scope: Scope) -> Sequence[str]:
    listed: Sequence[str] = scope.regions or (here.region,)
    if scope.regions == ("all",):
        listed = await _enabled(gateway, here)
    left = [region for region in dict.fromkeys(listed) if region not in scope.exclude_regions]
    if not left:
        raise UsageError(
            f"no region is in scope: exclude_regions {', '.join(scope.exclude_regions)} leave none"
        )
    return left


async def _enabled(gateway: Gateway, here: Target) -> Sequence[str]:
    try:
        answer = await gateway.read(here, Call("ec2", "DescribeRegions", {}))
    except AwsError as error:
        raise UsageError(
            f'regions "all" needs ec2:DescribeRegions, which was refused: {error}. '
            "List the regions instead"
        ) from None
    enabled = {region["RegionName"] for region in answer["Regions"]}
    return sorted(enabled & known_regions())
