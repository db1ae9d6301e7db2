"""iam-policy: the least privilege hubmend needs, as an IAM policy document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hubmend.core.control import Control
from hubmend.core.permission import Document, Names, Permission, policy
from hubmend.core.settings import Settings


@dataclass(frozen=True)
class IamPolicy:
    """A policy document and the rows it is made from."""

    kind: Document
    document: dict[str, Any]
    permissions: tuple[Permission, ...]


def iam_policy(
    control: Control[Any],
    settings: Settings,
    kind: Document,
    partition: str,
    log_groups: Sequence[str] = (),
) -> IamPolicy:
    """Return the policy of one kind; `log_groups` are patterns beside the policy file's own."""
    filled = names(settings, partition, log_groups)
    rows = tuple(one for one in control.permissions if kind in one.documents)
    return IamPolicy(kind, policy(rows, control.denials, kind, filled), rows)


def names(settings: Settings, partition: str, log_groups: Sequence[str] = ()) -> Names:
    """Return what a policy's patterns are filled with, from the policy file."""
    scope = settings.scope
    patterns = (settings.defaults.log_group, *log_groups)
    return Names(
        partition=partition,
        audit_role=scope.audit_role,
        remediate_role=scope.remediate_role,
        log_groups=tuple(dict.fromkeys(_pattern(one) for one in patterns)),
    )


def _pattern(group: str) -> str:
    """Return a log group's name or ARN as the end of an ARN pattern.

    It ends in * so that it covers NAME, NAME:* and the group's streams.
    """
    name = group.split(":log-group:", 1)[-1].removesuffix(":*")
    return re.sub(r"\{name\}.*|\*+$", "", name) + "*"
