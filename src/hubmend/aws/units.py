"""The organizational units of every account, read from the root down, two calls a unit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, UsageError
from hubmend.core.ports import Gateway


async def organizational_units(gateway: Gateway, here: Target) -> dict[str, tuple[str, ...]]:
    """Return the name, id and path of each unit an account is in, outermost first, by account.

    Raise UsageError where Organizations may not be asked: neither a scope by `ous` nor a rule by
    `ou` means anything then.
    """
    found: dict[str, tuple[str, ...]] = {}
    try:
        async for root in _listed(gateway, here, Call("organizations", "ListRoots", {}), "Roots"):
            await _descend(gateway, here, str(root["Id"]), "", (), found)
    except AwsError as error:
        raise UsageError(
            "ous in [scope] and rules by ou need the organization's units, which were refused: "
            f"{error}. Run from the management account or a delegated administrator, or list "
            "accounts and match by account"
        ) from None
    return found


async def _descend(
    gateway: Gateway,
    here: Target,
    parent: str,
    path: str,
    around: tuple[str, ...],
    found: dict[str, tuple[str, ...]],
) -> None:
    asked = {"ParentId": parent}
    accounts = Call("organizations", "ListAccountsForParent", asked)
    async for account in _listed(gateway, here, accounts, "Accounts"):
        found[str(account["Id"])] = around
    units = Call("organizations", "ListOrganizationalUnitsForParent", asked)
    async for unit in _listed(gateway, here, units, "OrganizationalUnits"):
        name, own = str(unit["Name"]), str(unit["Id"])
        below = f"{path}/{name}" if path else name
        names = dict.fromkeys((*around, name, own, below))
        await _descend(gateway, here, own, below, tuple(names), found)


async def _listed(
    gateway: Gateway, here: Target, call: Call, key: str
) -> AsyncIterator[dict[str, Any]]:
    async for page in gateway.pages(here, call):
        for one in page.get(key, ()):
            yield one
