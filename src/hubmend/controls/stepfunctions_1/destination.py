"""The log group a machine is to write to, from the decision or the policy file. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hubmend.controls.stepfunctions_1.machine import group_name
from hubmend.core.arn import Arn, parse_arn
from hubmend.core.decision import Decision
from hubmend.core.errors import UsageError
from hubmend.core.settings import Settings

VENDED = "/aws/vendedlogs/"
_NAME = re.compile(r"[a-zA-Z0-9_/.#-]{1,512}")


@dataclass(frozen=True)
class Destination:
    """A log group by name, where it must be, and whether it may be created."""

    name: str
    machine: Arn
    must_exist: bool

    @property
    def arn(self) -> str:
        """Return the ARN as Step Functions wants it: with :* at the end (F§3.1)."""
        where = f"{self.machine.region}:{self.machine.account}"
        return f"arn:{self.machine.partition}:logs:{where}:log-group:{self.name}:*"


def destination(machine_arn: str, name: str, decision: Decision, settings: Settings) -> Destination:
    """Return where a machine is to log.

    Raise UsageError for a name CloudWatch Logs refuses, or an ARN elsewhere: logging to another
    account or region is documented nowhere (F§3.11).
    """
    machine = parse_arn(machine_arn)
    chosen = decision.log_group
    if chosen in (None, "new"):
        chosen = settings.defaults.log_group
    assert chosen is not None  # noqa: S101 - for the type checker; `in` above does not narrow
    if chosen.startswith("arn:"):
        return _by_arn(machine, chosen)
    return Destination(_checked(chosen.replace("{name}", name)), machine, must_exist=False)


def _by_arn(machine: Arn, text: str) -> Destination:
    group = parse_arn(text)
    if group.service != "logs" or not group.resource.startswith("log-group:"):
        raise UsageError(f"{text!r} is not the ARN of a log group")
    if group.target != machine.target:
        raise UsageError(
            f"log group {text} is in {group.target}, the machine in {machine.target}: Step "
            "Functions logs to its own account and region only; choose a log group there"
        )
    return Destination(_checked(group_name(text)), machine, must_exist=True)


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name) or name.startswith("aws/"):
        raise UsageError(
            f"{name!r} cannot be a log group's name: 1 to 512 of letters, digits and _/.#-, "
            "not beginning with aws/"
        )
    return name


def chosen_key(decision: Decision, settings: Settings) -> str:
    """Return the KMS key that a log group is made with, empty for none."""
    return settings.defaults.kms_key if decision.kms_key is None else decision.kms_key
