"""How to see whether a call took effect: what to read again, and what it must show. Pure.

A call that timed out may have happened; a resumed run must not do it twice. Every call hubmend
makes, change or undo, has its entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from hubmend.controls.stepfunctions_1.machine import same_logging
from hubmend.controls.stepfunctions_1.role import parsed
from hubmend.controls.stepfunctions_1.survey import find_group
from hubmend.core.call import Call
from hubmend.core.control import Effect
from hubmend.core.ports import Response

Params = Mapping[str, Any]

MADE_BY = "hubmend:plan="  # and the plan's moment: the description of a version hubmend published
CLOCKS_APART = timedelta(hours=1)  # between ours, which dates plans, and AWS's


def effect(call: Call) -> Effect:
    """Return how to see whether a call took effect."""
    return _EFFECTS[call.service, call.operation](call.params)


def _group(params: Params, holds: Callable[[Mapping[str, Any] | None], bool]) -> Effect:
    name = params["logGroupName"]
    read = Call("logs", "DescribeLogGroups", {"logGroupNamePrefix": name})
    return Effect(read, lambda answer: holds(find_group(answer, name)))


def _group_exists(params: Params) -> Effect:
    return _group(params, lambda group: group is not None)


def _group_gone(params: Params) -> Effect:
    return _group(params, lambda group: group is None)


def _retention_set(params: Params) -> Effect:
    days = params["retentionInDays"]
    return _group(params, lambda group: (group or {}).get("retentionInDays") == days)


def _retention_gone(params: Params) -> Effect:
    return _group(params, lambda group: (group or {}).get("retentionInDays") is None)


def _role_policy(params: Params) -> Call:
    names = {key: params[key] for key in ("RoleName", "PolicyName")}
    return Call("iam", "GetRolePolicy", names)


def _policy_put(params: Params) -> Effect:
    wanted = parsed(params["PolicyDocument"])

    def holds(answer: Response | None) -> bool:
        return answer is not None and parsed(answer["PolicyDocument"]) == wanted

    return Effect(_role_policy(params), holds)


def _policy_gone(params: Params) -> Effect:
    return Effect(_role_policy(params), lambda answer: answer is None)


def _logging_set(params: Params) -> Effect:
    read = _described(params["stateMachineArn"])

    def holds(answer: Response | None) -> bool:
        return answer is not None and same_logging(
            answer.get("loggingConfiguration") or {}, params["loggingConfiguration"]
        )

    # A version is published of this revision and no other (F§3.6).
    return Effect(read, holds, told=lambda answer: {"revisionId": answer.get("revisionId")})


def _version_published(params: Params) -> Effect:
    """A version is ours if its description says so: newest first, none older than the plan."""
    arn, tag = params["stateMachineArn"], params["description"]
    since = datetime.fromisoformat(tag.removeprefix(MADE_BY)) - CLOCKS_APART

    def each(page: Response) -> list[Call]:
        listed = page["stateMachineVersions"]
        young = [one for one in listed if one["creationDate"] >= since]
        return [_described(one["stateMachineVersionArn"]) for one in young]

    return Effect(
        Call("stepfunctions", "ListStateMachineVersions", {"stateMachineArn": arn}),
        lambda answer: answer is not None and answer.get("description") == tag,
        each=each,
        told=lambda answer: {"stateMachineVersionArn": answer["stateMachineArn"]},
    )


def _version_gone(params: Params) -> Effect:
    return Effect(_described(params["stateMachineVersionArn"]), lambda answer: answer is None)


def _alias_set(params: Params) -> Effect:
    arn, wanted = params["stateMachineAliasArn"], _weights(params)
    read = Call("stepfunctions", "DescribeStateMachineAlias", {"stateMachineAliasArn": arn})

    def holds(answer: Response | None) -> bool:
        if answer is None or _weights(answer) != wanted:
            return False
        return "description" not in params or answer.get("description") == params["description"]

    return Effect(read, holds)


def _weights(routing: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return what an alias routes to, in one order: AWS promises none."""
    listed = routing["routingConfiguration"]
    return sorted((str(one["stateMachineVersionArn"]), int(one["weight"])) for one in listed)


def _described(arn: str) -> Call:
    params = {"stateMachineArn": arn, "includedData": "METADATA_ONLY"}
    return Call("stepfunctions", "DescribeStateMachine", params)


_EFFECTS: Mapping[tuple[str, str], Callable[[Params], Effect]] = {
    ("logs", "CreateLogGroup"): _group_exists,
    ("logs", "DeleteLogGroup"): _group_gone,
    ("logs", "PutRetentionPolicy"): _retention_set,
    ("logs", "DeleteRetentionPolicy"): _retention_gone,
    ("iam", "PutRolePolicy"): _policy_put,
    ("iam", "DeleteRolePolicy"): _policy_gone,
    ("stepfunctions", "UpdateStateMachine"): _logging_set,
    ("stepfunctions", "PublishStateMachineVersion"): _version_published,
    ("stepfunctions", "DeleteStateMachineVersion"): _version_gone,
    ("stepfunctions", "UpdateStateMachineAlias"): _alias_set,
}
