"""What a machine needs to deliver logs, as plain data: its logging, a log group, rights (F§5.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.controls.stepfunctions_1.rights import DOCUMENT, POLICY_NAME
from hubmend.iac.source import NEW, Wanted
from hubmend.iac.template.machines import OF_SERVERLESS, Dialect

POLICY = DOCUMENT  # an item of a SAM machine's Policies
INLINE_POLICY = {"PolicyName": POLICY_NAME, "PolicyDocument": DOCUMENT}  # of a role's


@dataclass(frozen=True)
class Call:
    """A CloudFormation function of one text: Sub, or GetAtt as `Id.Attribute`."""

    function: str
    argument: str


def logging(dialect: Dialect, level: str, wanted: Wanted, group: str) -> dict[str, Any]:
    """Return a machine's logging; `group` is the logical id of a new group where one is wanted."""
    arn = _arn(wanted.log_group, group)
    serverless = dialect is OF_SERVERLESS
    destination = arn if serverless else {"CloudWatchLogsLogGroup": {"LogGroupArn": arn}}
    return {
        dialect.level: level,
        dialect.data: wanted.include_execution_data,
        dialect.destinations: [destination],
    }


def _arn(wanted: str, group: str) -> Call | str:
    if wanted == NEW:
        return Call("GetAtt", f"{group}.Arn")  # CloudFormation's ends with :* already
    if wanted.startswith("arn:"):
        return wanted if wanted.endswith(":*") else f"{wanted}:*"
    place = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"
    return Call("Sub", f"{place}{wanted}:*")


def log_group(machine: str, retention_days: int, condition: str | None) -> Mapping[str, Any]:
    """Return a log group that outlives its stack.

    Its name holds the stack's, for one template may be deployed several times; the prefix keeps
    the account's resource policy from growing (F§3.9).
    """
    name = Call("Sub", f"/aws/vendedlogs/states/${{AWS::StackName}}-{machine}-Logs")
    return {
        "Type": "AWS::Logs::LogGroup",
        **({"Condition": condition} if condition else {}),
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"LogGroupName": name, "RetentionInDays": retention_days},
    }


def free_id(machine: str, taken: Collection[str]) -> str:
    """Return a logical id for a machine's log group that no resource has."""
    plain = re.sub(r"[^A-Za-z0-9]", "", machine) or "StateMachine"
    base = f"{plain[0].upper()}{plain[1:]}Logs"
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base}{number}"
    return name
