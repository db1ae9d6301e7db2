"""Runs: one application of one plan, and what became of each resource in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hubmend.core.plan import Plan
from hubmend.core.verification import ProofStatus


class RunStatus(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    ROLLED_BACK = "rolled-back"


class ResourceStatus(StrEnum):
    """What became of one resource."""

    DONE = "done"
    FAILED = "failed"
    STALE = "stale"
    SKIPPED = "skipped"
    KEPT = "kept"  # rolled back, save something that must stay (a log group holding records)


@dataclass(frozen=True)
class ResourceResult:
    """What became of one resource; `error` says what happened and what to do next."""

    arn: str
    status: ResourceStatus
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class CanaryAnswer:
    """What verifying one resource of the canary said; the words are Verification's."""

    arn: str
    configuration: str  # passed | failed | pending | not-changed
    proof: ProofStatus
    why: str

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against going on; a proof that must wait is nothing against it."""
        return self.configuration != "failed" and self.proof is not ProofStatus.MISSING


@dataclass(frozen=True)
class Canary:
    """The resources a run tried first; without answers they could not be changed to begin with."""

    resources: tuple[str, ...]
    answers: tuple[CanaryAnswer, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the rest may be begun."""
        return bool(self.answers) and all(one.ok for one in self.answers)


@dataclass(frozen=True)
class Run:
    """A run as the store keeps it."""

    id: str
    plan: Plan
    status: RunStatus
    started: datetime
    finished: datetime | None = None


@dataclass(frozen=True)
class RunResult:
    """What `apply` or `rollback` answers; `canary` is None where nothing was tried first."""

    run: str
    plan: str
    status: RunStatus
    resources: tuple[ResourceResult, ...]
    canary: Canary | None = None

    @property
    def ok(self) -> bool:
        """Whether everything that was to be done is done."""
        fine = (ResourceStatus.DONE, ResourceStatus.KEPT)
        settled = self.status in (RunStatus.DONE, RunStatus.ROLLED_BACK)
        return settled and all(r.status in fine for r in self.resources)
