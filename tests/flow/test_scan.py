"""scan keeps what it could read and says what it could not."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, StoreError, UsageError
from hubmend.core.resource import (
    Finding,
    Kind,
    Recommendation,
    Remark,
    RemarkKind,
    Score,
    Verdict,
)  # fmt: skip
from hubmend.core.rules import Match, Rule
from hubmend.core.scanned import STOPPED
from hubmend.core.settings import Settings
from hubmend.flow import scan as scan_flow
from hubmend.flow.decide import Wish, decide
from hubmend.flow.parameters import UNKNOWN
from hubmend.flow.scan import Asked, begin, resume
from tests.fakes.world import ACCOUNT, REGION, logs_to, machine_arn
from tests.flow.bench import HERE, Bench, scan

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


async def test_what_a_person_decided_is_recommended_in_place_of_what_a_rule_says() -> None:
    rule = Rule(Match(), Kind.SUPPRESS, "dev", "o", date(2027, 1, 1), line=3)
    bench = Bench(Settings(rules=(rule,)))
    on, off, _ = (bench.aws.machine(name).arn for name in ("enabled", "left", "other"))
    fine = bench.aws.machine("passes", logging=logs_to("/g")).arn
    await bench.scan()
    leave = Wish(Kind.SUPPRESS, "bob", "later", until=date(2026, 12, 1))
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="FATAL"), [on, fine])
    await decide(bench.context, leave, [off])
    advice = {row.name: row.recommendation for row in (await bench.scan()).resources}
    assert advice == {
        "enabled": Recommendation(Kind.ENABLE, "FATAL", "decided by ann"),
        "left": Recommendation(Kind.SUPPRESS, "ERROR", "decided by bob, until 2026-12-01"),
        "other": Recommendation(Kind.SUPPRESS, "ERROR", "dev (rule, line 3)"),
        "passes": Recommendation(Kind.NONE, None, ""),
    }
    bench.clock.advance(9 * 86_400)
    advice = {row.name: row.recommendation for row in (await bench.scan()).resources}
    assert advice["left"] == advice["other"]


async def test_a_control_disabled_in_an_account_is_said_of_each_of_its_failing_machines() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.scan()
    await decide(bench.context, Wish(Kind.DISABLE_CONTROL, "ann", "no logs"), account=ACCOUNT)
    (row,) = (await bench.scan()).resources
    said = (row.recommendation.decision, row.recommendation.advised, row.recommendation.why)
    assert said == (Kind.DISABLE_CONTROL, None, "decided by ann")


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


async def test_where_the_level_the_control_asks_for_may_not_be_read_the_scan_says_so() -> None:
    bench = Bench()
    bench.aws.machine("m", logging=logs_to("/g"))
    bench.with_security_hub()
    denied = AwsError(ErrorKind.DENIED, "AccessDeniedException", "not you", "get")
    bench.aws.refused["BatchGetSecurityControls"] = denied
    seen = await bench.scan()
    assert seen.resources[0].verdict is Verdict.PASSED
    said = [one for one in seen.remarks if one.kind is RemarkKind.SOURCE]
    assert said == [Remark(RemarkKind.SOURCE, str(HERE), UNKNOWN)]
    bench.aws.world.machines[machine_arn("m")].logging = {}
    assert [one for one in (await bench.scan()).remarks if one.text == UNKNOWN] == []  # none passes
    bench.aws.world.machines[machine_arn("m")].logging = logs_to("/g")
    bench.aws.refused["BatchGetSecurityControls"] = AwsError(
        ErrorKind.DENIED, "InvalidAccessException", "Security Hub is off", "get"
    )
    assert [one for one in (await bench.scan()).remarks if one.text == UNKNOWN] == []


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


UNHEARD = AwsError(ErrorKind.UNCERTAIN, "Timeout", "no answer in time", "securityhub:X")


async def test_where_security_hub_does_not_answer_machines_are_judged_and_the_target_is_named() -> (
    None
):
    bench = Bench()
    bench.aws.machine("off")
    bench.aws.machine("on", logging=logs_to("/g"))
    bench.hub.fault = bench.hub.findings_fault = UNHEARD
    seen = await bench.scan()
    assert [(row.name, row.verdict) for row in seen.resources] == [
        ("off", Verdict.FAILED), ("on", Verdict.UNKNOWN),
    ]  # fmt: skip
    (unread,) = seen.unread
    assert (unread.account, unread.region) == (ACCOUNT, REGION)
    assert unread.error.startswith(f"what Security Hub says of it ({UNHEARD}); its machines were")
    assert (seen.scores, seen.exit_code) == ((), 3)


async def test_lost_findings_leave_verdicts_and_lost_parameters_leave_findings() -> None:
    bench = Bench()
    arn = bench.aws.machine("on", logging=logs_to("/g")).arn
    bench.hub.found = {arn: Finding("1", "NEW", "FAILED")}
    bench.hub.findings_fault = UNHEARD
    first = await bench.scan()
    assert [(row.verdict, row.finding) for row in first.resources] == [(Verdict.PASSED, None)]
    bench.hub.findings_fault, bench.hub.fault = None, UNHEARD
    then = await bench.scan()
    assert [(row.verdict, row.finding) for row in then.resources] == [
        (Verdict.UNKNOWN, bench.hub.found[arn])
    ]
    assert (first.exit_code, then.exit_code) == (3, 3)


async def test_a_resume_asks_security_hub_again_where_it_did_not_answer() -> None:
    bench = Bench()
    bench.aws.machine("on", logging=logs_to("/g"))
    bench.hub.fault = UNHEARD
    await bench.scan()
    bench.hub.fault = None
    resumed = await (await resume(bench.context)).whole()
    assert [row.verdict for row in resumed.resources] == [Verdict.PASSED]
    assert resumed.exit_code == 0


async def test_without_machines_nothing_is_missing_where_security_hub_does_not_answer() -> None:
    bench = Bench()
    bench.hub.fault = UNHEARD
    assert (await bench.scan()).exit_code == 0


@pytest.mark.parametrize("kind", [ErrorKind.CREDENTIALS, ErrorKind.REGION_OFF])
async def test_what_security_hub_says_of_the_target_itself_is_about_its_machines_too(
    kind: ErrorKind,
) -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.hub.fault = AwsError(kind, "UnrecognizedClientException", "not here", "securityhub:X")
    seen = await bench.scan()
    assert seen.resources == ()
    left_out = [one.kind for one in seen.remarks] == [RemarkKind.LEFT_OUT]
    assert (bool(seen.unread), left_out) == (
        kind is ErrorKind.CREDENTIALS, kind is ErrorKind.REGION_OFF,
    )  # fmt: skip


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
    seen = await scan(bench.context, [HERE], asked=Asked(remarks=(remark,)))
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
    assert sorted(bench.hub.asked) == ["af-south-1", "af-south-1", THERE.region]


async def test_scores_that_cannot_be_read_cost_no_row() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.hub.score_fault = DENIED
    seen = await bench.scan()
    assert (len(seen.resources), seen.unread, seen.scores) == (1, (), ())


async def test_what_was_read_before_an_interruption_is_kept() -> None:
    bench = Bench()
    bench.aws.machine("near")
    bench.aws.machine("far", account=THERE.account, region=THERE.region)
    scanning = await begin(bench.context, [HERE, THERE])
    async with aclosing(aiter(scanning)) as rows:
        assert (await anext(rows)).name == "near"
    kept = await bench.store.last_scan()
    assert kept is not None
    assert scanning.result.unread
    assert "near" in [row.name for row in kept.resources]
    assert {one.error for one in kept.unread} <= {STOPPED}


async def test_a_scan_stopped_while_it_waits_keeps_its_rows_and_says_where_it_stopped() -> None:
    bench = Bench()
    await stopped(bench)
    kept = await bench.store.last_scan()
    assert kept is not None
    assert [row.name for row in kept.resources] == ["near"]
    assert [(one.account, one.error) for one in kept.unread] == [(THERE.account, STOPPED)]
    assert kept.exit_code == 3


async def test_a_scan_stopped_before_anything_was_read_hides_no_earlier_one() -> None:
    bench = Bench()
    bench.aws.machine("near")
    earlier = await bench.scan(HERE)
    hold(bench, HERE)
    work = asyncio.ensure_future(bench.scan(HERE))
    for _ in range(20):
        await asyncio.sleep(0)
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert await bench.store.last_scan() == earlier


async def test_a_scope_without_targets_is_a_scan_all_the_same() -> None:
    bench = Bench()
    seen = await scan(bench.context, [])
    assert await bench.store.last_scan() == seen


async def test_a_stopped_scan_goes_on_with_what_was_not_read_alone() -> None:
    bench = Bench()
    await stopped(bench)
    asked = watch(bench)
    scanning = await resume(bench.context)
    assert [row.name async for row in scanning] == ["near", "far"]
    assert asked == {THERE}
    assert (scanning.result.unread, scanning.tally.total) == ((), 2)
    kept = await bench.store.last_scan()
    assert kept is not None
    assert [row.name for row in kept.resources] == ["near", "far"]


async def test_what_was_known_of_the_scope_is_still_said_after_a_resume() -> None:
    bench = Bench()
    remark = Remark(RemarkKind.LEFT_OUT, "4" * 12, "AWS Organizations says SUSPENDED: not read")
    await stopped(bench, asked=Asked(remarks=(remark,)))
    watch(bench)
    resumed = await (await resume(bench.context)).whole()
    assert resumed.remarks == (remark,)
    assert await bench.store.last_scan() == resumed


async def test_a_killed_scan_goes_on_as_well() -> None:
    bench = Bench()
    bench.aws.machine("near")
    seen = await bench.scan(HERE)
    killed = replace(seen, id="killed", at=bench.clock.now(), targets=(HERE, THERE))
    await bench.store.start_scan(killed)
    await bench.store.add_rows("killed", 1, 0, seen.resources)
    scanning = await resume(bench.context)
    assert [row.name async for row in scanning] == ["near"]
    kept = await bench.store.last_scan()
    assert kept is not None
    assert kept.id == "killed"
    assert len(kept.resources) == 1


async def test_what_could_not_be_read_is_tried_again_by_a_resume() -> None:
    bench = Bench()
    bench.aws.machine("near")
    bench.aws.refused = {"ListStateMachines": DENIED}
    assert (await bench.scan(HERE)).unread
    bench.aws.refused = {}
    scanning = await resume(bench.context)
    assert [row.name async for row in scanning] == ["near"]
    assert scanning.result.unread == ()


async def test_a_machine_that_could_not_be_read_is_tried_again_by_a_resume() -> None:
    bench = Bench()
    for name in ("a", "b"):
        bench.aws.machine(name)

    def busy(call: Call) -> None:
        if call.operation == "DescribeStateMachine" and call.params["stateMachineArn"][-1] == "b":
            raise AwsError(ErrorKind.UNCERTAIN, "InternalFailure", "busy", "states:X")

    bench.aws.interfere = busy
    seen = await bench.scan(HERE)
    assert [row.verdict for row in seen.resources] == [Verdict.FAILED, Verdict.UNKNOWN]
    bench.aws.interfere = lambda _: None
    resumed = await (await resume(bench.context)).whole()
    assert [row.verdict for row in resumed.resources] == [Verdict.FAILED] * 2
    assert await bench.store.last_scan() == resumed


async def test_credentials_that_end_in_the_middle_of_a_target_leave_it_to_a_resume() -> None:
    bench = Bench()
    bench.aws.machine("a")
    bench.aws.refused = {
        "DescribeStateMachine": AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "over", "states:X")
    }
    seen = await bench.scan(HERE)
    assert (seen.resources, [one.error[:22] for one in seen.unread]) == (
        (),
        ["states:X: ExpiredToken"],
    )
    bench.aws.refused = {}
    resumed = await (await resume(bench.context)).whole()
    assert [row.name for row in resumed.resources] == ["a"]


@pytest.mark.parametrize("asks", [True, False])
async def test_tags_that_could_not_be_read_are_said_where_rules_ask_for_them(asks: bool) -> None:
    rule = Rule(Match(tags={"env": "dev"} if asks else {}), Kind.ENABLE, level="ALL", line=3)
    bench = Bench(Settings(rules=(rule,)))
    bench.aws.machine("a")
    bench.aws.refused = {"GetResources": DENIED, "ListTagsForResource": DENIED}
    seen = await bench.scan(HERE)
    [row] = seen.resources
    said = [one.text for one in seen.remarks if one.kind is RemarkKind.SOURCE]
    if asks:
        assert (row.tagged, row.recommendation.decision) == (False, Kind.NONE)
        assert said[0].startswith("the tags of 1 of its machines could not be read")
    else:
        assert (row.recommendation.level, said) == ("ALL", [])


async def test_there_must_be_something_to_resume() -> None:
    bench = Bench()
    with pytest.raises(UsageError, match="no scan to resume"):
        await resume(bench.context)
    await bench.scan(HERE)
    with pytest.raises(UsageError, match="read everything"):
        await resume(bench.context)
    bench.aws.refused = {"ListStateMachines": DENIED}
    await bench.scan(HERE)
    bench.clock.advance(25 * 3600)
    with pytest.raises(UsageError, match="more than a day ago"):
        await resume(bench.context)


async def test_rows_of_a_target_come_before_all_of_it_is_read() -> None:
    bench = Bench()
    for number in range(3):
        bench.aws.machine(f"m{number}")
    gate = asyncio.Event()

    async def slow_at_the_last(_: Target, call: Call) -> None:
        last = str(call.params.get("stateMachineArn", "")).endswith("m2")
        await (gate.wait() if last else asyncio.sleep(0))

    bench.aws.meanwhile = slow_at_the_last
    rows = aiter(await begin(bench.context, [HERE]))
    assert [(await anext(rows)).name for _ in range(2)] == ["m0", "m1"]
    gate.set()
    assert [row.name async for row in rows] == ["m2"]


async def test_a_store_that_fails_ends_the_scan_with_its_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    bench.aws.machine("near")

    async def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(bench.store, "add_rows", fail)
    with pytest.raises(StoreError, match="the disk is full"):
        await bench.scan(HERE)


async def test_long_rows_are_written_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    for number in range(5):
        bench.aws.machine(f"m{number}")
    monkeypatch.setattr(scan_flow, "CHUNK", 2)
    seen = await bench.scan(HERE)
    kept = await bench.store.last_scan()
    assert kept == seen
    assert [row.name for row in seen.resources] == [f"m{number}" for number in range(5)]


async def stopped(bench: Bench, **more: Any) -> None:
    """Stop a scan of two targets once the first is read and while the second is waited for."""
    bench.aws.machine("near")
    bench.aws.machine("far", account=THERE.account, region=THERE.region)
    hold(bench, THERE)
    work = asyncio.ensure_future(scan(bench.context, [HERE, THERE], **more))
    await until_read(bench)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work


def hold(bench: Bench, target: Target) -> None:
    """Let a target's reads hang."""

    async def hanging(asked: Target, _: Call) -> None:
        await (asyncio.Event().wait() if asked == target else asyncio.sleep(0))

    bench.aws.meanwhile = hanging


def watch(bench: Bench) -> set[Target]:
    """Record which targets' machines are listed from now on; nothing hangs any more."""
    listed: set[Target] = set()

    async def watching(target: Target, call: Call) -> None:
        if call.operation == "ListStateMachines":
            listed.add(target)
        await asyncio.sleep(0)

    bench.aws.meanwhile = watching
    return listed


async def until_read(bench: Bench) -> None:
    """Let the other tasks go on until a target is read."""
    for _ in range(1000):
        begun = await bench.store.begun_scan()
        if begun and begun.parts:
            return
        await asyncio.sleep(0)
    raise AssertionError("no target was ever read")
