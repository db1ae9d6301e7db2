"""Operations on security controls and on their parameter `logLevel` (F§2.8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hubmend.sandbox.hub.calls import Call, page
from hubmend.sandbox.hub.catalogue import CONTROLS, LIVE, LOG_LEVEL, Control, standard_of
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.target import Parameter, Target
from hubmend.sandbox.hub.verdict import LEVELS
from hubmend.sandbox.hub.world import World

# BC:securityhub, AlphaNumericNonEmptyString: letters, digits, space, hyphen, underscore.
_REASON = re.compile(r"([^\u0000-\u007F]|[-_ a-zA-Z0-9])+")


def _control(identity: str) -> Control:
    """The control named by its id or its ARN."""
    control = CONTROLS.get(identity.rpartition("/")[2])
    if control is None:
        raise HubError.missing(f"The security control {identity!r}")
    return control


def _described(control: Control) -> dict[str, Any]:
    return {
        "SecurityControlId": control.id,
        "Title": control.title,
        "Description": control.description,
        "RemediationUrl": control.remediation_url,
        "SeverityRating": control.severity,
    }


def _definition(control: Control, region: str) -> dict[str, Any]:
    shape = {
        **_described(control),
        "CurrentRegionAvailability": (
            "AVAILABLE" if control.available_in(region) else "UNAVAILABLE"
        ),
    }
    if control is LIVE:
        shape["CustomizableProperties"] = ["Parameters"]
        # No default value (F§1.1).
        shape["ParameterDefinitions"] = {
            LOG_LEVEL: {
                "Description": "Minimum logging level",
                "ConfigurationOptions": {"Enum": {"AllowedValues": list(LEVELS)}},
            }
        }
    return shape


def list_security_control_definitions(_world: World, call: Call) -> dict[str, Any]:
    """Every control, or those of one standard, and whether the Region has it."""
    controls = list(CONTROLS.values())
    if call.get("StandardsArn"):
        standard = standard_of(call["StandardsArn"])
        controls = [control for control in controls if standard in control.standards]
    shown, token = page(call, [_definition(control, call.region) for control in controls])
    return {"SecurityControlDefinitions": shown, **token}


def get_security_control_definition(_world: World, call: Call) -> dict[str, Any]:
    """One control's definition."""
    control = _control(call["SecurityControlId"])
    return {"SecurityControlDefinition": _definition(control, call.region)}


def batch_get_security_controls(world: World, call: Call) -> dict[str, Any]:
    """Controls with status and parameters; unknown ids come back as UnprocessedIds."""
    target = world.target(call.account, call.region)
    known, unknown = [], []
    for identity in call["SecurityControlIds"]:
        try:
            known.append(_state(world, target, _control(identity)))
        except HubError as error:
            unknown.append(
                {
                    "SecurityControlId": identity,
                    "ErrorCode": "NOT_FOUND",
                    "ErrorReason": error.message,
                }
            )
    return {"SecurityControls": known, "UnprocessedIds": unknown}


def _state(world: World, target: Target, control: Control) -> dict[str, Any]:
    parameter = target.parameter if control is LIVE else None
    updating = parameter is not None and parameter.ready_at > world.now()
    state: dict[str, Any] = {
        **_described(control),
        "SecurityControlArn": control.arn(target.place.account, target.place.region),
        "SecurityControlStatus": "ENABLED" if target.standards_of(control) else "DISABLED",
        "UpdateStatus": "UPDATING" if updating else "READY",
    }
    if control is LIVE:
        level = target.level_at(world.now())
        custom = {"ValueType": "CUSTOM", "Value": {"Enum": level}}
        state["Parameters"] = {LOG_LEVEL: custom if level else {"ValueType": "DEFAULT"}}
    if parameter and parameter.reason:
        state["LastUpdateReason"] = parameter.reason
    return state


def update_security_control(world: World, call: Call) -> dict[str, Any]:
    """Customise `logLevel`: UPDATING first, READY and re-checked after `parameter_delay`."""
    world.refuse_managed(call)
    target = world.target(call.account, call.region)
    control = _control(call["SecurityControlId"])
    level = level_of(control, call["Parameters"])
    reason = call.get("LastUpdateReason", "")
    if reason and not _REASON.fullmatch(reason):
        raise HubError.invalid(
            f"LastUpdateReason {reason!r}: only letters, digits, spaces, hyphens, underscores"
        )
    now = world.now()
    if target.parameter and target.parameter.ready_at > now:
        raise HubError("ResourceInUseException", f"{control.id} is being updated. Try again later")
    customise(world, target, level, reason)
    return {}


def customise(world: World, target: Target, level: str | None, reason: str) -> None:
    """Set the level from `parameter_delay` on; None for the default."""
    now = world.now()
    ready_at = now + world.settings.parameter_delay
    target.parameter = Parameter(level, target.level_at(now), ready_at, reason)


def level_of(control: Control, parameters: Mapping[str, Any]) -> str | None:
    """The custom level asked for; None for going back to the default."""
    if control is not LIVE or set(parameters) != {LOG_LEVEL}:
        raise HubError.invalid(
            f"{control.id} has no parameters {sorted(parameters)}; "
            f"only {LIVE.id} can be customised here, with {LOG_LEVEL}"
        )
    kind = parameters[LOG_LEVEL].get("ValueType")
    if kind == "DEFAULT":
        return None
    level = parameters[LOG_LEVEL].get("Value", {}).get("Enum")
    if kind != "CUSTOM" or level not in LEVELS:
        raise HubError.invalid(
            f"{LOG_LEVEL} {parameters[LOG_LEVEL]!r}: ValueType is DEFAULT, or CUSTOM with "
            f"Value.Enum one of {', '.join(LEVELS)}"
        )
    return str(level)


OPERATIONS = {
    "ListSecurityControlDefinitions": list_security_control_definitions,
    "GetSecurityControlDefinition": get_security_control_definition,
    "BatchGetSecurityControls": batch_get_security_controls,
    "UpdateSecurityControl": update_security_control,
}
