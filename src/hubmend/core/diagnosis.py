"""What `doctor` finds: one line per check, with what to do next, and the exit code it comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hubmend.core.arn import Target
from hubmend.core.errors import DONE, FAILING, INCOMPLETE
from hubmend.core.ports import Identity


class Health(StrEnum):
    """What a check came to."""

    OK = "ok"
    MISSING = "missing"  # a permission, a role, a region without the control
    OFF = "off"  # a service or a setting that is not turned on
    NOT_KNOWN = "not known"  # it may not be asked, or there was no answer


class Need(StrEnum):
    """What cannot be done without it; a check nobody needs has none."""

    SCAN = "scan"
    REMEDIATION = "remediation"


@dataclass(frozen=True)
class Check:
    """One thing looked at. `target` is None for what is the same everywhere."""

    name: str
    health: Health
    detail: str
    next: str = ""
    target: Target | None = None
    need: Need | None = None
    actions: tuple[str, ...] = ()  # the IAM actions that are missing, or not known to be there


@dataclass(frozen=True)
class Diagnosis:
    """All checks, those of the caller first, then target by target."""

    identity: Identity
    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """3 a target cannot be scanned; 1 something for remediation is missing; else 0."""
        if self._lacks(Need.SCAN, (Health.MISSING, Health.OFF, Health.NOT_KNOWN)):
            return INCOMPLETE
        return FAILING if self._lacks(Need.REMEDIATION, (Health.MISSING,)) else DONE

    def _lacks(self, need: Need, bad: Sequence[Health]) -> bool:
        return any(one.need is need and one.health in bad for one in self.checks)
