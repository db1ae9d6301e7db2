"""ARNs and targets: where a resource lives.

The partition is always derived, never assumed: China and GovCloud differ (F§1.4).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from hubmend.core.errors import UsageError

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*)"
    r":(?P<account>\d{12}|):(?P<resource>.+)"
)
_MACHINE = re.compile(r"stateMachine:(?P<name>[^:/]{1,80})")


@dataclass(frozen=True, order=True)
class Target:
    """One account in one region.

    An empty account is the caller's own, before anybody asked which that is: to read there, no more
    is needed than credentials.
    """

    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"

    @property
    def target(self) -> Target:
        """Return the account and region the resource lives in."""
        return Target(self.account, self.region)


def parse_arn(text: str) -> Arn:
    """Split an ARN; raise UsageError when it is not one."""
    found = _ARN.fullmatch(text)
    if not found:
        raise UsageError(
            f"{text!r} is not an ARN: expected arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
        )
    return Arn(**found.groupdict())


def parse_machine_arn(text: str) -> Arn:
    """Split the ARN of a state machine; versions, aliases and other resources are refused."""
    arn = parse_arn(text)
    if arn.service != "states" or not _MACHINE.fullmatch(arn.resource):
        raise UsageError(
            f"{text!r} is not the ARN of a state machine: expected "
            "arn:aws:states:REGION:ACCOUNT:stateMachine:NAME (no version, no alias, no execution)"
        )
    if not arn.region or not arn.account:
        raise UsageError(f"{text!r} lacks its region or its account id")
    return arn


def is_control(arn: str) -> bool:
    """Whether an ARN is the control's own in an account and region, not a resource's (F§1.4)."""
    return ":security-control/" in arn


def resource_name(arn: str) -> str:
    """Return the last part of an ARN, for people."""
    return arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
