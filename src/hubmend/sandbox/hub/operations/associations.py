"""Operations that enable and disable controls in standards (F§2.8)."""

from __future__ import annotations

from typing import Any

from hubmend.sandbox.hub.calls import Call, page
from hubmend.sandbox.hub.catalogue import CONTROLS, Control, Standard, standard_of
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.settings import iso
from hubmend.sandbox.hub.target import Target
from hubmend.sandbox.hub.world import World

_STATUSES = ("ENABLED", "DISABLED")


def list_standards_control_associations(world: World, call: Call) -> dict[str, Any]:
    """One control in each enabled standard that contains it."""
    target = world.target(call.account, call.region)
    control = CONTROLS.get(call["SecurityControlId"])
    if control is None:
        raise HubError.missing(f"The security control {call['SecurityControlId']!r}")
    rows = [
        _summary(target, control, standard)
        for standard in target.standards()
        if standard in control.standards
    ]
    shown, token = page(call, rows)
    return {"StandardsControlAssociationSummaries": shown, **token}


def batch_get_standards_control_associations(world: World, call: Call) -> dict[str, Any]:
    """Named pairs of control and standard; unknown ones come back unprocessed."""
    target = world.target(call.account, call.region)
    details, unprocessed = [], []
    for pair in call["StandardsControlAssociationIds"]:
        control, standard = _pair(target, pair)
        if control is None or standard is None:
            unprocessed.append(_refused("StandardsControlAssociationId", pair, "NOT_FOUND"))
            continue
        arn = standard.control_arn(call.account, call.region, control.id)
        summary = _summary(target, control, standard)
        details.append({**summary, "StandardsControlArns": [arn]})
    return {"StandardsControlAssociationDetails": details, "UnprocessedAssociations": unprocessed}


def batch_update_standards_control_associations(world: World, call: Call) -> dict[str, Any]:
    """Enable or disable controls per standard; disabling needs a reason.

    The findings of a disabled control stay until they are archived days later, and leave the
    score at once.
    """
    world.refuse_managed(call)
    target = world.target(call.account, call.region)
    unprocessed = []
    for update in call["StandardsControlAssociationUpdates"]:
        control, standard = _pair(target, update)
        status, reason = update.get("AssociationStatus"), update.get("UpdatedReason", "")
        if control is None or standard is None:
            code = "NOT_FOUND"
        elif status not in _STATUSES or (status == "DISABLED" and not reason):
            code = "INVALID_INPUT"
        else:
            switch(world, target, control, standard, status=status, reason=reason)
            continue
        unprocessed.append(_refused("StandardsControlAssociationUpdate", update, code))
    return {"UnprocessedAssociationUpdates": unprocessed}


def describe_standards_controls(world: World, call: Call) -> dict[str, Any]:
    """The controls of one enabled standard and their status in it."""
    target = world.target(call.account, call.region)
    standard = standard_of(call["StandardsSubscriptionArn"])
    if standard is None or standard not in target.standards():
        raise HubError.missing(f"The subscription {call['StandardsSubscriptionArn']}")
    rows = [
        _standards_control(target, control, standard)
        for control in CONTROLS.values()
        if standard in control.standards
    ]
    shown, token = page(call, rows)
    return {"Controls": shown, **token}


def update_standards_control(world: World, call: Call) -> dict[str, Any]:
    """The older way to switch one control in one standard."""
    world.refuse_managed(call)
    target = world.target(call.account, call.region)
    arn = call["StandardsControlArn"]
    pair = {"SecurityControlId": arn.rpartition("/")[2], "StandardsArn": arn}
    control, standard = _pair(target, pair)
    if control is None or standard is None:
        raise HubError.missing(f"The standards control {arn}")
    status, reason = call["ControlStatus"], call.get("DisabledReason", "")
    if status not in _STATUSES or (status == "DISABLED" and not reason):
        raise HubError.invalid("ControlStatus is ENABLED, or DISABLED with a DisabledReason")
    switch(world, target, control, standard, status=status, reason=reason)
    return {}


def _pair(target: Target, pair: dict[str, Any]) -> tuple[Control | None, Standard | None]:
    """The control and the enabled standard that holds it, None for what does not exist."""
    control = CONTROLS.get(pair.get("SecurityControlId", ""))
    standard = standard_of(pair.get("StandardsArn", ""))
    if control is None or standard is None or standard not in target.standards():
        return control, None
    return control, standard if standard in control.standards else None


def switch(
    world: World,
    target: Target,
    control: Control,
    standard: Standard,
    *,
    status: str,
    reason: str,
) -> None:
    """Enable or disable a control in a standard; nothing happens where it is so already."""
    now = world.now()
    if target.associations[standard.key, control.id].status == status:
        return
    target.associate(standard, control.id, status, now, reason)
    if status == "ENABLED":
        world.evaluator.check(target, control, now)


def _summary(target: Target, control: Control, standard: Standard) -> dict[str, Any]:
    association = target.associations[standard.key, control.id]
    shape = {
        "StandardsArn": standard.arn(target.place.region),
        "SecurityControlId": control.id,
        "SecurityControlArn": control.arn(target.place.account, target.place.region),
        "AssociationStatus": association.status,
        "RelatedRequirements": control.requirements,
        "UpdatedAt": iso(association.updated_at),
        "StandardsControlTitle": control.title,
        "StandardsControlDescription": control.description,
    }
    return {**shape, "UpdatedReason": association.reason} if association.reason else shape


def _standards_control(target: Target, control: Control, standard: Standard) -> dict[str, Any]:
    association = target.associations[standard.key, control.id]
    place = target.place
    shape = {
        "StandardsControlArn": standard.control_arn(place.account, place.region, control.id),
        "ControlStatus": association.status,
        "ControlStatusUpdatedAt": iso(association.updated_at),
        "ControlId": control.id,
        "Title": control.title,
        "Description": control.description,
        "RemediationUrl": control.remediation_url,
        "SeverityRating": control.severity,
        "RelatedRequirements": control.requirements,
    }
    return {**shape, "DisabledReason": association.reason} if association.reason else shape


def _refused(name: str, entry: dict[str, Any], code: str) -> dict[str, Any]:
    reason = {
        "NOT_FOUND": "No such control in an enabled standard of this account and Region.",
        "INVALID_INPUT": "AssociationStatus is ENABLED, or DISABLED with an UpdatedReason.",
    }[code]
    return {name: entry, "ErrorCode": code, "ErrorReason": reason}


OPERATIONS = {
    "ListStandardsControlAssociations": list_standards_control_associations,
    "BatchGetStandardsControlAssociations": batch_get_standards_control_associations,
    "BatchUpdateStandardsControlAssociations": batch_update_standards_control_associations,
    "DescribeStandardsControls": describe_standards_controls,
    "UpdateStandardsControl": update_standards_control,
}
