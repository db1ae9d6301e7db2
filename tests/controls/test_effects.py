"""For every call hubmend makes there is a way to see whether it took effect."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

from hubmend.aws.models import Models
from hubmend.controls.stepfunctions_1.effects import effect, same_logging
from hubmend.controls.stepfunctions_1.rights import DOCUMENT, POLICY_NAME
from hubmend.core.call import Call
from tests.controls.builders import GROUP, document, group_arn, logging, machine, statement

NAMES = {"RoleName": "PayRole", "PolicyName": POLICY_NAME}
OLD = document(
    statement(action="logs:x", Condition={"StringEquals": {"aws:PrincipalTag/a": "%2F"}})
)
CREATE = Call("logs", "CreateLogGroup", {"logGroupName": GROUP})
DELETE = Call("logs", "DeleteLogGroup", {"logGroupName": GROUP})
KEEP = Call("logs", "PutRetentionPolicy", {"logGroupName": GROUP, "retentionInDays": 30})
FORGET = Call("logs", "DeleteRetentionPolicy", {"logGroupName": GROUP})
GRANT = Call("iam", "PutRolePolicy", {**NAMES, "PolicyDocument": json.dumps(DOCUMENT)})
RESTORE = Call("iam", "PutRolePolicy", {**NAMES, "PolicyDocument": json.dumps(OLD)})
REVOKE = Call("iam", "DeleteRolePolicy", NAMES)
LOG = Call(
    "stepfunctions",
    "UpdateStateMachine",
    {"stateMachineArn": machine().arn, "loggingConfiguration": logging()},
)
QUIET = Call(
    "stepfunctions",
    "UpdateStateMachine",
    {"stateMachineArn": machine().arn, "loggingConfiguration": {"level": "OFF"}},
)


def groups(**more: Any) -> dict[str, Any]:
    similar = {"logGroupName": f"{GROUP}-2", "arn": "x", "retentionInDays": 30}
    return {"logGroups": [{"logGroupName": GROUP, "arn": group_arn(), **more}, similar]}


SIMILAR_ONLY = {"logGroups": groups()["logGroups"][1:]}


@pytest.mark.parametrize(
    ("call", "answer", "holds"),
    [
        (CREATE, groups(), True),
        (CREATE, SIMILAR_ONLY, False),
        (CREATE, {}, False),
        (CREATE, None, False),
        (DELETE, groups(), False),
        (DELETE, SIMILAR_ONLY, True),
        (DELETE, None, True),
        (KEEP, groups(retentionInDays=30), True),
        (KEEP, groups(retentionInDays=60), False),
        (KEEP, groups(), False),
        (KEEP, SIMILAR_ONLY, False),
        (FORGET, groups(), True),
        (FORGET, groups(retentionInDays=30), False),
        (FORGET, None, True),
        (GRANT, {"PolicyDocument": DOCUMENT}, True),
        (GRANT, {"PolicyDocument": quote(json.dumps(DOCUMENT, indent=2))}, True),
        (GRANT, {"PolicyDocument": OLD}, False),
        (GRANT, None, False),
        (RESTORE, {"PolicyDocument": quote(json.dumps(OLD))}, True),
        (RESTORE, {"PolicyDocument": DOCUMENT}, False),
        (REVOKE, {"PolicyDocument": DOCUMENT}, False),
        (REVOKE, None, True),
        (LOG, {"loggingConfiguration": logging()}, True),
        (LOG, {"loggingConfiguration": logging("ERROR")}, False),
        (LOG, {"loggingConfiguration": None}, False),
        (LOG, {}, False),
        (LOG, None, False),
        (QUIET, {"loggingConfiguration": {"level": "OFF", "includeExecutionData": False}}, True),
        (QUIET, {}, True),
        (QUIET, {"loggingConfiguration": logging()}, False),
        (QUIET, None, False),
    ],
)
def test_an_answer_shows_whether_a_call_took_effect(call: Call, answer: Any, holds: bool) -> None:
    assert effect(call).holds(answer) is holds


@pytest.mark.parametrize("call", [CREATE, DELETE, KEEP, FORGET, GRANT, REVOKE, LOG, QUIET])
def test_what_is_read_again_is_a_well_formed_call_that_changes_nothing(call: Call) -> None:
    read = effect(call).read
    assert Models().fault(read) is None
    assert read.operation.startswith(("Get", "Describe"))
    assert read.service == call.service


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {"level": "OFF"}, True),
        ({"level": None}, {"level": "OFF", "includeExecutionData": False}, True),
        ({"level": "OFF"}, {"level": "OFF", "destinations": []}, True),
        (logging(), {**logging(), "includeExecutionData": None}, True),
        (logging(), logging(data=True), False),
        (logging(), logging("ERROR"), False),
        (logging(), logging(group="/other"), False),
        (logging("OFF"), {}, False),
    ],
)
def test_configurations_are_the_same_when_aws_would_fill_in_the_difference(
    one: dict[str, Any], other: dict[str, Any], same: bool
) -> None:
    assert same_logging(one, other) is same_logging(other, one) is same
