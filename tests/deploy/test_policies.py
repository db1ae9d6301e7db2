"""The policies of deploy/policies, each run by its own engine, say what hubmend says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hubmend.core.resource import Verdict
from hubmend.iac.source import SourceFile
from hubmend.iac.terraform import Terraform

POLICIES = Path(__file__).parents[2] / "deploy" / "policies"
GROUP = {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["Logs", "Arn"]}}}
TYPES = {
    "AWS::StepFunctions::StateMachine": "LoggingConfiguration",
    "AWS::Serverless::StateMachine": "Logging",
}

# What a template says of logging, and whether that passes.
DECLARED: list[tuple[Mapping[str, Any] | None, bool]] = [
    (None, False),
    ({}, False),
    ({"Level": "OFF", "Destinations": [GROUP]}, False),
    ({"Level": "ALL"}, False),
    ({"Level": "ALL", "Destinations": []}, False),
    ({"Level": "ALL", "Destinations": [{}]}, False),
    ({"Level": {"Ref": "LogLevel"}, "Destinations": [GROUP]}, False),
    ({"Level": "LOUD", "Destinations": [GROUP]}, False),
    ({"Level": "ALL", "Destinations": [GROUP]}, True),
    ({"Level": "ERROR", "Destinations": [GROUP], "IncludeExecutionData": False}, True),
    ({"Level": "FATAL", "Destinations": [GROUP]}, True),
]

# The lines of a logging_configuration block (None: no block), what a plan makes of them before and
# after apply, and whether that passes.
ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:x:*"
PLANNED: list[tuple[str | None, Mapping[str, Any], Mapping[str, Any], bool]] = [
    (None, {}, {"logging_configuration": True}, False),
    (
        f'level = "OFF"\nlog_destination = "{ARN}"',
        {"logging_configuration": [{"level": "OFF", "log_destination": ARN}]},
        {},
        False,
    ),
    (
        f'log_destination = "{ARN}"',
        {"logging_configuration": [{"level": None, "log_destination": ARN}]},
        {},
        False,
    ),
    (
        'level = "ALL"',
        {"logging_configuration": [{"level": "ALL", "log_destination": None}]},
        {"logging_configuration": [{}]},
        False,
    ),
    (
        f'level = var.level\nlog_destination = "{ARN}"',
        {"logging_configuration": [{"log_destination": ARN}]},
        {"logging_configuration": [{"level": True}]},
        False,
    ),
    (
        f'level = "ERROR"\nlog_destination = "{ARN}"',
        {"logging_configuration": [{"level": "ERROR", "log_destination": ARN}]},
        {"logging_configuration": [{}]},
        True,
    ),
    (
        'level = "ALL"\nlog_destination = "${aws_cloudwatch_log_group.l.arn}:*"',
        {"logging_configuration": [{"level": "ALL"}]},
        {"logging_configuration": [{"log_destination": True}]},
        True,
    ),
]


def template(kind: str, logging: Mapping[str, Any] | None) -> dict[str, Any]:
    properties = {} if logging is None else {TYPES[kind]: logging}
    return {
        "Resources": {
            "Machine": {"Type": kind, "Properties": properties},
            "Other": {"Type": "AWS::SNS::Topic"},
        }
    }


def denied(document: Mapping[str, Any]) -> list[str]:
    """Return what the Rego policy denies, by rego-cpp."""
    regopy = pytest.importorskip("regopy")
    interpreter = regopy.Interpreter()
    interpreter.add_module("policy", (POLICIES / "stepfunctions_1.rego").read_text())
    interpreter.set_input(document)
    answer = json.loads(str(interpreter.query("data.hubmend.stepfunctions_1.deny")))
    return list(answer["expressions"][0])


def guarded(document: Mapping[str, Any]) -> str:
    """Return the status of the cfn-guard rules, by cfn-guard's own library."""
    guard = pytest.importorskip("cfn_guard_rs")
    rules = (POLICIES / "stepfunctions_1.guard").read_text()
    return str(guard.run_checks(document, rules).status)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(("logging", "passes"), DECLARED)
def test_templates_pass_by_both_policies_or_by_none(
    kind: str, logging: Mapping[str, Any] | None, passes: bool
) -> None:
    document = template(kind, logging)
    assert guarded(document) == ("PASS" if passes else "FAIL")
    assert (denied(document) == []) is passes


def test_a_machine_without_properties_fails() -> None:
    document = {"Resources": {"M": {"Type": "AWS::StepFunctions::StateMachine"}}}
    assert guarded(document) == "FAIL"
    (message,) = denied(document)
    assert message.startswith("M: logging is not known to be on")


def test_templates_without_machines_are_not_judged() -> None:
    document = {"Resources": {"Other": {"Type": "AWS::SNS::Topic", "Properties": {}}}}
    assert (guarded(document), denied(document)) == ("SKIP", [])


def test_one_bad_machine_fails_a_template() -> None:
    document = template("AWS::StepFunctions::StateMachine", DECLARED[-1][0])
    document["Resources"]["Bad"] = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {}}
    assert guarded(document) == "FAIL"
    (message,) = denied(document)
    assert message.startswith("Bad: ")


def plan(after: Mapping[str, Any] | None, unknown: Mapping[str, Any]) -> dict[str, Any]:
    change = {"actions": ["create"], "before": None, "after": after, "after_unknown": unknown}
    others = {"address": "aws_sns_topic.t", "type": "aws_sns_topic", "change": change}
    machine = {"address": "aws_sfn_state_machine.m", "type": "aws_sfn_state_machine"}
    return {"format_version": "1.2", "resource_changes": [others, {**machine, "change": change}]}


@pytest.mark.parametrize(("lines", "after", "unknown", "passes"), PLANNED)
def test_a_plan_passes_as_its_source_does(
    lines: str | None, after: Mapping[str, Any], unknown: Mapping[str, Any], passes: bool
) -> None:
    block = "" if lines is None else f"logging_configuration {{\n{lines}\n}}\n"
    source = SourceFile("m.tf", f'resource "aws_sfn_state_machine" "m" {{\n{block}}}\n')
    (machine,) = Terraform().find([source]).machines
    assert (machine.verdict is Verdict.PASSED) is passes
    assert (denied(plan(after, unknown)) == []) is passes


def test_a_machine_that_is_to_be_deleted_is_not_judged() -> None:
    assert denied(plan(None, {})) == []
