"""How far a scan is and how long it still takes, as far as that can be known. Pure.

AWS's bucket for the one call that each resource costs says how soon a target can be read: the burst
at once, the rest at the refill rate (F§4.1). Of targets not begun nobody knows how much is in them:
there the pace so far is all there is to go by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hubmend.core.quotas import Quota


@dataclass
class Ahead:
    """One target under way: what is listed of it so far, and what is read."""

    listed: int = 0
    read: int = 0

    def seconds(self, quota: Quota) -> float:
        """Return how long AWS's quota makes the rest take."""
        burst, rate = quota
        at_once = max(0.0, burst - self.read)
        return max(0.0, (self.listed - self.read - at_once) / rate)


@dataclass
class Outlook:
    """What is known of a whole scan; `done` targets of `targets` are read."""

    targets: int
    quota: Quota
    under_way: dict[int, Ahead] = field(default_factory=dict)
    done: int = 0
    machines: int = 0

    def of(self, number: int) -> Ahead:
        """Return what is known of one target under way."""
        return self.under_way.setdefault(number, Ahead())

    def listed(self, number: int, more: int) -> None:
        """Take in that so many more resources of a target are listed."""
        self.of(number).listed += more

    def saw(self, number: int) -> None:
        """Take in that one more resource is read."""
        self.of(number).read += 1
        self.machines += 1

    def finished(self, number: int) -> None:
        """Take in that a target is read."""
        self.under_way.pop(number, None)
        self.done += 1

    def seconds_left(self, passed: float) -> float | None:
        """Return the seconds left after `passed` seconds, None where nothing can be said yet."""
        slowest = max((one.seconds(self.quota) for one in self.under_way.values()), default=0.0)
        waiting = self.targets - self.done - len(self.under_way)
        if not waiting:
            return slowest
        if not self.done:
            return None
        return max(slowest, passed / self.done * (self.targets - self.done))

    def total(self) -> int | None:
        """Return how many machines there are in all, None while targets are not listed."""
        if self.done + len(self.under_way) < self.targets:
            return None
        return self.machines + sum(max(0, one.listed - one.read) for one in self.under_way.values())
