"""rollback: run the undos of a run in reverse, never over somebody else's later change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from hubmend.core.call import Change
from hubmend.core.errors import AwsError, ErrorKind, Interrupted
from hubmend.core.journal import Outcome, Way
from hubmend.core.ports import Response
from hubmend.core.run import ResourceResult, ResourceStatus, Run, RunResult, RunStatus
from hubmend.flow import leases
from hubmend.flow.context import Context
from hubmend.flow.graph import backward, lanes, walk
from hubmend.flow.made import Made, grouped
from hubmend.flow.neighbours import Neighbours
from hubmend.flow.runs import cause, finish, history, stopped
from hubmend.flow.step import Walker


async def rollback(context: Context, run: Run) -> RunResult:
    """Undo every change of a run that was made, or may have been; safe to repeat.

    The machine is restored before the role's rights go (F§8.5). What must stay (a log group that
    holds records, rights another machine needs) is kept and said.
    """
    async with leases.alone(context, run.id) as hold:
        past = history(await context.store.entries(run.id))
        todo = [change for change in run.plan.changes if change.id in past.begun - past.undone]
        own = {change.resource for change in run.plan.changes if change.id in past.begun}
        work = _Undoing(context, run, hold, Neighbours(context, own), len(todo), past.answers)
        await context.store.set_run_status(run.id, RunStatus.RUNNING, None)
        try:
            made = await walk(backward(todo), work.undo, lanes(todo))
            await hold.check()
        except BaseException as error:  # noqa: BLE001 - all of it is raised again below
            why = stopped(error)
            if why is None:
                raise cause(error) from None
            await asyncio.shield(finish(context, run, Way.ROLLBACK, RunStatus.INTERRUPTED, ()))
            raise Interrupted(
                f"{why}. The journal is whole; nothing is lost. Go on with: "
                f"hubmend rollback {run.id}"
            ) from None
        results = _results(run, [made[change.id] for change in todo])
        good = all(one.status in _FINE for one in results)
        status = RunStatus.ROLLED_BACK if good else RunStatus.FAILED
        await finish(context, run, Way.ROLLBACK, status, results)
        return RunResult(run.id, run.plan.fingerprint, status, results)


def _results(run: Run, made: Sequence[Made]) -> tuple[ResourceResult, ...]:
    """Return one result per resource; nothing to undo is done."""
    results, by_resource = [], grouped(made)
    for arn in run.plan.resources:
        own = by_resource.get(arn, ())
        bad = next((one for one in own if one.status not in _FINE), None)
        kept = tuple(one.error for one in own if one.status is ResourceStatus.KEPT and one.error)
        if bad:
            results.append(ResourceResult(arn, bad.status, bad.error, kept))
        else:
            status = ResourceStatus.KEPT if kept else ResourceStatus.DONE
            results.append(ResourceResult(arn, status, None, kept))
    return tuple(results)


_FINE = (ResourceStatus.DONE, ResourceStatus.KEPT)


class _Undoing:
    """Undoes one change after another."""

    def __init__(
        self,
        context: Context,
        run: Run,
        hold: leases.Hold,
        neighbours: Neighbours,
        total: int,
        answers: Mapping[str, Response],
    ) -> None:
        self._context, self._run, self._hold = context, run, hold
        self._neighbours = neighbours
        self._changes = {change.id: change for change in run.plan.changes}
        self._walker = Walker(context, run.id, Way.ROLLBACK, hold, answers)
        self._count, self._total = 0, total

    async def undo(self, name: str, before: Sequence[Made]) -> Made:
        await self._hold.check()
        change = self._changes[name]
        bad = next((one for one in before if one.status not in _FINE), None)
        if bad:
            why = bad.error if bad.change.resource == change.resource else (
                f"not undone: {bad.change.title} of another machine still needs it"
            )  # fmt: skip
            return Made(change, bad.status, why)
        held = await self._hold.lease(change.resource)
        if held:
            return Made(change, ResourceStatus.SKIPPED, held)
        try:
            made = await self._undo(change)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            made = Made(change, ResourceStatus.FAILED, f"undo of {change.title}: {error}")
        self._count += 1
        self._context.progress.update(self._count, self._total, change.title)
        return made

    async def _undo(self, change: Change) -> Made:
        answer = await self._walker.look(self._walker.resolved(change))
        change = self._walker.resolved(change)  # after the look, which may tell a lost answer
        if change.undo is None:
            return Made(change, ResourceStatus.FAILED, f"{change.title} has no undo")
        undone = self._walker.effect(change.undo)
        back = undone.holds(answer)
        if answer is None or (back and not undone.lags):
            await self._walker.settle(change, Outcome.ALREADY)
            return Made(change, ResourceStatus.DONE)
        if not back and not self._walker.effect(change.call).holds(answer):
            why = f"{change.title}: somebody changed it since; it was left as it is"
            return Made(change, ResourceStatus.STALE, why)
        kept = await self._context.control.keep(self._context.gateway, change, self._neighbours)
        if kept:
            await self._walker.settle(change, Outcome.KEPT, kept)
            return Made(change, ResourceStatus.KEPT, kept)
        done = await self._walker.make(change, change.undo)
        if done.ok:
            return Made(change, ResourceStatus.DONE)
        return Made(change, ResourceStatus.FAILED, f"undo of {change.title}: {done.error}")
