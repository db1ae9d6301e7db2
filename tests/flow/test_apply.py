"""apply changes what the plan says and nothing else, and no machine stops another."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hubmend.core import journal
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind, Interrupted, StoreError
from hubmend.core.errors import UsageError as Refused
from hubmend.core.run import ResourceStatus, RunStatus
from hubmend.flow.leases import LENGTH, RUN_LENGTH
from tests.fakes.faults import Fault
from tests.fakes.world import FakeMachine, logs_to
from tests.flow.bench import Bench, error_of, statuses

DONE, FAILED, STALE, SKIPPED = (
    ResourceStatus.DONE, ResourceStatus.FAILED, ResourceStatus.STALE, ResourceStatus.SKIPPED,
)  # fmt: skip


async def with_plan(*names: str, shared: bool = False) -> tuple[Bench, Any]:
    bench = Bench()
    for name in names:
        bench.aws.machine(name, bench.aws.role("shared") if shared else None)
    await bench.enable()
    return bench, await bench.plan()


async def test_a_plan_is_made_so_and_the_run_remembers_it() -> None:
    bench, made = await with_plan("a", "b")
    result = await bench.apply(made)
    assert (result.status, result.plan, result.ok) == (RunStatus.DONE, made.fingerprint, True)
    assert {one.logging["level"] for one in bench.aws.world.machines.values()} == {"ALL"}
    assert await bench.status(result.run) is RunStatus.DONE
    first, *_, last = await bench.store.entries(result.run)
    assert (first.kind, first.body["by"]) == (
        journal.RUN_STARTED, "arn:aws:iam::111122223333:user/tester",
    )  # fmt: skip
    assert (last.kind, last.body["status"]) == (journal.RUN_FINISHED, "done")
    assert bench.chain_holds(result.run)
    assert not bench.store.leases


async def test_every_call_is_in_the_journal_before_and_after_it_is_made() -> None:
    bench, made = await with_plan("a")
    result = await bench.apply(made)
    kinds = [entry.kind for entry in await bench.store.entries(result.run)]
    calls = [kind for kind in kinds if kind.startswith("call-")]
    assert calls == [journal.CALL_BEFORE, journal.CALL_AFTER] * len(made.changes)


async def test_an_empty_plan_is_a_run_that_is_done() -> None:
    bench = Bench()
    await bench.scan()
    result = await bench.apply(await bench.plan())
    assert (result.status, result.resources) == (RunStatus.DONE, ())


def moved_role(machine: FakeMachine) -> None:
    machine.role_arn += "x"


def moved_logging(machine: FakeMachine) -> None:
    machine.logging = logs_to("/elsewhere", "FATAL")


def moved_revision(machine: FakeMachine) -> None:
    machine.revision = "another"


def moved_birth(machine: FakeMachine) -> None:
    machine.created += timedelta(seconds=1)


def moved_key(machine: FakeMachine) -> None:
    machine.encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}


def moved_type(machine: FakeMachine) -> None:
    machine.type = "EXPRESS"


@pytest.mark.parametrize(
    "move", [moved_role, moved_logging, moved_revision, moved_birth, moved_key, moved_type]
)
async def test_a_machine_that_moved_since_the_plan_is_refused_and_left_alone(move: Any) -> None:
    bench, made = await with_plan("a", "b")
    first, _ = bench.aws.world.machines.values()
    move(first)
    before = dict(vars(first))
    result = await bench.apply(made)
    assert statuses(result) == {"a": STALE, "b": DONE}
    assert result.status is RunStatus.FAILED
    assert "since the plan was made" in error_of(result, "a")
    assert "Make the plan again" in error_of(result, "a")
    assert vars(first) == before
    assert not [call for call in bench.aws.calls if "a-" in str(call.params)]


async def test_a_machine_deleted_since_the_plan_fails_and_the_others_go_on() -> None:
    bench, made = await with_plan("a", "b")
    del bench.aws.world.machines[made.resources[0]]
    result = await bench.apply(made)
    assert statuses(result) == {"a": FAILED, "b": DONE}
    assert "StateMachineDoesNotExist" in error_of(result, "a")


async def test_the_machines_that_need_a_failed_role_change_are_skipped_with_the_reason() -> None:
    bench, made = await with_plan("a", "b", shared=True)
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "no iam for you", "iam:PutRolePolicy")
    bench.aws.refused = {"PutRolePolicy": denied}
    result = await bench.apply(made)
    assert statuses(result) == {"a": FAILED, "b": SKIPPED}
    assert "made for another machine" in error_of(result, "b")
    assert "no iam for you" in error_of(result, "b")
    assert bench.aws.made("UpdateStateMachine") == 0


async def test_new_rights_are_waited_for_until_aws_sees_them() -> None:
    bench, made = await with_plan("a")
    bench.aws.states.propagation = timedelta(seconds=15)
    result = await bench.apply(made)
    assert result.ok
    assert any("waiting" in text for _, _, text in bench.progress.said)
    assert ("apply", made.changes[-1].id, "failed") in bench.outcomes(result.run)


async def test_rights_that_never_come_fail_the_machine_after_about_a_minute() -> None:
    bench, made = await with_plan("a")
    bench.aws.states.propagation = timedelta(hours=1)
    began = bench.clock.now()
    result = await bench.apply(made)
    assert statuses(result) == {"a": FAILED}
    assert "not authorized to access the Log Destination" in error_of(result, "a")
    assert timedelta(seconds=60) < bench.clock.now() - began < timedelta(seconds=90)


async def test_what_aws_accepts_but_does_not_show_at_once_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench, made = await with_plan("a")
    whole, lag = bench.aws.states.describe_state_machine, {"left": 3}

    def late(target: Any, params: Any) -> Any:
        answer = whole(target, params)
        if answer.get("revisionId") and lag["left"]:
            lag["left"] -= 1
            return {**answer, "loggingConfiguration": {"level": "OFF"}}
        return answer

    monkeypatch.setattr(bench.aws.states, "describe_state_machine", late)
    assert (await bench.apply(made)).ok
    assert lag["left"] == 0


async def test_what_aws_accepts_but_never_shows_is_a_failure() -> None:
    bench, made = await with_plan("a", "b")
    bench.aws.interfere = lambda call: (
        bench.aws.somebody_sets(made.resources[0], {"level": "OFF"})
        if call.operation == "DescribeStateMachine" and bench.aws.made("UpdateStateMachine")
        else None
    )
    result = await bench.apply(made)
    assert statuses(result)["a"] is FAILED
    assert "AWS accepted the change, but now level is OFF" in error_of(result, "a")


async def test_a_machine_another_run_works_on_is_skipped_and_says_whose_it_is() -> None:
    bench, made = await with_plan("a", "b")
    now = bench.clock.now()
    await bench.store.lease(made.resources[0], "other-run", now, now + timedelta(hours=1))
    result = await bench.apply(made)
    assert statuses(result) == {"a": SKIPPED, "b": DONE}
    assert "run other-run is working on it" in error_of(result, "a")


async def test_a_lease_is_renewed_by_every_change_so_that_long_runs_keep_it() -> None:
    bench, made = await with_plan("a")
    ends = []

    def note(call: Call) -> None:
        if call.operation in ("CreateLogGroup", "UpdateStateMachine"):
            ends.append(bench.store.leases[made.resources[0]][1])
            bench.clock.advance(60)

    bench.aws.interfere = note
    await bench.apply(made)
    assert ends[1] - ends[0] >= timedelta(seconds=60)
    assert ends[0] >= bench.clock.now() - timedelta(seconds=200)
    assert timedelta(minutes=5) < LENGTH


async def test_two_operators_with_one_plan_change_every_machine_once() -> None:
    bench, made = await with_plan("a", "b", "c", shared=True)
    first, second = await bench.begin(made), await bench.begin(made)
    results = await asyncio.gather(bench.resume(first.id), bench.resume(second.id))
    picture = bench.aws.world.picture()
    for operation in ("CreateLogGroup", "UpdateStateMachine"):
        assert bench.aws.made(operation) == len(made.resources)
    assert bench.aws.made("PutRolePolicy") == 1
    assert all(logging[0] == "ALL" for logging in picture["machines"].values())
    changed = [statuses(one) for one in results]
    for name in ("a", "b", "c"):
        assert [one[name] for one in changed].count(DONE) == 1


async def test_a_plan_applied_a_second_time_changes_nothing() -> None:
    bench, made = await with_plan("a", "b")
    await bench.apply(made)
    calls, picture = list(bench.aws.calls), bench.aws.world.picture()
    again = await bench.apply(made)
    assert set(statuses(again).values()) == {STALE}
    assert (bench.aws.calls, bench.aws.world.picture()) == (calls, picture)


async def test_a_finished_run_resumed_does_nothing() -> None:
    bench, made = await with_plan("a")
    result = await bench.apply(made)
    calls = list(bench.aws.calls)
    assert (await bench.resume(result.run)).ok
    assert bench.aws.calls == calls


async def test_credentials_that_end_half_way_interrupt_the_run() -> None:
    bench, made = await with_plan("a", "b")
    run = await bench.begin(made)
    error = await bench.endure(lambda: bench.resume(run.id), {3: Fault.CREDENTIALS})
    assert isinstance(error, Interrupted)
    assert "credentials ended half way (Injected): renew them" in str(error)
    assert await bench.status(run.id) is RunStatus.INTERRUPTED
    assert (await bench.resume(run.id)).ok


async def test_credentials_the_sdk_can_no_longer_find_interrupt_the_run_too() -> None:
    bench, made = await with_plan("a")
    run = await bench.begin(made)
    gone: Any = CredentialsError("sign in again")
    bench.aws.refused = {"CreateLogGroup": gone}
    with pytest.raises(Interrupted, match="sign in again"):
        await bench.resume(run.id)


async def test_a_surprise_is_raised_as_itself_and_the_run_can_be_resumed() -> None:
    bench, made = await with_plan("a", "b")
    run = await bench.begin(made)
    broken: Any = StoreError("the disk is full")
    bench.aws.refused = {"PutRetentionPolicy": broken}
    with pytest.raises(StoreError, match="the disk is full"):
        await bench.resume(run.id)
    bench.aws.refused = {}
    assert (await bench.resume(run.id)).ok


async def test_a_machine_somebody_moved_before_the_resume_is_stale_and_says_what_stays() -> None:
    bench, made = await with_plan("a")
    run = await bench.begin(made)
    await bench.endure(lambda: bench.resume(run.id), {3: Fault.KILLED_BEFORE})
    bench.aws.group("/x")
    bench.aws.role("a-role").inline["own"] = {"Statement": []}
    bench.aws.world.machines[made.resources[0]].revision = "somebody's"
    result = await bench.resume(run.id)
    assert statuses(result) == {"a": STALE}
    assert f"what was made before stays until: hubmend rollback {run.id}" in error_of(result, "a")


async def test_a_run_that_was_stale_stays_stale_when_resumed() -> None:
    bench, made = await with_plan("a")
    bench.aws.world.machines[made.resources[0]].revision = "somebody's"
    run = (await bench.apply(made)).run
    assert statuses(await bench.resume(run)) == {"a": STALE}
    assert bench.aws.calls == []


async def test_a_rolled_back_run_is_not_resumed() -> None:
    bench, made = await with_plan("a")
    run = (await bench.apply(made)).run
    await bench.rollback(run)
    with pytest.raises(Refused, match="was rolled back; make a new plan"):
        await bench.resume(run)


async def test_a_half_rolled_back_run_is_not_resumed_either() -> None:
    bench, made = await with_plan("a", "b")
    run = (await bench.apply(made)).run
    await bench.endure(lambda: bench.rollback(run), {2: Fault.DENIED})
    with pytest.raises(Refused, match="half rolled back; finish that first"):
        await bench.resume(run)
    assert (await bench.rollback(run)).ok


async def test_an_unknown_run_is_refused_naming_those_there_are() -> None:
    bench, made = await with_plan("a")
    with pytest.raises(Refused, match="there is none yet: hubmend apply"):
        await bench.resume("ghost")
    run = (await bench.apply(made)).run
    with pytest.raises(Refused, match=f"the newest are {run}"):
        await bench.resume("ghost")


async def test_a_run_that_another_process_works_on_is_refused_until_that_one_dies() -> None:
    bench, made = await with_plan("a")
    run = await bench.begin(made)
    now = bench.clock.now()
    await bench.store.lease(f"run/{run.id}", "alive", now, now + timedelta(hours=1))
    with pytest.raises(Refused, match="another hubmend process is working on run"):
        await bench.resume(run.id)
    assert bench.aws.calls == []
    now = bench.clock.now()
    await bench.store.release(f"run/{run.id}", "alive")
    await bench.store.lease(f"run/{run.id}", "dying", now, now + RUN_LENGTH)
    assert (await bench.resume(run.id)).ok


async def test_a_process_keeps_its_run_while_a_call_takes_long() -> None:
    bench, made = await with_plan("a")
    bench.aws.states.propagation = timedelta(seconds=45)
    run = await bench.begin(made)
    first = asyncio.ensure_future(bench.resume(run.id))
    for _ in range(200):
        await asyncio.sleep(0)
    assert bench.aws.made("PutRolePolicy") == 1
    assert bench.aws.made("UpdateStateMachine") == 0
    with pytest.raises(Refused, match="another hubmend process is working on run"):
        await bench.rollback(run.id)
    assert (await first).ok


@pytest.mark.parametrize("way", ["apply", "rollback"])
async def test_a_process_that_lost_its_run_while_it_stood_still_changes_nothing_more(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, made = await with_plan("a", shared=True)
    run = await bench.begin(made)
    if way == "rollback":
        await bench.resume(run.id)
    stood = False

    async def stand_still(*arguments: Any) -> Any:
        nonlocal stood
        if not stood:
            stood = True
            now = bench.clock.now() + timedelta(hours=1)
            await bench.store.lease(f"run/{run.id}", "other", now, now + timedelta(hours=1))
            await bench.clock.sleep(60)
        return await whole(*arguments)

    whole = bench.aws.change
    monkeypatch.setattr(bench.aws, "change", stand_still)
    before = len(bench.aws.calls)
    with pytest.raises(Interrupted, match="has taken run"):
        await (bench.resume if way == "apply" else bench.rollback)(run.id)
    assert len(bench.aws.calls) == before + 1


async def test_a_creation_repeated_after_a_lost_answer_that_already_took_effect_is_ours() -> None:
    bench, made = await with_plan("a")
    late = {"left": 4}
    whole = bench.aws._services["logs"].describe_log_groups  # noqa: SLF001 - shows it late

    def shown_late(target: Any, params: Any) -> Any:
        if bench.aws.made("CreateLogGroup") and late["left"]:
            late["left"] -= 1
            return {"logGroups": []}
        return whole(target, params)

    bench.aws._services["logs"].describe_log_groups = shown_late  # noqa: SLF001 - as above
    run = await bench.begin(made)
    result = await bench.endure(lambda: bench.resume(run.id), {1: Fault.LOST_ANSWER})
    assert not isinstance(result, BaseException)
    assert result.ok
    assert ("apply", "c1", "already") in bench.outcomes(run.id)


async def test_a_call_whose_answer_is_lost_again_and_again_is_uncertain_and_resumable() -> None:
    bench, made = await with_plan("a")
    run = await bench.begin(made)
    lost = dict.fromkeys(range(1, 9), Fault.LOST_REQUEST)
    result = await bench.endure(lambda: bench.resume(run.id), lost)
    assert not isinstance(result, BaseException)
    assert "no answer to logs:CreateLogGroup" in error_of(result, "a")
    assert ("apply", "c1", "uncertain") in bench.outcomes(run.id)
    assert (await bench.resume(run.id)).ok


async def test_a_group_somebody_made_in_the_meantime_is_not_taken_for_ours() -> None:
    bench, made = await with_plan("a")
    bench.aws.group(made.changes[0].call.params["logGroupName"])
    result = await bench.apply(made)
    assert statuses(result) == {"a": FAILED}
    assert "already exists" in error_of(result, "a")
    assert (await bench.rollback(result.run)).ok
    assert bench.aws.made("DeleteLogGroup") == 0


async def test_a_plan_without_snapshots_is_not_applied_blindly() -> None:
    bench, made = await with_plan("a")
    with pytest.raises(KeyError):
        await bench.apply(replace(made, snapshots=None))
    assert bench.aws.calls == []
