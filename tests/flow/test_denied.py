"""A refused call names the action to add, wherever its error is shown."""

from __future__ import annotations

import pytest

from hubmend.controls.stepfunctions_1.permissions import PERMISSIONS
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.flow.denied import AdvisingGateway, advice
from tests.flow.scripted import ScriptedGateway, refused

HERE = Target("111122223333", "us-east-1")
PUT = Call("iam", "PutRolePolicy", {})
UPDATE = Call("stepfunctions", "UpdateStateMachine", {})
DESCRIBE = Call("stepfunctions", "DescribeStateMachine", {})
KEY = Call("kms", "GetKeyPolicy", {})


def said(call: Call, reason: str = "Forbidden", code: str = "403") -> str:
    return advice(PERMISSIONS, call, AwsError(ErrorKind.DENIED, code, reason, str(call)))


def test_the_actions_a_call_needs_are_named_with_the_smallest_policy_that_has_them() -> None:
    assert said(PUT) == "add iam:PutRolePolicy (hubmend iam-policy remediate)"
    assert said(DESCRIBE) == "add states:DescribeStateMachine (hubmend iam-policy audit)"


def test_what_only_some_accounts_need_is_not_named_with_the_rest() -> None:
    assert said(UPDATE) == (
        "add states:UpdateStateMachine and iam:PassRole (hubmend iam-policy remediate)"
    )
    assert said(KEY) == "add kms:GetKeyPolicy (hubmend iam-policy audit)"


def test_the_action_aws_names_comes_first() -> None:
    reason = "User: x is not authorized to perform: iam:PassRole on resource: r"
    assert said(UPDATE, reason) == "add iam:PassRole (hubmend iam-policy remediate)"
    reason = "User: x is not authorized to perform: sts:AssumeRole on resource: r"
    assert said(DESCRIBE, reason) == "add sts:AssumeRole (hubmend iam-policy operator)"


def test_an_action_no_policy_of_ours_has_is_named_alone() -> None:
    reason = "User: x is not authorized to perform: kms:ReEncrypt"
    assert said(DESCRIBE, reason) == "add kms:ReEncrypt"


@pytest.mark.parametrize(
    "reason",
    [
        "not authorized to perform: kms:Decrypt because no resource-based policy allows it",
        "not authorized to perform: iam:PutRolePolicy with an explicit deny in a policy",
        "not authorized to perform: x:Y because no service control policy allows it",
        "not authorized to perform: x:Y because no permissions boundary allows it",
    ],
)
def test_where_one_more_policy_would_not_help_none_is_advised(reason: str) -> None:
    assert said(PUT, reason) == ""


def test_security_hub_being_off_is_no_lack_of_a_permission() -> None:
    assert said(Call("securityhub", "GetFindings", {}), code="InvalidAccessException") == ""


def test_a_call_the_table_does_not_know_gets_no_advice() -> None:
    assert said(Call("s3", "GetObject", {})) == ""


def test_other_errors_get_no_advice() -> None:
    assert advice(PERMISSIONS, PUT, refused(ErrorKind.INVALID)) == ""


async def test_the_gateway_says_it_with_every_kind_of_call() -> None:
    inner = ScriptedGateway(
        answers={"DescribeStateMachine": refused()}, changing={"PutRolePolicy": refused()}
    )
    gateway = AdvisingGateway(inner, PERMISSIONS)
    with pytest.raises(AwsError, match=r"403: no; add iam:PutRolePolicy \(hubmend"):
        await gateway.change(HERE, PUT)
    with pytest.raises(AwsError, match="; add states:DescribeStateMachine"):
        await gateway.read(HERE, DESCRIBE)
    with pytest.raises(AwsError, match="; add states:DescribeStateMachine") as caught:
        _ = [page async for page in gateway.pages(HERE, DESCRIBE)]
    assert (caught.value.kind, caught.value.reason) == (ErrorKind.DENIED, "no")


async def test_the_gateway_passes_the_rest_through() -> None:
    error = refused(ErrorKind.THROTTLED)
    inner = ScriptedGateway(
        answers={"DescribeStateMachine": {"name": "m"}, "GetKeyPolicy": error},
        changing={"PutRolePolicy": {"done": True}},
    )
    gateway = AdvisingGateway(inner, PERMISSIONS)
    assert await gateway.identity() == inner.who
    assert await gateway.read(HERE, DESCRIBE) == {"name": "m"}
    assert [page async for page in gateway.pages(HERE, DESCRIBE)] == [{"name": "m"}]
    assert await gateway.change(HERE, PUT) == {"done": True}
    assert gateway.fault(PUT) == "iam:PutRolePolicy is fine"
    with pytest.raises(AwsError) as caught:
        await gateway.read(HERE, KEY)
    assert caught.value is error


async def test_advice_given_where_the_call_failed_is_left_as_it_is() -> None:
    refusal = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "sts:AssumeRole", "trust me")
    gateway = AdvisingGateway(ScriptedGateway(answers={DESCRIBE.operation: refusal}), PERMISSIONS)
    with pytest.raises(AwsError, match="sts:AssumeRole: AccessDenied: no; trust me"):
        await gateway.read(HERE, DESCRIBE)
