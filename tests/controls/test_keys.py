"""What a key lacks for a new log group, and the statement its owner is asked for (F§3.10)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hubmend.controls.stepfunctions_1.keys import Key, group_key
from hubmend.core.arn import Target
from tests.controls.builders import ACCOUNT, KEY, REGION, TARGET, document, group_arn, statement

GROUP_ARN = group_arn().removesuffix(":*")
LOGS = {"Service": f"logs.{REGION}.amazonaws.com"}
CONTEXT = "kms:EncryptionContext:aws:logs:arn"
ACTIONS = [
    "kms:Encrypt*",
    "kms:Decrypt*",
    "kms:ReEncrypt*",
    "kms:GenerateDataKey*",
    "kms:Describe*",
]


def grant(condition: Any = None, action: Any = "kms:*", principal: Any = LOGS) -> dict[str, Any]:
    more = {"Condition": condition} if condition else {}
    return statement(action=action, Principal=principal, **more)


def key(*statements: Any, **changed: Any) -> Key:
    return replace(Key(KEY, KEY, "Enabled", policy=document(*statements)), **changed)


GOOD: dict[str, Key] = {
    "everything to CloudWatch Logs": key(grant()),
    "the documented statement": key(grant({"ArnEquals": {CONTEXT: GROUP_ARN}}, ACTIONS)),
    "any group of the account": key(
        grant({"ArnLike": {CONTEXT: f"arn:aws:logs:{REGION}:{ACCOUNT}:*"}}, ACTIONS)
    ),
    "one of several groups": key(grant({"StringLikeIfExists": {CONTEXT: ["arn:x", "arn:*"]}})),
    "from the account": key(
        grant({"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:sourcearn": GROUP_ARN}})
    ),
    "in two statements": key(grant(action=ACTIONS[:2]), grant(action=ACTIONS[2:])),
    "to everybody": key(grant(principal="*")),
    "to everybody in an AWS principal": key(grant(principal={"AWS": "*"})),
    "to several services": key(grant(principal={"Service": ["x", LOGS["Service"]]})),
    "a Deny under a condition": key(grant(), {**grant({"Bool": {"a": "b"}}), "Effect": "Deny"}),
    "a Deny for another": key(grant(), {**grant(principal={"AWS": "arn"}), "Effect": "Deny"}),
    "a policy that may not be read": key(policy=None),
    "a key that may not be described": Key(KEY, fault="AccessDenied"),
}


@pytest.mark.parametrize("one", GOOD.values(), ids=GOOD)
def test_a_key_that_may_be_used_stands_in_no_ones_way(one: Key) -> None:
    assert group_key(one, GROUP_ARN, TARGET) is None


NO_USE = "does not let CloudWatch Logs use it for log group /aws/vendedlogs/states/pay-Logs"
BAD: dict[str, tuple[Key, str]] = {
    "no grant": (key(grant(principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})), NO_USE),
    "another region's": (key(grant(principal={"Service": "logs.eu-west-1.amazonaws.com"})), NO_USE),
    "reading alone": (key(grant(action=["kms:Decrypt", "kms:DescribeKey"])), NO_USE),
    "another group": (key(grant({"ArnEquals": {CONTEXT: "arn:aws:logs:x"}})), NO_USE),
    "an unknown condition": (key(grant({"Bool": {"aws:SecureTransport": "true"}})), NO_USE),
    "an unknown key": (key(grant({"StringEquals": {"kms:ViaService": "logs"}})), NO_USE),
    "conditions of another shape": (key(grant(["odd"])), NO_USE),
    "a Deny": (key(grant(), {**grant(action="kms:Encrypt"), "Effect": "Deny"}), NO_USE),
    "an odd principal": (key(grant(principal=None)), NO_USE),
    "disabled": (key(grant(), state="PendingDeletion"), "is PendingDeletion, not enabled"),
    "asymmetric": (key(grant(), symmetric=False), "is not symmetric"),
    "elsewhere": (key(grant(), arn=KEY.replace(REGION, "eu-west-1")), "is in eu-west-1"),
    "gone": (Key(KEY, missing=True, fault="NotFoundException"), "cannot be found: NotFound"),
}


@pytest.mark.parametrize(("one", "said"), BAD.values(), ids=BAD)
def test_a_key_that_may_not_be_used_is_told_with_a_step(one: Key, said: str) -> None:
    found = group_key(one, GROUP_ARN, TARGET)
    assert found is not None
    assert said in found[0]
    assert len(found[1]) == 1


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-3"])
def test_the_statement_that_is_asked_for_is_enough(region: str) -> None:
    target = Target(ACCOUNT, region)
    arn, where = GROUP_ARN.replace(REGION, region), KEY.replace(REGION, region)
    found = group_key(replace(key(), arn=where), arn, target)
    assert found is not None
    asked = json.loads(found[1][0].split(": ", 1)[1])
    assert group_key(replace(key(asked), arn=where), arn, target) is None
    assert group_key(replace(key(asked), arn=where), f"{arn}-other", target) is not None
