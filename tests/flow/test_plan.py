"""plan turns the decisions that stand into changes, and says why it leaves the rest alone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.plan import dump_plan, load_plan
from hubmend.core.resource import Kind
from hubmend.core.rules import Match, Rule
from hubmend.core.settings import Defaults, Settings
from hubmend.flow.decide import Wish, decide
from hubmend.flow.plan import plan
from tests.fakes.world import ACCOUNT, logs_to, machine_arn
from tests.flow.bench import Bench

TODAY, LATER = date(2026, 11, 23), date(2027, 1, 1)
OFF = "; nothing is written in Security Hub: it is off there"


def operations(calls: Any) -> list[str]:
    return [change.call.operation for change in calls]


async def test_an_enabled_machine_gets_group_retention_rights_and_logging_in_this_order() -> None:
    bench = Bench()
    arn = bench.aws.machine("m").arn
    await bench.enable(arn)
    made = await bench.plan()
    assert operations(made.changes) == [
        "CreateLogGroup", "PutRetentionPolicy", "PutRolePolicy", "UpdateStateMachine",
    ]  # fmt: skip
    assert all(change.undo for change in made.changes)
    assert made.resources == (arn,)
    assert bench.progress.said[-1] == (1, 1, "m")


async def test_a_plan_reads_back_from_its_file_as_it_was_made() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.enable()
    made = await bench.plan()
    assert load_plan(json.dumps(dump_plan(made))) == made


async def test_planning_changes_nothing() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.enable()
    await bench.plan()
    assert bench.aws.calls == []


@pytest.mark.parametrize(("kind", "level"), [("STANDARD", "ERROR"), ("EXPRESS", "ALL")])
async def test_a_person_who_enables_what_a_rule_suppresses_gets_the_level_of_its_type(
    kind: str, level: str
) -> None:
    rule = Rule(Match(), Kind.SUPPRESS, "dev", "o", LATER)
    bench = Bench(Settings(rules=(rule,)))
    arn = bench.aws.machine("m", kind=kind).arn
    await bench.scan()
    await decide(bench.context, Wish(Kind.ENABLE, "ann"), [arn])
    made = (await bench.plan()).changes[-1]
    assert made.title == f"logging OFF -> {level}, execution data off"


async def test_a_shared_role_is_patched_once_and_the_second_machine_waits_for_it() -> None:
    bench = Bench()
    role = bench.aws.role("shared")
    bench.aws.machine("a", role)
    bench.aws.machine("b", role)
    await bench.enable()
    made = await bench.plan()
    (patch,) = [one for one in made.changes if one.call.operation == "PutRolePolicy"]
    last = made.changes[-1]
    assert last.resource.endswith(":b")
    assert patch.id in last.needs


async def test_nothing_can_be_planned_before_a_scan() -> None:
    with pytest.raises(UsageError, match="run hubmend scan first"):
        await Bench().plan()


async def test_a_machine_the_scan_did_not_see_is_refused() -> None:
    bench = Bench()
    await bench.scan()
    with pytest.raises(UsageError, match="not seen by the last scan"):
        await bench.plan(machine_arn("ghost"))


async def test_only_the_named_machines_are_planned() -> None:
    bench = Bench()
    first = bench.aws.machine("first").arn
    bench.aws.machine("second")
    await bench.enable()
    assert (await bench.plan(first)).resources == (first,)


async def test_what_is_not_decided_unreadable_suppressed_or_disabled_is_skipped_with_why() -> None:
    bench = Bench()
    for name in ("open", "quiet", "dark"):
        bench.aws.machine(name)
    bench.aws.machine("fine", logging=logs_to("/g"))
    bench.aws.machine("remote", account="444455556666")
    targets = (Target(ACCOUNT, "us-east-1"), Target("444455556666", "us-east-1"))
    await bench.scan(*targets)
    silence = Wish(Kind.SUPPRESS, "ann", reason="dev", until=LATER)
    await decide(bench.context, silence, [machine_arn("quiet")])
    off = Wish(Kind.DISABLE_CONTROL, "bob", reason="no logs here")
    await decide(bench.context, off, account="444455556666")

    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "kms", "states:Describe")

    def hide_dark(call: Call) -> None:
        arn = str(call.params.get("stateMachineArn", ""))
        if call.operation == "DescribeStateMachine" and arn.endswith(":dark"):
            raise denied

    bench.aws.interfere = hide_dark
    await bench.scan(*targets)
    made = await bench.plan()
    reasons = {one.resource.rsplit(":", 1)[-1]: one.reason for one in made.skipped}
    assert reasons["open"] == "not decided yet: hubmend decide"
    assert reasons["quiet"] == f"suppressed until 2027-01-01 by ann: dev{OFF}"
    assert reasons["dark"].startswith("could not be read: ")
    assert reasons["remote"] == "control disabled in its account by bob: no logs here"
    assert "fine" not in reasons
    assert (made.changes, made.manual) == ((), ())


async def test_a_machine_as_decided_already_is_skipped() -> None:
    bench = Bench()
    bench.aws.group("/g")
    arn = bench.aws.machine("m", logging=logs_to("/g")).arn
    await bench.enable(arn, log_group="/g")
    assert (await bench.plan()).skipped[0].reason == "logging is already as decided"


async def test_what_blocks_is_manual_with_steps_and_the_rest_is_planned() -> None:
    bench = Bench()
    framed = bench.aws.role("framed", rights=True)
    framed.boundary_arn = f"arn:aws:iam::{ACCOUNT}:policy/frame"
    framed.boundary = {"Version": "2012-10-17", "Statement": []}
    bench.aws.machine("bounded", framed)
    free = bench.aws.machine("free").arn
    await bench.enable()
    made = await bench.plan()
    assert "permissions boundary" in made.manual[0].reason
    assert made.manual[0].steps
    assert made.resources == (free,)


async def test_a_machine_that_became_unreadable_since_the_scan_is_manual() -> None:
    bench = Bench()
    arn = bench.aws.machine("m").arn
    await bench.enable()
    del bench.aws.world.machines[arn]
    made = await bench.plan()
    assert made.manual[0].reason.startswith("could not be read: ")
    assert [one.resource for one in made.decisions] == [arn]


async def test_credentials_that_end_while_planning_are_no_manual_step() -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.enable()
    ended = AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "expired", "x")
    bench.aws.refused = {"DescribeStateMachine": ended}
    with pytest.raises(AwsError, match="expired"):
        await bench.plan()


async def test_one_impossible_log_group_name_does_not_spoil_the_plan_for_the_others() -> None:
    rule = Rule(Match(), Kind.ENABLE, line=3)
    bench = Bench(Settings(defaults=Defaults(log_group="/x/{name}"), rules=(rule,)))
    bench.aws.machine("prüfung")
    fine = bench.aws.machine("fine").arn
    await bench.scan()
    made = await bench.plan()
    assert made.resources == (fine,)
    assert "cannot be a log group's name" in made.manual[0].reason
    assert made.manual[0].steps


async def test_what_the_service_model_refuses_is_never_proposed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = Bench()
    bench.aws.machine("m")
    await bench.enable()
    monkeypatch.setattr(bench.aws, "fault", lambda _: "no such parameter")
    made = await bench.plan()
    assert made.changes == ()
    reason = "logs:CreateLogGroup cannot be made: no such parameter"
    assert made.skipped[0].reason == reason


async def test_a_persons_decision_overrides_the_rule_and_the_rule_decides_otherwise() -> None:
    rule = Rule(Match(), Kind.SUPPRESS, "dev", "owner", LATER, line=7)
    bench = Bench(Settings(rules=(rule,)))
    mine, other = bench.aws.machine("mine").arn, bench.aws.machine("other").arn
    await bench.enable(mine)
    made = await bench.plan()
    assert made.resources == (mine,)
    assert [(one.resource, one.reason) for one in made.skipped] == [
        (other, f"suppressed until 2027-01-01 by owner: dev{OFF}")
    ]
    assert {one.resource: one.source for one in made.decisions} == {mine: "person", other: "rule"}


async def test_a_suppression_without_an_end_is_told_without_one() -> None:
    bench = Bench()
    arn = bench.aws.machine("m").arn
    await bench.scan()
    (made,) = await decide(
        bench.context, Wish(Kind.SUPPRESS, "ann", reason="dev", until=LATER), [arn]
    )
    await bench.store.add_decisions([replace(made, until=None)])
    assert (await plan(bench.context)).skipped[0].reason == f"suppressed by ann: dev{OFF}"


async def test_an_enabled_machine_without_a_level_takes_the_recommended_one() -> None:
    bench = Bench()
    bench.aws.machine("fast", kind="EXPRESS")
    seen = await bench.scan()
    await decide(bench.context, Wish(Kind.ENABLE, "ann"), [seen.resources[0].arn])
    made = await bench.plan()
    assert made.changes[-1].call.params["loggingConfiguration"]["level"] == "ALL"
