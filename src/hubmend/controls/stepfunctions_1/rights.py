"""Whether a role may deliver logs: our own reading of its policies and its boundary (F§3.8).

Used beside SimulatePrincipalPolicy, which the caller may not be allowed to ask. The delivery
actions support no resource types, so only statements on "*" speak of them. A conditional Allow is
not counted (adding rights twice does no harm); a conditional Deny is reported as possible.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

POLICY_NAME = "hubmend-log-delivery"

# The eight that CDK and the console grant, and that are enough (F§3.8).
NEEDED = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
DOCUMENT: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "HubmendLogDelivery",
            "Effect": "Allow",
            "Action": list(NEEDED),
            "Resource": "*",
        }
    ],
}

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Rights:
    """What a role's documents say of the delivery actions.

    `lacking` could be granted by one more policy; `denied` and `bounded` could not: an explicit
    Deny or the permissions boundary stands against them.
    """

    lacking: tuple[str, ...]
    denied: tuple[str, ...]
    bounded: tuple[str, ...]
    perhaps_denied: tuple[str, ...] = ()

    @property
    def sufficient(self) -> bool:
        """Whether the role may deliver logs as it is."""
        return not (self.lacking or self.denied or self.bounded)


def evaluate(
    documents: Sequence[Document], boundary: Document | None, needed: Sequence[str] = NEEDED
) -> Rights:
    """Evaluate a role's policies and its boundary for the delivery actions."""
    own = tuple(_statements(documents))
    frame = tuple(_statements([boundary])) if boundary is not None else None
    everything = (*own, *(frame or ()))
    return Rights(
        lacking=tuple(a for a in needed if not _says(own, "Allow", a, conditional=False)),
        denied=tuple(a for a in needed if _says(everything, "Deny", a, conditional=False)),
        bounded=tuple(
            a
            for a in needed
            if frame is not None and not _says(frame, "Allow", a, conditional=False)
        ),
        perhaps_denied=tuple(a for a in needed if _says(everything, "Deny", a, conditional=True)),
    )


def _statements(documents: Iterable[Document]) -> Iterable[Mapping[str, Any]]:
    for document in documents:
        yield from listed(document.get("Statement"))


def _says(
    statements: Sequence[Mapping[str, Any]], effect: str, action: str, *, conditional: bool
) -> bool:
    return any(
        statement.get("Effect") == effect
        and bool(statement.get("Condition")) is conditional
        and covers_action(statement, action)
        and _covers_everything(statement)
        for statement in statements
    )


def covers_action(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement speaks of an action, by Action or NotAction."""
    if "NotAction" in statement:
        return not any(_matches(one, action) for one in listed(statement["NotAction"]))
    return any(_matches(one, action) for one in listed(statement.get("Action")))


def _covers_everything(statement: Mapping[str, Any]) -> bool:
    if "NotResource" in statement:
        return not any(set(one) == {"*"} for one in listed(statement["NotResource"]))
    return any(set(one) == {"*"} for one in listed(statement.get("Resource")))


def _matches(pattern: str, action: str) -> bool:
    # IAM knows * and ? only; [ is literal there, so it is escaped for fnmatch.
    shape = pattern.lower().replace("[", "[[]")
    return fnmatch.fnmatchcase(action.lower(), shape)


def listed(value: Any) -> list[Any]:
    """Return what a policy may write as one value or as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
