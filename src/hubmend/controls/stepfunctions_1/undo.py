"""What must not be undone: records that exist, and rights another machine needs."""

from __future__ import annotations

from hubmend.controls.stepfunctions_1.aliases import describe_alias, qualifier, read_aliases
from hubmend.controls.stepfunctions_1.machine import OFF, group_arns, group_name
from hubmend.controls.stepfunctions_1.plan import MACHINE_TAG, PLAN_TAG
from hubmend.controls.stepfunctions_1.read import read_machine
from hubmend.controls.stepfunctions_1.records import VALIDATION_STREAM
from hubmend.controls.stepfunctions_1.survey import find_group
from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.control import Neighbours
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway


async def keep(gateway: Gateway, change: Change, neighbours: Neighbours) -> str | None:
    """Return why a change must not be undone now, None when it may.

    `neighbours` answers with the machines of a target that this rollback does not restore.
    """
    if change.call.operation == "CreateLogGroup":
        return await _group_kept(gateway, change, neighbours)
    if change.undo and change.undo.operation == "DeleteRetentionPolicy":
        return await _retention_kept(gateway, change)
    if change.undo and change.undo.operation == "DeleteRolePolicy":
        return await _policy_kept(gateway, change, neighbours)
    if change.undo and change.undo.operation == "DeleteStateMachineVersion":
        return await _version_kept(gateway, change)
    return None


async def _group_kept(gateway: Gateway, change: Change, neighbours: Neighbours) -> str | None:
    name = change.call.params["logGroupName"]
    if not await _ours(gateway, change):
        return f"log group {name} stays: it is not the one hubmend made"
    if await holds_records(gateway, change.target, name):
        return f"log group {name} stays: it holds records"
    if await _protected(gateway, change.target, name):
        return f"log group {name} stays: somebody turned its deletion protection on"
    for other in await neighbours(change.target):
        uses = other.log_group_arn and group_name(other.log_group_arn) == name
        if uses and other.target == change.target and await _logs(gateway, other.arn):
            return f"log group {name} stays: {other.name} logs to it, too"
    alias = await _alias_that_logs(gateway, change, name)
    return f"log group {name} stays: alias {alias} logs to it still" if alias else None


async def _alias_that_logs(gateway: Gateway, change: Change, group: str) -> str | None:
    """Return an alias of the machine, which is off by now, that sends traffic to the group."""
    aliases, _ = await read_aliases(gateway, change.target, change.resource)
    for alias in aliases:
        for route in alias.routes:
            arns = [arn for arn in group_arns(route.version.logging) if arn]
            if route.weight and group in map(group_name, arns):
                return alias.name
    return None


async def _retention_kept(gateway: Gateway, change: Change) -> str | None:
    """A group that hubmend made and that stays keeps its retention: nobody else set one."""
    name = change.call.params["logGroupName"]
    tags = await _tags(gateway, change.target, name)
    if MACHINE_TAG in tags and await holds_records(gateway, change.target, name):
        return f"retention of log group {name} stays with its records"
    return None


async def _policy_kept(gateway: Gateway, change: Change, neighbours: Neighbours) -> str | None:
    role = change.call.params["RoleName"]
    for other in await neighbours(change.target):
        same = (other.role_arn or "").endswith(f"/{role}") and other.account == change.account
        if same and await _logs(gateway, other.arn):
            return (
                f"the policy of role {role} stays: {other.name} ({other.region}) logs with it, "
                "and AWS would refuse its next update without"
            )
    return None


async def _version_kept(gateway: Gateway, change: Change) -> str | None:
    """An alias that somebody pointed at the version meanwhile needs it; AWS would refuse, too."""
    version = change.undo.params["stateMachineVersionArn"] if change.undo else ""
    call = Call("stepfunctions", "ListStateMachineAliases", {"stateMachineArn": version})
    async for page in gateway.pages(change.target, call):
        for listed in page["stateMachineAliases"]:
            arn = listed["stateMachineAliasArn"]
            told = await describe_alias(gateway, change.target, arn)
            if any(
                one["stateMachineVersionArn"] == version for one in told["routingConfiguration"]
            ):
                name, number = qualifier(arn), qualifier(version)
                return f"version {number} stays, and logs: alias {name} routes to it"
    return None


async def _logs(gateway: Gateway, arn: str) -> bool:
    try:
        return (await read_machine(gateway, arn, {})).level != OFF
    except AwsError as error:
        return error.kind is not ErrorKind.NOT_FOUND  # unknown is treated as in use


async def _ours(gateway: Gateway, change: Change) -> bool:
    made = change.call.params["tags"]
    tags = await _tags(gateway, change.target, change.call.params["logGroupName"])
    return bool(tags.get(PLAN_TAG) == made[PLAN_TAG])


async def _protected(gateway: Gateway, target: Target, name: str) -> bool:
    call = Call("logs", "DescribeLogGroups", {"logGroupNamePrefix": name})
    async for page in gateway.pages(target, call):
        found = find_group(page, name)
        if found:
            return bool(found.get("deletionProtectionEnabled"))
    return False


async def _tags(gateway: Gateway, target: Target, name: str) -> dict[str, str]:
    call = Call("logs", "ListTagsLogGroup", {"logGroupName": name})
    try:
        return dict((await gateway.read(target, call)).get("tags", {}))
    except AwsError as error:
        if error.kind is ErrorKind.NOT_FOUND:
            return {}
        raise


async def holds_records(gateway: Gateway, target: Target, name: str) -> bool:
    """Whether a log group holds anything but AWS's own validation stream."""
    call = Call("logs", "DescribeLogStreams", {"logGroupName": name})
    try:
        async for page in gateway.pages(target, call):
            if any(one["logStreamName"] != VALIDATION_STREAM for one in page["logStreams"]):
                return True
    except AwsError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
    return False
