"""Running one case, from a fresh world to its last check, and saying what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from copy import deepcopy
from enum import StrEnum
from typing import Any

from hubmend.core import journal
from hubmend.core.codec import decode
from hubmend.core.errors import HubmendError
from hubmend.core.evidence import Entry, broken_at
from hubmend.core.plan import Plan
from hubmend.core.ports import Clock
from hubmend.core.rollout import Rollout
from hubmend.core.run import Canary, Run, RunResult
from hubmend.flow import apply as apply_flow
from hubmend.flow.context import Context
from hubmend.flow.report import check
from hubmend.flow.rollback import rollback
from hubmend.flow.runs import known_run
from hubmend.sandbox import SandboxClock
from hubmend.store import open_store
from hubmend.store.sql import SqlStore
from tests.faults.bench import Bench, Skipping, Witness, is_hasty, subject
from tests.faults.matrix import Case, Follow, Verb
from tests.faults.world import RECORDS, Picture, as_planned, build, clear, picture, record


class Outcome(StrEnum):
    """What came of a case; the words of docs/safety.md."""

    DONE = "done"  # the verb came to its end all the same
    RESUMED = "resumed"  # it stopped, or left a machine; called again, it came to its end
    ROLLED_BACK = "rolled back"  # it stopped, or left a machine; rollback restored the start
    REFUSED = "refused"  # it stopped before it changed anything


class Trial:
    """One case under way: its world, its store, and what must hold at every stop."""

    def __init__(
        self, bench: Bench, name: str, *, hasty: bool = False, clock: SandboxClock | None = None
    ) -> None:
        self.bench, self.name, self.hasty = bench, name, hasty
        self.url = bench.store_url(name)
        self.store: SqlStore = open_store(self.url)
        self.witness = Witness(self.url)
        self._skipping = Skipping(clock or bench.sandbox.clock)
        self.clock: Clock = self._skipping
        self.plan: Plan
        self.run: Run
        self.start: Picture = {}
        self.rollout = Rollout()

    @property
    def waited(self) -> float:
        """Return the seconds that this operator's processes waited for."""
        return self._skipping.waited

    def process(self) -> Context:
        """Return what a new hubmend process works with."""
        return self.bench.process(self.store, self.clock, hasty=self.hasty)

    async def prepare(self, *, third: bool, canary: bool = False) -> None:
        """Build the world and plan; nothing goes wrong yet."""
        self.rollout = Rollout(canary=int(canary))
        proxy = self.bench.proxy
        proxy.arm()
        proxy.forwarded.clear()
        world = build(self.name, third=third)
        self.plan = await self.bench.planned(self.store, self.clock, world)
        assert not self.plan.manual
        assert not self.plan.skipped
        self.start = picture()
        proxy.witness = self.witness

    async def begin(self) -> None:
        """Begin the run."""
        self.run = await apply_flow.start(self.process(), self.plan, self.rollout)

    async def apply(self) -> RunResult:
        return await apply_flow.apply(self.process(), self.run)

    async def resume(self) -> RunResult:
        context = self.process()
        return await apply_flow.apply(context, await apply_flow.resumable(context, self.run.id))

    async def rollback(self) -> RunResult:
        context = self.process()
        return await rollback(context, await known_run(context, self.run.id))

    async def end(self) -> None:
        """Leave nothing behind."""
        await self.calm()
        self.store.close()
        clear()

    async def calm(self) -> None:
        """Nothing goes wrong from here on, and what is late has come."""
        self.bench.proxy.arm()
        await self.bench.proxy.settle()

    async def hold(self) -> None:
        """Check what must hold whenever hubmend stops, however it stopped."""
        now, announced = picture(), self.witness.announced()
        assert not self.witness.unannounced, "changed before the journal said so"
        for kind, things in now.items():
            for name in things.keys() | self.start[kind].keys():
                if things.get(name) != self.start[kind].get(name):
                    assert any(name in one for one in announced), f"{name}: no journal entry"
        stored = await self.store.run(self.run.id)
        assert stored is not None
        assert stored.plan == self.plan
        self._hold_snapshots(stored.plan)
        self._hold_single_effects()
        entries = await self.store.entries(self.run.id)
        assert broken_at(entries) is None
        self._hold_back(entries)
        assert all(chain.holds for chain in await check(self.process(), self.run.id))

    def _hold_snapshots(self, plan: Plan) -> None:
        snapshots = plan.snapshots or {}
        assert set(snapshots) == set(plan.resources)
        for arn, kept in snapshots.items():
            was = self.start["machines"][arn]
            assert kept["logging"] == was["logging"]
            assert (kept["role_arn"], kept["type"]) == (was["role"], was["type"])

    def _hold_back(self, entries: Sequence[Entry]) -> None:
        """Check that nothing of the rest was called before the canary was verified."""
        held = self.plan.resources[self.rollout.canary or len(self.plan.resources) :]
        for entry in entries:
            if entry.kind == journal.CANARY and decode(Canary, dict(entry.body)).passed:
                return
            if entry.kind == journal.CALL_BEFORE:
                assert entry.body["resource"] not in held, "begun before the canary was verified"

    def _hold_single_effects(self) -> None:
        effects = Counter(
            (subject(one.operation, one.body), one.body)
            for one in self.bench.proxy.forwarded
            if one.changed
        )
        twice = [what for what, count in effects.items() if count > 1]
        assert not twice, "took effect twice"

    def hold_end(self) -> None:
        """Check that the world is what the plan says."""
        assert picture() == as_planned(self.start, self.plan)

    def hold_start(self, *, recorded: bool) -> None:
        """Check that the world is what it was; a new group with records stays, as it became."""
        wanted = deepcopy(self.start)
        if recorded:
            kept = as_planned(self.start, self.plan)["groups"]
            for name in kept.keys() - wanted["groups"].keys():
                wanted["groups"][name] = {**kept[name], "streams": [RECORDS]}
        assert picture() == wanted

    def changes_made(self) -> int:
        """Return how many changes took effect so far."""
        return sum(one.changed for one in self.bench.proxy.forwarded)


