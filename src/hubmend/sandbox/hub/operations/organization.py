"""Operations across accounts and Regions: administrator, members, aggregation (F§2.9)."""

from __future__ import annotations

from typing import Any

from hubmend.sandbox.hub.calls import Call, page
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.settings import iso
from hubmend.sandbox.hub.world import Aggregator, World

_MODES = ("ALL_REGIONS", "ALL_REGIONS_EXCEPT_SPECIFIED", "SPECIFIED_REGIONS", "NO_REGIONS")


def _since(world: World, account: str, region: str) -> str:
    target = world.target(account, region)
    return iso(target.enabled_at or world.now())


def enable_organization_admin_account(world: World, call: Call) -> dict[str, Any]:
    """Name the delegated administrator."""
    world.administrator = call["AdminAccountId"]
    return {"AdminAccountId": world.administrator, "Feature": call.get("Feature", "SecurityHub")}


def list_organization_admin_accounts(world: World, _call: Call) -> dict[str, Any]:
    """The delegated administrator, if one is named."""
    admins = [world.administrator] if world.administrator else []
    rows = [{"AccountId": account, "Status": "ENABLED"} for account in admins]
    return {"AdminAccounts": rows, "Feature": "SecurityHub"}


def get_administrator_account(world: World, call: Call) -> dict[str, Any]:
    """The administrator as a member sees it; nothing for the administrator and alone accounts."""
    if world.administrator is None or world.is_administrator(call.account):
        return {}
    return {
        "Administrator": {
            "AccountId": world.administrator,
            "InvitedAt": _since(world, call.account, call.region),
            "MemberStatus": "Enabled",
        }
    }


def list_members(world: World, call: Call) -> dict[str, Any]:
    """The administrator's members in the Region; none for everybody else."""
    shown, token = page(call, _members(world, call))
    return {"Members": shown, **token}


def get_members(world: World, call: Call) -> dict[str, Any]:
    """Those of the accounts that are members; the others come back unprocessed (BC)."""
    wanted = call["AccountIds"]
    found = [one for one in _members(world, call) if one["AccountId"] in wanted]
    others = sorted(set(wanted) - {one["AccountId"] for one in found})
    why = "The account is not a member of this administrator account"
    unprocessed = [{"AccountId": one, "ProcessingResult": why} for one in others]
    return {"Members": found, "UnprocessedAccounts": unprocessed}


def _members(world: World, call: Call) -> list[dict[str, Any]]:
    members = world.members() if world.is_administrator(call.account) else []
    rows = []
    for account in members:
        target = world.targets.get((account, call.region))
        if target is not None and target.enabled_at is not None:
            since = iso(target.enabled_at)
            rows.append(
                {
                    "AccountId": account,
                    "AdministratorId": world.administrator,
                    "MasterId": world.administrator,
                    "MemberStatus": "Enabled",
                    "InvitedAt": since,
                    "UpdatedAt": since,
                }
            )
    return rows


def create_finding_aggregator(world: World, call: Call) -> dict[str, Any]:
    """Make the called Region the home Region; one aggregator per account."""
    mode, regions = call["RegionLinkingMode"], tuple(call.get("Regions") or ())
    if mode not in _MODES:
        raise HubError.invalid(f"RegionLinkingMode {mode!r}; use one of {', '.join(_MODES)}")
    if ("SPECIFIED" in mode) != bool(regions):
        raise HubError.invalid("Regions goes with the two SPECIFIED modes, and only with them")
    if call.account in world.aggregators:
        raise HubError("LimitExceededException", "A finding aggregator already exists")
    aggregator = Aggregator(call.account, call.region, mode, regions)
    world.aggregators[call.account] = aggregator
    return _aggregator(aggregator)


def list_finding_aggregators(world: World, call: Call) -> dict[str, Any]:
    """The account's aggregator: its own, or as a member its administrator's."""
    found = world.aggregators.get(call.account) or world.aggregators.get(world.administrator or "")
    return {"FindingAggregators": [{"FindingAggregatorArn": found.arn}] if found else []}


def get_finding_aggregator(world: World, call: Call) -> dict[str, Any]:
    """One aggregator by its ARN."""
    arn = call["FindingAggregatorArn"]
    for aggregator in world.aggregators.values():
        if aggregator.arn == arn:
            return _aggregator(aggregator)
    raise HubError.missing(f"The finding aggregator {arn}")


def _aggregator(aggregator: Aggregator) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "FindingAggregatorArn": aggregator.arn,
        "FindingAggregationRegion": aggregator.home,
        "RegionLinkingMode": aggregator.mode,
    }
    return {**shape, "Regions": list(aggregator.regions)} if aggregator.regions else shape


OPERATIONS = {
    "EnableOrganizationAdminAccount": enable_organization_admin_account,
    "ListOrganizationAdminAccounts": list_organization_admin_accounts,
    "GetAdministratorAccount": get_administrator_account,
    "GetMembers": get_members,
    "ListMembers": list_members,
    "CreateFindingAggregator": create_finding_aggregator,
    "ListFindingAggregators": list_finding_aggregators,
    "GetFindingAggregator": get_finding_aggregator,
}
