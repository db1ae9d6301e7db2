"""What can go wrong with a change: before its effect, after it, or with the whole process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind


class Killed(BaseException):
    """The process is dead: nothing of it runs from here on."""


class Fault(StrEnum):
    """One thing that goes wrong at one call."""

    UNREACHABLE = "unreachable"
    THROTTLED = "throttled"
    DENIED = "denied"
    INVALID = "invalid"
    LOST_REQUEST = "lost-request"  # no answer, and it did not happen
    LOST_ANSWER = "lost-answer"  # no answer, and it happened
    CREDENTIALS = "credentials"
    STOPPED_BEFORE = "stopped-before"  # the user stops it (CancelledError)
    STOPPED_AFTER = "stopped-after"
    KILLED_BEFORE = "killed-before"  # kill -9: nothing of the process runs after it
    KILLED_AFTER = "killed-after"


# The process goes on, and so does the run with its other machines.
REFUSALS = (Fault.UNREACHABLE, Fault.THROTTLED, Fault.DENIED, Fault.INVALID)
# The run ends here and is to be gone on with.
ENDINGS = (Fault.CREDENTIALS, Fault.STOPPED_BEFORE, Fault.STOPPED_AFTER,
           Fault.KILLED_BEFORE, Fault.KILLED_AFTER)  # fmt: skip

_KINDS = {
    Fault.UNREACHABLE: ErrorKind.UNREACHABLE,
    Fault.THROTTLED: ErrorKind.THROTTLED,
    Fault.DENIED: ErrorKind.DENIED,
    Fault.INVALID: ErrorKind.INVALID,
    Fault.LOST_REQUEST: ErrorKind.UNCERTAIN,
    Fault.CREDENTIALS: ErrorKind.CREDENTIALS,
}


@dataclass
class Mishaps:
    """The script: which fault at which change call, counted from 1 since it was written."""

    script: dict[int, Fault] = field(default_factory=dict)
    count: int = 0
    dead: bool = False
    victim: asyncio.Task[object] | None = None  # whom the user stops

    def plan(self, script: dict[int, Fault]) -> None:
        self.script, self.count = script, 0

    def revive(self) -> None:
        """Start the next process: nothing goes wrong any more."""
        self.script, self.dead = {}, False

    def breathe(self) -> None:
        if self.dead:
            raise Killed

    def next(self) -> Fault | None:
        self.count += 1
        return self.script.get(self.count)

    def before(self, fault: Fault | None, call: Call) -> None:
        if fault is Fault.STOPPED_BEFORE:
            self._stop()
        if fault is Fault.KILLED_BEFORE:
            self.dead = True
            raise Killed
        if fault in _KINDS:
            raise AwsError(_KINDS[fault], "Injected", f"{fault.value} at {self.count}", str(call))

    def after(self, fault: Fault | None, call: Call) -> None:
        if fault is Fault.LOST_ANSWER:
            reason = f"lost answer at {self.count}"
            raise AwsError(ErrorKind.UNCERTAIN, "Injected", reason, str(call))
        if fault is Fault.STOPPED_AFTER:
            self._stop()
        if fault is Fault.KILLED_AFTER:
            self.dead = True
            raise Killed

    def _stop(self) -> None:
        if self.victim:
            self.victim.cancel()
        raise asyncio.CancelledError
