"""How to go on with a run: only ever a command that can still succeed."""

from __future__ import annotations

from collections.abc import Sequence

from hubmend.core.journal import Way
from hubmend.core.run import ResourceResult, ResourceStatus, RunStatus

SCAN, PLAN = "hubmend scan", "hubmend plan -o plan.json"


def onward(run: str, status: RunStatus, way: Way, results: Sequence[ResourceResult]) -> str:
    """Return the command that goes on with a run walked one way so far."""
    if status is RunStatus.ROLLED_BACK:
        return SCAN
    if status is RunStatus.DONE:
        return f"hubmend verify {run}"
    if status is RunStatus.FAILED and _hopeless(results):
        return SCAN if way is Way.ROLLBACK else PLAN
    return f"hubmend rollback {run}" if way is Way.ROLLBACK else f"hubmend apply --resume {run}"


def _hopeless(results: Sequence[ResourceResult]) -> bool:
    """Whether all that keeps a run from its end is what moved since, which no repeating mends."""
    statuses = {one.status for one in results}
    return ResourceStatus.STALE in statuses and ResourceStatus.FAILED not in statuses
