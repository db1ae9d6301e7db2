"""What is to go wrong: which fault at which call, counted per operation since the script began."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

FOREVER = 1_000_000


class Fault(StrEnum):
    """One thing that goes wrong at one call; the value is its row in docs/safety.md."""

    SLOW = "slow answer"
    CLOSED_BEFORE = "connection closed before the effect"
    CLOSED_AFTER = "connection closed after the effect"
    RESET_BEFORE = "connection reset before the effect"
    RESET_AFTER = "connection reset after the effect"
    THROTTLED = "throttled"
    THROTTLED_ON = "throttled without end"
    BROKEN_BEFORE = "error 500 before the effect"
    BROKEN_AFTER = "error 500 after the effect"
    UNAVAILABLE = "error 503"
    DENIED = "access denied"
    TRUNCATED = "answer cut short, length correct"
    HALF_WRITTEN = "answer half written"
    SILENT_BEFORE = "no answer, no effect"
    SILENT_AFTER = "no answer after the effect"
    LATE = "no answer, effect comes late"
    EXPIRED = "credentials expire"
    SKEWED = "clock wrong"
    SEVERAL = "several of these at once"
    KILLED_BEFORE = "killed before the effect"
    KILLED_AFTER = "killed after the effect"
    KILLED_ANSWERED = "killed after the answer"
    STOPPED_BEFORE = "Ctrl-C before the effect"
    STOPPED_AFTER = "Ctrl-C after the effect"


KILLS = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.KILLED_ANSWERED,
         Fault.STOPPED_BEFORE, Fault.STOPPED_AFTER)  # fmt: skip
STOPS = (Fault.STOPPED_BEFORE, Fault.STOPPED_AFTER)
IN_PROCESS = tuple(fault for fault in Fault if fault not in KILLS)
# What a person sees as one trouble each; SEVERAL draws from these.
SINGLE = tuple(fault for fault in IN_PROCESS if fault is not Fault.SEVERAL)
SILENT = (Fault.SILENT_BEFORE, Fault.SILENT_AFTER, Fault.LATE)


@dataclass(frozen=True)
class Mishap:
    """A fault at the `number`-th call of an operation, and at the calls that follow, `times` all.

    `patience` is how many further calls a late effect waits for. Expired credentials stay so.
    """

    fault: Fault
    operation: str
    number: int = 1
    times: int = 1
    patience: int = 1


@dataclass
class Script:
    """Faults by call. Operations are counted apart, so that a script hits what it names."""

    mishaps: Sequence[Mishap] = ()
    fired: list[Mishap] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _expired: bool = False

    def next(self, operation: str) -> Mishap | None:
        """Count one call and return what goes wrong with it."""
        self.counts[operation] += 1
        if self._expired:
            return Mishap(Fault.EXPIRED, operation)
        for mishap in self.mishaps:
            since = self.counts[operation] - mishap.number
            if mishap.operation == operation and 0 <= since < mishap.times:
                self.fired.append(mishap)
                self._expired = mishap.fault is Fault.EXPIRED
                return mishap
        return None
