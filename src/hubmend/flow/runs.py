"""What the journal of a run says: which changes were begun, which are done, since when.

Also how the run is to go about its resources, and what its canary said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hubmend.core import journal
from hubmend.core.codec import decode, encode
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind, UsageError
from hubmend.core.evidence import Entry
from hubmend.core.journal import Outcome, Way
from hubmend.core.plan import Plan
from hubmend.core.rollout import AS_IT_STANDS, Rollout
from hubmend.core.run import Canary, ResourceResult, Run, RunStatus
from hubmend.flow.context import Context


@dataclass(frozen=True)
class History:
    """A run's journal, read.

    `begun` holds every change that was made or may have been: not those AWS certainly refused.
    `undoing` tells whether a rollback has begun, `answers` what AWS answered to each change made.
    `canary` is the newest there was.
    """

    begun: frozenset[str]
    done: frozenset[str]
    undone: frozenset[str]
    moments: dict[str, datetime]  # change id to the moment it was done
    undoing: bool = False
    rollout: Rollout = AS_IT_STANDS
    canary: Canary | None = None
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def history(entries: Sequence[Entry]) -> History:
    """Read a run's journal. An entry before a call without one after it counts as begun."""
    open_: set[str] = set()  # called, and not answered yet
    begun: set[str] = set()
    done: set[str] = set()
    undone: set[str] = set()
    moments: dict[str, datetime] = {}
    answers: dict[str, Mapping[str, Any]] = {}
    ways = set()
    for entry in entries:
        if entry.kind not in (journal.CALL_BEFORE, journal.CALL_AFTER):
            continue
        change, outcome = entry.body["change"], entry.body.get("outcome")
        ways.add(entry.body["way"])
        good = outcome in (Outcome.DONE, Outcome.ALREADY)
        if entry.body["way"] == Way.ROLLBACK:
            if good:
                undone.add(change)
                done.discard(change)
        elif entry.kind == journal.CALL_BEFORE:
            if change in open_:  # killed before it knew what came of the call before
                begun.add(change)
            open_.add(change)
        else:
            open_.discard(change)
            if outcome != Outcome.FAILED:
                begun.add(change)
            if good:
                done.add(change)
                moments.setdefault(change, entry.at)
                answers[change] = entry.body.get("response") or {}
    frozen = (frozenset(begun | open_), frozenset(done), frozenset(undone))
    return History(
        *frozen, moments, Way.ROLLBACK in ways, _rollout(entries), _canary(entries), answers
    )


def _rollout(entries: Sequence[Entry]) -> Rollout:
    """Return how the run was begun, or last gone on with."""
    told = Rollout()
    for entry in entries:
        if entry.kind == journal.RUN_STARTED and "rollout" in entry.body:
            told = decode(Rollout, entry.body["rollout"])
        elif entry.kind == journal.ROLLOUT:
            told = decode(Rollout, dict(entry.body))
    return told


def _canary(entries: Sequence[Entry]) -> Canary | None:
    tried = [entry for entry in entries if entry.kind == journal.CANARY]
    return decode(Canary, dict(tried[-1].body)) if tried else None


async def known_run(context: Context, run: str) -> Run:
    """Return a run; raise UsageError naming those there are when it is not known."""
    found = await context.store.run(run)
    if found:
        return found
    runs = [one.id for one in await context.store.runs()][-5:]
    there = f"the newest are {', '.join(runs)}" if runs else "there is none yet: hubmend apply"
    raise UsageError(f"run {run!r} is not in the store; {there}")


async def left(context: Context, run: Run, way: Way) -> Plan:
    """Return the part of a run's plan that has still to be made, or to be taken back."""
    past = history(await context.store.entries(run.id))
    undone = past.begun - past.undone
    still = [
        one
        for one in run.plan.changes
        if (one.id in undone if way is Way.ROLLBACK else one.id not in past.done)
    ]
    return replace(run.plan, changes=tuple(still))


async def finish(
    context: Context, run: Run, way: Way, status: RunStatus, results: Sequence[ResourceResult]
) -> None:
    """Close a run, one way: what became of each resource, then where the run stands."""
    now = context.clock.now()
    for result in results:
        await context.store.append(run.id, now, journal.RESOURCE, {"way": way, **encode(result)})
    for arn in run.plan.resources:
        await context.store.release(arn, run.id)
    await context.store.append(run.id, now, journal.RUN_FINISHED, {"way": way, "status": status})
    await context.store.set_run_status(run.id, status, now)


def stopped(error: BaseException) -> str | None:
    """Return why a run stopped half way, None when the error is a surprise."""
    if isinstance(error, BaseExceptionGroup):
        return next((why for one in error.exceptions if (why := stopped(one))), None)
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return "stopped by the user"
    if isinstance(error, CredentialsError):
        return str(error)
    if isinstance(error, AwsError) and error.kind is ErrorKind.CREDENTIALS:
        return f"the AWS credentials ended half way ({error.code}): {error.advice or 'renew them'}"
    return None


def cause(error: BaseException) -> BaseException:
    """Return the first error behind a group of them: what a person can be told."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
