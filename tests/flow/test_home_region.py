"""Where the administrator may not work in a finding's region, its home region is written in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind
from hubmend.flow.decide import Wish, decide
from hubmend.flow.hub.telling import announce
from hubmend.flow.verify import verify
from tests.fakes.answers import refusal
from tests.fakes.world import ACCOUNT, REGION, machine_arn
from tests.flow.bench import HERE, Bench

HOME = Target(ACCOUNT, "eu-west-1")
REMOTE = Target("444455556666", REGION)
ARN = machine_arn("remote", REMOTE.account)
DENIED = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "get")


async def remote(*, mode: str = "ALL_REGIONS", on: tuple[Target, ...] = (HOME, REMOTE)) -> Bench:
    """A machine of a member that may not be asked, one at home, and the member's suppression."""
    bench = Bench()
    bench.aws.machine("remote", account=REMOTE.account)
    bench.aws.machine("near", region=HOME.region)
    bench.with_security_hub(*on)
    bench.aws.security_hub.hub.aggregate(ACCOUNT, HOME.region, mode)
    await bench.scan(HOME, REMOTE)
    until = bench.clock.now().date() + timedelta(days=3)
    await decide(bench.context, Wish(Kind.SUPPRESS, "ann", "dev", until), [ARN])
    refuse(bench, REMOTE, "GetFindings", "BatchUpdateFindings")
    return bench


def refuse(bench: Bench, place: Target, *operations: str, error: AwsError = DENIED) -> None:
    ask = bench.aws.security_hub.ask

    def guarded(target: Target, call: Call) -> Any:
        if target == place and call.operation in operations:
            raise error
        return ask(target, call)

    bench.aws.security_hub.ask = guarded  # type: ignore[method-assign]


def workflow(bench: Bench) -> str:
    (found,) = (
        status
        for name, (status, _, _) in bench.aws.security_hub.written().items()
        if REMOTE.account in name
    )
    return str(found)


def why(made: Plan) -> str:
    return next(one.reason for one in made.skipped if one.resource == ARN)


async def test_where_security_hub_is_off_for_the_administrator_its_home_region_is_used() -> None:
    bench = await remote()
    (change,) = (made := await bench.plan()).changes
    assert change.target == HOME
    (note,) = made.notes
    assert note.text == (
        f"written from account {ACCOUNT}, Security Hub's administrator, in eu-west-1, the home "
        "region of finding aggregation"
    )
    result = await bench.apply(made)
    assert result.ok
    assert workflow(bench) == "SUPPRESSED"
    await bench.scan(HOME, REMOTE)
    assert (await bench.plan()).changes == ()
    assert (await bench.rollback(result.run)).ok
    assert workflow(bench) == "NEW"


async def test_where_the_administrator_is_refused_in_the_region_its_home_region_is_used() -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    refuse(bench, HERE, "GetFindings")
    assert [one.target for one in (await bench.plan()).changes] == [HOME]


async def test_the_region_itself_is_used_where_that_is_possible() -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    assert [one.target for one in (await bench.plan()).changes] == [HERE]


async def test_the_callers_own_findings_are_written_at_home_where_only_that_is_allowed() -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    bench.aws.machine("own")
    bench.aws.security_hub.settle()
    await bench.scan(HERE)
    await bench.suppress(machine_arn("own"))
    refuse(bench, HERE, "GetFindings")
    (change,) = (made := await bench.plan()).changes
    assert change.target == HOME
    assert made.notes[0].text == "written in eu-west-1, the home region of finding aggregation"


async def test_whoever_is_no_administrator_does_not_take_an_empty_answer_for_no_finding() -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    bench.aws.security_hub.hub.world.administrator = None
    made = await bench.plan()
    assert made.changes == ()
    assert why(made).endswith("Security Hub: get: AccessDeniedException: not you")


