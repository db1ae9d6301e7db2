"""Many machines in many targets, at the pace of AWS's quotas: the slowest target bounds the time.

Everything runs in the virtual time of the fakes, paced as the real gateway is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.plan import Plan
from hubmend.core.quotas import Quota
from hubmend.core.resource import Kind
from hubmend.core.run import ResourceStatus
from hubmend.core.settings import Defaults, Settings
from hubmend.flow import verify as verify_flow
from hubmend.flow.decide import Wish, decide
from hubmend.flow.leases import LENGTH
from hubmend.flow.step import PROPAGATION_PAUSES
from hubmend.report.estimate import ROLE_SECONDS, estimate
from tests.fakes.paced import PacedAws
from tests.fakes.world import ACCOUNT, machine_arn
from tests.flow.bench import Bench, error_of, statuses

TARGETS = [
    Target(account, region)
    for account in (ACCOUNT, "222233334444")
    for region in ("us-east-1", "eu-west-1")
]
FIRST = machine_arn("m000")
UPDATES = "stepfunctions:UpdateStateMachine"


async def fleet(*sizes: int, settings: Settings | None = None) -> tuple[Bench, Plan]:
    """So many machines in each of the targets, those of an account with one role, and the plan."""
    bench = Bench(settings)
    targets = TARGETS[: len(sizes)]
    for target, size in zip(targets, sizes, strict=True):
        role = bench.aws.role("shared", account=target.account)
        for number in range(size):
            name = f"m{number:03}"
            bench.aws.machine(name, role, account=target.account, region=target.region)
    seen = await bench.scan(*targets)
    arns = [row.arn for row in seen.resources]
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="ALL"), arns)
    return bench, await bench.plan()


def paced(bench: Bench, raised: Mapping[str, Quota] | None = None) -> None:
    bench.context = replace(bench.context, gateway=PacedAws(bench.aws, raised))


def seconds(bench: Bench, since: datetime) -> float:
    return (bench.clock.now() - since).total_seconds()


async def test_targets_are_changed_verified_and_taken_back_side_by_side() -> None:
    bench, made = await fleet(160, 140, 140, 140)
    before = bench.aws.world.picture()
    paced(bench)
    began = bench.clock.now()
    result = await bench.apply(made)
    assert result.ok
    assert seconds(bench, began) < (160 - 100) * 1.15  # one after another: 180 seconds
    began = bench.clock.now()
    answers = await verify_flow.verify(bench.context, result.run)
    assert {one.configuration.status for one in answers} == {"passed"}
    assert seconds(bench, began) < 160 / 5 * 1.5  # FilterLogEvents; one after another: 116
    bench.clock.advance(200)  # AWS's buckets fill
    began = bench.clock.now()
    assert (await bench.rollback(result.run)).ok
    assert seconds(bench, began) < (160 - 100) * 1.15
    assert bench.aws.world.picture() == before


async def test_a_machine_that_waits_long_for_its_turn_never_waits_on_a_lease_that_ran_out() -> None:
    bench, made = await fleet(25)
    paced(bench, {UPDATES: (1, 0.02)})  # a turn every 50 seconds: longer than a lease in all
    left = []

    def note(call: Call) -> None:
        if call.operation == "UpdateStateMachine":
            until = bench.store.leases[call.params["stateMachineArn"]][1]
            left.append(until - bench.clock.now())

    bench.aws.interfere = note
    began = bench.clock.now()
    assert (await bench.apply(made)).ok
    assert seconds(bench, began) > 2 * LENGTH.total_seconds()
    assert len(left) == 25
    assert min(left) > timedelta(0)
    assert not bench.store.leases


async def test_machines_whose_turn_is_far_away_are_not_leased_yet() -> None:
    bench, made = await fleet(150)
    paced(bench)
    most = 0

    def note(_: Call) -> None:
        nonlocal most
        most = max(most, len(bench.store.leases) - bench.aws.made("UpdateStateMachine"))

    bench.aws.interfere = note
    assert (await bench.apply(made)).ok
    assert 0 < most <= 2 * 32 + 1  # under way or between two changes, and the run itself


@pytest.mark.parametrize("somebody", [True, False])
async def test_a_machine_whose_lease_ran_out_while_hubmend_stood_still_is_looked_at_again(
    somebody: bool,
) -> None:
    bench, made = await fleet(1)

    def stand_still(call: Call) -> None:
        if call.operation == "PutRolePolicy":
            bench.clock.advance(LENGTH.total_seconds() + 1)
            if somebody:
                bench.aws.somebody_sets(FIRST, {"level": "OFF", "includeExecutionData": True})

    bench.aws.interfere = stand_still
    result = await bench.apply(made)
    wanted = ResourceStatus.STALE if somebody else ResourceStatus.DONE
    assert statuses(result)["m000"] is wanted
    if somebody:
        assert "what was made before stays until: hubmend rollback" in error_of(result, "m000")


async def test_after_a_lapse_what_this_run_set_itself_is_no_reason_to_refuse() -> None:
    bench = Bench(Settings(defaults=Defaults(update_versions="yes")))
    bench.aws.alias(bench.aws.machine("m000"))
    await bench.enable()
    made = await bench.plan()

    def stand_still(call: Call) -> None:
        if call.operation == "PublishStateMachineVersion":
            bench.clock.advance(LENGTH.total_seconds() + 1)

    bench.aws.interfere = stand_still
    assert (await bench.apply(made)).ok


async def test_a_lease_another_run_took_meanwhile_is_not_taken_back() -> None:
    bench, made = await fleet(1)

    def stand_still(call: Call) -> None:
        if call.operation == "PutRolePolicy":
            bench.clock.advance(LENGTH.total_seconds() + 1)
            until = bench.clock.now() + LENGTH
            bench.store.leases[FIRST] = ("other-run", until)

    bench.aws.interfere = stand_still
    result = await bench.apply(made)
    assert statuses(result)["m000"] is ResourceStatus.SKIPPED
    assert "run other-run is working on it" in error_of(result, "m000")
    assert bench.aws.made("UpdateStateMachine") == 0


async def test_one_machine_tries_whether_aws_sees_new_rights_and_the_others_wait_for_it() -> None:
    bench, made = await fleet(60, 30)  # one role in two regions
    bench.aws.states.propagation = timedelta(seconds=9)
    tries = 0

    def note(call: Call) -> None:
        nonlocal tries
        tries += call.operation == "UpdateStateMachine"

    bench.aws.interfere = note
    assert (await bench.apply(made)).ok
    assert tries <= 90 + 3  # 2, 5 and 10 seconds later


async def test_where_aws_never_sees_them_all_find_out_together() -> None:
    bench, made = await fleet(40)
    bench.aws.states.propagation = timedelta(days=1)
    began = bench.clock.now()
    result = await bench.apply(made)
    assert set(statuses(result).values()) == {ResourceStatus.FAILED}
    assert seconds(bench, began) < 4 * sum(PROPAGATION_PAUSES)


@pytest.mark.parametrize("sizes", [(20,), (160,), (140, 250, 30)])
async def test_apply_takes_what_the_estimate_said(sizes: tuple[int, ...]) -> None:
    bench, made = await fleet(*sizes)
    bench.aws.states.propagation = timedelta(seconds=6)
    paced(bench)
    began = bench.clock.now()
    assert (await bench.apply(made)).ok
    said = estimate(made).seconds
    assert said * 0.9 - ROLE_SECONDS < seconds(bench, began) < said * 1.1
