"""Runs: one application of one plan, and what became of each resource in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hubmend.core.plan import Plan


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
class Run:
    """A run as the store keeps it."""

    id: str
    plan: Plan
    status: RunStatus
    started: datetime
    finished: datetime | None = None


@dataclass(frozen=True)
class RunResult:
    """What `apply` or `rollback` answers."""

    run: str
    plan: str
    status: RunStatus
    resources: tuple[ResourceResult, ...]

    @property
    def ok(self) -> bool:
        """Whether everything that was to be done is done."""
        fine = (ResourceStatus.DONE, ResourceStatus.KEPT)
        settled = self.status in (RunStatus.DONE, RunStatus.ROLLED_BACK)
        return settled and all(r.status in fine for r in self.resources)
