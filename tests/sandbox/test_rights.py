"""The role's delivery rights decide, and a change of them takes time (F§3.7, F§3.8)."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubmend.sandbox.rights import DELIVERY_ACTIONS, Grants
from tests.sandbox.calls import Aws, logging_to

ALLOW: dict[str, Any] = {"Effect": "Allow", "Action": list(DELIVERY_ACTIONS), "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def enable(aws: Aws, arn: str) -> None:
    aws.client("stepfunctions").update_state_machine(
        stateMachineArn=arn, loggingConfiguration=logging_to(aws.group())
    )


@pytest.mark.parametrize(
    ("identity", "boundary", "allowed"),
    [
        ([ALLOW], None, True),
        ([{**ALLOW, "Action": "logs:*"}], None, True),
        ([{**ALLOW, "Action": "LOGS:create*delivery"}], None, True),
        ([{**ALLOW, "Action": "logs:Describe*"}], None, False),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": ["*"]}], None, True),
        ([{"Effect": "Allow", "NotAction": "logs:*", "Resource": "*"}], None, False),
        ([{**ALLOW, "Resource": "arn:aws:logs:us-east-1:111122223333:*"}], None, False),
        ([ALLOW, {**ALLOW, "Effect": "Deny"}], None, False),
        ([ALLOW], [{**ALLOW, "Action": "states:*"}], False),
        ([ALLOW], [{**ALLOW, "Action": "*"}], True),
        ([], [{**ALLOW, "Action": "*"}], False),
    ],
)
def test_statements_are_weighed_as_iam_does(
    identity: list[dict[str, Any]], boundary: list[dict[str, Any]] | None, *, allowed: bool
) -> None:
    grants = Grants((document(*identity),), document(*boundary) if boundary else None)
    assert grants.allow("logs:CreateLogDelivery") is allowed


def test_a_role_without_rights_is_refused_and_a_later_grant_is_felt_late(aws: Aws) -> None:
    role = aws.role({"Effect": "Allow", "Action": "states:*", "Resource": "*"})
    arn = aws.machine(roleArn=role)
    put = {"RoleName": role.rpartition("/")[2], "PolicyName": "delivery"}
    aws.client("iam").put_role_policy(**put, PolicyDocument=document(ALLOW))
    with pytest.raises(ClientError, match="not authorized to access the Log Destination") as caught:
        enable(aws, arn)
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"
    aws.sandbox.clock.advance(2)
    enable(aws, arn)
    aws.client("iam").delete_role_policy(**put)
    enable(aws, arn)
    aws.sandbox.clock.advance(2)
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        enable(aws, arn)


def test_a_role_stripped_of_its_rights_blocks_every_update(aws: Aws) -> None:
    role = aws.role()
    arn = aws.machine(roleArn=role, loggingConfiguration=logging_to(aws.group()))
    aws.client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="p")
    aws.sandbox.clock.advance(10)
    states = aws.client("stepfunctions")
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        states.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": True})
    off = {"level": "OFF"}
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration=off)


def test_a_managed_policy_grants_and_a_boundary_withholds(aws: Aws) -> None:
    iam = aws.client("iam")
    nothing = {"Effect": "Allow", "Action": "states:*", "Resource": "*"}
    role = aws.role(nothing)
    iam.attach_role_policy(
        RoleName=role.rpartition("/")[2],
        PolicyArn="arn:aws:iam::aws:policy/CloudWatchLogsFullAccess",
    )
    aws.sandbox.clock.advance(2)
    enable(aws, aws.machine(roleArn=role))
    narrow = iam.create_policy(PolicyName="narrow", PolicyDocument=document(nothing))
    iam.put_role_permissions_boundary(
        RoleName=role.rpartition("/")[2], PermissionsBoundary=narrow["Policy"]["Arn"]
    )
    aws.sandbox.clock.advance(2)
    with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
        enable(aws, aws.machine(roleArn=role))
