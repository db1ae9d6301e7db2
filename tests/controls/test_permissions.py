"""The table of permissions is the calls hubmend makes: not one more, not one less."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubmend.aws.models import Models
from hubmend.controls import StepFunctions1
from hubmend.controls.stepfunctions_1.permissions import DENIALS, FREE, PERMISSIONS
from hubmend.core.arn import Target
from hubmend.core.permission import POLICY_LIMIT, Document, Names, policy

SOURCE = Path(__file__).parents[2] / "src" / "hubmend"
TARGET = Target("111122223333", "eu-west-1")
TABLE = {(one.service, one.operation) for one in PERMISSIONS}
# Made by the SDK when it takes a role; no Call of ours.
BY_THE_SDK = {("sts", "AssumeRole")}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that may call AWS: the sandbox answers, templates have calls of their own."""
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).as_posix()
        if not place.startswith(("sandbox/", "iac/")):
            yield place, ast.parse(path.read_text(encoding="utf-8"))


def constants(module: ast.Module) -> dict[str, str]:
    """Text constants of a module, by name."""
    return {
        target.id: node.value.value
        for node in module.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def text(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return known.get(node.id) if isinstance(node, ast.Name) else None


def calls() -> Iterator[tuple[str, str, str | None, str | None]]:
    """Every Call(service, operation, ...) in the source: place, function, service, operation."""
    for place, module in modules():
        known = constants(module)
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                if name == "Call" and len(node.args) > 1:
                    yield place, name, text(node.args[0], known), text(node.args[1], known)


def asked(place: str, function: str) -> set[str]:
    """The operations that a module asks of a function of its own that makes the Call."""
    module = ast.parse((SOURCE / place).read_text(encoding="utf-8"))
    return {
        argument.value
        for node in ast.walk(module)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) == function
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }


# Calls whose operation is a variable: the module, its function, the service.
THROUGH = {
    "controls/stepfunctions_1/role.py": ("ask", "iam"),
    "flow/recording.py": ("_ask", "config"),
    "flow/hub/central.py": ("ask", "securityhub"),
}
# Calls that pass on a Call made elsewhere: the gateway's next page, and probes of the table itself.
PASSED_ON = {"aws/gateway.py", "controls/stepfunctions_1/probes.py"}


def made() -> set[tuple[str, str]]:
    found = set()
    for _, _, service, operation in calls():
        if service and operation:
            found.add((service, operation))
    for place, (function, service) in THROUGH.items():
        found |= {(service, operation) for operation in asked(place, function)}
    return found


def test_every_call_in_the_source_can_be_told() -> None:
    untold = {
        place for place, _, service, operation in calls() if not (service and operation)
    } - PASSED_ON
    assert untold <= THROUGH.keys(), "say in THROUGH which operations these modules make"


def test_every_call_in_the_source_has_its_permissions() -> None:
    assert made() - TABLE - FREE == set(), "add rows for these calls to permissions.py"


def test_every_row_of_the_table_is_a_call_in_the_source() -> None:
    assert TABLE - made() - BY_THE_SDK == set(), "take these rows out of permissions.py"


def test_every_operation_exists_in_the_service_models() -> None:
    models = Models()
    for service, operation in TABLE:
        assert operation in models.service(service).operation_names


@pytest.mark.parametrize("kind", Document)
def test_a_policy_fits_in_a_managed_policy_even_as_printed(kind: Document) -> None:
    assert len(json.dumps(policy(PERMISSIONS, DENIALS, kind, Names()), indent=2)) < POLICY_LIMIT


def test_the_audit_policy_changes_nothing() -> None:
    document = policy(PERMISSIONS, DENIALS, Document.AUDIT, Names())
    verbs = {action.split(":")[1] for one in document["Statement"] for action in one["Action"]}
    reading = ("List", "Describe", "Get", "BatchGet", "Filter", "Select", "Simulate", "Decrypt")
    assert [verb for verb in verbs if not verb.startswith(reading)] == []


def test_the_remediate_policy_holds_all_that_audit_holds() -> None:
    actions = {
        kind: {
            action
            for one in policy(PERMISSIONS, DENIALS, kind, Names())["Statement"]
            for action in one["Action"]
        }
        for kind in Document
    }
    assert actions[Document.AUDIT] < actions[Document.REMEDIATE]


def test_roles_of_aws_and_of_hubmend_itself_can_never_be_edited() -> None:
    document = policy(PERMISSIONS, DENIALS, Document.REMEDIATE, Names())
    [deny] = [one for one in document["Statement"] if one["Sid"] == "NeverTheseRoles"]
    assert set(deny["Action"]) == {"iam:PutRolePolicy", "iam:DeleteRolePolicy"}
    assert deny["Resource"] == [
        "arn:aws:iam::*:role/aws-service-role/*",
        "arn:aws:iam::*:role/aws-reserved/*",
        "arn:aws:iam::*:role/HubmendAudit",
        "arn:aws:iam::*:role/HubmendRemediate",
    ]


@pytest.mark.parametrize("kind", [Document.REMEDIATE, Document.DECIDE])
def test_a_finding_can_never_be_set_resolved(kind: Document) -> None:
    document = policy(PERMISSIONS, DENIALS, kind, Names())
    [deny] = [one for one in document["Statement"] if one["Sid"] == "NeverResolve"]
    assert (deny["Effect"], deny["Action"]) == ("Deny", ["securityhub:BatchUpdateFindings"])


def test_a_role_is_passed_to_step_functions_only() -> None:
    document = policy(PERMISSIONS, DENIALS, Document.REMEDIATE, Names())
    [passing] = [one for one in document["Statement"] if "iam:PassRole" in one["Action"]]
    assert passing["Action"] == ["iam:PassRole"]
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}


def test_every_read_can_be_tried_and_no_change_ever_is() -> None:
    control, models = StepFunctions1(), Models()
    journey = [one for one in PERMISSIONS if Document.REMEDIATE in one.documents]
    for one in journey:
        probe = control.probe(one, "aws", TARGET)
        assert (probe is None) == (one.changes or one.operation == "SimulatePrincipalPolicy"), one
        assert probe is None or models.fault(probe) is None


def test_a_probe_of_iam_names_no_region() -> None:
    control = StepFunctions1()
    [row] = [one for one in PERMISSIONS if one.action == "iam:GetPolicy"]
    probe = control.probe(row, "aws-cn", TARGET)
    assert probe is not None
    assert probe.params == {"PolicyArn": "arn:aws-cn:iam::111122223333:policy/hubmend-doctor"}
