"""Central configuration: policies of the administrator, made in its home Region (F§2.9).

A policy that reaches an account decides which controls are on and what their parameters are, in the
home Region and those it links; the account can change neither itself. Left out: organizational
units, policies that turn Security Hub or standards on and off, and the minutes AWS takes.
"""

from __future__ import annotations

from typing import Any

from hubmend.sandbox.hub.calls import Call, page
from hubmend.sandbox.hub.catalogue import CONTROLS, LIVE, LOG_LEVEL
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.findings import digest
from hubmend.sandbox.hub.operations.associations import switch
from hubmend.sandbox.hub.operations.controls import customise, level_of
from hubmend.sandbox.hub.settings import partition
from hubmend.sandbox.hub.target import Target
from hubmend.sandbox.hub.world import SELF_MANAGED, World

_BY_POLICY = "Set by a configuration policy"


def describe_organization_configuration(world: World, call: Call) -> dict[str, Any]:
    """Local or central configuration; only the administrator may ask."""
    _as_administrator(world, call)
    return {
        "AutoEnable": not world.central,
        "MemberAccountLimitReached": False,
        "AutoEnableStandards": "NONE" if world.central else "DEFAULT",
        "OrganizationConfiguration": {
            "ConfigurationType": "CENTRAL" if world.central else "LOCAL",
            "Status": "ENABLED",
        },
    }


def update_organization_configuration(world: World, call: Call) -> dict[str, Any]:
    """Switch between local and central configuration, which takes a home Region."""
    _at_home(world, call)
    kind = (call.get("OrganizationConfiguration") or {}).get("ConfigurationType", "LOCAL")
    if kind == "CENTRAL" and call.account not in world.aggregators:
        raise HubError.invalid("central configuration takes a finding aggregator first")
    world.central = kind == "CENTRAL"
    if not world.central:
        world.policies.clear()
        world.managed_by.clear()
    return {}


def create_configuration_policy(world: World, call: Call) -> dict[str, Any]:
    """Add a policy; it does nothing until it is associated."""
    _at_home(world, call)
    identity = digest(call.account, call["Name"], str(len(world.policies)))[:32]
    place = f"{call.region}:{call.account}"
    world.policies[identity] = {
        "Arn": f"arn:{partition(call.region)}:securityhub:{place}:configuration-policy/{identity}",
        "Id": identity,
        "Name": call["Name"],
        "Description": call.get("Description", ""),
        "ConfigurationPolicy": call["ConfigurationPolicy"],
    }
    return world.policies[identity]


def update_configuration_policy(world: World, call: Call) -> dict[str, Any]:
    """Replace what is given of a policy, whole, and apply it to whom it reaches."""
    policy = _policy(world, call)
    changed = ("Name", "Description", "ConfigurationPolicy")
    policy |= {key: call[key] for key in changed if call.get(key)}
    for account in [one for one, by in world.managed_by.items() if by == policy["Id"]]:
        _apply(world, account, policy)
    return policy


def get_configuration_policy(world: World, call: Call) -> dict[str, Any]:
    """One policy by its id or ARN."""
    return _policy(world, call)


def list_configuration_policies(world: World, call: Call) -> dict[str, Any]:
    """Every policy, without its body."""
    _at_home(world, call)
    rows = [
        {key: one[key] for key in ("Arn", "Id", "Name", "Description")}
        for one in world.policies.values()
    ]
    shown, token = page(call, rows)
    return {"ConfigurationPolicySummaries": shown, **token}


def start_configuration_policy_association(world: World, call: Call) -> dict[str, Any]:
    """Have a policy manage an account, or the account itself."""
    identity, account = call["ConfigurationPolicyIdentifier"], _account(call)
    if identity == SELF_MANAGED:
        _at_home(world, call)
    else:
        policy = _policy(world, call, identity)
        identity = policy["Id"]
        _apply(world, account, policy)
    world.managed_by[account] = identity
    return _association(account, identity)


def get_configuration_policy_association(world: World, call: Call) -> dict[str, Any]:
    """What manages an account; missing where no policy reaches it."""
    _at_home(world, call)
    account = _account(call)
    if account not in world.managed_by:
        raise HubError.missing(f"The configuration policy association of {account}")
    return _association(account, world.managed_by[account])


def _account(call: Call) -> str:
    account = call["Target"].get("AccountId")
    if not account:
        raise HubError.invalid("Target names an account here: AccountId")
    return str(account)


def _association(account: str, identity: str) -> dict[str, Any]:
    return {
        "ConfigurationPolicyId": identity,
        "TargetId": account,
        "TargetType": "ACCOUNT",
        "AssociationType": "APPLIED",
        "AssociationStatus": "SUCCESS",
    }


def _policy(world: World, call: Call, named: str = "") -> dict[str, Any]:
    _at_home(world, call)
    named = named or call["Identifier"]
    policy = world.policies.get(named.rpartition("/")[2])
    if policy is None:
        raise HubError.missing(f"The configuration policy {named!r}")
    return policy


def _as_administrator(world: World, call: Call) -> None:
    if not world.is_administrator(call.account):
        raise HubError(
            "AccessDeniedException",
            f"Account {call.account} is not an administrator for this organization",
        )


def _at_home(world: World, call: Call) -> None:
    """Refuse whoever is not the administrator, and every Region but its home, once it has one."""
    _as_administrator(world, call)
    home = world.aggregators.get(call.account)
    if home and home.home != call.region:
        raise HubError(
            "AccessDeniedException",
            f"{call.operation} is for the delegated administrator, in its home Region",
        )


def _apply(world: World, account: str, policy: dict[str, Any]) -> None:
    body = policy["ConfigurationPolicy"].get("SecurityHub") or {}
    controls = body.get("SecurityControlsConfiguration") or {}
    for (holder, region), target in list(world.targets.items()):
        if holder == account and target.enabled and world.central_in(region):
            _set_controls(world, target, controls)
            for one in controls.get("SecurityControlCustomParameters") or ():
                if one["SecurityControlId"] == LIVE.id and LOG_LEVEL in one["Parameters"]:
                    customise(world, target, level_of(LIVE, one["Parameters"]), "")


def _set_controls(world: World, target: Target, controls: dict[str, Any]) -> None:
    only = controls.get("EnabledSecurityControlIdentifiers")
    off = controls.get("DisabledSecurityControlIdentifiers") or ()
    for control in CONTROLS.values():
        on = control.id in only if only is not None else control.id not in off
        for standard in target.standards():
            if standard in control.standards:
                status, reason = ("ENABLED", "") if on else ("DISABLED", _BY_POLICY)
                switch(world, target, control, standard, status=status, reason=reason)


OPERATIONS = {
    "DescribeOrganizationConfiguration": describe_organization_configuration,
    "UpdateOrganizationConfiguration": update_organization_configuration,
    "CreateConfigurationPolicy": create_configuration_policy,
    "UpdateConfigurationPolicy": update_configuration_policy,
    "GetConfigurationPolicy": get_configuration_policy,
    "ListConfigurationPolicies": list_configuration_policies,
    "StartConfigurationPolicyAssociation": start_configuration_policy_association,
    "GetConfigurationPolicyAssociation": get_configuration_policy_association,
}
