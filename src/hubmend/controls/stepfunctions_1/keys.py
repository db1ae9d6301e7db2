"""KMS keys in the way of log delivery: a machine's own, and that of a new log group (F§3.10).

Key policies are read and told, never edited: whoever owns a key decides who may use it.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.rights import covers_action, listed
from hubmend.controls.stepfunctions_1.role import Role, parsed
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway

Statement = Mapping[str, Any]
Found = tuple[str, tuple[str, ...]] | None

_DELIVERY = "delivery.logs.amazonaws.com"
_LOGS_ACTIONS = (
    "kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey",
    "kms:DescribeKey",
)  # fmt: skip
_LOGS_GRANT = ("kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*",
               "kms:Describe*")  # fmt: skip
_GROUP_CONTEXT = "kms:EncryptionContext:aws:logs:arn"


@dataclass(frozen=True)
class Key:
    """A KMS key as far as it may be read; `missing` that it is not there, `policy` None unknown."""

    given: str
    arn: str = ""
    state: str = ""
    symmetric: bool = True
    policy: Mapping[str, Any] | None = None
    missing: bool = False
    fault: str = ""


async def read_policy(gateway: Gateway, target: Target, key: str) -> Mapping[str, Any] | None:
    """Read a key's policy, None where it may not be read."""
    call = Call("kms", "GetKeyPolicy", {"KeyId": key, "PolicyName": "default"})
    try:
        return parsed((await gateway.read(target, call)).get("Policy"))
    except AwsError:
        return None


async def read_key(gateway: Gateway, target: Target, given: str) -> Key:
    """Read the key a log group is to have, by ARN, id or alias; what is refused is a fault."""
    call = Call("kms", "DescribeKey", {"KeyId": given})
    try:
        found = (await gateway.read(target, call))["KeyMetadata"]
    except AwsError as error:
        missing = error.kind in (ErrorKind.NOT_FOUND, ErrorKind.INVALID)
        return Key(given, missing=missing, fault=str(error))
    spec = found.get("KeySpec") or found.get("CustomerMasterKeySpec") or "SYMMETRIC_DEFAULT"
    return Key(
        given,
        arn=found["Arn"],
        state=found.get("KeyState") or "Enabled",
        symmetric=spec == "SYMMETRIC_DEFAULT",
        policy=await read_policy(gateway, target, found["KeyId"]),
    )


def machine_key(machine: Machine, role: Role, policy: Mapping[str, Any] | None) -> Found:
    """Return what the machine's own key lacks for log delivery: a key grant, a role grant."""
    if machine.customer_key is None:
        return None
    steps = []
    if not _grants_delivery(policy):
        statement = {
            "Sid": "LogDeliveryDecrypt",
            "Effect": "Allow",
            "Principal": {"Service": _DELIVERY},
            "Action": "kms:Decrypt*",
            "Resource": "*",
        }
        steps.append(f"add to the policy of key {machine.customer_key}: {json.dumps(statement)}")
    if not _generates(role):
        source = f"arn:{machine.partition}:logs:{machine.target.region}:{machine.target.account}:*"
        statement = {
            "Sid": "LogDeliveryDataKey",
            "Effect": "Allow",
            "Action": "kms:GenerateDataKey",
            "Resource": machine.customer_key,
            "Condition": {"StringEquals": {"kms:EncryptionContext:SourceArn": source}},
        }
        steps.append(f"add to role {role.name}: {json.dumps(statement)}")
    if not steps:
        return None
    return (
        "it is encrypted with a customer managed key that log delivery may not use yet",
        tuple(steps),
    )


