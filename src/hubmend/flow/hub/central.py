"""Central configuration: accounts whose Security Hub only a configuration policy can change.

A policy is replaced whole and reaches every account it is associated with (F§2.9), so hubmend
prints the exact edit and leaves it to a person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.plan import Manual
from hubmend.core.ports import Gateway

SELF_MANAGED = "SELF_MANAGED_SECURITY_HUB"


@dataclass(frozen=True)
class Policy:
    """The configuration policy that manages an account, as it is to be written back."""

    id: str
    name: str
    body: Mapping[str, Any]


async def managing(gateway: Gateway, target: Target) -> Policy | None:
    """Return the policy that manages the account, None where it manages itself.

    Only Security Hub's administrator is told. Where the caller is not, local configuration is
    taken for granted: AWS refuses the change otherwise, and its words are shown.
    """
    administrator = Target((await gateway.identity()).account, target.region)

    async def ask(operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return await gateway.read(administrator, Call("securityhub", operation, params))

    try:
        organization = await ask("DescribeOrganizationConfiguration", {})
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return None
    kind = (organization.get("OrganizationConfiguration") or {}).get("ConfigurationType")
    if kind != "CENTRAL":
        return None
    managed = {"Target": {"AccountId": target.account}}
    try:
        found = await ask("GetConfigurationPolicyAssociation", managed)
    except AwsError as error:
        if error.kind is not ErrorKind.NOT_FOUND:
            raise
        return None  # no policy reaches the account
    identity = str(found.get("ConfigurationPolicyId") or SELF_MANAGED)
    if identity == SELF_MANAGED:
        return None
    policy = await ask("GetConfigurationPolicy", {"Identifier": identity})
    return Policy(identity, str(policy.get("Name", "")), policy.get("ConfigurationPolicy") or {})


def by_policy(policy: Policy, control_arn: str, what: str, body: Mapping[str, Any]) -> Manual:
    """Say how the policy is to be edited so that `what` happens: all of it is given."""
    changed = json.dumps(body, sort_keys=True)
    edit = (
        f"aws securityhub update-configuration-policy --identifier {policy.id} "
        f"--configuration-policy '{changed}'"
    )
    leave = (
        "aws securityhub start-configuration-policy-association "
        f"--configuration-policy-identifier {SELF_MANAGED} "
        f"--target AccountId={parse_arn(control_arn).account}"
    )
    return Manual(
        control_arn,
        f"configuration policy {policy.name or policy.id} manages the account: only the policy "
        f"can {what}, and it does so in every account it reaches",
        (
            f"as Security Hub's administrator, in the home region: {edit}",
            f"or let the account manage itself: {leave}; then plan again",
        ),
    )


def controls_of(body: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a copy of a policy's body, and in it what it says of controls, to be edited."""
    changed: dict[str, Any] = json.loads(json.dumps(body))
    hub = changed.setdefault("SecurityHub", {})
    return changed, hub.setdefault("SecurityControlsConfiguration", {})
