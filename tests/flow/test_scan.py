"""scan keeps what it could read and says what it could not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.resource import Finding, Remark, RemarkKind, Resource, Score, Verdict
from hubmend.flow.scan import scan
from tests.fakes.world import ACCOUNT, REGION, logs_to
from tests.flow.bench import HERE, Bench

THERE = Target("444455556666", "eu-west-1")
DENIED = AwsError(ErrorKind.DENIED, "AccessDeniedException", "not you", "states:X")


async def test_every_machine_of_every_target_is_judged() -> None:
    bench = Bench()
    bench.aws.machine("off")
    bench.aws.machine("on", logging=logs_to("/g"))
    bench.aws.machine("far", account=THERE.account, region=THERE.region)
    seen = await bench.scan(HERE, THERE)
    assert [(row.name, row.verdict) for row in seen.resources] == [
        ("off", Verdict.FAILED), ("on", Verdict.PASSED), ("far", Verdict.FAILED),
    ]  # fmt: skip
    assert seen.exit_code == 1
    assert await bench.store.last_scan() == seen


async def test_names_of_accounts_and_findings_and_scores_belong_to_the_scan() -> None:
    bench = Bench()
    arn = bench.aws.machine("m").arn
    bench.hub.found = {arn: Finding("f-1", "NEW", "FAILED")}
    bench.hub.scored = (Score(ACCOUNT, REGION, "standards/fsbp", 91, "Failed"),)
    seen = await bench.scan(HERE)
    assert seen.resources[0].finding == Finding("f-1", "NEW", "FAILED")
    assert seen.scores == bench.hub.scored


async def test_a_custom_level_of_the_control_is_held_against_every_machine() -> None:
    bench = Bench()
    bench.hub.level = "ERROR"
    bench.aws.machine("m", logging=logs_to("/g", "ALL"))
    assert (await bench.scan()).resources[0].verdict is Verdict.FAILED


async def test_security_hub_switched_off_is_no_obstacle() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.hub.found, bench.hub.scored = None, None
    seen = await bench.scan()
    assert seen.resources[0].finding is None
    assert (seen.scores, seen.unread) == ((), ())


async def test_a_target_that_cannot_be_listed_is_unread_and_the_others_are_read() -> None:
    bench = Bench()
    bench.aws.machine("near")

    def refuse_afar(call: Call) -> None:
        if call.operation == "ListStateMachines" and "far" in bench.aws.world.machines:
            raise DENIED

    bench.aws.interfere = refuse_afar
    seen = await bench.scan(HERE)
    bench.aws.refused = {"ListStateMachines": DENIED}
    worse = await bench.scan(HERE, THERE)
    assert (len(seen.resources), seen.unread) == (1, ())
    assert [one.account for one in worse.unread] == [ACCOUNT, THERE.account]
    assert "not you" in worse.unread[0].error
    assert worse.exit_code == 3


async def test_a_machine_that_cannot_be_described_is_unknown_never_passed() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.aws.refused = {"DescribeStateMachine": DENIED}
    seen = await bench.scan()
    assert seen.resources[0].verdict is Verdict.UNKNOWN
    assert "not you" in seen.resources[0].reason
    assert seen.exit_code == 3


async def test_rows_read_before_a_target_failed_are_kept_beside_the_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    for number in range(40):
        bench.aws.machine(f"m{number}")
    listed = 0

    def break_off(call: Call) -> None:
        nonlocal listed
        listed += call.operation == "ListStateMachines"
        if listed > 1:
            raise DENIED

    bench.aws.interfere = break_off
    whole = bench.aws.states.list_state_machines
    monkeypatch.setattr(
        bench.aws.states,
        "list_state_machines",
        lambda target, params: {**whole(target, params), "nextToken": "1"},
    )
    seen = await bench.scan()
    assert seen.resources
    assert [row.name for row in seen.resources] == [f"m{n}" for n in range(len(seen.resources))]
    assert len(seen.unread) == 1
    assert seen.exit_code == 3


async def test_what_is_known_of_the_scope_comes_first_and_is_no_failure() -> None:
    bench = Bench()
    remark = Remark(RemarkKind.LEFT_OUT, "4" * 12, "AWS Organizations says SUSPENDED: not read")
    seen = await scan(bench.context, [HERE], remarks=[remark])
    assert seen.remarks == (remark,)
    assert seen.exit_code == 0
    assert await bench.store.last_scan() == seen


async def test_an_account_that_lets_nobody_in_is_one_row() -> None:
    bench = Bench()
    no = AwsError(ErrorKind.DENIED, "AccessDenied", "not you", "sts:AssumeRole")
    bench.aws.refused = {"ListStateMachines": no}
    elsewhere = [Target(THERE.account, region) for region in ("us-east-1", "eu-west-1")]
    seen = await bench.scan(*elsewhere)
    assert [(one.account, one.region) for one in seen.unread] == [(THERE.account, "")]
    assert seen.exit_code == 3


async def test_a_region_that_is_off_in_an_account_is_left_out_and_no_failure() -> None:
    bench = Bench()
    off = AwsError(ErrorKind.REGION_OFF, "InvalidClientTokenId", "region not enabled", "states:X")
    bench.aws.refused = {"ListStateMachines": off}
    seen = await bench.scan(THERE)
    assert seen.remarks == (Remark(RemarkKind.LEFT_OUT, str(THERE), "region not enabled"),)
    assert (seen.unread, seen.exit_code) == ((), 0)


async def test_a_region_without_the_control_is_said_once_and_only_where_it_explains_something() -> (
    None
):
    bench = Bench()
    found = {bench.aws.machine("with").arn: Finding("f-1", "NEW", "FAILED")}
    twice = [Target(account, "af-south-1") for account in (ACCOUNT, THERE.account)]
    for target in (*twice, THERE):
        bench.aws.machine("without", account=target.account, region=target.region)
    empty = Target(ACCOUNT, "eu-north-1")
    bench.hub.found, bench.hub.elsewhere = found, frozenset({"af-south-1", "eu-north-1"})
    seen = await bench.scan(HERE, *twice, THERE, empty)
    (remark,) = seen.remarks
    assert (remark.kind, remark.subject) == (RemarkKind.SOURCE, "af-south-1")
    assert "machines are judged, and have no finding" in remark.text
    assert len(seen.resources) == 4
    assert bench.hub.asked == ["af-south-1", "af-south-1", THERE.region]


async def test_scores_that_cannot_be_read_cost_no_row() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.hub.score_fault = DENIED
    seen = await bench.scan()
    assert (len(seen.resources), seen.unread, seen.scores) == (1, (), ())


async def test_what_was_read_before_an_interruption_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    bench.aws.machine("near")
    bench.aws.machine("far", account=THERE.account, region=THERE.region)
    work = asyncio.ensure_future(bench.scan(HERE, THERE))
    whole = bench.store.add_resources

    async def stop_after_the_first(scan: str, rows: Sequence[Resource]) -> None:
        await whole(scan, rows)
        work.cancel()
        await asyncio.sleep(0)

    monkeypatch.setattr(bench.store, "add_resources", stop_after_the_first)
    with pytest.raises(asyncio.CancelledError):
        await work
    kept = await bench.store.last_scan()
    assert kept is not None
    assert [row.name for row in kept.resources] == ["near"]
