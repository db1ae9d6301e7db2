"""The four answers of `verify`, each on its own clock: configuration, proof, finding, score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ProofStatus(StrEnum):
    """Whether the log records that must exist were found."""

    PROVED = "proved"
    MISSING = "missing"
    PENDING = "pending"
    NOT_PROVABLE = "not-provable"


@dataclass(frozen=True)
class ConfigurationAnswer:
    """Whether the resource is configured as the plan says, right now.

    `traffic` says what the traffic that the plan sent elsewhere goes through (an alias).

    A run that only wrote on the resource's findings leaves its configuration: not-changed. Pending
    is the control while Security Hub updates it (F§2.8).
    """

    status: str  # passed | failed | pending | not-changed
    why: str = ""
    traffic: str = ""


@dataclass(frozen=True)
class ProofAnswer:
    """Expected records (from history and level) against found ones (from CloudWatch Logs).

    `records` is an excerpt of what was found, for the report; `missing` names what was not.
    """

    status: ProofStatus
    level: str
    expected: int
    found: int
    executions: tuple[str, ...]
    why: str
    missing: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


@dataclass(frozen=True)
class FindingAnswer:
    """What Security Hub says of the resource."""

    status: str  # passed | failed | pending | suppressed | not-available
    why: str = ""
    until: datetime | None = None  # so long it is normal to be pending


@dataclass(frozen=True)
class StandardScore:
    """The score of one standard before the run and now, and what the control counts as now."""

    standard: str
    before: int | None
    now: int | None
    control_status: str


@dataclass(frozen=True)
class ScoreAnswer:
    """The security score before the run and now, in percent; None where not available.

    `before` and `now` are those of the first standard; `until` is when AWS's own page has
    followed at the latest.
    """

    before: int | None
    now: int | None
    status: str = ""  # computed | pending | not-available
    why: str = ""
    until: datetime | None = None
    standards: tuple[StandardScore, ...] = ()


@dataclass(frozen=True)
class Verification:
    """The four answers for one resource."""

    arn: str
    configuration: ConfigurationAnswer
    proof: ProofAnswer
    finding: FindingAnswer
    score: ScoreAnswer


@dataclass(frozen=True)
class Started:
    """One execution that verify started itself, with its status as last answered."""

    arn: str
    status: str
    started: datetime
    stopped: datetime | None


@dataclass(frozen=True)
class Traffic:
    """Where changes sent a resource's traffic, besides to the resource itself."""

    start: str | None = None  # what verify starts instead of the resource
    versions: tuple[str, ...] = ()  # their executions count with the resource's own


@dataclass(frozen=True)
class ProofRequest:
    """What to prove: records of one resource since its change, and runs verify started.

    `versions` are those the change sent the resource's traffic to.
    """

    since: datetime
    executions: Sequence[Started] = ()
    versions: Sequence[str] = ()
