"""What the Security Hub and Config simulations need from outside: a clock, and their delays.

Real delays have no published guarantee (F§1.5), so each is a setting with a default short
enough for a demonstration and long enough to be seen; tests move the clock instead of waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the simulations read the time; `hubmend.sandbox.clock.SandboxClock` in the sandbox."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""


@dataclass(frozen=True)
class Settings:
    """Delays and choices of the simulation.

    `record_delay`: from a configuration change until Config has recorded it (continuous mode).
    `evaluate_delay`: from the record until the rule is evaluated and the finding turns.
    `parameter_delay`: how long a control stays UPDATING after UpdateSecurityControl.
    `archive_delay`: from disabling a control until its findings are archived (F§2.8: 3-5 days).
    `refresh_every`: the safety-net re-check (F§1.5).
    `suppressed_resolves`: whether a SUPPRESSED finding that turns PASSED becomes RESOLVED; AWS's
    answer is UNCONFIRMED (F§9 no. 9), the default keeps it SUPPRESSED.
    `refuse_evaluation`: StartConfigRulesEvaluation answers AccessDenied (F§9 no. 7).
    """

    record_delay: timedelta = timedelta(seconds=20)
    evaluate_delay: timedelta = timedelta(seconds=40)
    parameter_delay: timedelta = timedelta(seconds=30)
    archive_delay: timedelta = timedelta(days=3)
    archived_retention: timedelta = timedelta(days=30)
    refresh_every: timedelta = timedelta(hours=24)
    suppressed_resolves: bool = False
    refuse_evaluation: bool = False


def iso(moment: datetime) -> str:
    """The timestamp as ASFF writes it: UTC, milliseconds, `Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def partition(region: str) -> str:
    """The partition a Region belongs to, which starts its ARNs (F§1.4)."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
