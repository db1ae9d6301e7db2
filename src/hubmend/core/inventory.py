"""Where rows of a scan come from: each machine asked itself, or what others recorded of it.

Security Hub and AWS Config tell a hundred machines a call; what they tell is a claim, hours old at
times, to be joined with the live machines (F§1.5, F§2.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from hubmend.core.arn import Target
from hubmend.core.resource import Finding, Remark, Source


class Wanted(StrEnum):
    """Which source a scan is asked to use; AUTO takes the cheapest that covers the scope."""

    AUTO = "auto"
    API = "api"
    HUB = "hub"
    CONFIG = "config"


@dataclass(frozen=True)
class Listed:
    """A resource as AWS's list names it, without its configuration."""

    arn: str
    name: str
    type: str | None


@dataclass(frozen=True)
class Claim:
    """What a source tells of one resource; everything but the ARN may be missing.

    `details` is the configuration in PascalCase, as ASFF and Config have it. `tags` is None where
    none are told. `seen` is when the source last looked. `level` is the control's customised
    logLevel of that moment. `others` are findings of the same resource under other standards.
    """

    source: Source
    arn: str
    target: Target
    details: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None
    seen: datetime | None = None
    finding: Finding | None = None
    level: str | None = None
    others: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Gathered:
    """What a source tells of a scope: claims per target it covers, and why it covers no other.

    A target with no claim is covered only if the source proves that it looks there (an
    account-level finding of the control). `levels` are the control's customised logLevels.
    """

    claims: Mapping[Target, Sequence[Claim]] = field(default_factory=dict)
    silent: Mapping[Target, str] = field(default_factory=dict)
    remarks: Sequence[Remark] = ()
    levels: Mapping[Target, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many resources are told of."""
        return sum(map(len, self.claims.values()))


class Inventory(Protocol):
    """One source of claims."""

    source: Source

    async def gather(self, targets: Sequence[Target]) -> Gathered:
        """Ask for a scope in as few calls as there are; refusals are told per target.

        Raise AwsError only when the credentials ended.
        """
        ...
