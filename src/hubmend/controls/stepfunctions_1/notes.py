"""What an approver should know of the role, the log group and its key. Pure."""

from __future__ import annotations

from hubmend.controls.stepfunctions_1.ownership import STACK
from hubmend.controls.stepfunctions_1.role import Role
from hubmend.controls.stepfunctions_1.survey import Surroundings


def group_notes(around: Surroundings) -> list[str]:
    """Say what is known of a group that is there, and of the key of one that is made."""
    name, group, key = around.destination.name, around.group, around.new_key
    if key and not key.missing and key.policy is None:
        unread = f"whether CloudWatch Logs may use key {key.given} could not be read"
        return [f"{unread}: look before applying (kms:DescribeKey, kms:GetKeyPolicy)"]
    if group is None:
        return []
    facts = [
        f"belongs to stack {group.tags[STACK]}" if STACK in group.tags else "",
        "has deletion protection" if group.protected else "",
        "never expires" if group.retention_days is None else "",
    ]
    said = ", ".join(fact for fact in facts if fact)
    return [f"log group {name} exists and {said}: rollback leaves it"] if said else []


def role_notes(role: Role) -> list[str]:
    """Say what the role's own deployment does to an added inline policy (F§5.2)."""
    if STACK not in role.tags:
        return []
    said = "the added policy stays, since a stack manages the policies it names"
    return [f"role {role.name} belongs to stack {role.tags[STACK]}: {said}"]
