"""What changed between two states of a finding, as GetFindingHistory tells it (F§2.3).

AWS's spelling of `UpdatedField` for nested fields was not seen: dotted ASFF paths are used,
UNCONFIRMED. Top-level timestamps are left out, as on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.lifecycle import Asff
from hubmend.sandbox.hub.target import Finding, HistoryRecord

BY_PROVIDER, BY_CUSTOMER = "BATCH_IMPORT_FINDINGS", "BATCH_UPDATE_FINDINGS"

_UNTOLD = frozenset({"FirstObservedAt", "LastObservedAt", "CreatedAt", "UpdatedAt", "ProcessedAt"})


def changes(before: Asff, after: Asff) -> tuple[tuple[str, str, str], ...]:
    """(field, old value, new value) for each leaf that differs; absent is the empty string."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return tuple(
        (name, old.get(name, ""), new.get(name, ""))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )


def rewrite(finding: Finding, after: Asff, at: datetime, source: str, identity: str) -> None:
    """Give the finding its new document and keep the difference in its history, if any."""
    told = changes(finding.asff, after)
    finding.asff = after
    if told:
        finding.history.append(HistoryRecord(at, source, identity, told))


def _leaves(document: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if not prefix and key in _UNTOLD:
            continue
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value if isinstance(value, str) else json.dumps(value)
