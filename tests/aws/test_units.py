"""Organizational units are read from the root down, and a refusal is told before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from hubmend.aws.units import organizational_units
from hubmend.core.arn import Target
from hubmend.core.errors import UsageError
from tests.aws.test_inventories import DENIED, HOME, Asked

TREE = {
    "r-1": (["111122223333"], [("Work", "ou-w"), ("Sandbox", "ou-s")]),
    "ou-w": (["222233334444"], [("Sandbox", "ou-ws")]),
    "ou-s": ([], []),
    "ou-ws": (["333344445555"], []),
}


def accounts(_: Target, params: Mapping[str, Any]) -> dict[str, Any]:
    return {"Accounts": [{"Id": one} for one in TREE[params["ParentId"]][0]]}


def units(_: Target, params: Mapping[str, Any]) -> dict[str, Any]:
    below = TREE[params["ParentId"]][1]
    return {"OrganizationalUnits": [{"Name": name, "Id": own} for name, own in below]}


async def test_an_account_is_in_every_unit_around_it() -> None:
    gateway = Asked({
        "ListRoots": {"Roots": [{"Id": "r-1"}]}, "ListAccountsForParent": accounts,
        "ListOrganizationalUnitsForParent": units,
    })  # fmt: skip
    assert await organizational_units(gateway, HOME) == {
        "111122223333": (),
        "222233334444": ("Work", "ou-w"),
        "333344445555": ("Work", "ou-w", "Sandbox", "ou-ws", "Work/Sandbox"),
    }


async def test_units_that_may_not_be_asked_are_wrong_usage() -> None:
    with pytest.raises(UsageError, match="match by account"):
        await organizational_units(Asked({"ListRoots": DENIED}), HOME)
