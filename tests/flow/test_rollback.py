"""rollback restores the start, in the safe order, and never over somebody's later change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, Interrupted, StoreError
from hubmend.core.run import ResourceStatus, RunStatus
from tests.fakes.faults import Fault
from tests.fakes.world import logs_to, machine_arn
from tests.flow.bench import Bench, error_of, statuses

DONE, FAILED, STALE, SKIPPED, KEPT = (
    ResourceStatus.DONE, ResourceStatus.FAILED, ResourceStatus.STALE, ResourceStatus.SKIPPED,
    ResourceStatus.KEPT,
)  # fmt: skip
POLICY = "hubmend-log-delivery"


async def applied(*names: str, shared: bool = False) -> tuple[Bench, str, dict[str, Any]]:
    """Return a bench with an applied run, and the world before it."""
    bench = Bench()
    for name in names:
        bench.aws.machine(name, bench.aws.role("shared") if shared else None)
    await bench.enable()
    start = bench.aws.world.picture()
    result = await bench.apply(await bench.plan())
    assert result.ok
    bench.aws.calls.clear()
    return bench, result.run, start


def group_of(bench: Bench, name: str) -> Any:
    (found,) = (g for g in bench.aws.world.groups.values() if g.name.endswith(f"/{name}-Logs"))
    return found


def operations(bench: Bench) -> list[str]:
    return [call.operation for call in bench.aws.calls]


async def test_a_run_is_undone_in_reverse_and_the_machine_comes_before_its_rights() -> None:
    bench, run, start = await applied("a")
    result = await bench.rollback(run)
    assert (result.status, result.ok) == (RunStatus.ROLLED_BACK, True)
    assert operations(bench) == [
        "UpdateStateMachine", "DeleteRolePolicy", "DeleteRetentionPolicy", "DeleteLogGroup",
    ]  # fmt: skip
    assert bench.aws.world.picture() == start
    assert await bench.status(run) is RunStatus.ROLLED_BACK
    assert not bench.store.leases


async def test_the_role_loses_its_rights_only_after_every_machine_that_needs_them() -> None:
    bench, run, start = await applied("a", "b", "c", shared=True)
    await bench.rollback(run)
    made = operations(bench)
    last = max(place for place, name in enumerate(made) if name == "UpdateStateMachine")
    assert made.index("DeleteRolePolicy") > last
    assert bench.aws.world.picture() == start


async def test_a_rollback_twice_is_a_rollback_once() -> None:
    bench, run, start = await applied("a")
    await bench.rollback(run)
    bench.aws.calls.clear()
    again = await bench.rollback(run)
    assert (again.status, bench.aws.calls) == (RunStatus.ROLLED_BACK, [])
    assert bench.aws.world.picture() == start


async def test_a_run_that_changed_nothing_is_rolled_back_at_once() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable()
    run = await bench.begin(await bench.plan())
    result = await bench.rollback(run.id)
    assert statuses(result) == {"a": DONE}
    assert bench.aws.calls == []


async def test_what_somebody_changed_since_is_left_and_so_is_what_it_stands_on() -> None:
    bench, run, _ = await applied("a", "b")
    bench.aws.group("/theirs")
    theirs = logs_to("/theirs", "FATAL")
    bench.aws.somebody_sets(machine_arn("a"), theirs)
    before = bench.aws.world.picture()
    result = await bench.rollback(run)
    assert statuses(result) == {"a": STALE, "b": DONE}
    assert result.status is RunStatus.FAILED
    assert "somebody changed it since; it was left as it is" in error_of(result, "a")
    after = bench.aws.world.picture()
    assert after["machines"][machine_arn("a")] == before["machines"][machine_arn("a")]
    assert POLICY in bench.aws.role("a-role").inline


async def test_rights_a_stale_machine_still_uses_stay_whoever_they_were_given_for() -> None:
    bench, run, _ = await applied("a", "b", shared=True)
    bench.aws.group("/theirs")
    bench.aws.somebody_sets(machine_arn("b"), logs_to("/theirs"))
    result = await bench.rollback(run)
    assert statuses(result) == {"a": STALE, "b": STALE}
    assert "of another machine still needs it" in error_of(result, "a")
    assert POLICY in bench.aws.role("shared").inline


async def test_the_stale_machine_put_back_by_hand_lets_the_rollback_finish() -> None:
    bench, run, start = await applied("a")
    bench.aws.group("/theirs")
    bench.aws.somebody_sets(machine_arn("a"), logs_to("/theirs"))
    await bench.rollback(run)
    bench.aws.somebody_sets(machine_arn("a"), {"level": "OFF"})
    assert (await bench.rollback(run)).ok
    after = bench.aws.world.picture()
    assert (after["machines"], after["roles"]) == (start["machines"], start["roles"])


async def test_rights_another_known_machine_logs_with_are_kept_and_said() -> None:
    bench, run, _ = await applied("a", shared=True)
    bench.aws.group("/theirs")
    bench.aws.machine("neighbour", bench.aws.role("shared"), logs_to("/theirs"))
    await bench.scan()
    result = await bench.rollback(run)
    assert statuses(result) == {"a": KEPT}
    assert result.status is RunStatus.ROLLED_BACK
    assert "neighbour" in result.resources[0].notes[0]
    assert POLICY in bench.aws.role("shared").inline
    bench.aws.somebody_sets(machine_arn("neighbour"), {"level": "OFF"})
    assert statuses(await bench.rollback(run)) == {"a": DONE}
    assert POLICY not in bench.aws.role("shared").inline


async def test_rights_a_machine_made_since_the_last_scan_logs_with_are_kept() -> None:
    bench, run, _ = await applied("a", shared=True)
    bench.aws.group("/theirs")
    bench.aws.machine("newcomer", bench.aws.role("shared"), logs_to("/theirs"))
    result = await bench.rollback(run)
    assert statuses(result) == {"a": KEPT}
    assert "newcomer" in result.resources[0].notes[0]
    assert POLICY in bench.aws.role("shared").inline


async def test_an_empty_group_a_machine_was_pointed_to_since_the_last_scan_is_kept() -> None:
    bench = Bench()
    bench.aws.machine("a")
    bench.aws.machine("other", bench.aws.role("able", rights=True))
    await bench.enable(machine_arn("a"))
    run = await bench.begin(await bench.plan(machine_arn("a")))
    await bench.resume(run.id)
    group = group_of(bench, "a")
    bench.aws.somebody_sets(machine_arn("other"), logs_to(group.name))
    group.streams.clear()
    result = await bench.rollback(run.id)
    assert statuses(result) == {"a": KEPT}
    assert any("other logs to it, too" in note for note in result.resources[0].notes)
    assert group_of(bench, "a")


async def test_a_neighbour_that_cannot_be_read_now_counts_as_last_scanned() -> None:
    bench, run, _ = await applied("a", shared=True)
    bench.aws.group("/theirs")
    bench.aws.machine("neighbour", bench.aws.role("shared"), logs_to("/theirs"))
    await bench.scan()
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "kms:Decrypt", "DescribeStateMachine")

    def refuse(call: Call) -> None:
        if call.params.get("stateMachineArn") == machine_arn("neighbour"):
            raise denied

    bench.aws.interfere = refuse
    assert statuses(await bench.rollback(run)) == {"a": KEPT}
    assert POLICY in bench.aws.role("shared").inline


async def test_where_the_machines_cannot_be_listed_nothing_they_may_need_is_deleted() -> None:
    bench, run, start = await applied("a", "b")
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "ListStateMachines")
    bench.aws.refused["ListStateMachines"] = denied
    result = await bench.rollback(run)
    assert statuses(result) == {"a": FAILED, "b": FAILED}
    assert POLICY in bench.aws.role("a-role").inline
    assert group_of(bench, "a")
    del bench.aws.refused["ListStateMachines"]
    assert (await bench.rollback(run)).ok
    assert bench.aws.world.picture() == start


async def test_the_machines_of_a_target_are_read_once_and_only_before_a_deletion() -> None:
    bench, run, _ = await applied("a", "b", "c")
    seen: list[str] = []
    bench.aws.interfere = lambda call: seen.append(call.operation)
    await bench.rollback(run)
    assert seen.count("ListStateMachines") == 1
    assert seen.index("UpdateStateMachine") < seen.index("ListStateMachines")


async def test_rights_a_machine_of_the_plan_uses_by_another_hand_are_kept_too() -> None:
    bench = Bench()
    for name in ("a", "b"):
        bench.aws.machine(name, bench.aws.role("shared"))
    await bench.enable()
    run = await bench.begin(await bench.plan())
    bench.aws.world.machines[machine_arn("b")].revision = "moved"
    await bench.resume(run.id)
    bench.aws.group("/theirs")
    bench.aws.somebody_sets(machine_arn("b"), logs_to("/theirs"))
    result = await bench.rollback(run.id)
    assert statuses(result) == {"a": KEPT, "b": DONE}
    assert POLICY in bench.aws.role("shared").inline


async def test_a_log_group_that_holds_records_is_kept_with_its_retention() -> None:
    bench, run, start = await applied("a", "b")
    group_of(bench, "a").streams["states/a"] = [(bench.clock.now(), "{}")]
    result = await bench.rollback(run)
    assert statuses(result) == {"a": KEPT, "b": DONE}
    assert result.status is RunStatus.ROLLED_BACK
    assert any("holds records" in note for note in result.resources[0].notes)
    assert group_of(bench, "a").retention == 365
    after = bench.aws.world.picture()
    assert (after["machines"], after["roles"]) == (start["machines"], start["roles"])


async def test_awss_own_validation_stream_is_no_record() -> None:
    bench, run, start = await applied("a")
    assert group_of(bench, "a").streams
    assert (await bench.rollback(run)).ok
    assert bench.aws.world.picture() == start


async def test_a_group_somebody_made_anew_under_the_same_name_is_not_deleted() -> None:
    bench, run, _ = await applied("a")
    group_of(bench, "a").tags.clear()
    result = await bench.rollback(run)
    assert statuses(result) == {"a": KEPT}
    assert "not the one hubmend made" in result.resources[0].notes[0]
    assert group_of(bench, "a")


async def test_a_machine_deleted_since_needs_no_restoring_and_the_rest_is_removed() -> None:
    bench, run, start = await applied("a")
    del bench.aws.world.machines[machine_arn("a")]
    result = await bench.rollback(run)
    assert result.ok
    after = bench.aws.world.picture()
    assert (after["roles"], after["groups"]) == (start["roles"], start["groups"])


async def test_what_was_undone_by_hand_counts_as_undone() -> None:
    bench, run, start = await applied("a")
    del bench.aws.role("a-role").inline[POLICY]
    bench.aws.somebody_sets(machine_arn("a"), {"level": "OFF"})
    bench.aws.world.groups.clear()
    assert (await bench.rollback(run)).ok
    assert bench.aws.calls == []
    assert bench.aws.world.picture() == start


async def test_what_disappears_between_looking_and_deleting_is_gone_as_wished() -> None:
    bench, run, _ = await applied("a")

    def another_deletes(call: Any) -> None:
        if call.operation == "DeleteRolePolicy":
            bench.aws.role("a-role").inline.pop(POLICY, None)

    bench.aws.interfere = another_deletes
    assert (await bench.rollback(run)).ok
    assert ("rollback", "c3", "already") in bench.outcomes(run)


async def test_a_change_that_was_begun_and_refused_is_not_undone() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable()
    made = await bench.plan()
    run = await bench.begin(made)
    await bench.endure(lambda: bench.resume(run.id), {3: Fault.DENIED})
    document = made.changes[2].call.params["PolicyDocument"]
    bench.aws.role("a-role").inline[POLICY] = json.loads(document)
    result = await bench.rollback(run.id)
    assert result.ok
    assert POLICY in bench.aws.role("a-role").inline  # somebody else's: ours was refused


async def test_a_machine_another_run_works_on_is_not_touched() -> None:
    bench, run, _ = await applied("a", "b")
    now = bench.clock.now()
    await bench.store.lease(machine_arn("a"), "other-run", now, now + timedelta(hours=1))
    result = await bench.rollback(run)
    assert statuses(result) == {"a": SKIPPED, "b": DONE}
    assert "run other-run is working on it" in error_of(result, "a")
    assert result.status is RunStatus.FAILED


async def test_an_undo_that_fails_keeps_what_it_stands_on_and_says_why() -> None:
    bench, run, _ = await applied("a", "b")
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "not you", "iam:DeleteRolePolicy")
    bench.aws.refused = {"DeleteRolePolicy": denied}
    result = await bench.rollback(run)
    assert set(statuses(result).values()) == {FAILED}
    assert "undo of role a-role" in error_of(result, "a")
    assert "not you" in error_of(result, "a")
    assert await bench.status(run) is RunStatus.FAILED
    assert group_of(bench, "a")


async def test_a_change_that_cannot_be_looked_at_again_is_left() -> None:
    bench, run, _ = await applied("a")
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "not you", "states:Describe")
    bench.aws.refused = {"DescribeStateMachine": denied}
    result = await bench.rollback(run)
    assert statuses(result) == {"a": FAILED}
    assert "undo of logging OFF -> ALL" in error_of(result, "a")
    assert bench.aws.calls == []


async def test_a_change_without_an_undo_is_said_to_have_none() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable()
    made = await bench.plan()
    changes = tuple(replace(one, undo=None) for one in made.changes)
    run = (await bench.apply(replace(made, changes=changes))).run
    result = await bench.rollback(run)
    assert "has no undo" in error_of(result, "a")


async def test_a_rollback_that_is_stopped_says_how_to_go_on() -> None:
    bench, run, start = await applied("a")
    error = await bench.endure(lambda: bench.rollback(run), {2: Fault.CREDENTIALS})
    assert isinstance(error, Interrupted)
    assert f"hubmend rollback {run}" in str(error)
    assert await bench.status(run) is RunStatus.INTERRUPTED
    assert (await bench.rollback(run)).ok
    assert bench.aws.world.picture() == start


async def test_a_rollback_that_is_killed_is_seen_to_be_unfinished() -> None:
    bench, run, _ = await applied("a")
    await bench.endure(lambda: bench.rollback(run), {2: Fault.KILLED_AFTER})
    assert await bench.status(run) is RunStatus.RUNNING


async def test_a_surprise_is_raised_as_itself() -> None:
    bench, run, _ = await applied("a")
    broken: Any = StoreError("the disk is full")
    bench.aws.refused = {"UpdateStateMachine": broken}
    with pytest.raises(StoreError, match="the disk is full"):
        await bench.rollback(run)


async def test_the_evidence_of_an_undo_names_the_undo_also_where_no_call_was_needed() -> None:
    bench, run, _ = await applied("a")
    bench.aws.somebody_sets(machine_arn("a"), {"level": "OFF"})
    await bench.rollback(run)
    entries = await bench.store.entries(run)
    (entry,) = (
        one for one in entries
        if one.body.get("way") == "rollback" and one.body.get("outcome") == "already"
    )  # fmt: skip
    assert entry.body["call"]["params"]["loggingConfiguration"]["level"] == "OFF"
