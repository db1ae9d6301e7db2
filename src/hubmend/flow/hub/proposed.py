"""What Security Hub adds to a plan, gathered in the order in which it is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubmend.core.call import Change
from hubmend.core.control import Outline
from hubmend.core.plan import Manual, Note, Skipped

WIDTH = 8  # targets that are read at the same time


@dataclass
class Proposed:
    """What is proposed, after the changes `planned` before."""

    planned: Sequence[Change]
    changes: list[Change] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    manual: list[Manual] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    snapshots: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def before(self) -> Sequence[Change]:
        """Return all changes so far."""
        return [*self.planned, *self.changes]

    def add(self, resource: str, outline: Outline) -> None:
        """Take in what was proposed for one resource."""
        self.changes += outline.changes
        self.notes += outline.notes
        if outline.manual:
            self.manual.append(outline.manual)
        if outline.skip:
            self.skipped.append(Skipped(resource, outline.skip))
