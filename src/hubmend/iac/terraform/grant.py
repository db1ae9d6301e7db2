"""What a role lacks to deliver logs, and how its folder can give it: once per role (F§3.8)."""

from __future__ import annotations

from hubmend.iac.source import Rights
from hubmend.iac.terraform.folder import Folder
from hubmend.iac.terraform.place import places
from hubmend.iac.terraform.role import Role, is_of
from hubmend.iac.terraform.syntax import Block

EXCLUSIVE = "aws_iam_role_policies_exclusive"


def obstacle(role: Role) -> str:
    """Return why a role cannot be given the rights here, or nothing."""
    if role.rights is Rights.PRESENT:
        return ""
    if role.block is None:
        return f"its role is not made in this folder{_written(role)}: give that role the rights"
    name = f"aws_iam_role.{role.block.labels[1]}"
    if override := role.folder.overridden.get((role.block.keyword, *role.block.labels)):
        return f"{name} is overridden in {override}"
    if None in role.boundary:
        return f"{name} is under a permissions boundary that cannot be read here"
    if role.forbidden:
        return f"{name} is denied log delivery, or its permissions boundary leaves it out"
    if role.block.dynamic("inline_policy") or _empties(role.block):
        return f"the inline policies of {name} are made in a way that one cannot be added to"
    if _exclusive(role.folder, role.block):
        return f"{EXCLUSIVE} lists the policies {name} may have: add hubmend-log-delivery to it"
    if inlined(role.block) and not places(role.block).clear:
        return f"{name} is laid out so that no block can be added to it"
    return ""


def inlined(role: Block) -> bool:
    """Whether a role's inline policies are exclusive: only another block of it stays (F§5.2)."""
    return bool(role.named("inline_policy"))


def _empties(role: Block) -> bool:
    # An empty block says that the role shall have no inline policy at all.
    return any(not block.attributes for block in role.named("inline_policy"))


def _exclusive(folder: Folder, role: Block) -> bool:
    return any(
        is_of(folder, role, folder.value(block, "role_name"))
        for block in folder.resources(EXCLUSIVE)
    )


def _written(role: Role) -> str:
    text = getattr(role.arn, "text", role.arn)
    return f" ({text})" if isinstance(text, str) and "\n" not in text else ""
