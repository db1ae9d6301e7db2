"""How far a scan is and how long it still takes, as far as that can be known. Pure.

AWS's bucket for the one call that each resource costs says how soon a target can be read: the burst
at once, the rest at the refill rate (F§4.1). Of targets not begun nobody knows how much is in them:
there the pace so far is all there is to go by.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hubmend.core.quotas import Quota


@dataclass
class Ahead:
    """One target under way: how many resources are listed of it so far, and how many read."""

    listed: int = 0
    read: int = 0

    def more(self, listed: int) -> None:
        """Take in that so many more are listed."""
        self.listed += listed

    def seconds(self, quota: Quota) -> float:
        """Return how long AWS's quota makes the rest take."""
        burst, rate = quota
        at_once = max(0.0, burst - self.read)
        return max(0.0, (self.listed - self.read - at_once) / rate)


@dataclass
class Outlook:
    """What is known of a whole scan of so many targets."""

    targets: int
    quota: Quota
    _under_way: dict[int, Ahead] = field(default_factory=dict)
    _done: int = 0
    _read: int = 0  # in targets that are done

    def begun(self, number: int) -> Ahead:
        """Return what is known of a target from now on."""
        return self._under_way.setdefault(number, Ahead())

    def finished(self, number: int) -> None:
        """Take in that a target is read."""
        self._read += self._under_way.pop(number).read
        self._done += 1

    def told(self, passed: float) -> tuple[int, int | None, str, float | None]:
        """Return what progress shows after `passed` seconds.

        Machines read, of how many, words, and the seconds left.
        """
        read = self._read + sum(one.read for one in self._under_way.values())
        all_begun = self._done + len(self._under_way) == self.targets
        rest = sum(max(0, one.listed - one.read) for one in self._under_way.values())
        words = f"machines, {self._done} of {self.targets} accounts and regions"
        return read, read + rest if all_begun else None, words, self._seconds_left(passed)

    def _seconds_left(self, passed: float) -> float | None:
        slowest = max((one.seconds(self.quota) for one in self._under_way.values()), default=0.0)
        if self._done + len(self._under_way) == self.targets:
            return slowest
        if not self._done:
            return None
        return max(slowest, passed / self._done * (self.targets - self._done))
