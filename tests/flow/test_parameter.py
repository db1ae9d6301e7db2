"""The control's logLevel is set per account and region, with a reason, and set back."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind
from hubmend.core.run import ResourceStatus
from hubmend.flow.decide import Wish, decide
from hubmend.flow.verify import verify
from tests.fakes.answers import refusal
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
    assert answer.configuration.status == "failed"  # UPDATING shows the one before
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
    bench = await bench_on(EAST)
    await decide(bench.context, wish(), account=ACCOUNT)
    others = [
        {"SecurityControlId": "S3.9", "Parameters": {}},
        {"SecurityControlId": "StepFunctions.1", "Parameters": {}},
    ]
    body = {
        "SecurityHub": {
            "SecurityControlsConfiguration": {"SecurityControlCustomParameters": others}
        }
    }
    answer(
        bench,
        {
            "DescribeOrganizationConfiguration": {
                "OrganizationConfiguration": {"ConfigurationType": "CENTRAL"}
            },
            "GetConfigurationPolicyAssociation": {"ConfigurationPolicyId": "p1"},
            "GetConfigurationPolicy": {"ConfigurationPolicy": body},
        },
    )
    made = await bench.plan()
    (manual,) = made.manual
    assert manual.reason.startswith("configuration policy p1 manages the account")
    assert '"SecurityControlId": "S3.9"' in manual.steps[0]
    assert '"Value": {"Enum": "ERROR"}' in manual.steps[0]
    assert manual.steps[0].count("StepFunctions.1") == 1


def answer(bench: Bench, answers: dict[str, Any]) -> None:
    ask = bench.aws.security_hub.ask

    def scripted(target: Target, call: Call) -> Any:
        return answers[call.operation] if call.operation in answers else ask(target, call)

    bench.aws.security_hub.ask = scripted  # type: ignore[method-assign]
