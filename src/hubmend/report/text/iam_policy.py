"""A policy explained in the terminal: which action, for which verb, why; and what IAM counts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType

from hubmend.core.permission import POLICY_LIMIT, Document, Permission
from hubmend.report.text.layout import Columns, Line, quiet


def iam_policy_table(
    kind: Document, document: Mapping[str, Any], permissions: Sequence[Permission]
) -> RenderableType:
    """Return one row per action, the first verb that needs it, and the resources below."""
    first: dict[str, Permission] = {}
    for one in permissions:
        first.setdefault(one.action, one)
    rows = [
        (
            one.action,
            one.verb,
            "useful" if one.optional else "needed",
            one.why,
            quiet(one.place.sid),
        )
        for one in sorted(first.values(), key=lambda one: one.action)
    ]
    where = [
        (one["Sid"], one["Effect"], ", ".join(_listed(one["Resource"])))
        for one in document["Statement"]
    ]
    size = len(json.dumps(document, separators=(",", ":")))
    return Group(
        Columns(rows, ("action", "verb", "", "what for", "statement")),
        Line(""),
        Columns(where, ("statement", "effect", "resources")),
        Line(f"{size} of {POLICY_LIMIT} characters of a managed policy."),
        Line(f"Next: hubmend iam-policy {kind} > {kind}.json"),
    )


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
