"""What became of the changes of a run, whichever way it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubmend.core.call import Change
from hubmend.core.run import ResourceStatus


@dataclass(frozen=True)
class Made:
    """What became of one change; `status` is what it makes of its resource when it is the last."""

    change: Change
    status: ResourceStatus
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Whether what comes after may go on."""
        return self.status is ResourceStatus.DONE


def grouped(made: Sequence[Made]) -> Mapping[str, Sequence[Made]]:
    """Return what became of the changes of each resource, in order."""
    found: dict[str, list[Made]] = {}
    for one in made:
        found.setdefault(one.change.resource, []).append(one)
    return found
