"""IAM's SimulatePrincipalPolicy, as the sandbox answers it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from hubmend.sandbox import Sandbox

ACTION = "logs:CreateLogDelivery"


def document(effect: str, action: str = ACTION) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def iam() -> Iterator[Any]:
    with Sandbox(empty=True) as sandbox:
        named = {key: value for key, value in sandbox.environment().items() if "KEY" in key}
        yield boto3.client(
            "iam",
            endpoint_url=sandbox.endpoint,
            region_name="us-east-1",
            aws_access_key_id=named["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=named["AWS_SECRET_ACCESS_KEY"],
        )


def make_role(iam: Any, name: str, inline: str | None, boundary: str | None = None) -> str:
    extra = {}
    if boundary:
        made = iam.create_policy(PolicyName=f"{name}-boundary", PolicyDocument=boundary)
        extra["PermissionsBoundary"] = made["Policy"]["Arn"]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document("Allow"), **extra)
    if inline:
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=inline)
    return str(role["Role"]["Arn"])


@pytest.mark.parametrize(
    ("name", "inline", "boundary", "added", "decision"),
    [
        ("bare", None, None, [], "implicitDeny"),
        ("granted", document("Allow"), None, [], "allowed"),
        ("added", None, None, [document("Allow")], "allowed"),
        ("denied", document("Deny"), None, [document("Allow")], "explicitDeny"),
        ("bounded", None, document("Allow", "s3:*"), [document("Allow")], "implicitDeny"),
        ("within", None, document("Allow", "logs:*"), [document("Allow")], "allowed"),
    ],
)
def test_a_simulation_says_what_a_role_could_do_with_documents_added(
    iam: Any,
    name: str,
    inline: str | None,
    boundary: str | None,
    added: list[str],
    decision: str,
) -> None:
    arn = make_role(iam, name, inline, boundary)
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=[ACTION], ResourceArns=["*"], PolicyInputList=added
    )
    (result,) = answer["EvaluationResults"]
    assert (result["EvalActionName"], result["EvalDecision"]) == (ACTION, decision)
    if boundary:
        within = result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"]
        assert within is (decision == "allowed")


def test_a_simulation_of_no_role_is_refused(iam: Any) -> None:
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::111122223333:role/nobody", ActionNames=[ACTION]
        )


def test_what_moto_does_not_know_is_answered_as_not_implemented(iam: Any) -> None:
    with pytest.raises(iam.exceptions.ClientError, match=r"501|NotImplemented"):
        iam.list_service_specific_credentials(UserName="sandbox-operator")
