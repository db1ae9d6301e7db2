"""How long a plan will take, from AWS's published buckets: so that every wait says how long."""

from __future__ import annotations

from collections import Counter
from math import ceil

from hubmend.core.plan import Plan

CALL_SECONDS = 0.3  # our allowance for one round trip, not an AWS figure
ROLE_SECONDS = 10.0  # a freshly written role policy takes seconds to be seen (F§3.7)
BATCH_SECONDS = 2.0  # and for a hundred findings: gathered, looked at, written
_BATCH = 100  # findings in one call (F§2.5)
_BUCKET, _REFILL = 100, 1.0  # UpdateStateMachine per account and region (F§4.1)


def estimate(plan: Plan) -> int:
    """Return the seconds `apply` is expected to take.

    Targets run side by side, so the slowest one counts: its calls, and the updates beyond the
    bucket at the refill rate. Role propagation is waited out once, since all policies go first.
    """
    if not plan.changes:
        return 0
    calls = Counter(change.target for change in plan.changes)
    updates, findings = (
        Counter(c.target for c in plan.changes if c.call.operation == operation)
        for operation in ("UpdateStateMachine", "BatchUpdateFindings")
    )
    slowest = max(
        max(
            (calls[target] - findings[target]) * CALL_SECONDS
            + ceil(findings[target] / _BATCH) * BATCH_SECONDS,
            (updates[target] - _BUCKET) / _REFILL,
        )
        for target in calls
    )
    role = any(change.call.service == "iam" for change in plan.changes)
    return max(1, ceil(slowest + (ROLE_SECONDS if role else 0)))
