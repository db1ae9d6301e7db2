"""The unit of work against AWS: one call, and one change made of a call and its undo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target


@dataclass(frozen=True)
class Call:
    """One AWS API call: service and operation as botocore names them, and its parameters."""

    service: str
    operation: str
    params: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.service}:{self.operation}"


@dataclass(frozen=True)
class Change:
    """One call with its undo and the reason for it.

    `needs` names the changes that must be done first (a role shared by several machines is
    patched once, by the first of them). `title` is the line people read in the plan.
    """

    id: str
    resource: str
    account: str
    region: str
    call: Call
    undo: Call | None
    reason: str
    title: str = ""
    needs: tuple[str, ...] = ()

    @property
    def target(self) -> Target:
        """Return the account and region the call goes to."""
        return Target(self.account, self.region)
