"""The control's parameter logLevel in an account: what is to change in each of its regions.

It applies to every standard and asks all machines of the region again (F§2.8). A decision that
came to its end is turned back where hubmend's own value still stands: Security Hub keeps the reason
of the last update, which says by which decision it was and, where that has an end, over what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.control import Outline
from hubmend.core.decision import DEFAULT, LEVELS, Decision
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway
from hubmend.flow.denied import NOT_SUBSCRIBED
from hubmend.flow.hub.central import Policy, by_policy, controls_of, managing

NAME = "logLevel"
# What LastUpdateReason may not hold: it takes letters, digits, space, hyphen, underscore (F§2.8),
# and whatever is not ASCII (BC, AlphaNumericNonEmptyString). Its length has no limit.
_NOT_TAKEN = re.compile(r"[^-_a-zA-Z0-9\u0080-\U0010ffff]+")
_LEVEL = "|".join((*LEVELS, DEFAULT))
# The decision, the level it set, and over which one; the last two where it has an end.
_MARK = re.compile(rf" hubmend (\S+)(?:(?: set ({_LEVEL}))? over ({_LEVEL}))?$")


@dataclass(frozen=True)
class Parameter:
    """The control's logLevel in one target: DEFAULT is none. `fault` says why it is unread."""

    target: Target
    control_arn: str = ""
    level: str = DEFAULT
    policy: Policy | None = None
    reason: str = ""
    fault: str | None = None

    @property
    def lasting(self) -> str:
        """Return the level to go back to one day: not one that is itself set until a day."""
        mark = _MARK.search(self.reason)
        return (mark and mark[3]) or self.level

    def before(self, decision: Decision) -> str | None:
        """Return what this level was set over; None where it is not hubmend's, or without an end.

        `decision` is the last one, not always the one that set it: renewed at the same level it
        writes nothing, and another one may never have been applied.
        """
        mark = _MARK.search(self.reason)
        if mark is None or self.level != (mark[2] or decision.level):
            return None
        return mark[3] or (DEFAULT if mark[1] == decision.id else None)

    def snapshot(self, _: Change) -> Mapping[str, Any]:
        """Return what a change of it is bound to."""
        return {NAME: self.level}


async def read(
    gateway: Gateway, target: Target, control: str, elsewhere: Iterable[str] = ()
) -> Parameter:
    """Read the parameter in a target; raise AwsError when the credentials end.

    The administrator's home region is asked for in the target's region and in those `elsewhere`.
    """
    call = Call("securityhub", "BatchGetSecurityControls", {"SecurityControlIds": [control]})
    try:
        answer = await gateway.read(target, call)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        off = error.code == NOT_SUBSCRIBED
        return Parameter(target, fault="Security Hub is off there" if off else str(error))
    found = list(answer.get("SecurityControls") or ())
    if not found:
        return Parameter(target, fault="the control is not known there")
    if updating(found[0]):  # it may still show what was before
        return Parameter(
            target, fault="Security Hub is updating it just now; plan again in a minute"
        )
    managed = await managing(gateway, target, elsewhere)
    return Parameter(
        target,
        control_arn=str(found[0].get("SecurityControlArn", "")),
        level=level(found[0]),
        policy=managed.policy,
        reason=str(found[0].get("LastUpdateReason", "")),
        fault=managed.fault,
    )


def updating(control: Mapping[str, Any]) -> bool:
    """Whether a described control is being updated: it may show either level (F§2.8)."""
    return control.get("UpdateStatus") == "UPDATING"


def level(control: Mapping[str, Any]) -> str:
    """Return the logLevel a described control asks for, DEFAULT where it is not customised."""
    parameter = (control.get("Parameters") or {}).get(NAME) or {}
    custom = parameter.get("ValueType") == "CUSTOM"
    return str((parameter.get("Value") or {}).get("Enum", DEFAULT)) if custom else DEFAULT


def outline(
    decision: Decision, found: Parameter, control: str, planned: Sequence[Change]
) -> Outline:
    """Propose what sets the parameter in one target."""
    wanted = decision.level or DEFAULT
    if found.fault:
        return Outline(skip=f"no parameter to set: {found.fault}")
    if found.level == wanted:
        return Outline(skip=f"the control's {NAME} is {wanted} already")
    if found.policy:
        body = _with(found.policy.body, control, wanted)
        what = f"set the control's {NAME}"
        return Outline(manual=by_policy(found.policy, found.control_arn, what, body))
    over = f" set {wanted} over {found.lasting}" if decision.until else ""
    reason = f"{decision.reason} - {decision.by} - hubmend {decision.id}{over}"
    back = found.reason or f"taken back by hubmend {decision.id}"
    calls = (_set(control, wanted, reason), _set(control, found.level, back))
    return Outline((_change(found, calls, decision.reason, wanted, control, planned),))


def turned_back(
    decision: Decision, found: Parameter, control: str, planned: Sequence[Change]
) -> Outline:
    """Propose what sets the parameter back in one target, for its decision came to an end.

    What somebody else set stays. Undone to the reason that was there.
    """
    why = f"the decision of {decision.by} to set it expired on {decision.until}"
    if found.fault:
        return Outline(skip=f"{why}; the parameter could not be read: {found.fault}")
    wanted = found.before(decision)
    if wanted is None:
        return Outline(skip="")
    if found.policy:
        return Outline(skip=f"{why}; now configuration policy {found.policy.name} manages it")
    reason = f"{why} - hubmend decision {decision.id} ended"
    calls = (_set(control, wanted, reason), _set(control, found.level, found.reason))
    return Outline((_change(found, calls, why, wanted, control, planned),))


def _change(
    found: Parameter,
    calls: tuple[Call, Call],
    reason: str,
    wanted: str,
    control: str,
    planned: Sequence[Change],
) -> Change:
    """Return the change of a call and its undo."""
    call, undo = calls
    return Change(
        id=f"c{len(planned) + 1}",
        resource=found.control_arn,
        account=found.target.account,
        region=found.target.region,
        call=call,
        undo=undo,
        reason=reason,
        title=f"control {control}: {NAME} {found.level} -> {wanted}",
    )


def _set(control: str, wanted: str, reason: str) -> Call:
    params = {
        "SecurityControlId": control,
        "Parameters": {NAME: _value(wanted)},
        "LastUpdateReason": _NOT_TAKEN.sub(" ", reason),
    }
    return Call("securityhub", "UpdateSecurityControl", params)


def _value(wanted: str) -> dict[str, Any]:
    if wanted == DEFAULT:
        return {"ValueType": "DEFAULT"}
    return {"ValueType": "CUSTOM", "Value": {"Enum": wanted}}


def _with(body: Mapping[str, Any], control: str, wanted: str) -> dict[str, Any]:
    """Return a policy that sets the parameter beside all it says already."""
    changed, controls = controls_of(body)
    others = [
        one
        for one in controls.get("SecurityControlCustomParameters") or []
        if one.get("SecurityControlId") != control
    ]
    own = {"SecurityControlId": control, "Parameters": {NAME: _value(wanted)}}
    controls["SecurityControlCustomParameters"] = [*others, own]
    return changed
