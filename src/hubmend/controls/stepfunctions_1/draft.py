"""The changes of one machine while they are put together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.core.call import Call, Change


@dataclass
class Draft:
    """Collects the changes of one machine; what another machine does already is only needed."""

    machine: Machine
    planned: Sequence[Change]
    changes: list[Change] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)

    def add(self, call: Call, undo: Call | None, *, title: str, reason: str) -> str:
        """Add a change after those before it; return its id."""
        target = self.machine.target
        self.changes.append(
            Change(
                id=self.next_id,
                resource=self.machine.arn,
                account=target.account,
                region=target.region,
                call=call,
                undo=undo,
                reason=reason,
                title=title,
                needs=tuple(self.needs),
            )
        )
        return self.changes[-1].id

    @property
    def next_id(self) -> str:
        """Return the id of the change that is added next."""
        return f"c{len(self.planned) + len(self.changes) + 1}"

    def planned_before(self, same: Callable[[Change], bool]) -> Change | None:
        """Return the last such change of an earlier machine, and wait for it."""
        found = next((change for change in reversed(self.planned) if same(change)), None)
        if found:
            self.needs.append(found.id)
        return found
