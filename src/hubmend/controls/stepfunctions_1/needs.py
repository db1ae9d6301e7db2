"""Which permissions one change and its undo take, each with the resource AWS asks about. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hubmend.controls.stepfunctions_1.permissions import (
    GROUPS,
    MACHINES,
    PASSED,
    PERMISSIONS,
    ROLES,
)
from hubmend.core.arn import parse_arn
from hubmend.core.call import Call, Change
from hubmend.core.permission import Permission, of_call


def needs(change: Change, snapshot: Mapping[str, Any]) -> Iterator[tuple[Permission, str | None]]:
    """Yield what a change and its undo need; `snapshot` is its machine's.

    The resource is None where any example of the place will do. Rights on keys are left out: a key
    policy may grant them, which a simulation of the caller's own policies does not see.
    """
    for call in (change.call, change.undo):
        if call is not None:
            for row in of_call(PERMISSIONS, call):
                if _asked(row, call):
                    yield row, _resource(row, change, call, snapshot)


def _asked(row: Permission, call: Call) -> bool:
    if row.action.startswith("kms:") or not row.changes:
        return False
    return not row.optional or "kmsKeyId" in call.params


def _resource(
    row: Permission, change: Change, call: Call, snapshot: Mapping[str, Any]
) -> str | None:
    if row.place is MACHINES:
        return change.resource
    if row.place not in (GROUPS, ROLES, PASSED):
        return None
    partition = parse_arn(change.resource).partition
    if row.place is GROUPS:
        where = f"arn:{partition}:logs:{change.region}:{change.account}"
        return f"{where}:log-group:{call.params['logGroupName']}"
    return _role(str(snapshot.get("role_arn", "")), partition, change, call)


def _role(own: str, partition: str, change: Change, call: Call) -> str:
    """Return the ARN of the role a call is about; the machine's own has its path too."""
    name = call.params.get("RoleName")
    if name is None or own.endswith(f"/{name}"):
        return own
    return f"arn:{partition}:iam::{change.account}:role/{name}"
