"""The account's log delivery policy, `AWSLogDeliveryWrite20150319`, which enabling logging grows.

AWS keeps one CloudWatch Logs resource policy per account and region for all vended logs. Groups
under /aws/vendedlogs/ share one wildcard entry, any other group adds its own; the policy holds
5,120 characters and the account ten policies (F§3.9).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

DELIVERY_POLICY = "AWSLogDeliveryWrite20150319"
POLICY_CHARACTERS = 5120
POLICIES_PER_REGION = 10
SHARED_PREFIX = "/aws/vendedlogs/"


@dataclass(frozen=True)
class NoRoom:
    """Why the policy could not be extended: `size` of the policy, or `count` of policies."""

    limit: str


def admit_group(logs: Any, group: str) -> NoRoom | None:
    """Extend the delivery policy in moto's Logs backend for a log group, or say why not.

    Nothing is changed when the group is already covered or there is no room.
    """
    current = logs.resource_policies.get(DELIVERY_POLICY)
    document = json.loads(current.policy_document) if current else _empty()
    entry = _entry(logs, group)
    resources = document["Statement"][0]["Resource"]
    if entry in resources:
        return None
    if current is None and len(logs.resource_policies) >= POLICIES_PER_REGION:
        return NoRoom("count")
    _fill(document, logs, [*resources, entry])
    text = json.dumps(document, separators=(",", ":"))
    if len(text) > POLICY_CHARACTERS:
        return NoRoom("size")
    logs.put_resource_policy(DELIVERY_POLICY, text)
    return None


def _entry(logs: Any, group: str) -> str:
    covered = f"{SHARED_PREFIX}*" if group.startswith(SHARED_PREFIX) else group
    return (
        f"arn:{logs.partition}:logs:{logs.region_name}:{logs.account_id}"
        f":log-group:{covered}:log-stream:*"
    )


def _empty() -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": DELIVERY_POLICY,
                "Effect": "Allow",
                "Principal": {"Service": "delivery.logs.amazonaws.com"},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [],
            }
        ],
    }


def _fill(document: dict[str, Any], logs: Any, resources: list[str]) -> None:
    source = f"arn:{logs.partition}:logs:{logs.region_name}:{logs.account_id}:*"
    document["Statement"][0]["Resource"] = resources
    document["Statement"][0]["Condition"] = {
        "StringEquals": {"aws:SourceAccount": [logs.account_id]},
        "ArnLike": {"aws:SourceArn": [source]},
    }
