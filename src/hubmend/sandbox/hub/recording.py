"""AWS Config's recorder for state machines: what it has seen, what it has recorded, and when.

Findings lag behind configuration because Config first records a change and only then evaluates
it (F§1.5, F§6). Both simulations read that lag from here, so `GetResourceConfigHistory` and the
findings can never disagree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hubmend.sandbox.hub.machines import Machine

CONTINUOUS, DAILY, OFF = "CONTINUOUS", "DAILY", "OFF"


@dataclass(frozen=True)
class Item:
    """One configuration item: a machine as it was, and when Config has it.

    `status` is OK, ResourceDiscovered or ResourceDeleted, as in Config's
    `configurationItemStatus`.
    """

    machine: Machine
    status: str
    changed_at: datetime
    recorded_at: datetime


@dataclass
class Recorder:
    """The recorder of one account and Region.

    `mode` is CONTINUOUS, DAILY (a change is recorded within a day) or OFF.
    """

    delay: timedelta
    mode: str = CONTINUOUS
    looked_at: datetime | None = None
    history: dict[str, list[Item]] = field(default_factory=dict)
    _known: dict[str, Machine] = field(default_factory=dict)
    _pending: list[Item] = field(default_factory=list)

    def observe(self, machines: Iterable[Machine], now: datetime) -> None:
        """Note every machine created, changed or deleted since the last look.

        While the recorder is OFF nothing is seen; what changed meanwhile is found afterwards.
        """
        if self.mode == OFF:
            return
        current = {machine.arn: machine for machine in machines}
        for arn, machine in current.items():
            before = self._known.get(arn)
            if before is None or before.created_at != machine.created_at:
                if before is not None:
                    self._note(before, "ResourceDeleted", self._moment(machine, now))
                self._note(machine, "ResourceDiscovered", self._moment(machine, now))
            elif before.recordable() != machine.recordable():
                self._note(machine, "OK", self._moment(machine, now))
        for arn in self._known.keys() - current.keys():
            self._note(self._known[arn], "ResourceDeleted", now)
        self._known = current
        self.looked_at = now

    def settle(self, now: datetime) -> list[Item]:
        """Record what is due; answers the newly recorded items, oldest first."""
        due = sorted(
            (item for item in self._pending if item.recorded_at <= now),
            key=lambda item: item.recorded_at,
        )
        self._pending = [item for item in self._pending if item.recorded_at > now]
        for item in due:
            self.history.setdefault(item.machine.arn, []).append(item)
        return due

    def flush(self, now: datetime) -> list[Item]:
        """Record everything pending at once, as when a hub is enabled on existing machines."""
        self._pending = [
            replace(item, recorded_at=max(now, item.changed_at)) for item in self._pending
        ]
        return self.settle(now)

    def latest(self) -> list[Item]:
        """The last recorded item of every machine that Config believes to exist."""
        lasts = (items[-1] for items in self.history.values())
        return [item for item in lasts if item.status != "ResourceDeleted"]

    def _note(self, machine: Machine, status: str, changed_at: datetime) -> None:
        wait = self.delay if self.mode == CONTINUOUS else timedelta(days=1)
        self._pending.append(Item(machine, status, changed_at, changed_at + wait))

    def _moment(self, machine: Machine, now: datetime) -> datetime:
        """When the change happened: the update date if it lies between two looks, else now.

        A date outside the interval is not the time of this change, so it says nothing.
        """
        earliest = self.looked_at or now
        return machine.changed_at if earliest <= machine.changed_at <= now else now
