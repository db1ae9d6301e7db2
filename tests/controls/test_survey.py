"""What a plan reads beforehand, and what becomes of what it may not read."""

from __future__ import annotations

import json
from typing import Any

import pytest

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
    machine_arn,
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


async def test_aliases_are_listed_over_all_pages() -> None:
    live, old = f"{machine_arn()}:live", f"{machine_arn()}:old"
    pages = [
        {"stateMachineAliases": [{"stateMachineAliasArn": live}]},
        {"stateMachineAliases": [{"stateMachineAliasArn": old}]},
    ]
    found = await surveyed(ListStateMachineAliases=pages)
    assert (found.aliases, found.notes) == ((live, old), ())


@pytest.mark.parametrize(("kind", "noted"), [(ErrorKind.DENIED, 1), (ErrorKind.INVALID, 0)])
async def test_aliases_that_may_not_be_listed_are_noted(kind: ErrorKind, noted: int) -> None:
    found = await surveyed(ListStateMachineAliases=refusal(kind, "x"))
    assert (found.aliases, len(found.notes)) == ((), noted)


def test_nothing_is_found_in_no_answer() -> None:
    assert find_group(None, GROUP) is None
    assert find_group({"logGroups": [FOUND]}, GROUP) == FOUND
