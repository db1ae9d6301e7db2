"""How a run goes about its resources: a few first, and when to begin no more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from hubmend.core.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Rollout:
    """How many resources are tried first, and how many may fail before no other is begun.

    The first `canary` resources are changed and verified before the rest is begun, with up to
    `canary_wait` seconds for log records of what runs meanwhile. 0 is none; None is what stands
    already: what the run was begun with, else the policy file. Raise UsageError below 0.
    """

    canary: int | None = None
    canary_wait: int | None = None
    max_failures: int | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and value < 0:
                raise UsageError(f"{name} is {value}: it must be 0 (none) or more")

    def over(self, other: Rollout) -> Rollout:
        """Return this one, with the other's numbers where it says none."""
        theirs = vars(other)
        return Rollout(**{
            name: theirs[name] if value is None else value for name, value in vars(self).items()
        })  # fmt: skip


AS_IT_STANDS = Rollout()


def duration(text: str) -> timedelta:
    """Read a duration such as 90s, 3m or 1h; raise UsageError for anything else."""
    found = re.fullmatch(r"(\d{1,6})([smh])", text)
    if not found:
        raise UsageError(f"{text!r} is not a duration: write 90s, 3m or 1h")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
