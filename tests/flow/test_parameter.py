"""The control's logLevel is set per account and region, with a reason, and set back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind
from hubmend.core.run import ResourceStatus
from hubmend.flow.decide import Wish, decide
from hubmend.flow.report import report
from hubmend.flow.verify import verify
from tests.fakes.answers import refusal
from tests.fakes.faults import Fault
from tests.fakes.world import ACCOUNT
from tests.flow.bench import HERE, Bench

EAST, WEST, OTHER = HERE, Target(ACCOUNT, "eu-west-1"), Target("444455556666", "us-east-1")


def wish(level: str = "ERROR", reason: str = "audit: 9 (b)") -> Wish:
    return Wish(Kind.SET_PARAMETER, "bob", reason, level=level)


async def bench_on(*targets: Target) -> Bench:
    bench = Bench()
    bench.aws.machine("m")
    bench.with_security_hub(*targets)
    await bench.scan(*targets)
    return bench


async def planned(level: str = "ERROR", *targets: Target) -> tuple[Bench, Plan]:
    bench = await bench_on(*(targets or (EAST,)))
    await decide(bench.context, wish(level), account=ACCOUNT)
    return bench, await bench.plan()


def state(bench: Bench, target: Target = EAST) -> tuple[Any, Any]:
    call = Call(
        "securityhub", "BatchGetSecurityControls", {"SecurityControlIds": ["StepFunctions.1"]}
    )
    (found,) = bench.aws.security_hub.ask(target, call)["SecurityControls"]
    return found["Parameters"]["logLevel"], found.get("LastUpdateReason")


async def test_it_is_set_in_every_region_with_a_reason_aws_takes_and_set_back() -> None:
    bench, made = await planned("ERROR", EAST, WEST)
    assert [(one.region, one.title) for one in made.changes] == [
        (target.region, "control StepFunctions.1: logLevel DEFAULT -> ERROR")
        for target in (EAST, WEST)
    ]
    result = await bench.apply(made)
    assert result.ok
    (answer, _) = await verify(bench.context, result.run)
    assert answer.configuration.status == "pending"  # UPDATING shows the one before
    assert answer.configuration.why == (
        "Security Hub is still updating the control: "
        "control StepFunctions.1: logLevel DEFAULT -> ERROR"
    )
    assert (answer.finding.status, answer.finding.why) == (
        "not-available", "it is the control itself, which has no finding",
    )  # fmt: skip
    bench.clock.advance(31)
    custom = {"ValueType": "CUSTOM", "Value": {"Enum": "ERROR"}}
    assert state(bench)[0] == state(bench, WEST)[0] == custom
    assert state(bench)[1].startswith("audit 9 b - bob - hubmend ")
    (answer, _) = await verify(bench.context, result.run)
    assert (answer.configuration.status, answer.configuration.why) == (
        "passed", "the control is set as decided",
    )  # fmt: skip
    assert (await bench.plan()).skipped[-1].reason == "the control's logLevel is ERROR already"
    assert (await bench.rollback(result.run)).ok
    bench.clock.advance(31)
    assert state(bench)[0] == {"ValueType": "DEFAULT"}


async def test_verify_waits_for_an_update_under_way_and_no_longer() -> None:
    bench, made = await planned("ERROR", EAST, WEST)
    result = await bench.apply(made)
    began = bench.clock.now()
    answers = await verify(bench.context, result.run, wait=timedelta(seconds=4))
    assert [one.configuration.status for one in answers] == ["pending", "pending"]
    assert bench.clock.now() - began == timedelta(seconds=4)
    answers = await verify(bench.context, result.run, wait=timedelta(minutes=10))
    assert [one.configuration.status for one in answers] == ["passed", "passed"]
    assert bench.clock.now() - began < timedelta(minutes=1)
    assert any("waiting for Security Hub to update" in said for _, _, said in bench.progress.said)


async def test_what_is_wrong_is_not_called_pending_for_what_is_updated_beside_it() -> None:
    bench = await bench_on(EAST)
    await decide(bench.context, wish(), account=ACCOUNT)
    off = Wish(Kind.DISABLE_CONTROL, "bob", "no logs here")
    await decide(bench.context, off, account=ACCOUNT)
    made = await bench.plan()
    result = await bench.apply(made)
    undo = made.changes[0].undo
    assert undo
    bench.aws.security_hub.ask(EAST, undo)  # somebody enables it again
    (answer,) = await verify(bench.context, result.run, wait=timedelta(minutes=10))
    assert answer.configuration.status == "failed"
    assert answer.configuration.why.startswith("not as planned: control StepFunctions.1 in ")


async def test_a_run_taken_back_a_moment_ago_is_not_waited_for() -> None:
    bench, made = await planned()
    result = await bench.apply(made)
    assert (await bench.rollback(result.run)).ok
    began = bench.clock.now()
    (answer,) = await verify(bench.context, result.run, wait=timedelta(minutes=10))
    assert answer.configuration.why == "the run was rolled back"
    assert bench.clock.now() == began


async def test_while_it_is_updated_no_plan_proposes_it_again() -> None:
    bench, made = await planned()
    assert (await bench.apply(made)).ok
    again = await bench.plan()
    assert again.changes == ()
    assert again.skipped[-1].reason == (
        "no parameter to set: Security Hub is updating it just now; plan again in a minute"
    )


async def test_a_rollback_right_after_waits_for_the_update_under_way() -> None:
    bench, made = await planned()
    result = await bench.apply(made)
    assert (await bench.rollback(result.run)).ok
    assert any("for another change of it to end" in said for _, _, said in bench.progress.said)
    bench.clock.advance(31)
    assert state(bench)[0] == {"ValueType": "DEFAULT"}


async def test_the_level_before_comes_back() -> None:
    bench, made = await planned("ERROR")
    assert (await bench.apply(made)).ok
    bench.clock.advance(31)
    await decide(bench.context, wish("DEFAULT"), account=ACCOUNT)
    (change,) = (again := await bench.plan()).changes
    assert change.title == "control StepFunctions.1: logLevel ERROR -> DEFAULT"
    result = await bench.apply(again)
    bench.clock.advance(31)
    assert state(bench)[0] == {"ValueType": "DEFAULT"}
    assert (await bench.rollback(result.run)).ok
    bench.clock.advance(31)
    assert state(bench)[0]["Value"] == {"Enum": "ERROR"}


async def test_what_somebody_set_since_the_plan_is_left_alone() -> None:
    bench, made = await planned("ERROR")
    bench.aws.security_hub.ask(EAST, made.changes[0].call)
    bench.clock.advance(31)
    (one,) = (await bench.apply(made)).resources
    assert one.status is ResourceStatus.STALE
    assert "its control's logLevel was DEFAULT, now it is ERROR" in (one.error or "")


async def test_it_can_be_decided_for_all_accounts_of_the_scan_at_once() -> None:
    bench = await bench_on(EAST, OTHER)
    made = await decide(bench.context, wish(), everywhere=True)
    assert [one.resource for one in made] == [f"{ACCOUNT}/logLevel", f"{OTHER.account}/logLevel"]
    assert {one.account for one in (await bench.plan()).changes} == {ACCOUNT, OTHER.account}


async def test_both_decisions_about_an_account_stand_side_by_side() -> None:
    bench = await bench_on(EAST)
    await decide(bench.context, wish(), account=ACCOUNT)
    off = Wish(Kind.DISABLE_CONTROL, "bob", "no logs here")
    await decide(bench.context, off, account=ACCOUNT)
    operations = [one.call.operation for one in (await bench.plan()).changes]
    assert operations == [
        *["BatchUpdateStandardsControlAssociations"] * 2, "UpdateSecurityControl",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((wish("LOUD"), {"account": ACCOUNT}), "'LOUD' is not one of ALL, ERROR, FATAL, DEFAULT"),
        ((wish(), {"account": "12"}), "'12' is not an account id"),
        ((wish(), {}), "--parameter-level is for one account"),
        ((wish(reason=" "), {"account": ACCOUNT}), "--reason is needed to set the parameter"),
    ],
)
async def test_what_cannot_be_meant_is_refused(given: tuple[Wish, Any], said: str) -> None:
    bench = await bench_on(EAST)
    with pytest.raises(UsageError, match=said):
        await decide(bench.context, given[0], **given[1])


async def test_where_it_cannot_be_read_or_is_not_known_it_is_said() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.scan(EAST)
    await decide(bench.context, wish(), account=ACCOUNT)
    assert (await bench.plan()).skipped[-1].reason == (
        "no parameter to set: Security Hub is off there"
    )
    bench.with_security_hub(EAST)
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "get")
    bench.aws.refused["BatchGetSecurityControls"] = denied
    assert (await bench.plan()).skipped[-1].reason.endswith("get: AccessDeniedException: not you")
    bench.aws.refused["BatchGetSecurityControls"] = AwsError(
        ErrorKind.CREDENTIALS, "Expired", "x", "y"
    )
    with pytest.raises(AwsError):
        await bench.plan()
    bench.aws.refused.clear()
    answer(bench, {"BatchGetSecurityControls": {"SecurityControls": []}})
    assert (await bench.plan()).skipped[-1].reason.endswith("the control is not known there")


async def test_a_control_that_went_since_the_plan_is_stale() -> None:
    bench, made = await planned()
    answer(bench, {"BatchGetSecurityControls": {"SecurityControls": []}})
    (one,) = (await bench.apply(made)).resources
    assert "its control is gone since" in (one.error or "")


async def test_where_a_policy_manages_the_account_its_exact_change_is_printed() -> None:
    bench = await bench_on(EAST, WEST)
    await decide(bench.context, wish(), account=ACCOUNT)
    others = [
        {"SecurityControlId": "S3.9", "Parameters": {}},
        {"SecurityControlId": "StepFunctions.1", "Parameters": {}},
    ]
    controls = {"SecurityControlCustomParameters": others}
    body = {"SecurityHub": {"SecurityControlsConfiguration": controls}}
    bench.aws.security_hub.manage(ACCOUNT, WEST, body)
    made = await bench.plan()
    (manual,) = made.manual
    assert manual.reason.startswith("configuration policy prod manages the account")
    assert '"SecurityControlId": "S3.9"' in manual.steps[0]
    assert '"Value": {"Enum": "ERROR"}' in manual.steps[0]
    assert manual.steps[0].count("StepFunctions.1") == 1


def answer(bench: Bench, answers: dict[str, Any]) -> None:
    ask = bench.aws.security_hub.ask

    def scripted(target: Target, call: Call) -> Any:
        return answers[call.operation] if call.operation in answers else ask(target, call)

    bench.aws.security_hub.ask = scripted  # type: ignore[method-assign]


async def set_until(bench: Bench, level: str = "ERROR", days: int = 10) -> Plan:
    """Decide a level until a day, apply it, and let it take hold; return what was planned."""
    until = bench.clock.now().date() + timedelta(days=days)
    await decide(bench.context, replace(wish(level), until=until), account=ACCOUNT)
    made = await bench.plan()
    assert (await bench.apply(made)).ok
    bench.clock.advance(31)
    return made


def pass_days(bench: Bench, days: int) -> None:
    bench.clock.advance(timedelta(days=days).total_seconds())


async def somebody_sets(bench: Bench, level: str, reason: str) -> None:
    value = {"ValueType": "CUSTOM", "Value": {"Enum": level}}
    params = {"SecurityControlId": "StepFunctions.1", "Parameters": {"logLevel": value}}
    call = Call("securityhub", "UpdateSecurityControl", {**params, "LastUpdateReason": reason})
    bench.aws.security_hub.ask(EAST, call)
    bench.clock.advance(31)


async def test_once_its_day_is_past_what_was_before_is_set_and_that_is_undone() -> None:
    bench = await bench_on(EAST, WEST)
    await somebody_sets(bench, "FATAL", "ours")
    await set_until(bench)
    assert state(bench)[1].endswith(" over FATAL")
    assert (await bench.plan()).changes == ()
    before = state(bench)
    pass_days(bench, 11)
    made = await bench.plan()
    assert [(one.region, one.title) for one in made.changes] == [
        (EAST.region, "control StepFunctions.1: logLevel ERROR -> FATAL"),
        (WEST.region, "control StepFunctions.1: logLevel ERROR -> DEFAULT"),
    ]
    assert made.changes[0].reason == "the decision of bob to set it expired on 2026-12-03"
    result = await bench.apply(made)
    assert result.ok
    assert (await bench.plan()).changes == ()  # UPDATING still shows the level before
    bench.clock.advance(31)
    assert (state(bench)[0]["Value"], state(bench, WEST)[0]) == (
        {"Enum": "FATAL"}, {"ValueType": "DEFAULT"},
    )  # fmt: skip
    assert (await bench.plan()).changes == ()
    assert (await bench.rollback(result.run)).ok
    bench.clock.advance(31)
    assert state(bench) == before  # with the reason that was there


async def test_a_rollback_brings_the_reason_back_that_was_there() -> None:
    bench = await bench_on(EAST)
    await somebody_sets(bench, "FATAL", "ours")
    await decide(bench.context, wish(), account=ACCOUNT)
    result = await bench.apply(await bench.plan())
    bench.clock.advance(31)
    assert (await bench.rollback(result.run)).ok
    bench.clock.advance(31)
    assert state(bench) == ({"ValueType": "CUSTOM", "Value": {"Enum": "FATAL"}}, "ours")


async def test_what_somebody_else_set_stays_when_a_decision_expires() -> None:
    bench = await bench_on(EAST, WEST)
    await set_until(bench)
    await somebody_sets(bench, "ALL", "ours")
    pass_days(bench, 11)
    assert [one.region for one in (await bench.plan()).changes] == [WEST.region]
    await somebody_sets(bench, "ERROR", "the same level by us")
    assert [one.region for one in (await bench.plan()).changes] == [WEST.region]


async def test_a_decision_renewed_keeps_the_level_and_then_goes_back_to_what_was_first() -> None:
    bench = await bench_on(EAST)
    await set_until(bench)
    until = bench.clock.now().date() + timedelta(days=20)
    await decide(bench.context, replace(wish(), until=until), account=ACCOUNT)
    pass_days(bench, 11)
    assert (await bench.plan()).changes == ()
    await set_until(bench, "ALL", 10)  # over a level that was set until a day itself
    pass_days(bench, 11)
    (change,) = (await bench.plan()).changes
    assert change.title == "control StepFunctions.1: logLevel ALL -> DEFAULT"


async def test_a_level_goes_back_though_a_later_decision_was_never_applied() -> None:
    bench = await bench_on(EAST)
    await set_until(bench, "FATAL", 10)
    until = bench.clock.now().date() + timedelta(days=11)
    await decide(bench.context, replace(wish(), until=until), account=ACCOUNT)
    pass_days(bench, 14)
    (change,) = (made := await bench.plan()).changes
    assert change.title == "control StepFunctions.1: logLevel FATAL -> DEFAULT"
    assert change.reason == f"the decision of bob to set it expired on {until}"
    before = state(bench)
    result = await bench.apply(made)
    bench.clock.advance(31)
    assert state(bench)[0] == {"ValueType": "DEFAULT"}
    assert (await bench.plan()).changes == ()
    assert (await bench.rollback(result.run)).ok
    bench.clock.advance(31)
    assert state(bench) == before


async def test_a_level_somebody_set_under_hubmends_reason_stays() -> None:
    bench = await bench_on(EAST)
    await set_until(bench, "FATAL", 10)
    await somebody_sets(bench, "ERROR", state(bench)[1])
    await decide(bench.context, replace(wish(), until=bench.clock.now().date()), account=ACCOUNT)
    pass_days(bench, 14)
    assert (await bench.plan()).changes == ()


async def test_a_level_set_without_an_end_stays_though_a_later_decision_had_one() -> None:
    bench, made = await planned("FATAL")
    assert (await bench.apply(made)).ok
    bench.clock.advance(31)
    until = bench.clock.now().date() + timedelta(days=1)
    await decide(bench.context, replace(wish(), until=until), account=ACCOUNT)
    pass_days(bench, 14)
    assert (await bench.plan()).changes == ()


@pytest.mark.parametrize("over", [" over FATAL", " set ERROR over FATAL"])
async def test_what_a_level_was_set_over_is_read_as_it_was_written_before_and_is_now(
    over: str,
) -> None:
    bench = await bench_on(EAST)
    await set_until(bench)
    await somebody_sets(bench, "ERROR", f"audit - bob - hubmend d1{over}")
    pass_days(bench, 11)
    (change,) = (await bench.plan()).changes
    assert change.title.endswith("ERROR -> FATAL")


async def test_the_reason_is_written_in_any_language() -> None:
    bench = await bench_on(EAST)
    spoken = replace(wish(reason="監査: 9 (b), Prüfung!"), by="村上")
    await decide(bench.context, spoken, account=ACCOUNT)
    assert (await bench.apply(await bench.plan())).ok
    assert state(bench)[1].startswith("監査 9 b Prüfung - 村上 - hubmend ")


async def test_a_level_of_a_decision_that_does_not_say_over_what_goes_back_to_default() -> None:
    bench = await bench_on(EAST)
    made = await set_until(bench)
    bench.aws.security_hub.ask(EAST, undo_of(made))
    bench.clock.advance(31)
    (decision,) = made.decisions
    await somebody_sets(bench, "ERROR", f"audit - bob - hubmend {decision.id}")
    pass_days(bench, 11)
    (change,) = (await bench.plan()).changes
    assert change.title.endswith("ERROR -> DEFAULT")


async def test_a_rolled_back_decision_leaves_nothing_to_turn_back() -> None:
    bench = await bench_on(EAST)
    made = await set_until(bench)
    bench.aws.security_hub.ask(EAST, undo_of(made))
    pass_days(bench, 11)
    assert (await bench.plan()).changes == ()


async def test_an_expired_level_that_cannot_be_set_back_is_told() -> None:
    bench = await bench_on(EAST, WEST)
    await set_until(bench)
    pass_days(bench, 11)
    bench.aws.security_hub.manage(ACCOUNT, WEST, {})
    made = await bench.plan()
    assert made.changes == ()
    assert made.skipped[-1].reason.endswith("; now configuration policy prod manages it")
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "get")
    bench.aws.refused["BatchGetSecurityControls"] = denied
    assert "; the parameter could not be read: get" in (await bench.plan()).skipped[-1].reason


async def test_an_answer_lost_on_the_way_back_is_settled_by_reading() -> None:
    bench = await bench_on(EAST)
    await set_until(bench)
    pass_days(bench, 11)
    started = await bench.begin(await bench.plan())
    await bench.endure(lambda: bench.resume(started.id), {1: Fault.LOST_ANSWER})
    bench.clock.advance(31)
    assert state(bench)[0] == {"ValueType": "DEFAULT"}


def undo_of(made: Plan) -> Call:
    (change,) = made.changes
    assert change.undo
    return change.undo


async def test_a_report_of_it_counts_machines_alone() -> None:
    bench, made = await planned("ERROR", EAST, WEST)
    result = await bench.apply(made)
    bench.clock.advance(31)
    await verify(bench.context, result.run)
    told = await report(bench.context, result.run)
    assert set(told.after) == set(told.before)
