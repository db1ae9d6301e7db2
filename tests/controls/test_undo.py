"""What a rollback must keep: records that exist, groups of others, rights others need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from hubmend.controls import StepFunctions1
from hubmend.controls.stepfunctions_1.plan import MACHINE_TAG, PLAN_TAG
from hubmend.controls.stepfunctions_1.records import VALIDATION_STREAM
from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.resource import Resource
from tests.controls.builders import (
    ACCOUNT,
    GROUP,
    NOW,
    REGION,
    ROLE,
    Scripted,
    logging,
    machine_arn,
    refusal,
)
from tests.store.values import resource

OURS = {PLAN_TAG: "today", MACHINE_TAG: machine_arn()}
GONE = refusal(ErrorKind.NOT_FOUND, "logs:any")
DENIED = refusal(ErrorKind.DENIED, "logs:any")


def change(operation: str, params: dict[str, Any], undo: Call | None) -> Change:
    return Change("c1", machine_arn(), ACCOUNT, REGION, Call("x", operation, params), undo, "why")


CREATE = change(
    "CreateLogGroup",
    {"logGroupName": GROUP, "tags": OURS},
    Call("logs", "DeleteLogGroup", {"logGroupName": GROUP}),
)
RETENTION = change(
    "PutRetentionPolicy",
    {"logGroupName": GROUP, "retentionInDays": 30},
    Call("logs", "DeleteRetentionPolicy", {"logGroupName": GROUP}),
)
GRANT = change(
    "PutRolePolicy",
    {"RoleName": "PayRole"},
    Call("iam", "DeleteRolePolicy", {"RoleName": "PayRole"}),
)


GROUPS = {"logGroups": [{"logGroupName": GROUP}]}


def streams(*names: str) -> dict[str, Any]:
    return {"logStreams": [{"logStreamName": name} for name in names]}


def logs(tags: Any = None, found: Any = None, groups: Any = GROUPS) -> Scripted:
    return Scripted(
        ListTagsLogGroup={"tags": OURS} if tags is None else tags,
        DescribeLogStreams=streams() if found is None else found,
        DescribeLogGroups=groups,
        ListStateMachineAliases={"stateMachineAliases": []},
    )


async def kept(gateway: Scripted, one: Change, *neighbours: Resource) -> str | None:
    async def asked(target: Target) -> Sequence[Resource]:
        assert target == one.target
        return neighbours

    return await StepFunctions1().keep(gateway, one, asked)


@pytest.mark.parametrize(
    "found",
    [streams(), streams(VALIDATION_STREAM), [streams(), streams(VALIDATION_STREAM)], GONE],
)
async def test_a_group_hubmend_made_is_deleted_while_it_holds_no_records(found: Any) -> None:
    assert await kept(logs(found=found), CREATE) is None


async def test_a_group_with_records_stays_wherever_they_are() -> None:
    pages = [streams(VALIDATION_STREAM), streams("states/pay/1")]
    assert await kept(logs(found=pages), CREATE) == f"log group {GROUP} stays: it holds records"


@pytest.mark.parametrize(
    "tags", [{"tags": {}}, {}, {"tags": {PLAN_TAG: "yesterday"}}, GONE], ids=str
)
async def test_a_group_that_another_made_meanwhile_stays(tags: Any) -> None:
    said = await kept(logs(tags), CREATE)
    assert said == f"log group {GROUP} stays: it is not the one hubmend made"


@pytest.mark.parametrize("groups", [GROUPS, [{"logGroups": []}, GROUPS], {"logGroups": []}])
async def test_a_group_nobody_protected_since_is_deleted(groups: Any) -> None:
    assert await kept(logs(groups=groups), CREATE) is None


async def test_a_group_protected_from_deletion_since_stays() -> None:
    guarded = {"logGroupName": GROUP, "deletionProtectionEnabled": True}
    said = await kept(logs(groups={"logGroups": [guarded]}), CREATE)
    assert said == f"log group {GROUP} stays: somebody turned its deletion protection on"


@pytest.mark.parametrize(
    ("level", "changed", "stays"),
    [
        ("ALL", {}, True),
        ("OFF", {}, False),
        ("ALL", {"log_group_arn": None}, False),
        ("ALL", {"log_group_arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/other:*"}, False),
        ("ALL", {"account": "444455556666"}, False),
    ],
)
async def test_an_empty_group_stays_while_a_neighbour_logs_to_it(
    level: str, changed: dict[str, Any], stays: bool
) -> None:
    where = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{GROUP}:*"
    gateway = Scripted(
        ListTagsLogGroup={"tags": OURS},
        DescribeLogStreams=streams(),
        DescribeLogGroups=GROUPS,
        ListStateMachineAliases={"stateMachineAliases": []},
        DescribeStateMachine={
            "stateMachineArn": machine_arn("next"),
            "name": "next",
            "roleArn": ROLE,
            "creationDate": NOW,
            "loggingConfiguration": logging(level),
        },
    )
    other = replace(resource("next"), **{"log_group_arn": where, **changed})
    said = await kept(gateway, CREATE, other)
    assert said == (f"log group {GROUP} stays: next logs to it, too" if stays else None)


async def test_the_retention_of_a_group_that_stays_with_its_records_stays_too() -> None:
    full = streams("states/pay/1")
    said = await kept(logs(found=full), RETENTION)
    assert said == f"retention of log group {GROUP} stays with its records"
    assert await kept(logs(), RETENTION) is None
    assert await kept(logs({"tags": {}}, full), RETENTION) is None


@pytest.mark.parametrize("one", [CREATE, RETENTION])
async def test_what_cannot_be_looked_up_is_an_error_and_no_licence_to_delete(one: Change) -> None:
    with pytest.raises(AwsError):
        await kept(logs(DENIED), one)
    with pytest.raises(AwsError):
        await kept(logs(found=DENIED), one)


def neighbour(**changed: Any) -> Resource:
    return replace(resource("next"), role_arn=ROLE, **changed)


def described(level: str) -> Scripted:
    return Scripted(
        DescribeStateMachine={
            "stateMachineArn": machine_arn("next"),
            "name": "next",
            "roleArn": ROLE,
            "creationDate": NOW,
            "loggingConfiguration": logging(level),
        }
    )


async def test_the_policy_stays_while_a_neighbour_logs_with_the_role() -> None:
    said = await kept(described("ERROR"), GRANT, neighbour())
    assert said is not None
    assert said.startswith("the policy of role PayRole stays: next (us-east-1) logs with it")


async def test_the_policy_goes_when_no_neighbour_logs_with_the_role() -> None:
    assert await kept(described("OFF"), GRANT, neighbour()) is None
    assert await kept(described("ALL"), GRANT) is None


@pytest.mark.parametrize(
    "changed",
    [{"role_arn": None}, {"role_arn": f"{ROLE}2"}, {"role_arn": "arn:aws:iam::1:role/OtherPayRole"},
     {"account": "444455556666"}],
)  # fmt: skip
async def test_a_machine_with_another_role_is_no_neighbour(changed: dict[str, Any]) -> None:
    assert await kept(described("ALL"), GRANT, replace(neighbour(), **changed)) is None


@pytest.mark.parametrize(
    ("kind", "stays"), [(ErrorKind.NOT_FOUND, False), (ErrorKind.DENIED, True)]
)
async def test_a_neighbour_that_cannot_be_read_counts_unless_it_is_gone(
    kind: ErrorKind, stays: bool
) -> None:
    gateway = Scripted(DescribeStateMachine=refusal(kind, "stepfunctions:DescribeStateMachine"))
    assert (await kept(gateway, GRANT, neighbour()) is not None) is stays


@pytest.mark.parametrize(
    "one",
    [
        change("UpdateStateMachine", {}, Call("stepfunctions", "UpdateStateMachine", {})),
        change("PutRetentionPolicy", {}, Call("logs", "PutRetentionPolicy", {})),
        change("PutRolePolicy", {}, Call("iam", "PutRolePolicy", {})),
        change("UpdateStateMachine", {}, None),
    ],
)
async def test_restoring_what_was_there_is_always_allowed(one: Change) -> None:
    assert await kept(Scripted(), one) is None


VERSION, LIVE = f"{machine_arn()}:2", f"{machine_arn()}:live"
PUBLISHED = change(
    "PublishStateMachineVersion",
    {"stateMachineArn": machine_arn()},
    Call("stepfunctions", "DeleteStateMachineVersion", {"stateMachineVersionArn": VERSION}),
)


def routed(version: str = VERSION, weight: int = 100, *, listed: bool = True, **more: Any) -> Any:
    """Alias `live`, to one version; `more` is said of every version and of the machine."""
    told = {"roleArn": ROLE, "definition": "{}", "loggingConfiguration": logging(), **more}
    aliases = [{"stateMachineAliasArn": LIVE}] if listed else []
    route = {"stateMachineVersionArn": version, "weight": weight}
    return Scripted(
        ListTagsLogGroup={"tags": OURS},
        DescribeLogStreams=streams(),
        DescribeLogGroups=GROUPS,
        ListStateMachineAliases={"stateMachineAliases": aliases},
        DescribeStateMachineAlias={"routingConfiguration": [route]},
        DescribeStateMachine=lambda params: {"stateMachineArn": params["stateMachineArn"], **told},
    )


@pytest.mark.parametrize(
    ("gateway", "stays"),
    [
        (routed(), True),
        (routed(weight=0), True),  # AWS would refuse all the same
        (routed(listed=False), False),
        (routed(f"{machine_arn()}:1"), False),  # the list is older than the alias
    ],
)
async def test_a_version_stays_while_an_alias_routes_to_it(gateway: Scripted, stays: bool) -> None:
    said = await kept(gateway, PUBLISHED)
    assert said == ("version 2 stays, and logs: alias live routes to it" if stays else None)


@pytest.mark.parametrize(
    ("gateway", "stays"),
    [
        (routed(), True),
        (routed(weight=0), False),
        (routed(loggingConfiguration=logging(group="/other")), False),
        (routed(loggingConfiguration={"level": "OFF"}), False),
    ],
)
async def test_an_empty_group_stays_while_traffic_through_an_alias_logs_to_it(
    gateway: Scripted, stays: bool
) -> None:
    said = await kept(gateway, CREATE)
    assert said == (f"log group {GROUP} stays: alias live logs to it still" if stays else None)
