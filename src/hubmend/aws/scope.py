"""Which accounts and regions a scope means, asked from AWS where it says "all"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubmend.aws.sessions import Sessions, known_regions
from hubmend.aws.units import organizational_units
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, UsageError
from hubmend.core.ports import Gateway
from hubmend.core.settings import Scope


@dataclass(frozen=True)
class Resolved:
    """The targets of a scope; names and organizational units where Organizations tells them."""

    targets: tuple[Target, ...]
    names: dict[str, str]
    units: dict[str, tuple[str, ...]]


async def resolve(
    gateway: Gateway, sessions: Sessions, scope: Scope, *, units: bool = False
) -> Resolved:
    """Return the targets of a scope; raise UsageError for a region that does not exist.

    No accounts means that of the credentials, no regions the one they are configured for.
    `units` asks for organizational units, too, and insists on them.
    """
    for region in scope.regions:
        if region != "all":
            sessions.check_region(region)
    own = await gateway.identity()
    here = Target(own.account, sessions.region)
    names = await _names(gateway, here, needed=scope.accounts == ("all",))
    if scope.accounts == ("all",):
        accounts: Sequence[str] = sorted(names)
    else:
        accounts = scope.accounts or (own.account,)
    regions = await _regions(gateway, here) if scope.regions == ("all",) else (
        scope.regions or (here.region,)
    )  # fmt: skip
    targets = tuple(Target(account, region) for account in accounts for region in regions)
    found = await organizational_units(gateway, here) if units else {}
    return Resolved(
        targets,
        {key: names[key] for key in accounts if key in names},
        {key: found[key] for key in accounts if key in found},
    )


async def _names(gateway: Gateway, here: Target, *, needed: bool) -> dict[str, str]:
    """Return the active accounts of the organization; only "all" insists on them."""
    names: dict[str, str] = {}
    try:
        async for page in gateway.pages(here, Call("organizations", "ListAccounts", {})):
            for account in page["Accounts"]:
                if account.get("Status", "ACTIVE") == "ACTIVE":
                    names[account["Id"]] = account.get("Name", "")
    except AwsError as error:
        if needed:
            raise UsageError(
                f'accounts "all" needs organizations:ListAccounts, which was refused: {error}. '
                "Run from the management account or a delegated administrator, or list accounts"
            ) from None
    if needed and not names:
        raise UsageError(
            'accounts "all": organizations:ListAccounts names no active account. '
            "Run from the management account or a delegated administrator, or list accounts"
        )
    return names


async def _regions(gateway: Gateway, here: Target) -> Sequence[str]:
    try:
        answer = await gateway.read(here, Call("ec2", "DescribeRegions", {}))
    except AwsError as error:
        raise UsageError(
            f'regions "all" needs ec2:DescribeRegions, which was refused: {error}. '
            "List the regions instead"
        ) from None
    enabled = {region["RegionName"] for region in answer["Regions"]}
    return sorted(enabled & known_regions())