def group_key(key: Key, group_arn: str, target: Target) -> Found:
    """Return what stands against making a log group with a key; `group_arn` ends without :*."""
    other = ("decide again with another --kms-key, or change kms_key in the policy file",)
    place = key.arn.split(":")
    if key.missing:
        return f"the key for its log group cannot be found: {key.fault}", other
    if not key.arn:
        return None  # not known is no reason to stop; a note says so
    if place[3] != target.region:
        return f"key {key.given} is in {place[3]}: a log group's key must be in its region", other
    if not key.symmetric:
        return f"key {key.given} is not symmetric: CloudWatch Logs cannot use it", other
    if key.state != "Enabled":
        return f"key {key.given} is {key.state}, not enabled", (f"enable it, or {other[0]}",)
    if key.policy is None or _grants_logs(key.policy, group_arn, target):
        return None
    statement = {
        "Sid": "CloudWatchLogs",
        "Effect": "Allow",
        "Principal": {"Service": _logs_of(target)},
        "Action": list(_LOGS_GRANT),
        "Resource": "*",
        "Condition": {"ArnEquals": {_GROUP_CONTEXT: group_arn}},
    }
    return (
        f"key {key.given} does not let CloudWatch Logs use it for {_name(group_arn)}",
        (f"add to the policy of key {key.arn}: {json.dumps(statement)}",),
    )


def _name(group_arn: str) -> str:
    return f"log group {group_arn.split(':log-group:', 1)[-1]}"


def _logs_of(target: Target) -> str:
    return f"logs.{target.region}.amazonaws.com"


def _grants_logs(policy: Mapping[str, Any], group_arn: str, target: Target) -> bool:
    """Whether a key policy lets CloudWatch Logs use the key for a group, with no Deny beside."""
    own = [one for one in statements(policy) if _speaks_of(one, _logs_of(target))]
    allowing = [
        one
        for one in own
        if one.get("Effect") == "Allow" and _holds(one.get("Condition"), group_arn, target)
    ]
    denying = [one for one in own if one.get("Effect") == "Deny" and not one.get("Condition")]
    return all(
        _any_covers(allowing, action) and not _any_covers(denying, action)
        for action in _LOGS_ACTIONS
    )


def _any_covers(some: Sequence[Statement], action: str) -> bool:
    return any(covers_action(statement, action) for statement in some)


def _speaks_of(statement: Statement, service: str) -> bool:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return principal == "*"
    return service in listed(principal.get("Service")) or "*" in listed(principal.get("AWS"))


def _holds(conditions: Any, group_arn: str, target: Target) -> bool:
    """Whether conditions hold for the group; one that is not known here is not counted."""
    if not conditions:
        return True
    if not isinstance(conditions, Mapping):
        return False
    given = {
        _GROUP_CONTEXT.lower(): group_arn,
        "aws:sourcearn": group_arn,
        "aws:sourceaccount": target.account,
    }
    return all(
        re.fullmatch(r"(String|Arn)(Equals|Like)(IfExists)?", operator) is not None
        and any(_like(value, given.get(key.lower())) for value in listed(values))
        for operator, wanted in conditions.items()
        for key, values in wanted.items()
    )


def _like(pattern: Any, value: str | None) -> bool:
    return value is not None and fnmatch.fnmatchcase(value, str(pattern).replace("[", "[[]"))


def _grants_delivery(policy: Mapping[str, Any] | None) -> bool:
    return any(
        statement.get("Effect") == "Allow"
        and _DELIVERY in json.dumps(statement.get("Principal", ""))
        and _mentions(statement, r"kms:(Decrypt\*?|\*)|\*")
        for statement in statements(policy)
    )


def _generates(role: Role) -> bool:
    documents = (*role.inline.values(), *role.attached.values())
    return any(
        statement.get("Effect") == "Allow"
        and _mentions(statement, r"kms:(GenerateDataKey\*?|\*)|\*")
        and _source_allowed(statement.get("Condition"))
        for document in documents
        for statement in statements(document)
    )


def _source_allowed(condition: Any) -> bool:
    """Whether a grant covers log delivery: unconditional, or for the context SourceArn (F§3.10)."""
    return not condition or "kms:EncryptionContext:SourceArn" in json.dumps(condition)


def statements(policy: Mapping[str, Any] | None) -> list[Statement]:
    """Return the statements of a policy, of which one may stand without its list."""
    found = (policy or {}).get("Statement") or []
    return [found] if isinstance(found, Mapping) else list(found)


def _mentions(statement: Statement, shape: str) -> bool:
    return any(
        re.fullmatch(shape, action, re.IGNORECASE) for action in listed(statement.get("Action"))
    )
