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


GROUP = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vendedlogs/states/pay"
PASS = {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}


def one(effect: str, **parts: Any) -> str:
    everywhere = {} if "NotResource" in parts else {"Resource": "*"}
    statement = {"Effect": effect, "Action": ACTION, **everywhere, **parts}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def asked(iam: Any, arn: str, resources: list[str], **context: str) -> list[str]:
    entries = [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for key, value in context.items()
    ]
    answer = iam.simulate_principal_policy(
        PolicySourceArn=arn, ActionNames=[ACTION], ResourceArns=resources, ContextEntries=entries
    )
    assert [each["EvalResourceName"] for each in answer["EvaluationResults"]] == resources
    return [each["EvalDecision"] for each in answer["EvaluationResults"]]


@pytest.mark.parametrize(
    ("policy", "decisions"),
    [
        (one("Allow"), ["allowed", "allowed", "allowed"]),
        (one("Allow", Resource=f"{GROUP}*"), ["allowed", "implicitDeny", "implicitDeny"]),
        (one("Allow", Resource="arn:aws:logs:*:*:*"), ["allowed", "allowed", "implicitDeny"]),
        (one("Allow", NotResource=GROUP), ["implicitDeny", "allowed", "implicitDeny"]),
        (one("Deny", Resource=[GROUP]), ["explicitDeny", "implicitDeny", "implicitDeny"]),
    ],
)
def test_a_user_is_answered_for_each_resource(iam: Any, policy: str, decisions: list[str]) -> None:
    user = iam.create_user(UserName=f"u{abs(hash(policy))}")["User"]
    iam.put_user_policy(UserName=user["UserName"], PolicyName="own", PolicyDocument=policy)
    assert asked(iam, user["Arn"], [GROUP, f"{GROUP[:-3]}other", "*"]) == decisions


@pytest.mark.parametrize(
    ("condition", "context", "decision"),
    [
        (PASS, {}, "implicitDeny"),
        (PASS, {"iam:PassedToService": "ec2.amazonaws.com"}, "implicitDeny"),
        (PASS, {"IAM:passedtoservice": "states.amazonaws.com"}, "allowed"),
        ({"StringLike": {"aws:b": ["x*", "y*"]}}, {"aws:b": "yes"}, "allowed"),
        ({"StringEqualsIfExists": {"aws:b": "x"}}, {}, "allowed"),
        ({"StringNotEquals": {"aws:b": "x"}}, {}, "allowed"),
        ({"StringNotEquals": {"aws:b": "x"}}, {"aws:b": "x"}, "implicitDeny"),
        ({"Null": {"aws:b": "true"}}, {}, "allowed"),
        ({"Null": {"aws:b": "true"}}, {"aws:b": "x"}, "implicitDeny"),
    ],
)
def test_conditions_are_asked_of_the_context(
    iam: Any, condition: dict[str, Any], context: dict[str, str], decision: str
) -> None:
    name = f"c{abs(hash(json.dumps([condition, context])))}"
    arn = make_role(iam, name, one("Allow", Condition=condition))
    assert asked(iam, arn, ["*"], **context) == [decision]


def test_a_user_has_what_its_groups_and_managed_policies_give(iam: Any) -> None:
    user = iam.create_user(UserName="member")["User"]
    assert asked(iam, user["Arn"], ["*"]) == ["implicitDeny"]
    iam.create_group(GroupName="crew")
    managed = iam.create_policy(PolicyName="crew", PolicyDocument=document("Allow"))["Policy"]
    iam.attach_group_policy(GroupName="crew", PolicyArn=managed["Arn"])
    iam.add_user_to_group(GroupName="crew", UserName="member")
    assert asked(iam, user["Arn"], ["*"]) == ["allowed"]


def test_the_sandbox_operator_may_do_anything(iam: Any) -> None:
    arn = "arn:aws:iam::111122223333:user/sandbox-operator"
    assert asked(iam, arn, ["*", GROUP]) == ["allowed", "allowed"]


def test_a_simulation_of_no_role_is_refused(iam: Any) -> None:
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::111122223333:role/nobody", ActionNames=[ACTION]
        )


def test_what_moto_does_not_know_is_answered_as_not_implemented(iam: Any) -> None:
    with pytest.raises(iam.exceptions.ClientError, match=r"501|NotImplemented"):
        iam.list_service_specific_credentials(UserName="sandbox-operator")
