"""Central configuration: accounts whose Security Hub only a configuration policy can change.

A policy is replaced whole and reaches every account it is associated with (F§2.9), so hubmend
prints the exact edit and leaves it to a person. Policies are kept in the administrator's home
region, which alone answers about them (BC), and take effect there and in the regions it links
(SH:aggregation-central-configuration).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.plan import Manual
from hubmend.core.ports import Gateway
from hubmend.flow.hub.aggregation import own_aggregation

SELF_MANAGED = "SELF_MANAGED_SECURITY_HUB"


@dataclass(frozen=True)
class Policy:
    """The configuration policy that manages an account, as it is to be written back at `home`."""

    home: str
    id: str
    name: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Managing:
    """What manages an account: a policy, or itself without one; `fault` says why that is unread."""

    policy: Policy | None = None
    fault: str | None = None


async def managing(gateway: Gateway, target: Target, elsewhere: Iterable[str] = ()) -> Managing:
    """Return what manages the account of a target in its region.

    Only Security Hub's administrator is told. Where the caller is not, local configuration is
    taken for granted: AWS refuses the change otherwise, and its words are shown. The home region
    is asked for in the target's region and in those `elsewhere`.

    Raise AwsError when the credentials end.
    """
    account = (await gateway.identity()).account
    found = await own_aggregation(gateway, account, (target.region, *elsewhere))
    if found and not found.links(target.region):
        return Managing()
    # Where no home region is told, the called one may be it; else AWS says that it is not.
    home = Target(account, found.home if found else target.region)
    try:
        return Managing(await _policy(gateway, home, target.account))
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return Managing(fault=f"what manages the account could not be read: {error}")


async def _policy(gateway: Gateway, home: Target, account: str) -> Policy | None:
    async def ask(operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return await gateway.read(home, Call("securityhub", operation, params))

    try:
        organization = await ask("DescribeOrganizationConfiguration", {})
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return None
    kind = (organization.get("OrganizationConfiguration") or {}).get("ConfigurationType")
    if kind != "CENTRAL":
        return None
    managed = {"Target": {"AccountId": account}}
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
    return Policy(
        home.region, identity, str(policy.get("Name", "")), policy.get("ConfigurationPolicy") or {}
    )


def by_policy(policy: Policy, control_arn: str, what: str, body: Mapping[str, Any]) -> Manual:
    """Say how the policy is to be edited so that `what` happens: all of it is given."""
    changed = json.dumps(body, sort_keys=True)
    edit = (
        f"aws securityhub update-configuration-policy --region {policy.home} "
        f"--identifier {policy.id} "
        f"--configuration-policy '{changed}'"
    )
    leave = (
        f"aws securityhub start-configuration-policy-association --region {policy.home} "
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
