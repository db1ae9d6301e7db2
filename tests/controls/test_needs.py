"""Which permissions a change takes, and the resource AWS asks about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hubmend.controls import StepFunctions1
from hubmend.core.call import Call, Change
from tests.controls.builders import ACCOUNT, GROUP, KEY, REGION, ROLE, machine_arn

GROUP_ARN = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}"
OF_PLAN = {"role_arn": ROLE}


def change(call: Call, undo: Call | None = None) -> Change:
    return Change("c1", machine_arn(), ACCOUNT, REGION, call, undo, "why")


def logs(operation: str, **params: Any) -> Call:
    return Call("logs", operation, {"logGroupName": GROUP, **params})


def iam(operation: str, role: str) -> Call:
    return Call("iam", operation, {"RoleName": role})


UPDATE = Call("stepfunctions", "UpdateStateMachine", {"stateMachineArn": machine_arn()})
CREATED = {("logs:CreateLogGroup", GROUP_ARN), ("logs:TagResource", GROUP_ARN)}


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (change(logs("CreateLogGroup"), logs("DeleteLogGroup")),
         CREATED | {("logs:DeleteLogGroup", GROUP_ARN)}),
        (change(logs("CreateLogGroup", kmsKeyId=KEY)),
         CREATED | {("logs:AssociateKmsKey", GROUP_ARN)}),
        (change(logs("PutRetentionPolicy")), {("logs:PutRetentionPolicy", GROUP_ARN)}),
        (change(iam("PutRolePolicy", "PayRole"), iam("DeleteRolePolicy", "PayRole")),
         {("iam:PutRolePolicy", ROLE), ("iam:DeleteRolePolicy", ROLE)}),
        (change(iam("PutRolePolicy", "Other")),
         {("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/Other")}),
        (change(UPDATE, UPDATE),
         {("states:UpdateStateMachine", machine_arn()), ("iam:PassRole", ROLE)}),
        (change(Call("logs", "DescribeLogGroups", {})), set()),
        (change(Call("stepfunctions", "StartExecution", {})),
         {("states:StartExecution", machine_arn())}),
    ],
)  # fmt: skip
def test_a_change_needs_these_actions_on_these_resources(
    one: Change, expected: set[tuple[str, str]]
) -> None:
    found = {(row.action, about) for row, about in StepFunctions1().needs(one, OF_PLAN)}
    assert found == expected


def test_a_place_that_names_no_thing_of_the_change_is_asked_by_example() -> None:
    hub = Call("securityhub", "BatchUpdateFindings", {})
    assert {about for _, about in StepFunctions1().needs(change(hub), OF_PLAN)} == {None}


def test_a_change_about_an_account_names_no_machine() -> None:
    hub = Call("securityhub", "BatchUpdateFindings", {})
    about_account = replace(change(hub), resource=ACCOUNT)
    assert {about for _, about in StepFunctions1().needs(about_account, {})} == {None}
