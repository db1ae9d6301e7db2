"""Whether a machine's role may deliver logs, as far as its folder tells (F§3.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from hubmend.controls.stepfunctions_1.rights import Document, evaluate
from hubmend.iac.source import Rights
from hubmend.iac.terraform.folder import Folder
from hubmend.iac.terraform.policy import BROAD, encoded, written
from hubmend.iac.terraform.syntax import Block
from hubmend.iac.terraform.values import Unresolved, Value

# An attribute of a resource or data source of the same folder: aws_iam_role.x[0].arn
_REFERENCE = re.compile(
    r"(?P<data>data\.)?(?P<kind>\w+)\.(?P<name>[\w-]+)(?:\[[^\]]*\])?\.(?P<what>\w+)"
)


# What gives a role policies, and the attribute that names the role.
_GIVEN = {
    "aws_iam_role_policy": "role",
    "aws_iam_role_policy_attachment": "role",
    "aws_iam_policy_attachment": "roles",
}


@dataclass(frozen=True)
class Role:
    """The role of a machine as its folder has it; `block` is None where it is elsewhere."""

    folder: Folder
    arn: Value
    block: Block | None
    machine: Block

    @cached_property
    def policies(self) -> tuple[Document | None, ...]:
        """Return its policies, None for each that cannot be read here."""
        if self.block is None:
            return (None,)
        return tuple(_policies(self.folder, self.block, self.machine))

    @cached_property
    def boundary(self) -> tuple[Document | None, ...]:
        """Return its permissions boundary, None if it cannot be read here; empty without one."""
        arn = self.folder.value(self.block, "permissions_boundary") if self.block else None
        return () if arn is None else tuple(_managed(self.folder, arn))[-1:]

    @property
    def rights(self) -> Rights:
        """Whether it may deliver logs; unknown where what matters cannot be read."""
        if None in self.boundary:
            return Rights.UNKNOWN
        readable = [one for one in self.policies if one is not None]
        found = evaluate(readable, next(iter(self.boundary), None))
        if found.sufficient:
            return Rights.PRESENT
        hidden = len(readable) < len(self.policies) and not (found.denied or found.bounded)
        return Rights.UNKNOWN if hidden else Rights.ABSENT

    @property
    def forbidden(self) -> bool:
        """Whether a Deny, or its boundary, stands against rights that are added."""
        readable = [one for one in self.policies if one is not None]
        found = evaluate(readable, next(iter(self.boundary), None))
        return bool(found.denied or found.bounded)


def role_of(folder: Folder, machine: Block) -> Role:
    """Return the role whose ARN a machine, or the module that makes it, is given."""
    arn = folder.value(machine, "role_arn")
    target = _reference(arn)
    owned = target and target["kind"] == "aws_iam_role" and not target["data"]
    block = folder.resource("aws_iam_role", target["name"]) if target and owned else None
    return Role(folder, arn, block, machine)


def is_of(folder: Folder, role: Block, value: Value) -> bool:
    """Whether a value names a role: by a reference to it, or by its name."""
    if isinstance(value, str):
        return value == folder.value(role, "name")
    target = _reference(value)
    return target is not None and (target["kind"], target["name"]) == role.labels


def _reference(value: Value) -> re.Match[str] | None:
    return _REFERENCE.fullmatch(value.text.strip()) if isinstance(value, Unresolved) else None


def _policies(folder: Folder, role: Block, machine: Block) -> Iterator[Document | None]:
    for block in role.named("inline_policy"):
        yield from _document(folder, folder.value(block, "policy"))
    yield from [None for _ in role.dynamic("inline_policy")]
    for arn in _listed(folder.value(role, "managed_policy_arns")):
        yield from _managed(folder, arn)
    for kind, name in _GIVEN.items():
        for block in folder.resources(kind):
            if not any(is_of(folder, role, one) for one in _listed(folder.value(block, name))):
                continue
            if not _certain(folder, block, (role, machine)):
                yield None
            elif arn := folder.value(block, "policy_arn"):
                yield from _managed(folder, arn)
            else:
                yield from _document(folder, folder.value(block, "policy"))


def _certain(folder: Folder, block: Block, owners: Sequence[Block]) -> bool:
    """Whether a policy is there with its role or machine: made as often, or known to be made."""
    for name in ("count", "for_each"):
        often = block.value(name)
        theirs = [value.text for one in owners if (value := one.value(name))]
        if often and often.text not in theirs:
            worth = folder.value(block, name)
            return bool(worth) and not isinstance(worth, Unresolved)
    return True


def _managed(folder: Folder, arn: Value) -> Iterator[Document | None]:
    """Return what a managed policy says: one of the folder, or one of AWS's that allow much."""
    target = _reference(arn)
    block = folder.resource("aws_iam_policy", target["name"]) if target else None
    if isinstance(arn, str) and arn in BROAD:
        yield BROAD[arn]
    elif block and target and target["kind"] == "aws_iam_policy":
        yield from _document(folder, folder.value(block, "policy"))
    else:
        yield None


def _document(folder: Folder, policy: Value) -> Iterator[Document | None]:
    target = _reference(policy)
    if target and target["data"] and target["kind"] == "aws_iam_policy_document":
        block = folder.resource("aws_iam_policy_document", target["name"], "data")
        return written(folder, block) if block else iter([None])
    return encoded(policy)


def _listed(value: Value) -> list[Value]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
