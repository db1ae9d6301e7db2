"""What the traffic of aliases goes through: before it is moved, and after.

Before an alias is repointed it must route as it did when the plan was made, and each version that
goes must equal the one that comes, but for logging: whatever happened to the machine meanwhile,
production runs on as it did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hubmend.controls.stepfunctions_1.aliases import (
    describe_alias,
    describe_whole,
    difference,
    qualifier,
)
from hubmend.controls.stepfunctions_1.effects import effect
from hubmend.controls.stepfunctions_1.machine import OFF, Machine, same_logging
from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway, Response
from hubmend.core.reference import references
from hubmend.core.verification import ConfigurationAnswer, Traffic

_ALIAS, _VERSION = "stateMachineAliasArn", "stateMachineVersionArn"
Params = Mapping[str, Any]


async def refuse(gateway: Gateway, change: Change) -> str | None:
    """Return why an alias must not be repointed now, None when it may (or is not what is meant).

    Until the version is published only the alias is looked at. Raise AwsError of kind NOT_FOUND
    where the version published does not show yet.
    """
    if not _repoints(change) or change.undo is None:
        return None
    name, target = qualifier(change.call.params[_ALIAS]), change.target
    told = await _alias(gateway, target, change.call.params[_ALIAS])
    if told is None:
        return f"alias {name} was deleted since the plan was made"
    if not effect(change.undo).holds(told):
        then, now = _shown(change.undo.params), _shown(told)
        return f"alias {name} was on {then}, now it is on {now} since the plan was made"
    if references(change.call):
        return None
    came, went = _versions(change.call.params), _versions(change.undo.params)
    new = await describe_whole(gateway, target, *(came - went))
    for arn in sorted(went - came):
        differs = difference(new, await describe_whole(gateway, target, arn))
        if differs:
            return (
                f"the version published for alias {name} has not the {differs} of version "
                f"{qualifier(arn)}: somebody changed the machine meanwhile, so the alias stays"
            )
    return None


def traffic(changes: Sequence[Change]) -> Traffic:
    """Return where changes, as made, sent the traffic of aliases. Pure.

    An alias that routes only to what was published is what verify starts; of a weighted one that
    keeps another version, the version published.
    """
    starts: list[str] = []
    versions: dict[str, None] = {}
    for change in changes:
        if not _repoints(change) or change.undo is None or references(change.call):
            continue
        came = _versions(change.call.params)
        new = sorted(came - _versions(change.undo.params))
        versions |= dict.fromkeys(new)
        starts.append(change.call.params[_ALIAS] if came == set(new) else new[0])
    return Traffic(starts[0] if starts else None, tuple(versions))


async def routed(gateway: Gateway, changes: Sequence[Change]) -> ConfigurationAnswer | None:
    """Say whether aliases route as the changes set them and how their versions log.

    None where the changes repoint no alias.
    """
    said: list[str] = []
    wrong: list[str] = []
    for change in changes:
        if not _repoints(change):
            continue
        name = qualifier(change.call.params[_ALIAS])
        told = await _alias(gateway, change.target, change.call.params[_ALIAS])
        if told is None or not effect(change.call).holds(told):
            now = f"is on {_shown(told)}, not as planned" if told else "was deleted"
            wrong.append(f"alias {name} {now}")
        else:
            said += [f"alias {name}: {one}" for one in await _levels(gateway, change)]
    if wrong:
        return ConfigurationAnswer("failed", "; ".join(wrong))
    return ConfigurationAnswer("passed", traffic="; ".join(said)) if said else None


async def logging_alike(
    gateway: Gateway, machine: Machine, versions: Sequence[str]
) -> frozenset[str]:
    """Return the versions that log as the machine itself does: their executions count with its."""
    told = {arn: await _logging(gateway, machine.target, arn) for arn in versions}
    return frozenset(arn for arn, found in told.items() if same_logging(found, machine.logging))


async def _levels(gateway: Gateway, change: Change) -> list[str]:
    levels = []
    for route in change.call.params["routingConfiguration"]:
        arn = route[_VERSION]
        level = (await _logging(gateway, change.target, arn)).get("level") or OFF
        levels.append(f"version {qualifier(arn)} ({route['weight']} %) logs {level}")
    return levels


async def _logging(gateway: Gateway, target: Target, arn: str) -> Mapping[str, Any]:
    params = {"stateMachineArn": arn, "includedData": "METADATA_ONLY"}
    told = await gateway.read(target, Call("stepfunctions", "DescribeStateMachine", params))
    return told.get("loggingConfiguration") or {}


async def _alias(gateway: Gateway, target: Target, arn: str) -> Response | None:
    try:
        return await describe_alias(gateway, target, arn)
    except AwsError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return None


def _repoints(change: Change) -> bool:
    return change.call.operation == "UpdateStateMachineAlias"


def _versions(routing: Params) -> set[str]:
    return {one[_VERSION] for one in routing["routingConfiguration"]}


def _shown(routing: Params) -> str:
    return " and ".join(
        f"version {qualifier(one[_VERSION])} ({one['weight']} %)"
        for one in routing["routingConfiguration"]
    )
