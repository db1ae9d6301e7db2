"""A canary is changed and verified before anything of the rest is touched, whatever happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hubmend.core import journal
from hubmend.core.arn import parse_arn
from hubmend.core.call import Call, Change
from hubmend.core.codec import decode
from hubmend.core.errors import AwsError, ErrorKind, Interrupted
from hubmend.core.plan import Plan
from hubmend.core.rollout import Rollout
from hubmend.core.run import Canary, ResourceStatus, Run, RunResult, RunStatus
from hubmend.core.settings import Settings
from hubmend.core.verification import ProofStatus
from hubmend.flow import apply as apply_flow
from hubmend.flow.canary import split
from tests.fakes.clock import START
from tests.fakes.faults import ENDINGS, Fault, Killed
from tests.flow.bench import Bench, error_of, names, statuses

DONE, FAILED, SKIPPED = ResourceStatus.DONE, ResourceStatus.FAILED, ResourceStatus.SKIPPED
ONE = Rollout(canary=1)
TEN_MINUTES = Rollout(canary=1, canary_wait=600)
CALLS = 10  # of a clean apply of `three`
ENTRIES = 30  # more than a clean apply of `three` writes


async def three(rollout: Rollout = ONE, *, shared: bool = False) -> tuple[Bench, Run]:
    bench = Bench()
    for name in ("a", "b", "c"):
        bench.aws.machine(name, bench.aws.role("shared") if shared else None)
    await bench.enable()
    made = await bench.plan()
    bench.clock.advance(1)
    return bench, await apply_flow.start(bench.context, made, rollout)


def traffic(bench: Bench, arn: str, text: str = "{}") -> None:
    """Let somebody run a machine once its change has settled: as soon as anybody looks for it."""
    looked = []

    def run_once(call: Call) -> None:
        if call.operation == "ListExecutions":
            looked.append(call)
            if len(looked) == 10:  # 30 seconds after the change
                params = {"stateMachineArn": arn, "name": "natural", "input": text}
                bench.aws.states.start_execution(parse_arn(arn).target, params)

    bench.aws.interfere = run_once


def canaries(bench: Bench, run: str) -> list[dict[str, Any]]:
    entries = bench.store.chain_entries[run]
    return [dict(entry.body) for entry in entries if entry.kind == journal.CANARY]


def held_back(bench: Bench, run: Run) -> bool:
    """Whether a canary passed, and nothing of the rest was called before."""
    first, passed = run.plan.resources[0], False
    for entry in bench.store.chain_entries[run.id]:
        if entry.kind == journal.CANARY:
            passed = passed or decode(Canary, dict(entry.body)).passed
        if entry.kind == journal.CALL_BEFORE and not passed:
            assert entry.body["resource"] == first, "called before the canary was verified"
    return passed


def only_proof(result: RunResult) -> ProofStatus:
    assert result.canary
    (answer,) = result.canary.answers
    return answer.proof


async def test_the_rest_is_begun_after_the_canary_was_verified() -> None:
    bench, run = await three()
    result = await bench.resume(run.id)
    assert result.ok
    assert result.canary
    assert (result.canary.passed, names(result.canary.resources)) == (True, ["a"])
    assert held_back(bench, run)
    assert bench.chain_holds(run.id)


async def test_what_cannot_be_proved_in_time_is_told_and_does_not_count_as_failed() -> None:
    bench, run = await three(TEN_MINUTES)
    began = bench.clock.now()
    result = await bench.resume(run.id)
    assert result.ok
    assert only_proof(result) is ProofStatus.NOT_PROVABLE
    assert result.canary
    assert "no execution has run since the change" in result.canary.answers[0].why
    assert bench.clock.now() - began >= timedelta(minutes=10)
    assert bench.aws.made("StartExecution") == 0


async def test_records_of_what_runs_meanwhile_prove_the_canary_and_end_the_waiting() -> None:
    bench, run = await three(TEN_MINUTES)
    bench.aws.states.delivery = timedelta(seconds=20)
    traffic(bench, run.plan.resources[0])
    began = bench.clock.now()
    result = await bench.resume(run.id)
    assert (result.ok, only_proof(result)) == (True, ProofStatus.PROVED)
    assert bench.clock.now() - began < timedelta(minutes=2)


async def test_records_still_on_their_way_when_the_time_is_over_do_not_count_as_failed() -> None:
    bench, run = await three(Rollout(canary=1, canary_wait=60))
    bench.aws.states.delivery = timedelta(seconds=120)
    traffic(bench, run.plan.resources[0])
    result = await bench.resume(run.id)
    assert (result.ok, only_proof(result)) == (True, ProofStatus.PENDING)


async def test_records_that_never_come_stop_the_run_before_the_rest() -> None:
    bench, run = await three(TEN_MINUTES)
    bench.aws.states.delivery = timedelta(days=1)
    traffic(bench, run.plan.resources[0])
    result = await bench.resume(run.id)
    assert (result.status, result.ok) == (RunStatus.FAILED, False)
    assert only_proof(result) is ProofStatus.MISSING
    assert statuses(result) == {"a": FAILED, "b": SKIPPED, "c": SKIPPED}
    assert "canary: 4 of 4 records never arrived" in error_of(result, "a")
    assert "not begun, since the canary failed" in error_of(result, "b")
    assert bench.journalled(run.id) == {run.plan.resources[0]}


async def test_a_canary_that_is_not_configured_as_planned_stops_the_run_before_the_rest() -> None:
    bench, run = await three()
    arn = run.plan.resources[0]

    def meddle(call: Call) -> None:
        if call.operation == "ListExecutions":
            bench.aws.somebody_sets(arn, {"level": "OFF"})

    bench.aws.interfere = meddle
    result = await bench.resume(run.id)
    assert statuses(result) == {"a": FAILED, "b": SKIPPED, "c": SKIPPED}
    assert "canary: level is OFF" in error_of(result, "a")
    assert await bench.status(run.id) is RunStatus.FAILED


async def test_a_canary_that_cannot_be_changed_stops_the_run_and_the_resume_tries_it_again() -> (
    None
):
    bench, run = await three()
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "no iam for you", "iam:PutRolePolicy")
    bench.aws.refused = {"PutRolePolicy": denied}
    result = await bench.resume(run.id)
    assert statuses(result) == {"a": FAILED, "b": SKIPPED, "c": SKIPPED}
    assert result.canary == Canary(run.plan.resources[:1])
    assert not result.canary.passed
    bench.aws.refused = {}
    resumed = await bench.resume(run.id)
    assert resumed.ok
    assert [bool(one["answers"]) for one in canaries(bench, run.id)] == [False, True]
    assert held_back(bench, run)


async def test_a_failed_canary_can_be_rolled_back_alone() -> None:
    bench, run = await three(TEN_MINUTES)
    start = bench.aws.world.picture()
    bench.aws.refused = {"UpdateStateMachine": AwsError(ErrorKind.DENIED, "x", "no", "x")}
    await bench.resume(run.id)
    bench.aws.refused = {}
    assert (await bench.rollback(run.id)).status is RunStatus.ROLLED_BACK
    assert bench.aws.world.picture() == start


async def test_a_resumed_run_can_go_on_without_its_canary_and_says_so_in_the_journal() -> None:
    bench, run = await three()
    moved = bench.aws.world.machines[run.plan.resources[0]]
    moved.revision = "somebody's"
    assert statuses(await bench.resume(run.id))["b"] is SKIPPED
    result = await apply_flow.apply(bench.context, run, Rollout(canary=0))
    assert statuses(result) == {"a": ResourceStatus.STALE, "b": DONE, "c": DONE}
    assert result.canary is None
    kinds = [entry.kind for entry in bench.store.chain_entries[run.id]]
    assert kinds.count(journal.ROLLOUT) == 1


async def test_a_canary_shares_its_role_with_the_rest() -> None:
    bench, run = await three(shared=True)
    result = await bench.resume(run.id)
    assert result.ok
    assert bench.aws.made("PutRolePolicy") == 1
    assert held_back(bench, run)


async def test_a_canary_of_the_whole_plan_is_verified_too() -> None:
    bench, run = await three(Rollout(canary=9))
    result = await bench.resume(run.id)
    assert result.ok
    assert result.canary
    assert len(result.canary.answers) == 3


async def test_an_empty_plan_has_no_canary() -> None:
    bench = Bench()
    await bench.scan()
    run = await apply_flow.start(bench.context, await bench.plan(), ONE)
    result = await bench.resume(run.id)
    assert (result.status, result.canary) == (RunStatus.DONE, None)


async def test_the_policy_file_may_ask_for_a_canary() -> None:
    bench = Bench(Settings(rollout=ONE))
    for name in ("a", "b"):
        bench.aws.machine(name)
    await bench.enable()
    made = await bench.plan()
    first = await bench.apply(made)
    assert first.canary
    assert first.ok
    again = await apply_flow.start(bench.context, made, Rollout(canary=0))
    assert (await bench.resume(again.id)).canary is None


async def test_a_canary_verified_before_the_process_died_is_not_verified_again() -> None:
    bench, run = await three(TEN_MINUTES)
    await bench.endure(lambda: bench.resume(run.id), {6: Fault.KILLED_BEFORE})
    assert len(canaries(bench, run.id)) == 1
    result = await bench.resume(run.id)
    assert result.ok
    assert result.canary
    assert result.canary.passed
    assert len(canaries(bench, run.id)) == 1


async def test_a_larger_canary_asked_for_when_resuming_is_verified_whole() -> None:
    bench, run = await three()
    await bench.endure(lambda: bench.resume(run.id), {6: Fault.KILLED_BEFORE})
    result = await apply_flow.apply(bench.context, run, Rollout(canary=2))
    assert result.ok
    assert [len(one["resources"]) for one in canaries(bench, run.id)] == [1, 2]


@pytest.mark.parametrize("way_on", ["resume", "rollback"])
@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("call", range(1, CALLS + 1))
async def test_after_any_fault_the_canary_still_comes_first_or_all_goes_back(
    call: int, fault: Fault, way_on: str
) -> None:
    bench, run = await three(shared=True)
    start = bench.aws.world.picture()
    await bench.endure(lambda: bench.resume(run.id), {call: fault})
    if way_on == "resume":
        assert (await bench.resume(run.id)).ok
        assert {one.logging["level"] for one in bench.aws.world.machines.values()} == {"ALL"}
        assert len(bench.aws.calls) == CALLS
        assert held_back(bench, run)
    else:
        assert (await bench.rollback(run.id)).status is RunStatus.ROLLED_BACK
        assert bench.aws.world.picture() == start
    assert bench.chain_holds(run.id)


@pytest.mark.parametrize("when", [-1, 1])
@pytest.mark.parametrize("entry", range(1, ENTRIES))
async def test_killed_at_any_entry_of_the_journal_the_canary_still_comes_first(
    entry: int, when: int
) -> None:
    bench, run = await three(shared=True)
    bench.store.die_at(entry * when)
    await bench.endure(lambda: bench.resume(run.id))
    bench.store.die_at(0)
    assert (await bench.resume(run.id)).ok
    assert len(bench.aws.calls) == CALLS
    assert held_back(bench, run)


async def test_the_world_of_these_tests_takes_as_many_calls_and_entries_as_they_try() -> None:
    bench, run = await three(shared=True)
    before = len(bench.store.chain_entries[run.id])
    await bench.resume(run.id)
    assert len(bench.aws.calls) == CALLS
    assert len(bench.store.chain_entries[run.id]) - before < ENTRIES


@pytest.mark.parametrize("entry", [-1, 1])
async def test_a_run_killed_while_it_begins_is_not_known_without_its_canary(entry: int) -> None:
    bench, run = await three()
    bench.store.die_at(entry)
    with pytest.raises(Killed):
        await apply_flow.start(bench.context, run.plan, ONE)
    bench.aws.mishaps.revive()
    assert [one.id for one in await bench.store.runs()] == [run.id]


@pytest.mark.parametrize("fault", ENDINGS)
async def test_stopped_while_the_canary_is_waited_for_it_is_verified_by_the_resume(
    fault: Fault,
) -> None:
    bench, run = await three(TEN_MINUTES)
    looked = []

    def strike(call: Call) -> None:
        if call.operation == "ListExecutions":
            looked.append(call)
            if len(looked) == 5:
                bench.aws.mishaps.before(fault, call)
                bench.aws.mishaps.after(fault, call)

    bench.aws.interfere = strike
    error = await bench.endure(lambda: bench.resume(run.id))
    if fault not in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
        assert isinstance(error, Interrupted)
        assert await bench.status(run.id) is RunStatus.INTERRUPTED
    assert not canaries(bench, run.id)
    bench.aws.interfere = lambda _: None
    assert (await bench.resume(run.id)).ok
    assert held_back(bench, run)


async def test_credentials_that_end_when_the_canary_is_read_interrupt_the_run() -> None:
    bench, run = await three()
    bench.hub.fault = AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "expired", "x")
    with pytest.raises(Interrupted, match="credentials ended half way"):
        await bench.resume(run.id)
    assert bench.journalled(run.id) == {run.plan.resources[0]}
    bench.hub.fault = None
    assert (await bench.resume(run.id)).ok


def test_the_split_takes_along_whatever_the_canary_waits_for() -> None:
    def change(name: str, resource: str, *needs: str) -> Change:
        call = Call("logs", "CreateLogGroup", {})
        return Change(name, resource, "1" * 12, "us-east-1", call, None, "", needs=needs)

    changes = (change("1", "a"), change("2", "b"), change("3", "b"), change("4", "a", "3"))
    plan = Plan(START, "C", (*changes, change("5", "b"), change("6", "c")))
    first, rest = split(plan, 1)
    assert [one.id for one in first] == ["1", "2", "3", "4"]
    assert [one.id for one in rest] == ["5", "6"]
    assert split(plan, 0) == ((), plan.changes)
    assert split(plan, 9) == (plan.changes, ())
