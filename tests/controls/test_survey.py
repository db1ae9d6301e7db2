"""What a plan reads beforehand, and what becomes of what it may not read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from hubmend.controls.stepfunctions_1.keys import Key
from hubmend.controls.stepfunctions_1.survey import (
    DELIVERY_POLICY,
    LogGroup,
    Surroundings,
    find_group,
    survey,
)
from hubmend.core.errors import ErrorKind, UsageError
from tests.controls.builders import (
    GROUP,
    KEY,
    SETTINGS,
    Scripted,
    around,
    decision,
    document,
    group_arn,
    machine,
    refusal,
    role,
    statement,
)

FOUND = {"logGroupName": GROUP, "arn": group_arn()}
CMK = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY}


def account(**changed: Any) -> Scripted:
    answers: dict[str, Any] = {
        "DescribeLogGroups": [{"logGroups": []}],
        "DescribeResourcePolicies": [{}],
        "ListStateMachineAliases": {"stateMachineAliases": []},
        "GetRole": {"Role": {"Path": "/app/"}},
        "ListRolePolicies": {"PolicyNames": []},
        "ListAttachedRolePolicies": {"AttachedPolicies": []},
        "SimulatePrincipalPolicy": {},
        "ListTagsLogGroup": {},
    }
    return Scripted(**{**answers, **changed})


async def surveyed(read: Any = None, **changed: Any) -> Surroundings:
    return await survey(account(**changed), read or machine(), decision(), SETTINGS)


async def test_an_empty_account_is_surveyed_as_empty() -> None:
    assert await surveyed() == around(role=role(simulated={}))


async def test_a_bad_destination_is_refused_before_anything_is_read() -> None:
    gateway = account()
    with pytest.raises(UsageError):
        await survey(gateway, machine(), decision(log_group="a b"), SETTINGS)
    assert gateway.calls == []


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, LogGroup(group_arn(), None, "STANDARD", None)),
        ({"deletionProtectionEnabled": True},
         LogGroup(group_arn(), None, "STANDARD", None, protected=True)),
        ({"retentionInDays": 30, "logGroupClass": "INFREQUENT_ACCESS", "kmsKeyId": KEY},
         LogGroup(group_arn(), 30, "INFREQUENT_ACCESS", KEY)),
    ],
)  # fmt: skip
async def test_the_group_of_exactly_that_name_is_found_on_any_page(
    more: dict[str, Any], expected: LogGroup
) -> None:
    longer = {"logGroupName": f"{GROUP}-old", "arn": "x"}
    pages = [{"logGroups": [longer]}, {"logGroups": [longer, {**FOUND, **more}]}]
    assert (await surveyed(DescribeLogGroups=pages)).group == expected
    assert (await surveyed(DescribeLogGroups=pages[:1])).group is None


@pytest.mark.parametrize(
    ("answer", "tags"),
    [
        ({"tags": {"a": "b"}}, {"a": "b"}), ({"tags": None}, {}),
        (refusal(ErrorKind.DENIED, "logs:ListTagsLogGroup"), {}),
    ],
)  # fmt: skip
async def test_the_tags_of_an_existing_group_are_read_where_they_may_be(
    answer: Any, tags: dict[str, str]
) -> None:
    pages = [{"logGroups": [FOUND]}]
    found = (await surveyed(DescribeLogGroups=pages, ListTagsLogGroup=answer)).group
    assert found is not None
    assert found.tags == tags


KEYED = decision(kms_key=KEY)
DESCRIBED = {"KeyMetadata": {"Arn": KEY, "KeyId": "1"}}


async def test_the_key_of_a_log_group_is_read_only_where_one_is_to_be_made_with_it() -> None:
    answers = {"DescribeKey": DESCRIBED, "GetKeyPolicy": {"Policy": "{}"}}
    found = await survey(account(**answers), machine(), KEYED, SETTINGS)
    assert found.new_key == Key(KEY, KEY, "Enabled", policy={})
    there = {**answers, "DescribeLogGroups": [{"logGroups": [FOUND]}]}
    assert (await survey(account(**there), machine(), KEYED, SETTINGS)).new_key is None
    none = decision(kms_key="")
    keyed = replace(SETTINGS, defaults=replace(SETTINGS.defaults, kms_key=KEY))
    assert (await survey(account(), machine(), none, keyed)).new_key is None
    assert (await survey(account(**answers), machine(), decision(), keyed)).new_key is not None


@pytest.mark.parametrize(
    ("described", "policy", "expected"),
    [
        (DESCRIBED, refusal(ErrorKind.DENIED, "kms"), Key(KEY, KEY, "Enabled")),
        ({"KeyMetadata": {"Arn": KEY, "KeyId": "1", "KeyState": "Disabled", "KeySpec": "RSA_2048"}},
         {}, Key(KEY, KEY, "Disabled", symmetric=False, policy={})),
        (refusal(ErrorKind.NOT_FOUND, "kms"), {}, Key(KEY, missing=True, fault="x")),
        (refusal(ErrorKind.DENIED, "kms"), {}, Key(KEY, fault="x")),
    ],
)  # fmt: skip
async def test_a_key_is_known_as_far_as_it_may_be_read(
    described: Any, policy: Any, expected: Key
) -> None:
    gateway = account(DescribeKey=described, GetKeyPolicy=policy)
    found = (await survey(gateway, machine(), KEYED, SETTINGS)).new_key
    assert found is not None
    assert replace(found, fault="") == replace(expected, fault="")
    assert bool(found.fault) is bool(expected.fault)


async def test_a_group_that_may_not_be_looked_up_is_a_fault_of_the_group() -> None:
    denied = refusal(ErrorKind.DENIED, "logs:DescribeLogGroups")
    found = await surveyed(DescribeLogGroups=denied)
    assert (found.group, found.group_fault) == (None, str(denied))


async def test_resource_policies_are_counted_and_the_delivery_policy_is_kept() -> None:
    pages = [
        {"resourcePolicies": [{"policyName": "a", "policyDocument": "xx"}, {"policyName": "b"}]},
        {"resourcePolicies": [{"policyName": DELIVERY_POLICY, "policyDocument": "text"}]},
    ]
    found = await surveyed(DescribeResourcePolicies=pages)
    assert found.policies == {"a": 2, "b": 0, DELIVERY_POLICY: 4}
    assert found.delivery_policy == "text"


async def test_resource_policies_that_may_not_be_read_are_not_known() -> None:
    denied = refusal(ErrorKind.DENIED, "logs:DescribeResourcePolicies")
    found = await surveyed(DescribeResourcePolicies=denied)
    assert (found.policies, found.delivery_policy) == (None, None)


async def test_the_key_policy_is_read_only_for_a_customers_key() -> None:
    policy = document(statement())
    answer = {"Policy": json.dumps(policy)}
    encrypted = machine(encryption=CMK)
    assert (await surveyed(encrypted, GetKeyPolicy=answer)).key_policy == policy
    assert (await surveyed(encrypted, GetKeyPolicy={})).key_policy == {}
    assert (await surveyed(GetKeyPolicy=answer)).key_policy is None
    denied = refusal(ErrorKind.DENIED, "kms:GetKeyPolicy")
    assert (await surveyed(encrypted, GetKeyPolicy=denied)).key_policy is None


async def test_aliases_that_may_not_be_listed_are_noted() -> None:
    found = await surveyed(ListStateMachineAliases=refusal(ErrorKind.DENIED, "x"))
    assert (found.aliases, len(found.notes)) == ((), 1)


def test_nothing_is_found_in_no_answer() -> None:
    assert find_group(None, GROUP) is None
    assert find_group({"logGroups": [FOUND]}, GROUP) == FOUND
