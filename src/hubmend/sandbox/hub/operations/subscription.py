"""Operations on the hub itself and on its standards."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.calls import Call, page
from hubmend.sandbox.hub.catalogue import CONTROLS, FSBP, STANDARDS, Standard, standard_of
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.history import BY_PROVIDER, rewrite
from hubmend.sandbox.hub.lifecycle import archived
from hubmend.sandbox.hub.settings import iso, partition
from hubmend.sandbox.hub.target import Target
from hubmend.sandbox.hub.world import World

_GENERATORS = {"SECURITY_CONTROL": True, "STANDARD_CONTROL": False}


def _hub_arn(call: Call) -> str:
    return f"arn:{partition(call.region)}:securityhub:{call.region}:{call.account}:hub/default"


def _consolidated(call: Call, default: str) -> bool:
    generator = call.get("ControlFindingGenerator", default)
    if generator not in _GENERATORS:
        raise HubError.invalid(f"ControlFindingGenerator {generator!r}: {', '.join(_GENERATORS)}")
    return _GENERATORS[generator]


def enable_security_hub(world: World, call: Call) -> dict[str, Any]:
    """Turn the hub on; FSBP comes with it unless EnableDefaultStandards is false."""
    target = world.target(call.account, call.region)
    if target.enabled:
        raise HubError("ResourceConflictException", "Account is already subscribed to Security Hub")
    standards = [FSBP.key] if call.get("EnableDefaultStandards", True) else []
    consolidated = _consolidated(call, "SECURITY_CONTROL")
    target.tags = dict(call.get("Tags", {}))
    world.enable(call.account, call.region, standards, consolidated=consolidated)
    return {}


def disable_security_hub(world: World, call: Call) -> dict[str, Any]:
    """Turn the hub off and forget its findings; Config keeps what it recorded."""
    target = world.target(call.account, call.region)
    recorder = target.recorder
    world.targets[call.account, call.region] = Target(target.place, recorder)
    return {}


def describe_hub(world: World, call: Call) -> dict[str, Any]:
    """The hub, and whether findings are consolidated (F§2.2)."""
    target = world.target(call.account, call.region)
    wanted = call.get("HubArn", _hub_arn(call))
    if target.enabled_at is None or wanted != _hub_arn(call):
        raise HubError.missing(f"The hub {wanted}")
    return {
        "HubArn": _hub_arn(call),
        "SubscribedAt": iso(target.enabled_at),
        "AutoEnableControls": target.auto_enable_controls,
        "ControlFindingGenerator": (
            "SECURITY_CONTROL" if target.consolidated else "STANDARD_CONTROL"
        ),
    }


def update_security_hub_configuration(world: World, call: Call) -> dict[str, Any]:
    """Switch automatic controls, or the finding generator: old findings archived, new ones made.

    AWS takes up to 24 hours for the switch (F§2.2); here it happens at once.
    """
    target = world.target(call.account, call.region)
    now = world.now()
    target.auto_enable_controls = call.get("AutoEnableControls", target.auto_enable_controls)
    current = "SECURITY_CONTROL" if target.consolidated else "STANDARD_CONTROL"
    consolidated = _consolidated(call, current)
    if consolidated == target.consolidated:
        return {}
    for finding in [one for one in target.findings.values() if one.active]:
        after = archived(finding.asff, now, reason="CONSOLIDATED_CONTROL_FINDINGS_UPDATE")
        rewrite(finding, after, now, BY_PROVIDER, target.place.product_arn)
    target.consolidated = consolidated
    world.evaluator.check_everything(target, now)
    return {}


def _subscription(call: Call, standard: Standard, status: str = "READY") -> dict[str, Any]:
    return {
        "StandardsSubscriptionArn": standard.subscription_arn(call.account, call.region),
        "StandardsArn": standard.arn(call.region),
        "StandardsInput": {},
        "StandardsStatus": status,
        "StandardsControlsUpdatable": (
            "READY_FOR_UPDATES" if status == "READY" else "NOT_READY_FOR_UPDATES"
        ),
    }


def get_enabled_standards(world: World, call: Call) -> dict[str, Any]:
    """The enabled standards, all or those asked for."""
    target = world.target(call.account, call.region)
    wanted = set(call.get("StandardsSubscriptionArns") or [])
    rows = [_subscription(call, standard) for standard in target.standards()]
    chosen = [row for row in rows if not wanted or row["StandardsSubscriptionArn"] in wanted]
    shown, token = page(call, chosen)
    return {"StandardsSubscriptions": shown, **token}


def describe_standards(_world: World, call: Call) -> dict[str, Any]:
    """The standards that the simulation knows."""
    rows = [
        {
            "StandardsArn": standard.arn(call.region),
            "Name": standard.name,
            "Description": standard.description,
            "EnabledByDefault": standard.by_default,
            "StandardsManagedBy": {"Company": "AWS", "Product": "Security Hub CSPM"},
        }
        for standard in STANDARDS
    ]
    shown, token = page(call, rows)
    return {"Standards": shown, **token}


def batch_enable_standards(world: World, call: Call) -> dict[str, Any]:
    """Enable standards, which also re-enables controls disabled elsewhere (F§2.8)."""
    target = world.target(call.account, call.region)
    now = world.now()
    standards = [
        _known(request.get("StandardsArn", "")) for request in call["StandardsSubscriptionRequests"]
    ]
    for standard in standards:
        _subscribe(world, target, standard, now)
    return {"StandardsSubscriptions": [_subscription(call, standard) for standard in standards]}


def _subscribe(world: World, target: Target, standard: Standard, now: datetime) -> None:
    if standard in target.standards():
        return
    target.subscribe(standard, now)
    for control in CONTROLS.values():
        if standard in control.standards:
            world.evaluator.check(target, control, now)


def batch_disable_standards(world: World, call: Call) -> dict[str, Any]:
    """Disable standards; their findings stay until they are archived days later."""
    target = world.target(call.account, call.region)
    standards = [_known(arn) for arn in call["StandardsSubscriptionArns"]]
    for standard in standards:
        target.subscribed.pop(standard.key, None)
    rows = [_subscription(call, standard, "DELETING") for standard in standards]
    return {"StandardsSubscriptions": rows}


def _known(arn: str) -> Standard:
    standard = standard_of(arn)
    if standard is None:
        raise HubError.invalid(f"{arn!r} is not a standard this Region offers")
    return standard


OPERATIONS = {
    "EnableSecurityHub": enable_security_hub,
    "DisableSecurityHub": disable_security_hub,
    "DescribeHub": describe_hub,
    "UpdateSecurityHubConfiguration": update_security_hub_configuration,
    "GetEnabledStandards": get_enabled_standards,
    "DescribeStandards": describe_standards,
    "BatchEnableStandards": batch_enable_standards,
    "BatchDisableStandards": batch_disable_standards,
}