@pytest.mark.parametrize("blind", [True, False])
async def test_an_administrator_that_sees_nothing_of_the_account_in_the_region_asks_at_home(
    blind: bool,
) -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    answers: dict[str, Any] = {"GetFindings": {"Findings": []}, "GetMembers": {"Members": []}}
    ask = bench.aws.security_hub.ask

    def unrelated(target: Target, call: Call) -> Any:
        if target != HERE or call.operation not in answers:
            return ask(target, call)
        if blind and call.operation == "GetMembers":
            raise DENIED
        return answers[call.operation]

    bench.aws.security_hub.ask = unrelated  # type: ignore[method-assign]
    assert [one.target for one in (await bench.plan()).changes] == [HOME]


async def test_an_administrator_that_has_no_finding_of_its_member_says_so() -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    bench.aws.security_hub.hub.world.targets[REMOTE.account, REGION].findings.clear()
    assert why(await bench.plan()).endswith("Security Hub: it has no finding yet")


async def test_at_home_the_callers_own_account_needs_no_administrator() -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    bench.aws.machine("own")
    await bench.scan(HERE)
    await bench.suppress(machine_arn("own"))
    bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION].findings.clear()
    refuse(bench, HERE, "GetFindings")
    (reason,) = (one.reason for one in (await bench.plan()).skipped)
    assert reason.endswith("it has no finding yet")


async def test_owners_are_told_through_the_home_region_too() -> None:
    bench = await remote()
    bench.aws.machine("later", account=REMOTE.account)
    bench.aws.security_hub.settle()
    await bench.scan(HOME, REMOTE)
    near = machine_arn("near", ACCOUNT, HOME.region)
    arns = [machine_arn("later", REMOTE.account), near]
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="ALL"), arns)
    told = await announce(bench.context, await bench.plan(*arns))
    assert told
    assert told.ok
    statuses = {status for status, _, _ in bench.aws.security_hub.written().values()}
    assert statuses == {"NOTIFIED", "NEW"}


async def test_verify_follows_findings_where_the_plan_wrote_them() -> None:
    bench = await remote(on=(HERE, HOME, REMOTE))
    refuse(bench, HERE, "GetFindings")
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="ALL"), [ARN])
    result = await bench.apply(await bench.plan(ARN))
    (answer,) = await verify(bench.context, result.run)
    assert answer.finding.status == "pending"
    assert "AWS Config has not recorded the change yet" in answer.finding.why
    (answer,) = await verify(bench.context, result.run, wait=timedelta(minutes=5))
    assert answer.finding.status == "passed"
    refuse(bench, HOME, "GetFindings")
    (answer,) = await verify(bench.context, result.run)
    assert answer.finding.status == "not-available"


@pytest.mark.parametrize("mode", ["NO_REGIONS", "SPECIFIED_REGIONS"])
async def test_a_home_region_that_does_not_link_the_region_is_no_way(mode: str) -> None:
    made = await (await remote(mode=mode)).plan()
    assert made.changes == ()
    assert why(made).endswith("get: AccessDeniedException: not you")


@pytest.mark.parametrize("operation", ["ListFindingAggregators", "GetFindingAggregator"])
async def test_without_the_right_to_ask_for_it_there_is_no_home_region(operation: str) -> None:
    bench = await remote()
    bench.aws.refused[operation] = DENIED
    assert why(await bench.plan()).endswith("get: AccessDeniedException: not you")


async def test_a_home_region_that_refuses_is_no_way() -> None:
    bench = await remote()
    refuse(bench, HOME, "GetFindings")
    assert why(await bench.plan()).endswith("get: AccessDeniedException: not you")


@pytest.mark.parametrize("operation", ["ListFindingAggregators", "GetFindingAggregator"])
async def test_credentials_that_end_meanwhile_stop_the_plan(operation: str) -> None:
    bench = await remote()
    ended = AwsError(ErrorKind.CREDENTIALS, "Expired", "x", "y")
    refuse(bench, HOME, operation, error=ended)
    with pytest.raises(AwsError, match="Expired"):
        await bench.plan()
