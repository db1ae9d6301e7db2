"""apply: run a plan, refusing what moved since, journalled so that it can be resumed or undone.

A few resources may go first, as canary; a limit of failures may keep the rest from being begun.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hubmend.core import journal
from hubmend.core.call import Change
from hubmend.core.codec import encode
from hubmend.core.errors import AwsError, ErrorKind, Interrupted, UsageError
from hubmend.core.journal import Outcome, Way
from hubmend.core.lanes import Width
from hubmend.core.plan import Plan
from hubmend.core.rollout import AS_IT_STANDS, Rollout
from hubmend.core.run import Canary, ResourceResult, ResourceStatus, Run, RunResult, RunStatus
from hubmend.flow import canary, leases, settled
from hubmend.flow.context import Context
from hubmend.flow.graph import NARROW, awaited, forward, lanes, walk
from hubmend.flow.hub import effects as hub
from hubmend.flow.made import Made, grouped
from hubmend.flow.naming import new_id
from hubmend.flow.runs import History, cause, finish, history, known_run, stopped
from hubmend.flow.step import Walker

# With --max-failures fewer at once: what is begun when the limit is reached is finished.
CAREFUL = Width(8, 32)


async def start(context: Context, plan: Plan, rollout: Rollout = AS_IT_STANDS) -> Run:
    """Begin a run of a plan: remember it before its first call.

    What `rollout` leaves open is as the policy file says. Raise PlanError where the plan says what
    hubmend never does.
    """
    hub.refuse(plan)
    now = context.clock.now()
    run = Run(new_id(now), plan, RunStatus.RUNNING, now)
    who = await context.gateway.identity()
    body = {
        "way": Way.APPLY, "plan": plan.fingerprint, "control": plan.control, "by": who.arn,
        "rollout": encode(rollout.over(context.settings.rollout)),
    }  # fmt: skip
    # The entry first: a run that is in the store, and can be resumed, knows its canary.
    await context.store.append(run.id, now, journal.RUN_STARTED, body)
    await context.store.add_run(run)
    return run


async def resumable(context: Context, run: str) -> Run:
    """Return a run that may be gone on with; raise UsageError for one that may not."""
    found = await known_run(context, run)
    if found.status is RunStatus.ROLLED_BACK:
        raise UsageError(f"run {run} was rolled back; make a new plan instead of resuming it")
    if history(await context.store.entries(run)).undoing:
        raise UsageError(
            f"run {run} is half rolled back; finish that first: hubmend rollback {run}   "
            "then make a new plan"
        )
    return found


async def apply(context: Context, run: Run, rollout: Rollout = AS_IT_STANDS) -> RunResult:
    """Make every change of a run that is not made yet, the canary's first.

    One resource that fails never stops the others, unless it is the canary or as many failed as
    `rollout` allows; what it leaves open is as the run was begun. Raise Interrupted when the user
    stops it or the credentials end half way: the journal then says where to go on.
    """
    async with leases.alone(context, run.id) as hold:
        past = history(await context.store.entries(run.id))
        chosen = rollout.over(past.rollout)
        if chosen != past.rollout:
            now = context.clock.now()
            await context.store.append(run.id, now, journal.ROLLOUT, encode(chosen))
        work = _Applying(context, run, past, hold, chosen)
        await context.store.set_run_status(run.id, RunStatus.RUNNING, None)
        try:
            tried, made = await work.all()
            await hold.check()
        except BaseException as error:  # noqa: BLE001 - all of it is raised again below
            why = stopped(error)
            if why is None:
                raise cause(error) from None
            await asyncio.shield(finish(context, run, Way.APPLY, RunStatus.INTERRUPTED, ()))
            raise Interrupted(
                f"{why}. The journal is whole; nothing is lost. Go on with: hubmend apply "
                f"--resume {run.id}   or go back with: hubmend rollback {run.id}"
            ) from None
        results = _results(run.plan, made)
        good = all(one.status is ResourceStatus.DONE for one in results)
        status = RunStatus.DONE if good else RunStatus.FAILED
        await finish(context, run, Way.APPLY, status, results)
        return RunResult(run.id, run.plan.fingerprint, status, results, tried)


def _results(plan: Plan, made: Sequence[Made]) -> tuple[ResourceResult, ...]:
    results, by_resource = [], grouped(made)
    for arn in plan.resources:
        own = by_resource[arn]
        bad = next((one for one in own if not one.ok), own[-1])
        results.append(ResourceResult(arn, bad.status, bad.error))
    return tuple(results)


class _Applying:
    """Makes one change after another; knows what the journal says was made before."""

    def __init__(
        self, context: Context, run: Run, past: History, hold: leases.Hold, rollout: Rollout
    ) -> None:
        self._context, self._run, self._past, self._hold = context, run, past, hold
        self._rollout = rollout
        self._changes = {change.id: change for change in run.plan.changes}
        self._walker = Walker(context, run.id, Way.APPLY, hold, past.answers)
        self._opened: set[str] = set()
        self._failed: set[str] = set()
        # What is to be finished whatever else fails: begun, and nothing went wrong with it.
        self._going = {one.resource for one in run.plan.changes if one.id in past.begun}
        self._awaited = awaited(run.plan.changes)
        self._shared = {name for change in run.plan.changes for name in change.needs}
        self._made: set[str] = set()
        self._count = 0

    async def all(self) -> tuple[Canary | None, Sequence[Made]]:
        """Make the canary's changes, verify it, and only then make the rest."""
        first, rest = canary.split(self._run.plan, self._rollout.canary or 0)
        made = await self._walk(first)
        if not first:
            return None, await self._walk(rest)
        tried, bad = await self._try_out(made)
        if tried.passed:
            return tried, [*made, *await self._walk(rest)]
        left = [Made(change, ResourceStatus.SKIPPED, canary.NOT_BEGUN) for change in rest]
        return tried, [*made, *bad, *left]

    async def _walk(self, changes: Sequence[Change]) -> list[Made]:
        width = CAREFUL if self._rollout.max_failures else NARROW
        return list((await walk(forward(changes), self.make, lanes(changes), width)).values())

    async def _try_out(self, made: Sequence[Made]) -> tuple[Canary, list[Made]]:
        """Verify the canary, unless it is known to be good; return what speaks against it."""
        run, context = self._run, self._context
        resources = run.plan.resources[: self._rollout.canary]
        known = canary.known_good(self._past, resources)
        if known:
            return known, []
        tried = Canary(resources)
        if all(one.ok for one in made):
            tried = await canary.look(context, run, resources, self._rollout)
            await self._hold.check()
        await canary.remember(context, run, tried)
        bad = [one for one in tried.answers if not one.ok]
        return tried, [
            Made(run.plan.of(one.arn)[-1], ResourceStatus.FAILED, f"canary: {one.why}")
            for one in bad
        ]

    async def make(self, name: str, before: Sequence[Made]) -> Made:
        await self._hold.check()
        change = self._changes[name]
        try:
            made = await self._make(change, before)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            made = Made(change, ResourceStatus.FAILED, f"{change.title}: {error}")
        if not made.ok:
            self._going.discard(change.resource)
        if made.status is ResourceStatus.FAILED:
            self._failed.add(change.resource)
        self._count += 1
        total = len(self._run.plan.changes)
        self._context.progress.update(self._count, total, change.title)
        return made

    async def _make(self, change: Change, before: Sequence[Made]) -> Made:
        bad = next((one for one in before if not one.ok), None)
        if bad and bad.change.resource == change.resource:
            return Made(change, bad.status, bad.error)
        if bad:
            why = f"skipped: {bad.change.title} (made for another machine) failed: {bad.error}"
            return Made(change, ResourceStatus.SKIPPED, why)
        if not self._may_begin(change):
            why = f"not begun: {len(self._failed)} failed, and --max-failures says to stop there"
            return Made(change, ResourceStatus.SKIPPED, why)
        refused = await self._open(change)
        if refused:
            return refused
        if change.id in self._past.done:
            return Made(change, ResourceStatus.DONE)
        change, begun = self._walker.resolved(change), change.id in self._past.begun
        if begun and await self._walker.shows(change, change.call):
            await self._walker.settle(change, Outcome.ALREADY)
            return Made(change, ResourceStatus.DONE)
        refused = await self._refused(change)
        if refused:
            return refused
        self._made.add(change.id)
        async with self._walker.after(self._shared & {one.change.id for one in before}):
            done = await self._walker.make(change, change.call, doubted=begun)
        if not done.ok:
            return Made(change, ResourceStatus.FAILED, f"{change.title}: {done.error}")
        return await self._confirm(change)

    def _may_begin(self, change: Change) -> bool:
        """Whether a change is still made: what is begun is finished, with all that this takes."""
        limit = self._rollout.max_failures
        within = not limit or len(self._failed) < limit
        return within or bool(self._going & self._awaited[change.id])

    async def _open(self, change: Change) -> Made | None:
        """Hold the lease of its resource, and refuse it when it moved since the plan.

        It is read once, and again where the lease had run out: others may have changed it then.
        """
        leased = self._hold.has(change.resource)
        held = await self._hold.lease(change.resource)
        if held:
            return Made(change, ResourceStatus.SKIPPED, held)
        if hub.of_hub(change.call):
            refused = await self._refusal_in_hub(change)
        elif leased and change.resource in self._opened:
            return None
        else:
            self._opened.add(change.resource)
            refused = await self._refusal(change)
        if refused is None:
            self._going.add(change.resource)
        return refused

    async def _refusal_in_hub(self, change: Change) -> Made | None:
        """Refuse to write over what somebody wrote in Security Hub since the plan."""
        if change.id in self._past.begun:
            return None
        before = (self._run.plan.snapshots or {})[hub.subject(change)]
        moved = hub.moved(change, before, await self._walker.look(change))
        if moved is None:
            return None
        said = f"{moved} since the plan was made; it was left as it is. Make the plan again"
        return Made(change, ResourceStatus.STALE, said)

    async def _refusal(self, change: Change) -> Made | None:
        context, plan = self._context, self._run.plan
        state = await context.control.read_one(context.gateway, change.resource)
        own = plan.of(change.resource)
        started = self._past.begun | self._made
        begun = any(one.id in started for one in own)
        if begun and context.control.as_planned(own, state) is None:
            return None  # already as this run meant it
        moved = context.control.moved((plan.snapshots or {})[change.resource], state)
        if moved:
            return self._stale(change, f"{moved} since the plan was made")
        for one in own:
            refused = None if one.id in started else await self._refused(one)
            if refused:
                return refused
        return None

    async def _refused(self, change: Change) -> Made | None:
        why = await settled.refusal(self._context, change)
        return self._stale(change, why) if why else None

    def _stale(self, change: Change, why: str) -> Made:
        own = {one.id for one in self._run.plan.of(change.resource)}
        left = (
            f"what was made before stays until: hubmend rollback {self._run.id}"
            if own & (self._past.begun | self._made)
            else "nothing was changed. Make the plan again"
        )
        return Made(change, ResourceStatus.STALE, f"{why}; {left}")

    async def _confirm(self, change: Change) -> Made:
        """After a resource's last change of its own, see that it really is as planned.

        What a finding shows lags behind (F§2.5): there AWS's answer is the word.
        """
        own = [one for one in self._run.plan.of(change.resource) if not hub.of_hub(one.call)]
        if not own or change.id != own[-1].id:
            return Made(change, ResourceStatus.DONE)
        differs = await settled.difference(self._context, own)
        if differs is None:
            return Made(change, ResourceStatus.DONE)
        return Made(change, ResourceStatus.FAILED, f"AWS accepted the change, but now {differs}")
