"""The sources of claims, for one control and one caller."""

from __future__ import annotations

from typing import Any

from hubmend.aws.config_inventory import ConfigInventory
from hubmend.aws.hub_inventory import HubInventory
from hubmend.core.arn import Target
from hubmend.core.control import Control
from hubmend.core.inventory import Inventory
from hubmend.core.ports import Gateway


def inventories(gateway: Gateway, control: Control[Any], home: Target) -> tuple[Inventory, ...]:
    """Return the sources, the cheapest first; `home` is the caller's own account and region."""
    hub = HubInventory(gateway, home, control.id, control.asff_type)
    return hub, ConfigInventory(gateway, home, control.config_query, hub)
