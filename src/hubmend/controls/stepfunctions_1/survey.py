"""What a plan must know before it proposes a change: role, log group, policies, key, aliases.

Everything is read, nothing is changed. What the caller may not read becomes a `fault` on the
part, which the plan turns into manual steps instead of a failed call later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hubmend.controls.stepfunctions_1.aliases import Alias, read_aliases
from hubmend.controls.stepfunctions_1.deployed import Deployed, read_deployed
from hubmend.controls.stepfunctions_1.destination import Destination, chosen_key, destination
from hubmend.controls.stepfunctions_1.keys import Key, read_key, read_policy
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.role import Role, read_role
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.decision import Decision
from hubmend.core.errors import AwsError
from hubmend.core.ports import Gateway, Response
from hubmend.core.settings import Settings


@dataclass(frozen=True)
class LogGroup:
    """An existing log group. `retention_days` None means its records never expire.

    `protected`: from deletion. `tags` are empty where they may not be read.
    """

    arn: str
    retention_days: int | None
    log_class: str
    kms_key: str | None
    protected: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Surroundings:
    """All that a plan for one machine must know."""

    destination: Destination
    role: Role
    group: LogGroup | None = None
    group_fault: str | None = None
    policies: Mapping[str, int] | None = None  # Logs resource policies: name to length
    delivery_policy: str | None = None  # text of AWSLogDeliveryWrite20150319 (F§3.9)
    key_policy: Mapping[str, Any] | None = None
    aliases: tuple[Alias, ...] = ()
    notes: tuple[str, ...] = field(default=())
    deployed: Deployed | None = None  # None where no stack owns the machine
    new_key: Key | None = None  # of the log group, where one is to be made with a key


DELIVERY_POLICY = "AWSLogDeliveryWrite20150319"


async def survey(
    gateway: Gateway, machine: Machine, decision: Decision, settings: Settings
) -> Surroundings:
    """Read all that a plan for this machine must know; raise UsageError for a bad destination."""
    where = destination(machine.arn, machine.name, decision, settings)
    key = chosen_key(decision, settings)
    group, group_fault = await _group(gateway, machine.target, where.name)
    policies = await _policies(gateway, machine.target)
    aliases, notes = await read_aliases(gateway, machine.target, machine.arn)
    return Surroundings(
        destination=where,
        role=await read_role(gateway, machine.target, machine.role_arn),
        group=group,
        group_fault=group_fault,
        policies=None if policies is None else {name: len(text) for name, text in policies.items()},
        delivery_policy=(policies or {}).get(DELIVERY_POLICY),
        key_policy=(
            await read_policy(gateway, machine.target, machine.customer_key)
            if machine.customer_key is not None
            else None
        ),
        aliases=aliases,
        notes=notes,
        deployed=await read_deployed(gateway, machine),
        new_key=await read_key(gateway, machine.target, key) if key and group is None else None,
    )


def find_group(answer: Response | None, name: str) -> Mapping[str, Any] | None:
    """Return the group of exactly this name in DescribeLogGroups' answer to its prefix."""
    groups = (answer or {}).get("logGroups", ())
    return next((group for group in groups if group["logGroupName"] == name), None)


async def _group(gateway: Gateway, target: Target, name: str) -> tuple[LogGroup | None, str | None]:
    call = Call("logs", "DescribeLogGroups", {"logGroupNamePrefix": name})
    try:
        async for page in gateway.pages(target, call):
            found = find_group(page, name)
            if found:
                group = LogGroup(
                    arn=found["arn"],
                    retention_days=found.get("retentionInDays"),
                    log_class=found.get("logGroupClass") or "STANDARD",
                    kms_key=found.get("kmsKeyId"),
                    protected=bool(found.get("deletionProtectionEnabled")),
                    tags=await _tags(gateway, target, name),
                )
                return group, None
    except AwsError as error:
        return None, str(error)
    return None, None


async def _tags(gateway: Gateway, target: Target, name: str) -> Mapping[str, str]:
    try:
        answer = await gateway.read(
            target, Call("logs", "ListTagsLogGroup", {"logGroupName": name})
        )
    except AwsError:
        return {}
    return dict(answer.get("tags") or {})


async def _policies(gateway: Gateway, target: Target) -> Mapping[str, str] | None:
    found: dict[str, str] = {}
    try:
        async for page in gateway.pages(target, Call("logs", "DescribeResourcePolicies", {})):
            for policy in page.get("resourcePolicies", ()):
                found[policy["policyName"]] = policy.get("policyDocument", "")
    except AwsError:
        return None  # unknown is not full: the update itself would tell
    return found
