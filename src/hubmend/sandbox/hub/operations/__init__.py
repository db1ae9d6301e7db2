"""The Security Hub operations, one module per subject, gathered into one table.

A handler takes the world and a decoded call and answers the response members as JSON data, so
none of them knows about HTTP. Operations outside the table are left to moto.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubmend.sandbox.hub.calls import Call
from hubmend.sandbox.hub.operations import (
    associations,
    central,
    controls,
    findings,
    organization,
    rules,
    subscription,
)
from hubmend.sandbox.hub.world import World

Handler = Callable[[World, Call], dict[str, Any]]

OPERATIONS: Mapping[str, Handler] = {
    **subscription.OPERATIONS,
    **findings.OPERATIONS,
    **controls.OPERATIONS,
    **associations.OPERATIONS,
    **organization.OPERATIONS,
    **central.OPERATIONS,
    **rules.OPERATIONS,
}
# Callable by an account that has not enabled Security Hub; all others answer InvalidAccess.
WITHOUT_HUB = frozenset(
    {
        "EnableSecurityHub",
        "EnableOrganizationAdminAccount",
        "ListOrganizationAdminAccounts",
    }
)