async def ended(work: Awaitable[RunResult]) -> bool:
    """Whether a verb came to a good end; what hubmend foresees is no good end, and no surprise."""
    try:
        return (await work).ok
    except HubmendError:
        return False


async def run_case(bench: Bench, one: Case) -> Outcome:
    """Run one case and return what came of it; AssertionError where hubmend broke a promise."""
    trial = Trial(bench, one.name, hasty=is_hasty(one))
    try:
        await trial.prepare(third=one.third, canary=one.canary)
        await trial.begin()
        if one.step.verb is Verb.APPLY:
            return await _apply(trial, one)
        return await _rollback(trial, one)
    finally:
        await trial.end()


async def _apply(trial: Trial, one: Case) -> Outcome:
    script = trial.bench.proxy.arm(*one.mishaps)
    good = await ended(trial.apply())
    assert script.fired, "the case did not meet its fault"
    changed = trial.changes_made() > 0
    await trial.calm()
    outcome = await after_apply(trial, one, good=good)
    return outcome if changed else Outcome.REFUSED


async def after_apply(trial: Trial, one: Case, *, good: bool) -> Outcome:
    """Go on or back as the case says, once apply ended; nothing goes wrong any more."""
    await trial.hold()
    if good:
        trial.hold_end()
    outcome = Outcome.DONE if good else Outcome.ROLLED_BACK
    if not good and one.follow is not Follow.ROLLBACK:
        await _insist(trial, one, trial.resume)
        trial.hold_end()
        outcome = Outcome.RESUMED
    elif not good:
        await _insist(trial, one, trial.rollback)
        trial.hold_start(recorded=False)
        return outcome
    if one.follow is not Follow.RESUME:
        if one.recorded:
            _record(trial)
        assert (await trial.rollback()).ok
        trial.hold_start(recorded=one.recorded)
        await trial.hold()
    return outcome


async def _insist(trial: Trial, one: Case, verb: Callable[[], Awaitable[RunResult]]) -> None:
    """Go on or back until it is done: where the case says so, the first try fails again."""
    if one.relapse:
        trial.bench.proxy.arm(*one.relapse)
        good = await ended(verb())
        await trial.calm()
        await trial.hold()
        if good:
            return
    assert (await verb()).ok
    await trial.hold()


async def _rollback(trial: Trial, one: Case) -> Outcome:
    await applied(trial, one)
    before = trial.changes_made()
    script = trial.bench.proxy.arm(*one.mishaps)
    good = await ended(trial.rollback())
    assert script.fired, "the case did not meet its fault"
    changed = trial.changes_made() > before
    await trial.calm()
    outcome = await after_rollback(trial, one, good=good)
    return outcome if good or changed else Outcome.REFUSED


async def applied(trial: Trial, one: Case) -> None:
    """Apply the whole plan; nothing goes wrong."""
    assert (await trial.apply()).ok
    trial.hold_end()
    if one.recorded:
        _record(trial)


async def after_rollback(trial: Trial, one: Case, *, good: bool) -> Outcome:
    """Roll back again where the rollback did not come to its end; nothing goes wrong any more."""
    await trial.hold()
    if not good:
        await _insist(trial, one, trial.rollback)
    trial.hold_start(recorded=one.recorded)
    return Outcome.DONE if good else Outcome.RESUMED


def _record(trial: Trial) -> None:
    for change in trial.plan.changes:
        params: Any = change.call.params
        if change.call.operation == "CreateLogGroup":
            record(params["logGroupName"])
