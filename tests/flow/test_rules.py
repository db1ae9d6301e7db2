"""A plan that suppresses warns of automation rules that would undo it."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from tests.fakes.world import machine_arn
from tests.flow.bench import HERE, Bench
from tests.flow.test_suppressing import bench_with

CONTROL = "StepFunctions.1"


def rule(bench: Bench, name: str, status: str, *, on: bool = True, **criteria: Any) -> None:
    params = {
        "RuleName": name,
        "RuleOrder": 1,
        "Description": "of somebody else",
        "RuleStatus": "ENABLED" if on else "DISABLED",
        "Criteria": criteria or about(CONTROL),
        "Actions": [
            {
                "Type": "FINDING_FIELDS_UPDATE",
                "FindingFieldsUpdate": {"Workflow": {"Status": status}},
            }
        ],
    }
    bench.aws.security_hub.ask(HERE, Call("securityhub", "CreateAutomationRule", params))


def about(control: str, comparison: str = "EQUALS") -> dict[str, Any]:
    return {"ComplianceSecurityControlId": [{"Value": control, "Comparison": comparison}]}


async def warned(bench: Bench) -> list[str]:
    await bench.suppress()
    return [one.text for one in (await bench.plan()).notes]


async def test_an_enabled_rule_that_sets_another_status_is_named_once() -> None:
    bench = bench_with("one", "two")
    rule(bench, "reopen", "NEW")
    rule(bench, "reopen all", "NOTIFIED", **about("S3.1", "NOT_EQUALS"))
    assert await warned(bench) == [
        f"automation rule {name} of Security Hub may set another workflow status in us-east-1 "
        "within a day: change the rule"
        for name in ("reopen", "reopen all")
    ]


async def test_rules_that_are_off_or_about_others_or_suppress_too_are_no_matter() -> None:
    bench = bench_with("one")
    rule(bench, "off", "NEW", on=False)
    assert await warned(bench) == []
    rule(bench, "same", "SUPPRESSED")
    rule(bench, "other", "NEW", **about("S3.1"))
    rule(bench, "all but it", "NEW", **about(CONTROL, "NOT_EQUALS"))
    assert await warned(bench) == []


async def test_whoever_may_not_list_rules_plans_without_the_warning() -> None:
    bench = bench_with("one")
    rule(bench, "reopen", "NEW")
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "list")
    bench.aws.refused["ListAutomationRules"] = denied
    assert await warned(bench) == []


async def test_ended_credentials_stop_the_plan() -> None:
    bench = bench_with("one")
    bench.aws.refused["ListAutomationRules"] = AwsError(ErrorKind.CREDENTIALS, "Ended", "x", "y")
    await bench.suppress()
    with pytest.raises(AwsError, match="Ended"):
        await bench.plan(machine_arn("one"))


async def test_no_rule_is_asked_for_where_the_machines_are_named_and_nothing_is_suppressed() -> (
    None
):
    bench = bench_with("one")
    bench.aws.refused["ListAutomationRules"] = AwsError(ErrorKind.CREDENTIALS, "Ended", "x", "y")
    await bench.enable(level="ERROR")
    assert (await bench.plan(machine_arn("one"))).changes
