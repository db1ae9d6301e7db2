"""A standing rule becomes one automation rule a region, and goes when its rule does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from hubmend.core import reference
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind, Scan, SuppressionState
from hubmend.core.rules import Match, Rule
from hubmend.core.run import ResourceStatus, RunStatus
from hubmend.core.settings import Scope, Settings
from hubmend.flow.decide import Wish, decide
from hubmend.flow.verify import verify
from tests.fakes.answers import refusal
from tests.fakes.faults import Fault
from tests.fakes.world import ACCOUNT, REGION, machine_arn
from tests.flow.bench import HERE, Bench

WEST, OTHER = Target(ACCOUNT, "eu-west-1"), Target("444455556666", REGION)
CONTROL = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:security-control/StepFunctions.1"
UNTIL = date(2027, 1, 31)
DAY = timedelta(days=1)
ALL = Scope(accounts=("all",))


def standing(match: Match | None = None, until: date = UNTIL, **said: Any) -> Rule:
    about = match or Match(account=ACCOUNT, name="dev-*")
    reason = said.pop("reason", "test only")
    return Rule(about, Kind.SUPPRESS, reason, "team@x", until, standing=True, line=3, **said)


def policy(*rules: Rule, scope: Scope | None = None) -> Settings:
    return Settings(scope=scope or Scope(), rules=rules)


async def bench_on(*rules: Rule, targets: tuple[Target, ...] = (HERE,), **more: Any) -> Bench:
    """Machines dev-1, dev-2 and prod, failing, in the first target."""
    bench = Bench(policy(*(rules or (standing(),)), **more))
    for name in ("dev-1", "dev-2", "prod"):
        bench.aws.machine(name)
    bench.with_security_hub(*targets)
    await bench.scan(*targets)
    return bench


async def in_force(*rules: Rule) -> tuple[Bench, str]:
    """Apply the plan of standing rules, and let AWS update its findings; return the run."""
    bench = await bench_on(*rules)
    result = await bench.apply(await bench.plan())
    assert result.ok
    await a_day_later(bench)
    return bench, result.run


async def a_day_later(bench: Bench, *targets: Target) -> Scan:
    bench.clock.advance(DAY.total_seconds() + 60)
    bench.aws.security_hub.settle()
    return await bench.scan(*targets)


def rules_in(bench: Bench, target: Target = HERE) -> list[dict[str, Any]]:
    return list(
        bench.aws.security_hub.hub.world.targets[target.account, target.region].rules.values()
    )


def workflows(bench: Bench) -> dict[str, str]:
    target = bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION]
    return {
        one.subject.rsplit(":", 1)[-1]: one.asff["Workflow"]["Status"]
        for one in target.findings.values()
        if one.control == "StepFunctions.1" and one.active
    }


def somebodys(bench: Bench, name: str, order: int = 1, status: str = "SUPPRESSED") -> None:
    params = {
        "RuleName": name, "RuleOrder": order, "Description": "of somebody else",
        "Criteria": {"ComplianceStatus": [{"Value": "WARNING", "Comparison": "EQUALS"}]},
        "Actions": [{"Type": "FINDING_FIELDS_UPDATE",
                     "FindingFieldsUpdate": {"Workflow": {"Status": status}}}],
    }  # fmt: skip
    bench.aws.security_hub.ask(HERE, Call("securityhub", "CreateAutomationRule", params))


def on_rules(made: Plan) -> list[str]:
    return [one.call.operation for one in made.changes if "AutomationRule" in one.call.operation]


def why_not(made: Plan) -> list[str]:
    return [one.reason for one in made.skipped if one.resource.endswith("/StepFunctions.1")]


async def test_a_standing_rule_is_one_change_a_region_and_findings_are_left_to_it() -> None:
    bench = await bench_on(targets=(HERE, WEST))
    made = await bench.plan()
    assert [(one.resource, one.region, one.title) for one in made.changes] == [
        (CONTROL.replace(REGION, target.region), target.region,
         f"rule for account {ACCOUNT}, name dev-*: failing findings -> SUPPRESSED until 2027-01-31")
        for target in (WEST, HERE)
    ]  # fmt: skip
    change = made.changes[1]
    name = change.call.params["RuleName"]
    assert {one.resource.rsplit(":", 1)[-1]: one.reason for one in made.skipped} == {
        "prod": "not decided yet: hubmend decide",
    } | dict.fromkeys(
        ("dev-1", "dev-2"),
        "suppressed until 2027-01-31 by team@x: test only; nothing is written in Security Hub: "
        f"automation rule {name} reaches it within a day",
    )
    assert [one.text[:45] for one in made.notes if one.resource == CONTROL] == [
        "findings change as Security Hub next updates "
    ]
    for call in (change.call, change.undo):
        assert call
        assert bench.aws.fault(reference.filled(call, str)) is None


async def test_it_asks_for_open_failing_findings_of_its_machines_and_marks_them() -> None:
    (change,) = (await (await bench_on()).plan()).changes
    params = change.call.params
    assert params["Criteria"] == {
        "ComplianceSecurityControlId": [{"Value": "StepFunctions.1", "Comparison": "EQUALS"}],
        "ComplianceStatus": [{"Value": "FAILED", "Comparison": "EQUALS"}],
        "WorkflowStatus": [
            {"Value": "NEW", "Comparison": "EQUALS"}, {"Value": "NOTIFIED", "Comparison": "EQUALS"},
        ],
        "AwsAccountId": [{"Value": ACCOUNT, "Comparison": "EQUALS"}],
        "ResourceRegion": [{"Value": REGION, "Comparison": "EQUALS"}],
        "ResourceId": [{"Value": machine_arn("dev-"), "Comparison": "PREFIX"}],
    }  # fmt: skip
    (action,) = params["Actions"]
    written = action["FindingFieldsUpdate"]
    assert written["Workflow"] == {"Status": "SUPPRESSED"}
    assert written["UserDefinedFields"] == {
        "hubmend-decision": standing().id, "hubmend-owner": "team@x",
        "hubmend-reason": "test only", "hubmend-until": "2027-01-31",
    }  # fmt: skip
    assert params["RuleName"].startswith(f"hubmend {standing().id} ")


@pytest.mark.parametrize(
    ("match", "field", "wanted"),
    [
        (Match(account="1111*"), "AwsAccountId", [{"Value": "1111", "Comparison": "PREFIX"}]),
        (Match(tags={"env": "dev"}), "ResourceTags",
         [{"Key": "env", "Value": "dev", "Comparison": "EQUALS"}]),
        (Match(account=ACCOUNT, name="dev-1"), "ResourceId",
         [{"Value": machine_arn("dev-1"), "Comparison": "EQUALS"}]),
        (Match(region="us-*"), "ResourceId", None),
    ],
)  # fmt: skip
async def test_every_condition_that_may_be_standing_is_asked_exactly(
    match: Match, field: str, wanted: list[Any] | None
) -> None:
    bench = await bench_on(standing(match), scope=ALL)
    (create,) = (one for one in (await bench.plan()).changes if "rule for" in one.title)
    assert create.call.params["Criteria"].get(field) == wanted


async def test_within_a_day_findings_are_suppressed_as_hubmends_and_nothing_is_left_to_do() -> None:
    bench, run = await in_force()
    assert workflows(bench) == {"dev-1": "SUPPRESSED", "dev-2": "SUPPRESSED", "prod": "NEW"}
    bench.aws.machine("dev-3")
    bench.aws.security_hub.settle()
    assert workflows(bench)["dev-3"] == "SUPPRESSED"
    scan = await bench.scan()
    suppressions = [row.finding.suppression for row in scan.resources if row.finding]
    assert [(one.state, one.owner, one.until) for one in suppressions if one] == [
        (SuppressionState.STANDS, "team@x", UNTIL)
    ] * 3
    assert (await bench.plan()).changes == ()
    (answer,) = await verify(bench.context, run)
    assert (answer.configuration.status, answer.proof.status) == ("passed", "not-provable")


async def test_before_findings_were_updated_a_second_plan_proposes_nothing() -> None:
    bench = await bench_on()
    assert (await bench.apply(await bench.plan())).ok
    assert (await bench.plan()).changes == ()


async def test_a_finding_the_rule_did_not_reach_in_a_day_is_suppressed_by_itself() -> None:
    bench = await bench_on()
    assert (await bench.apply(await bench.plan())).ok
    bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION].refreshed_at = None
    await a_day_later(bench)
    assert (await bench.plan()).changes == ()
    bench.clock.advance(3600)
    made = await bench.plan()
    assert [one.call.operation for one in made.changes] == ["BatchUpdateFindings"] * 2


async def test_a_finding_set_resolved_by_hand_is_not_left_to_the_rule() -> None:
    bench = await bench_on()
    found = bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION].findings.values()
    (one,) = (each for each in found if each.subject.endswith("dev-1"))
    one.asff["Workflow"]["Status"] = "RESOLVED"
    made = await bench.plan()
    assert [one.call.operation for one in made.changes] == [
        "CreateAutomationRule", "BatchUpdateFindings",
    ]  # fmt: skip


async def test_rollback_deletes_the_rule() -> None:
    bench, run = await in_force()
    assert (await bench.rollback(run)).status is RunStatus.ROLLED_BACK
    assert rules_in(bench) == []
    assert (await bench.rollback(run)).ok


async def test_once_its_day_is_past_the_rule_goes_and_then_its_suppressions() -> None:
    bench, _ = await in_force(standing(until=date(2026, 12, 1)))
    (rule,) = rules_in(bench)
    before = bench.aws.security_hub.written()
    bench.clock.advance(DAY.total_seconds() * 10)
    await bench.scan()
    made = await bench.plan()
    delete, *back = made.changes
    assert (delete.call.operation, delete.reason) == (
        "BatchDeleteAutomationRules", "its rule ended on 2026-12-01",
    )  # fmt: skip
    assert [one.needs for one in back] == [(delete.id,)] * 2
    result = await bench.apply(made)
    assert result.ok
    assert (rules_in(bench), set(workflows(bench).values())) == ([], {"NEW"})
    await a_day_later(bench)
    assert (await bench.plan()).changes == ()
    assert (await bench.rollback(result.run)).ok
    (again,) = rules_in(bench)
    told = ("RuleArn", "CreatedAt", "UpdatedAt")
    assert {key: one for key, one in again.items() if key not in told} == {
        key: one for key, one in rule.items() if key not in told
    }
    assert bench.aws.security_hub.written() == before


async def test_a_rule_that_ended_before_a_standing_one_leaves_its_machines_to_that() -> None:
    ended = Rule(Match(name="dev-1"), Kind.SUPPRESS, "old", "o", date(2026, 11, 1), line=1)
    bench, _ = await in_force(ended, standing())
    assert workflows(bench)["dev-1"] == "SUPPRESSED"
    (row,) = (one for one in (await bench.scan()).resources if one.name == "dev-1")
    assert row.finding is not None
    assert row.finding.suppression is not None
    assert row.finding.suppression.state is SuppressionState.STANDS
    assert (await bench.plan()).changes == ()


async def test_a_rule_that_changed_is_made_anew_and_its_findings_are_marked_again() -> None:
    bench, _ = await in_force()
    bench.with_settings(policy(standing(reason="SEC-12")))
    made = await bench.plan()
    assert [one.call.operation for one in made.changes] == [
        "BatchDeleteAutomationRules", "CreateAutomationRule", *["BatchUpdateFindings"] * 2,
    ]  # fmt: skip
    assert (await bench.apply(made)).ok
    (rule,) = rules_in(bench)
    assert standing(reason="SEC-12").id in rule["RuleName"]


async def test_a_rule_that_is_gone_from_the_policy_file_goes_and_others_rules_stay() -> None:
    bench, _ = await in_force()
    somebodys(bench, f"hubmend {standing().id} by hand")
    somebodys(bench, "theirs")
    bench.with_settings(policy())
    made = await bench.plan()
    assert on_rules(made) == ["BatchDeleteAutomationRules"]
    assert made.changes[0].reason == "no standing rule of the policy file asks for it"
    assert (await bench.apply(made)).ok
    assert [one["Description"] for one in rules_in(bench)] == ["of somebody else"] * 2
    assert set(workflows(bench).values()) == {"NEW"}


async def test_a_rule_no_longer_standing_goes_and_its_suppressions_stay() -> None:
    bench, _ = await in_force()
    bench.with_settings(policy(replace(standing(), standing=False)))
    made = await bench.plan()
    assert [one.call.operation for one in made.changes] == ["BatchDeleteAutomationRules"]


async def test_a_suppression_is_taken_back_after_every_rule_of_its_decision_is_gone() -> None:
    bench, _ = await in_force(standing(until=date(2026, 12, 1)))
    (rule,) = rules_in(bench)
    kept = ("Description", "Criteria", "Actions")
    earlier = {key: rule[key] for key in kept} | {
        "RuleName": f"{rule['RuleName'][:-8]}00000000", "RuleOrder": 2,
    }  # fmt: skip
    bench.aws.security_hub.ask(HERE, Call("securityhub", "CreateAutomationRule", earlier))
    bench.clock.advance(DAY.total_seconds() * 10)
    await bench.scan()
    first, second, *back = (await bench.plan()).changes
    assert {first.call.operation, second.call.operation} == {"BatchDeleteAutomationRules"}
    assert [one.needs for one in back] == [(first.id, second.id)] * 2


async def test_what_a_person_decided_to_enable_is_left_out() -> None:
    bench, _ = await in_force()
    arn = machine_arn("dev-1")
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="ALL"), [arn])
    made = await bench.plan()
    assert on_rules(made) == ["BatchDeleteAutomationRules", "CreateAutomationRule"]
    delete, create = (one for one in made.changes if "AutomationRule" in one.call.operation)
    assert delete.reason == "other machines are to be left out now"
    assert create.call.params["Criteria"]["ResourceId"][1:] == [
        {"Value": arn, "Comparison": "NOT_EQUALS"}
    ]
    assert next(one for one in made.changes if one.resource == arn and one.needs).needs == (
        delete.id,
    )
    assert (await bench.apply(made)).ok
    await a_day_later(bench)
    bench.aws.world.machines[arn].logging = {}
    bench.aws.security_hub.settle()
    assert workflows(bench)["dev-1"] == "NEW"
    assert on_rules(await bench.plan()) == []


async def test_a_rule_for_one_machine_goes_when_a_person_enables_that() -> None:
    bench, _ = await in_force(standing(Match(account=ACCOUNT, name="dev-1")))
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="ALL"), [machine_arn("dev-1")])
    assert on_rules(await bench.plan()) == ["BatchDeleteAutomationRules"]


async def test_more_exceptions_than_a_rule_takes_leave_it_to_findings() -> None:
    bench = await bench_on()
    arns = [bench.aws.machine(f"dev-e{number}").arn for number in range(100)]
    await bench.scan()
    await decide(bench.context, Wish(Kind.ENABLE, "ann", level="ALL"), arns)
    made = await bench.plan()
    assert on_rules(made) == []
    assert why_not(made)[0].startswith(
        "the rule at line 3 is not standing here: 100 of its machines are decided otherwise"
    )


async def test_a_rule_that_would_reach_beyond_the_scope_is_left_to_findings() -> None:
    bench = await bench_on(standing(Match()))
    made = await bench.plan()
    assert {one.call.operation for one in made.changes} == {"BatchUpdateFindings"}
    assert "it would reach accounts beyond the scope" in why_not(made)[0]
    bench.with_settings(policy(standing(Match()), scope=ALL))
    assert on_rules(await bench.plan()) == ["CreateAutomationRule"]


EXCLUDED = "999988887777"


@pytest.mark.parametrize(
    "narrowed", [{"ous": ("Sandbox",)}, {"account_tags": {"env": "dev"}}, {"accounts": (ACCOUNT,)}]
)
async def test_a_scope_of_a_part_of_the_organization_has_no_rule_about_all_of_it(
    narrowed: dict[str, Any],
) -> None:
    bench = await bench_on(standing(Match()), scope=replace(ALL, **narrowed))
    made = await bench.plan()
    assert {one.call.operation for one in made.changes} == {"BatchUpdateFindings"}
    assert 'set accounts = "all" without ous and account_tags' in why_not(made)[0]


@pytest.mark.parametrize(
    ("match", "asked"),
    [
        (Match(), [(EXCLUDED, "NOT_EQUALS")]),
        (Match(account="9999*"), [("9999", "PREFIX"), (EXCLUDED, "NOT_EQUALS")]),
        (Match(account="11*"), [("11", "PREFIX")]),
        (Match(account=ACCOUNT), [(ACCOUNT, "EQUALS")]),
    ],
)
async def test_accounts_that_are_never_in_scope_are_left_out_of_a_rule_that_would_reach_them(
    match: Match, asked: list[tuple[str, str]]
) -> None:
    scope = replace(ALL, exclude_accounts=(EXCLUDED, EXCLUDED))
    bench = await bench_on(standing(match), scope=scope)
    (create,) = (one for one in (await bench.plan()).changes if "rule for" in one.title)
    criteria = create.call.params["Criteria"]["AwsAccountId"]
    assert [(one["Value"], one["Comparison"]) for one in criteria] == asked


async def test_findings_of_an_account_that_is_never_in_scope_stay_as_they_are() -> None:
    scope = replace(ALL, exclude_accounts=(OTHER.account,))
    bench = await bench_on(standing(Match()), scope=scope)
    bench.aws.machine("theirs", account=OTHER.account)
    bench.with_security_hub(HERE, OTHER)
    assert (await bench.apply(await bench.plan())).ok
    await a_day_later(bench)
    theirs = bench.aws.security_hub.hub.world.targets[OTHER.account, REGION].findings.values()
    statuses = {
        one.asff["Workflow"]["Status"] for one in theirs if one.control == "StepFunctions.1"
    }
    assert (set(workflows(bench).values()), statuses) == ({"SUPPRESSED"}, {"NEW"})


async def test_a_rule_is_made_anew_once_an_account_is_excluded() -> None:
    bench = await bench_on(standing(Match()), scope=ALL)
    assert (await bench.apply(await bench.plan())).ok
    excluding = replace(ALL, exclude_accounts=(EXCLUDED,))
    bench.with_settings(policy(standing(Match()), scope=excluding))
    made = await bench.plan()
    assert on_rules(made) == ["BatchDeleteAutomationRules", "CreateAutomationRule"]


async def test_more_excluded_accounts_than_a_rule_takes_leave_it_to_findings() -> None:
    many = tuple(str(900000000000 + number) for number in range(100))
    bench = await bench_on(standing(Match()), scope=replace(ALL, exclude_accounts=many))
    made = await bench.plan()
    assert on_rules(made) == []
    assert "100 of its accounts are excluded, more than it can except" in why_not(made)[0]


async def test_what_was_excluded_since_the_scan_gets_no_rule() -> None:
    bench = await bench_on(standing(Match()), scope=ALL, targets=(HERE, WEST))
    elsewhere = replace(ALL, exclude_regions=(WEST.region,))
    bench.with_settings(policy(standing(Match()), scope=elsewhere))
    made = await bench.plan()
    assert [one.region for one in made.changes if "rule for" in one.title] == [REGION]
    bench.with_settings(policy(standing(), scope=replace(ALL, exclude_accounts=(ACCOUNT,))))
    assert on_rules(await bench.plan()) == []


async def test_a_plan_of_a_part_leaves_the_rules_of_the_rest_alone() -> None:
    bench = await bench_on(standing(Match()), scope=ALL)
    assert (await bench.apply(await bench.plan())).ok
    bench.with_settings(policy())
    assert on_rules(await bench.plan()) == []  # it is about more than this scope
    away = standing(Match(account=OTHER.account))
    bench = await bench_on(away, targets=(HERE, OTHER))
    assert on_rules(made := await bench.plan()) == ["CreateAutomationRule"]
    assert (await bench.apply(made)).ok
    await bench.scan(HERE)
    bench.with_settings(policy())
    assert on_rules(await bench.plan()) == []


async def test_a_region_the_rule_does_not_name_has_none() -> None:
    bench = await bench_on(standing(Match(account=ACCOUNT, region="eu-*")), targets=(HERE, WEST))
    assert [one.region for one in (await bench.plan()).changes] == [WEST.region]


async def test_named_machines_are_suppressed_at_once() -> None:
    made = await (await bench_on()).plan(machine_arn("dev-1"))
    assert [one.call.operation for one in made.changes] == ["BatchUpdateFindings"]


@pytest.mark.parametrize(("taken", "free"), [((), 1), ((7, 3), 8), ((1000, 999, 3), 998)])
async def test_its_order_is_free_and_behind_the_others_where_it_can_be(
    taken: tuple[int, ...], free: int
) -> None:
    bench = await bench_on()
    for order in taken:
        somebodys(bench, f"theirs {order}", order)
    (change,) = (await bench.plan()).changes
    assert change.call.params["RuleOrder"] == free


async def test_two_standing_rules_have_an_order_each() -> None:
    bench = await bench_on(standing(), standing(Match(account=ACCOUNT, name="test-*")))
    assert [one.call.params["RuleOrder"] for one in (await bench.plan()).changes] == [1, 2]


async def test_a_rule_written_twice_is_made_once() -> None:
    bench = await bench_on(standing(), standing())
    assert on_rules(await bench.plan()) == ["CreateAutomationRule"]


async def test_a_rule_that_does_not_say_since_when_it_is_there_is_not_waited_for() -> None:
    bench = await bench_on()
    assert (await bench.apply(await bench.plan())).ok
    (rule,) = rules_in(bench)
    rule["CreatedAt"] = "soon"
    made = await bench.plan()
    assert {one.call.operation for one in made.changes} == {"BatchUpdateFindings"}


async def test_where_there_are_a_hundred_rules_findings_are_suppressed_one_by_one() -> None:
    bench = await bench_on()
    for number in range(1, 101):
        somebodys(bench, f"theirs {number}", number)
    made = await bench.plan()
    assert {one.call.operation for one in made.changes} == {"BatchUpdateFindings"}
    assert why_not(made)[0].startswith(
        f"the rule at line 3 is not standing here: account {ACCOUNT} has 100 automation rules"
    )


async def test_whoever_is_not_the_administrator_makes_no_rule() -> None:
    bench = await bench_on()
    bench.aws.security_hub.hub.world.administrator = OTHER.account
    made = await bench.plan()
    assert {one.call.operation for one in made.changes} == {"BatchUpdateFindings"}
    assert f"only Security Hub's administrator, account {OTHER.account}," in why_not(made)[0]


async def test_an_account_the_administrator_has_no_part_in_gets_no_rule() -> None:
    bench = await bench_on(standing(Match(account=OTHER.account)), targets=(HERE, OTHER))
    assert on_rules(await bench.plan()) == ["CreateAutomationRule"]
    bench.aws.security_hub.hub.world.administrator = None  # each is on its own
    assert f"account {OTHER.account} is no member of" in why_not(await bench.plan())[0]
    bench.with_settings(policy(standing()))
    assert on_rules(await bench.plan()) == ["CreateAutomationRule"]  # about its own account


@pytest.mark.parametrize("operation", ["ListAutomationRules", "GetAdministratorAccount"])
async def test_where_rules_may_not_be_read_none_is_made_and_ended_credentials_stop_it(
    operation: str,
) -> None:
    bench = await bench_on()
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "list")
    bench.aws.refused[operation] = denied
    assert "list: AccessDeniedException: not you" in why_not(await bench.plan())[0]
    bench.aws.refused[operation] = AwsError(ErrorKind.CREDENTIALS, "Ended", "x", "y")
    with pytest.raises(AwsError, match="Ended"):
        await bench.plan()


async def test_where_security_hub_is_off_it_is_said_if_a_rule_is_to_stand() -> None:
    bench = await bench_on(standing(Match(account=OTHER.account)), targets=(OTHER,))
    assert "Security Hub is off there" in why_not(await bench.plan())[0]
    bench.with_settings(policy())
    assert why_not(await bench.plan()) == []


@pytest.mark.parametrize(
    "edit",
    [
        {"RuleStatus": "DISABLED"},
        {"Criteria": {"ComplianceStatus": [{"Value": "FAILED", "Comparison": "EQUALS"}]}},
    ],
)
async def test_a_rule_somebody_changed_is_left_alone(edit: dict[str, Any]) -> None:
    bench = await bench_on()
    result = await bench.apply(await bench.plan())
    (rule,) = rules_in(bench)
    rule.update(edit)
    made = await bench.plan()
    assert {one.call.operation for one in made.changes} == {"BatchUpdateFindings"}
    assert "somebody changed automation rule hubmend rule-" in why_not(made)[0]
    back = await bench.rollback(result.run)
    assert [one.status for one in back.resources] == [ResourceStatus.STALE]
    assert len(rules_in(bench)) == 1


async def test_a_rule_somebody_deleted_is_undone_already_and_made_again_by_plan() -> None:
    bench = await bench_on()
    result = await bench.apply(await bench.plan())
    bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION].rules.clear()
    assert on_rules(await bench.plan()) == ["CreateAutomationRule"]
    assert (await bench.rollback(result.run)).ok


async def test_a_rule_made_or_changed_since_the_plan_is_left_alone() -> None:
    bench = await bench_on()
    made = await bench.plan()
    assert (await bench.apply(made)).ok
    (one,) = (await bench.apply(made)).resources
    assert (one.status, (one.error or "")[:41]) == (
        ResourceStatus.STALE, "automation rule of its name is there alre",
    )  # fmt: skip
    bench.with_settings(policy())
    made = await bench.plan()
    (rule,) = rules_in(bench)
    rule["RuleStatus"] = "DISABLED"
    (one, *_) = (await bench.apply(made)).resources
    assert "its automation rule's status was ENABLED, now it is DISABLED" in (one.error or "")
    rules = bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION].rules
    rules.clear()
    (one, *_) = (await bench.apply(made)).resources
    assert "its automation rule is gone since" in (one.error or "")


async def test_a_suppression_is_not_turned_back_while_the_rule_would_make_it_again() -> None:
    bench, _ = await in_force()
    bench.with_settings(policy())
    denied = refusal(ErrorKind.DENIED, "AccessDeniedException", "not you", "delete")
    bench.aws.refused["BatchDeleteAutomationRules"] = denied
    result = await bench.apply(await bench.plan())
    assert [one.status for one in result.resources] == [
        ResourceStatus.FAILED, ResourceStatus.SKIPPED, ResourceStatus.SKIPPED,
    ]  # fmt: skip
    assert workflows(bench)["dev-1"] == "SUPPRESSED"


async def test_a_rule_that_fights_is_warned_of_and_ones_own_is_not() -> None:
    bench = await bench_on()
    somebodys(bench, "reopen", status="NEW")
    made = await bench.plan()
    notes = [one.text for one in made.notes]
    assert "automation rule reopen may set another workflow status" in notes
    assert (await bench.apply(made)).ok
    await bench.suppress(machine_arn("prod"))
    said = [one.text for one in (await bench.plan()).notes]
    assert [one for one in said if "automation rule hubmend" in one] == []


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_goes_wrong_there_is_one_rule_and_rollback_takes_it_away(
    fault: Fault,
) -> None:
    bench = await bench_on()
    started = await bench.begin(await bench.plan())
    await bench.endure(lambda: bench.resume(started.id), {1: fault})
    assert (await bench.resume(started.id)).ok
    assert len(rules_in(bench)) == 1
    await bench.endure(lambda: bench.rollback(started.id), {1: fault})
    assert (await bench.rollback(started.id)).ok
    assert rules_in(bench) == []
    assert bench.chain_holds(started.id)


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_goes_wrong_a_deleted_rule_is_made_again_once(fault: Fault) -> None:
    bench, _ = await in_force()
    bench.with_settings(policy(replace(standing(), standing=False)))
    started = await bench.begin(await bench.plan())
    await bench.endure(lambda: bench.resume(started.id), {1: fault})
    assert (await bench.resume(started.id)).ok
    assert rules_in(bench) == []
    await bench.endure(lambda: bench.rollback(started.id), {1: fault})
    assert (await bench.rollback(started.id)).ok
    assert len(rules_in(bench)) == 1


async def test_an_edited_rule_whose_answer_was_lost_is_not_taken_for_deleted() -> None:
    bench = await bench_on()
    started = await bench.begin(await bench.plan())
    bench.store.die_at(-2)  # the call is made, its answer is not written
    await bench.endure(lambda: bench.resume(started.id), {})
    (rule,) = rules_in(bench)
    rule["RuleStatus"] = "DISABLED"
    assert "RuleArn" not in str(await bench.store.entries(started.id))
    back = await bench.rollback(started.id)
    assert [one.status for one in back.resources] == [ResourceStatus.STALE]
