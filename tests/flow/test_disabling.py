"""Disabling the control for an account: in every standard and region, or by its policy, or not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind
from hubmend.core.run import ResourceStatus
from hubmend.flow.decide import Wish, decide
from hubmend.flow.hub.as_decided import control_answers
from hubmend.flow.verify import verify
from tests.fakes.answers import refusal
from tests.fakes.faults import Fault
from tests.fakes.world import ACCOUNT, REGION
from tests.flow.bench import HERE, Bench

EAST, WEST = HERE, Target(ACCOUNT, "eu-west-1")
OTHER = Target("444455556666", REGION)
CONTROL = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:security-control/StepFunctions.1"


async def planned(*targets: Target, on: tuple[Target, ...] = (EAST, WEST)) -> tuple[Bench, Plan]:
    """Decide to disable the control in the account, and plan for the targets."""
    bench = Bench()
    bench.aws.machine("m")
    bench.with_security_hub(*on)
    await bench.scan(*targets)
    off = Wish(Kind.DISABLE_CONTROL, "bob", "no logs here")
    await decide(bench.context, off, account=ACCOUNT)
    return bench, await bench.plan()


def statuses_of(bench: Bench, target: Target = EAST) -> list[tuple[str, str]]:
    call = Call(
        "securityhub", "ListStandardsControlAssociations", {"SecurityControlId": "StepFunctions.1"}
    )
    rows = bench.aws.security_hub.ask(target, call)["StandardsControlAssociationSummaries"]
    return [(one["AssociationStatus"], one.get("UpdatedReason", "")) for one in rows]


def managed(bench: Bench, account: str = ACCOUNT, **controls: list[str]) -> str:
    """Central configuration, at home in WEST: an account is managed by a policy; return its id."""
    body = {"SecurityHub": {"SecurityControlsConfiguration": controls}}
    return bench.aws.security_hub.manage(account, WEST, body)


async def test_it_is_disabled_in_every_standard_and_region_and_rolled_back() -> None:
    bench, made = await planned(EAST, WEST)
    assert [(one.region, one.title) for one in made.changes] == [
        (target.region, f"control StepFunctions.1 in {standard}: ENABLED -> DISABLED")
        for target in (EAST, WEST)
        for standard in ("aws-foundational-security-best-practices 1.0.0", "pci-dss 4.0.1")
    ]
    assert made.resources[0] == CONTROL
    result = await bench.apply(made)
    assert result.ok
    for target in (EAST, WEST):
        (status, reason), other = statuses_of(bench, target)
        assert (status, other[0]) == ("DISABLED", "DISABLED")
        assert reason.startswith("no logs here (bob; hubmend decision ")
    answers = await verify(bench.context, result.run)
    assert {one.configuration.status for one in answers} == {"passed"}
    assert (await bench.plan()).changes == ()
    assert (await bench.rollback(result.run)).ok
    assert [one[0] for one in statuses_of(bench)] == ["ENABLED"] * 2
    (answer, _) = await verify(bench.context, result.run)
    assert answer.configuration.why == "the run was rolled back"


async def test_an_account_where_it_is_off_or_disabled_already_is_skipped_with_why() -> None:
    bench, made = await planned(EAST, WEST, on=(EAST,))
    assert [(one.resource, one.reason) for one in made.skipped][-1] == (
        str(WEST), "nothing to disable: Security Hub is off there",
    )  # fmt: skip
    assert (await bench.apply(made)).ok
    reasons = [one.reason for one in (await bench.plan()).skipped]
    assert "the control is disabled already, or in no enabled standard" in reasons


async def test_only_the_accounts_decided_about_are_touched_and_never_by_a_plan_of_machines() -> (
    None
):
    bench, made = await planned(EAST, OTHER, on=(EAST, OTHER))
    assert {one.account for one in made.changes} == {ACCOUNT}
    named = await bench.plan(*[row.arn for row in (await bench.scan(EAST)).resources])
    assert named.changes == ()


@pytest.mark.parametrize(
    ("controls", "key", "wanted"),
    [
        (
            {"DisabledSecurityControlIdentifiers": ["S3.1"]},
            "DisabledSecurityControlIdentifiers",
            '["S3.1", "StepFunctions.1"]',
        ),
        ({}, "DisabledSecurityControlIdentifiers", '["StepFunctions.1"]'),
        (
            {"EnabledSecurityControlIdentifiers": ["S3.1", "StepFunctions.1"]},
            "EnabledSecurityControlIdentifiers",
            '["S3.1"]',
        ),
    ],
)
async def test_where_a_policy_manages_the_account_its_exact_change_is_printed(
    controls: dict[str, Any], key: str, wanted: str
) -> None:
    bench, _ = await planned(EAST, WEST)
    policy = managed(bench, **controls)
    made = await bench.plan()
    assert made.changes == ()
    (manual,) = made.manual  # a policy is not per region
    assert manual.reason.startswith("configuration policy prod manages the account")
    assert f"--region {WEST.region} --identifier {policy}" in manual.steps[0]
    assert f'"{key}": {wanted}' in manual.steps[0]
    assert f"SELF_MANAGED_SECURITY_HUB --target AccountId={ACCOUNT}" in manual.steps[1]


async def test_policies_are_asked_for_at_home_wherever_the_control_is_to_be_disabled() -> None:
    bench, _ = await planned(EAST)
    managed(bench)
    made = await bench.plan()
    assert (made.changes, len(made.manual)) == ((), 1)


async def test_home_is_found_though_security_hub_is_off_for_the_administrator_in_the_region() -> (
    None
):
    bench, _ = await planned(Target(OTHER.account, EAST.region), WEST, on=(OTHER, WEST))
    off = Wish(Kind.DISABLE_CONTROL, "bob", "no logs here")
    await decide(bench.context, off, account=OTHER.account)
    managed(bench, OTHER.account)
    assert [one.resource.split(":")[4] for one in (await bench.plan()).manual] == [OTHER.account]


async def test_a_region_that_home_does_not_link_is_changed_by_itself() -> None:
    bench, _ = await planned(EAST, WEST)
    managed(bench)
    bench.aws.security_hub.hub.aggregate(ACCOUNT, WEST.region, "NO_REGIONS")
    made = await bench.plan()
    assert {one.region for one in made.changes} == {EAST.region}
    assert len(made.manual) == 1


async def test_under_central_configuration_an_account_that_manages_itself_is_changed() -> None:
    bench, _ = await planned(EAST)
    managed(bench)
    bench.aws.security_hub.associate(ACCOUNT, WEST, "SELF_MANAGED_SECURITY_HUB")
    assert len((await bench.plan()).changes) == 2


async def test_under_central_configuration_an_account_no_policy_reaches_is_changed() -> None:
    bench, _ = await planned(EAST)
    managed(bench, OTHER.account)
    assert len((await bench.plan()).changes) == 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "InvalidAccessException"])
@pytest.mark.parametrize(
    "operation", ["GetConfigurationPolicy", "GetConfigurationPolicyAssociation"]
)
async def test_a_policy_that_cannot_be_read_is_told_and_not_taken_for_security_hub_being_off(
    operation: str, code: str
) -> None:
    bench, _ = await planned(EAST)
    managed(bench)
    bench.aws.refused = {operation: refusal(ErrorKind.DENIED, code, "not you", "get")}
    made = await bench.plan()
    assert made.changes == ()
    said = f"nothing to disable: what manages the account could not be read: get: {code}: not you"
    assert made.skipped[-1].reason == said


async def test_credentials_that_end_while_a_policy_is_read_stop_the_plan() -> None:
    bench, _ = await planned(EAST)
    managed(bench)
    ended = AwsError(ErrorKind.CREDENTIALS, "Expired", "x", "y")
    bench.aws.refused["GetConfigurationPolicy"] = ended
    with pytest.raises(AwsError, match="Expired"):
        await bench.plan()


async def test_without_the_right_to_ask_for_home_the_region_itself_is_asked() -> None:
    bench, _ = await planned(EAST, WEST)
    managed(bench)
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "list")
    bench.aws.refused["ListFindingAggregators"] = denied
    made = await bench.plan()
    assert (made.changes, len(made.manual)) == ((), 1)  # WEST is home
    assert "in its home Region" in made.skipped[-1].reason


async def test_whoever_is_not_the_administrator_takes_local_configuration_for_granted() -> None:
    bench, _ = await planned(EAST)
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "get")
    bench.aws.refused["DescribeOrganizationConfiguration"] = denied
    assert len((await bench.plan()).changes) == 2


@pytest.mark.parametrize(
    "operation", ["DescribeOrganizationConfiguration", "ListStandardsControlAssociations"]
)
async def test_ended_credentials_stop_the_plan(operation: str) -> None:
    bench, _ = await planned(EAST)
    bench.aws.refused[operation] = AwsError(ErrorKind.CREDENTIALS, "Expired", "x", "y")
    with pytest.raises(AwsError):
        await bench.plan()


async def test_what_somebody_changed_since_the_plan_is_left_alone() -> None:
    bench, made = await planned(EAST)
    for change in made.changes[:1]:
        bench.aws.security_hub.ask(EAST, change.call)
    result = await bench.apply(made)
    assert result.resources[0].status is ResourceStatus.STALE
    assert "its control's status was ENABLED, now it is DISABLED" in (
        result.resources[0].error or ""
    )
    bench, made = await planned(EAST)
    target = bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION]
    target.subscribed.clear()
    result = await bench.apply(made)
    assert "its control is gone since" in (result.resources[0].error or "")


async def test_verify_tells_a_control_that_is_not_as_planned_or_not_readable() -> None:
    bench, made = await planned(EAST)
    result = await bench.apply(made)
    undo = made.changes[1].undo
    assert undo
    bench.aws.security_hub.ask(EAST, undo)
    (answer,) = await verify(bench.context, result.run)
    assert answer.configuration.why == f"not as planned: {made.changes[1].title}"
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "list")
    bench.aws.refused["ListStandardsControlAssociations"] = denied
    (answer,) = await verify(bench.context, result.run)
    assert answer.configuration.why.startswith("could not be read: list")


async def test_an_answer_that_was_lost_is_settled_by_reading() -> None:
    bench, made = await planned(EAST)
    started = await bench.begin(made)
    await bench.endure(lambda: bench.resume(started.id), {1: Fault.LOST_ANSWER})
    assert [one[0] for one in statuses_of(bench)] == ["DISABLED"] * 2
    assert bench.aws.made("BatchUpdateStandardsControlAssociations") == 2


async def disabled_until_yesterday(*targets: Target) -> Bench:
    """Disable the control in the account for ten days, and let them pass."""
    bench = Bench()
    bench.aws.machine("m")
    bench.with_security_hub(*targets)
    await bench.scan(*targets)
    until = bench.clock.now().date() + timedelta(days=10)
    off = Wish(Kind.DISABLE_CONTROL, "bob", "no logs here", until)
    await decide(bench.context, off, account=ACCOUNT)
    assert (await bench.apply(await bench.plan())).ok
    assert (await bench.plan()).changes == ()
    bench.clock.advance(timedelta(days=11).total_seconds())
    return bench


async def test_once_its_day_is_past_it_is_enabled_again_and_rolled_back() -> None:
    bench = await disabled_until_yesterday(EAST, WEST)
    before = statuses_of(bench)
    await bench.scan(EAST, WEST)
    made = await bench.plan()
    assert [(one.region, one.title) for one in made.changes] == [
        (target.region, f"control StepFunctions.1 in {standard}: DISABLED -> ENABLED")
        for target in (EAST, WEST)
        for standard in ("aws-foundational-security-best-practices 1.0.0", "pci-dss 4.0.1")
    ]
    assert {one.reason[:45] for one in made.changes} == {
        "the decision of bob to disable it expired on "
    }
    foreseen = {(one.region, one.status_before, one.status_after) for one in made.scores}
    assert foreseen == {
        (EAST.region, "Disabled", "Failed"),
        (WEST.region, "Disabled", "No data"),  # no machine there
    }
    result = await bench.apply(made)
    assert result.ok
    for target in (EAST, WEST):
        assert [one[0] for one in statuses_of(bench, target)] == ["ENABLED"] * 2
    assert (await bench.plan()).changes == ()
    assert (await bench.rollback(result.run)).ok
    assert statuses_of(bench) == before  # with the reason that was there


async def test_what_somebody_else_disabled_stays_when_a_decision_expires() -> None:
    bench = await disabled_until_yesterday(EAST)
    target = bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION]
    (first, *_) = [one for one in target.associations if one[1] == "StepFunctions.1"]
    target.associations[first] = replace(target.associations[first], reason="ours")
    await bench.scan(EAST)
    made = await bench.plan()
    assert len(made.changes) == 1
    assert sorted(one.status_after for one in made.scores) == ["Disabled", "Failed"]
    assert (await bench.apply(made)).ok
    assert min(statuses_of(bench)) == ("DISABLED", "ours")


async def test_a_decision_renewed_keeps_the_control_disabled() -> None:
    bench = await disabled_until_yesterday(EAST)
    await decide(bench.context, Wish(Kind.DISABLE_CONTROL, "bob", "still none"), account=ACCOUNT)
    assert (await bench.plan()).changes == ()


async def test_an_expired_decision_that_cannot_be_turned_back_is_told() -> None:
    bench = await disabled_until_yesterday(EAST, WEST)
    managed(bench, DisabledSecurityControlIdentifiers=["StepFunctions.1"])
    made = await bench.plan()
    assert made.changes == ()
    assert made.skipped[-1].reason.endswith("; now configuration policy prod manages it")
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "list")
    bench.aws.refused["ListStandardsControlAssociations"] = denied
    made = await bench.plan()
    assert "; the control could not be read: list" in made.skipped[-1].reason


async def test_an_answer_lost_on_the_way_back_is_settled_by_reading() -> None:
    bench = await disabled_until_yesterday(EAST)
    started = await bench.begin(await bench.plan())
    await bench.endure(lambda: bench.resume(started.id), {1: Fault.LOST_ANSWER})
    assert [one[0] for one in statuses_of(bench)] == ["ENABLED"] * 2
    assert bench.aws.made("BatchUpdateStandardsControlAssociations") == 4


async def test_credentials_that_end_while_it_is_verified_are_raised() -> None:
    bench, made = await planned(EAST)
    result = await bench.apply(made)
    ended = refusal(ErrorKind.CREDENTIALS, "ExpiredToken", "over", "list")
    bench.aws.refused["ListStandardsControlAssociations"] = ended
    run = await bench.store.run(result.run)
    assert run
    with pytest.raises(AwsError, match="over"):
        await control_answers(bench.context, run, [CONTROL], bench.clock.now())
