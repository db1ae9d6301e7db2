"""For every call hubmend makes there is a way to see whether it took effect."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from hubmend.aws.models import Models
from hubmend.controls.stepfunctions_1.effects import effect
from hubmend.controls.stepfunctions_1.machine import same_logging
from hubmend.controls.stepfunctions_1.rights import DOCUMENT, POLICY_NAME
from hubmend.core.call import Call
from tests.controls.builders import GROUP, NOW, document, group_arn, logging, machine, statement

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
MOMENT = "2026-11-23T09:00:00.000000Z"
VERSION, LIVE = f"{machine().arn}:2", f"{machine().arn}:live"
PUBLISH = Call(
    "stepfunctions",
    "PublishStateMachineVersion",
    {"stateMachineArn": machine().arn, "description": f"hubmend:plan={MOMENT}"},
)
DISCARD = Call("stepfunctions", "DeleteStateMachineVersion", {"stateMachineVersionArn": VERSION})


def routing(*weights: int) -> list[dict[str, Any]]:
    """Weights of versions 1, 2 and so on."""
    return [
        {"stateMachineVersionArn": f"{machine().arn}:{number}", "weight": weight}
        for number, weight in enumerate(weights, 1)
    ]


def repoint(**more: Any) -> Call:
    params = {"stateMachineAliasArn": LIVE, "routingConfiguration": routing(90, 10), **more}
    return Call("stepfunctions", "UpdateStateMachineAlias", params)


REPOINT, NAMED = repoint(), repoint(description="production")


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
        (PUBLISH, {"description": f"hubmend:plan={MOMENT}"}, True),
        (PUBLISH, {"description": "hubmend:plan=2026-11-22T09:00:00.000000Z"}, False),
        (PUBLISH, {}, False),
        (PUBLISH, None, False),
        (DISCARD, {"stateMachineArn": VERSION}, False),
        (DISCARD, None, True),
        (REPOINT, {"routingConfiguration": routing(90, 10)}, True),
        (REPOINT, {"routingConfiguration": routing(90, 10)[::-1], "description": "x"}, True),
        (REPOINT, {"routingConfiguration": routing(10, 90)}, False),
        (REPOINT, {"routingConfiguration": routing(100)}, False),
        (REPOINT, None, False),
        (NAMED, {"routingConfiguration": routing(90, 10), "description": "production"}, True),
        (NAMED, {"routingConfiguration": routing(90, 10), "description": "theirs"}, False),
        (NAMED, {"routingConfiguration": routing(90, 10)}, False),
    ],
)
def test_an_answer_shows_whether_a_call_took_effect(call: Call, answer: Any, holds: bool) -> None:
    assert effect(call).holds(answer) is holds


@pytest.mark.parametrize(
    "call",
    [CREATE, DELETE, KEEP, FORGET, GRANT, REVOKE, LOG, QUIET, PUBLISH, DISCARD, REPOINT],
)
def test_what_is_read_again_is_a_well_formed_call_that_changes_nothing(call: Call) -> None:
    read = effect(call).read
    assert Models().fault(read) is None
    assert read.operation.startswith(("Get", "Describe", "List"))
    assert read.service == call.service


def test_a_version_is_looked_for_among_those_since_the_plan_and_tells_its_arn() -> None:
    found = effect(PUBLISH)
    assert found.each
    assert found.told
    moments = [NOW + timedelta(days=1), NOW, NOW - timedelta(minutes=59), NOW - timedelta(hours=2)]
    page = {
        "stateMachineVersions": [
            {"stateMachineVersionArn": f"v{age}", "creationDate": moment}
            for age, moment in enumerate(moments)
        ]
    }
    reads = list(found.each(page))
    assert [read.params["stateMachineArn"] for read in reads] == ["v0", "v1", "v2"]
    assert all(Models().fault(read) is None for read in reads)
    assert found.told({"stateMachineArn": VERSION}) == {"stateMachineVersionArn": VERSION}


def test_a_lost_update_tells_the_revision_it_came_to() -> None:
    told = effect(LOG).told
    assert told
    assert told({"revisionId": "r-2"}) == {"revisionId": "r-2"}


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
