"""What Security Hub and AWS Config are set to in a target, as far as the control depends on it.

A scan needs none of it: it reads the resources themselves. Findings, scores and how long they take
to follow a change depend on all of it (F§1, F§6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.diagnosis import Check, Health
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Response
from hubmend.flow.context import Context
from hubmend.flow.denied import NOT_SUBSCRIBED

_HUB, _CONTROL, _LEVEL, _CONFIG = "Security Hub", "control", "parameters", "AWS Config"


async def recording(context: Context, target: Target) -> list[Check]:
    """Return what Security Hub and AWS Config are set to."""
    return [*await _hub(context, target), await _config(context, target)]


async def _hub(context: Context, target: Target) -> list[Check]:
    try:
        hub = await context.gateway.read(target, Call("securityhub", "DescribeHub", {}))
    except AwsError as error:
        return [_unanswered(_HUB, target, error)]
    unified = hub.get("ControlFindingGenerator", "SECURITY_CONTROL") == "SECURITY_CONTROL"
    said = "one finding per resource" if unified else "one finding per resource and standard"
    return [
        Check(_HUB, Health.OK, f"on, {said} (consolidated {'on' if unified else 'off'})",
              target=target),
        await _control(context, target),
        await _parameters(context, target),
    ]  # fmt: skip


async def _control(context: Context, target: Target) -> Check:
    asked = {"SecurityControlId": context.control.id}
    name = f"{_CONTROL} {context.control.id}"
    try:
        answer = await context.gateway.read(
            target, Call("securityhub", "GetSecurityControlDefinition", asked)
        )
        definition = answer.get("SecurityControlDefinition") or {}
        if definition.get("CurrentRegionAvailability") == "UNAVAILABLE":
            said = "AWS does not offer it in this region: there are no findings, scan works"
            return Check(name, Health.MISSING, said, "rely on hubmend scan here", target)
        states: dict[str, str] = {}
        call = Call("securityhub", "ListStandardsControlAssociations", asked)
        async for page in context.gateway.pages(target, call):
            for one in page.get("StandardsControlAssociationSummaries", ()):
                states[_short(one["StandardsArn"])] = one["AssociationStatus"]
    except AwsError as error:
        return _unanswered(name, target, error)
    enabled = [standard for standard, state in states.items() if state == "ENABLED"]
    disabled = [standard for standard, state in states.items() if state != "ENABLED"]
    if not enabled:
        said = f"disabled in {', '.join(disabled)}" if disabled else "no standard that has it is on"
        step = "enable it in a standard, or expect no finding and no score"
        return Check(name, Health.OFF, said, step, target)
    rest = f"; disabled in {', '.join(disabled)}" if disabled else ""
    return Check(name, Health.OK, f"enabled in {', '.join(enabled)}{rest}", target=target)


async def _parameters(context: Context, target: Target) -> Check:
    call = Call("securityhub", "BatchGetSecurityControls",
                {"SecurityControlIds": [context.control.id]})  # fmt: skip
    try:
        answer = await context.gateway.read(target, call)
    except AwsError as error:
        return _unanswered(_LEVEL, target, error)
    found = [
        f"{name} {next(iter((parameter.get('Value') or {}).values()), '')}"
        for control in answer.get("SecurityControls", ())
        for name, parameter in (control.get("Parameters") or {}).items()
        if parameter.get("ValueType") == "CUSTOM"
    ]
    if not found:
        return Check(_LEVEL, Health.OK, "not customised", target=target)
    said = f"customised: {', '.join(found)}; exactly this is asked for"
    return Check(_LEVEL, Health.OK, said, target=target)


async def _config(context: Context, target: Target) -> Check:
    try:
        recorders = await _ask(context, target, "DescribeConfigurationRecorders")
        states = await _ask(context, target, "DescribeConfigurationRecorderStatus")
    except AwsError as error:
        return _unanswered(_CONFIG, target, error)
    kind = context.control.config_type
    listed: Sequence[Mapping[str, Any]] = recorders.get("ConfigurationRecorders") or ()
    running = {one["name"] for one in states.get("ConfigurationRecordersStatus") or ()
               if one.get("recording")}  # fmt: skip
    if not listed:
        return _not_recording(target, "no recorder")
    recording_it = [one for one in listed if _records(one.get("recordingGroup") or {}, kind)]
    if not recording_it:
        return _not_recording(target, f"the recorder leaves {kind} out")
    if not any(one.get("name") in running for one in recording_it):
        return _not_recording(target, "the recorder is stopped")
    if any(_frequency(one.get("recordingMode") or {}, kind) == "DAILY" for one in recording_it):
        said = f"records {kind} once a day: a finding follows within 24 hours"
    else:
        said = f"records {kind} continuously: a finding follows within minutes, as a rule"
    return Check(_CONFIG, Health.OK, said, target=target)


async def _ask(context: Context, target: Target, operation: str) -> Response:
    return await context.gateway.read(target, Call("config", operation, {}))


def _not_recording(target: Target, why: str) -> Check:
    said = f"{why}: findings stay as they are, or turn WARNING"
    return Check(_CONFIG, Health.OFF, said, "record the type, or rely on hubmend scan", target)


def _records(group: Mapping[str, Any], kind: str) -> bool:
    """Whether a recording group has a type: by strategy, or as before there were strategies."""
    strategy = (group.get("recordingStrategy") or {}).get("useOnly")
    if strategy == "EXCLUSION_BY_RESOURCE_TYPES":
        left_out = (group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or ()
        return kind not in left_out
    return bool(group.get("allSupported")) or kind in (group.get("resourceTypes") or ())


def _frequency(mode: Mapping[str, Any], kind: str) -> str:
    for override in mode.get("recordingModeOverrides") or ():
        if kind in override.get("resourceTypes", ()):
            return str(override.get("recordingFrequency"))
    return str(mode.get("recordingFrequency", "CONTINUOUS"))


def _unanswered(name: str, target: Target, error: AwsError) -> Check:
    if error.kind is ErrorKind.CREDENTIALS:
        raise error
    if error.code == NOT_SUBSCRIBED or error.kind is ErrorKind.NOT_FOUND:
        said = "off: there are no findings and no score; scan, plan, apply and verify work without"
        return Check(name, Health.OFF, said, "aws securityhub enable-security-hub", target)
    return Check(name, Health.NOT_KNOWN, error.reason, error.advice, target)


def _short(arn: str) -> str:
    """Return a standard as NAME VERSION: the end of its ARN is standards/NAME/v/VERSION."""
    return " ".join(part for part in arn.split("/")[1:] if part != "v")
