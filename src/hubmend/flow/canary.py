"""The canary of a run: a few resources are changed and verified before the rest is begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hubmend.core import journal
from hubmend.core.call import Change
from hubmend.core.codec import encode
from hubmend.core.plan import Plan
from hubmend.core.rollout import Rollout
from hubmend.core.run import Canary, CanaryAnswer, Run
from hubmend.core.verification import Verification
from hubmend.flow.context import Context
from hubmend.flow.graph import forward
from hubmend.flow.runs import History
from hubmend.flow.verify import verify

NOT_BEGUN = "not begun, since the canary failed"


def split(plan: Plan, count: int) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the changes of the first `count` resources with all they wait for, and the others."""
    own = plan.resources[:count]
    wanted = {change.id for change in plan.changes if change.resource in own}
    waits = forward(plan.changes)
    for name in reversed(waits):  # what is waited for stands before
        if name in wanted:
            wanted.update(waits[name])
    first = tuple(change for change in plan.changes if change.id in wanted)
    return first, tuple(change for change in plan.changes if change.id not in wanted)


def known_good(past: History, resources: Sequence[str]) -> Canary | None:
    """Return the canary of an earlier process if it passed for all of these resources."""
    canary = past.canary
    if canary and canary.passed and set(resources) <= set(canary.resources):
        return canary
    return None


async def look(context: Context, run: Run, resources: Sequence[str], rollout: Rollout) -> Canary:
    """Verify the canary: its configuration, and the records of what runs by itself meanwhile.

    No execution is started: running a workflow has effects.
    """
    wait = timedelta(seconds=rollout.canary_wait or 0)
    answers = await verify(context, run.id, arns=resources, wait=wait, traffic=True)
    return Canary(tuple(resources), tuple(_answer(one) for one in answers))


def _answer(one: Verification) -> CanaryAnswer:
    configuration, proof = one.configuration, one.proof
    why = proof.why if configuration.status == "passed" else configuration.why
    return CanaryAnswer(one.arn, configuration.status, proof.status, why)


async def remember(context: Context, run: Run, canary: Canary) -> None:
    """Put into the evidence where the canary ended, and what verifying it said."""
    await context.store.append(run.id, context.clock.now(), journal.CANARY, encode(canary))
