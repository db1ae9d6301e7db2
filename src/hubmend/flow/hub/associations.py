"""Disabling the control in an account: what is to change in each of its standards and regions.

Enabling and disabling acts on the called region only, and in accounts that a configuration policy
manages not at all: there the policy itself must be edited, for every account it reaches (F§2.9).
A decision that came to its end is turned back where hubmend's own reason still stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.control import Outline
from hubmend.core.decision import Decision
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway
from hubmend.flow.denied import NOT_SUBSCRIBED
from hubmend.flow.hub.central import Policy, by_policy, controls_of, managing

ENABLED, DISABLED = "ENABLED", "DISABLED"
_MARK = "; hubmend decision "


@dataclass(frozen=True)
class Association:
    """A control in one enabled standard."""

    control_arn: str
    standard: str
    status: str
    reason: str = ""

    @property
    def by_hubmend(self) -> bool:
        """Whether a decision kept by hubmend disabled it."""
        return self.status == DISABLED and _MARK in self.reason


@dataclass(frozen=True)
class Controlled:
    """A control in one target: in which standards, under which policy; `fault` says why unread."""

    target: Target
    associations: tuple[Association, ...] = ()
    policy: Policy | None = None
    fault: str | None = None

    def snapshot(self, change: Change) -> Mapping[str, Any]:
        """Return what a change of one of its associations is bound to."""
        standard = change.call.params["StandardsControlAssociationUpdates"][0]["StandardsArn"]
        return {"status": {one.standard: one.status for one in self.associations}[standard]}


async def read(
    gateway: Gateway, target: Target, control: str, elsewhere: Iterable[str] = ()
) -> Controlled:
    """Read how a control is set in a target; raise AwsError when the credentials end.

    The administrator's home region is asked for in the target's region and in those `elsewhere`.
    """
    call = Call(
        "securityhub",
        "ListStandardsControlAssociations",
        {"SecurityControlId": control, "MaxResults": 100},
    )
    try:
        pages = [page async for page in gateway.pages(target, call)]
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        off = error.code == NOT_SUBSCRIBED
        return Controlled(target, fault="Security Hub is off there" if off else str(error))
    found = [one for page in pages for one in page.get("StandardsControlAssociationSummaries", ())]
    managed = await managing(gateway, target, elsewhere)
    return Controlled(target, tuple(map(_association, found)), managed.policy, managed.fault)


def _association(summary: Mapping[str, Any]) -> Association:
    return Association(
        control_arn=str(summary["SecurityControlArn"]),
        standard=str(summary["StandardsArn"]),
        status=str(summary["AssociationStatus"]),
        reason=str(summary.get("UpdatedReason", "")),
    )


def outline(
    decision: Decision, found: Controlled, control: str, planned: Sequence[Change]
) -> Outline:
    """Propose what disables the control in one target."""
    if found.fault:
        return Outline(skip=f"nothing to disable: {found.fault}")
    enabled = [one for one in found.associations if one.status == ENABLED]
    if not enabled:
        return Outline(skip="the control is disabled already, or in no enabled standard")
    if found.policy:
        body = _without(found.policy.body, control)
        arn = enabled[0].control_arn
        return Outline(manual=by_policy(found.policy, arn, "disable the control", body))
    back = f"taken back by hubmend, decision {decision.id}"
    calls = [
        (one, _set(one, control, DISABLED, _reason(decision)), _set(one, control, ENABLED, back))
        for one in enabled
    ]
    return Outline(_changes(calls, found.target, control, decision.reason, planned))


def turned_back(
    decision: Decision, found: Controlled, control: str, planned: Sequence[Change]
) -> Outline:
    """Propose what enables the control again in one target, for its decision came to an end.

    What somebody else disabled stays. Undone to the reason that was there.
    """
    ended = [one for one in found.associations if one.by_hubmend]
    why = f"the decision of {decision.by} to disable it expired on {decision.until}"
    if found.fault:
        return Outline(skip=f"{why}; the control could not be read: {found.fault}")
    if ended and found.policy:
        return Outline(skip=f"{why}; now configuration policy {found.policy.name} manages it")
    back = f"{why} (hubmend decision {decision.id})"
    calls = [
        (one, _set(one, control, ENABLED, back), _set(one, control, DISABLED, one.reason))
        for one in ended
    ]
    return Outline(_changes(calls, found.target, control, why, planned))


def _changes(
    calls: Sequence[tuple[Association, Call, Call]],
    target: Target,
    control: str,
    reason: str,
    planned: Sequence[Change],
) -> tuple[Change, ...]:
    """Return a change per association, of its call and its undo."""
    return tuple(
        Change(
            id=f"c{len(planned) + number}",
            resource=one.control_arn,
            account=target.account,
            region=target.region,
            call=call,
            undo=undo,
            reason=reason,
            title=f"control {control} in {_short(one.standard)}: {one.status} -> {_status(call)}",
        )
        for number, (one, call, undo) in enumerate(calls, 1)
    )


def _status(call: Call) -> str:
    return str(call.params["StandardsControlAssociationUpdates"][0]["AssociationStatus"])


def _set(association: Association, control: str, status: str, reason: str) -> Call:
    update = {
        "StandardsArn": association.standard,
        "SecurityControlId": control,
        "AssociationStatus": status,
        "UpdatedReason": reason,
    }
    params = {"StandardsControlAssociationUpdates": [update]}
    return Call("securityhub", "BatchUpdateStandardsControlAssociations", params)


def _reason(decision: Decision) -> str:
    return f"{decision.reason} ({decision.by}{_MARK}{decision.id})"


def _without(body: Mapping[str, Any], control: str) -> dict[str, Any]:
    """Return a policy that disables a control beside all it says already."""
    changed, controls = controls_of(body)
    listed = controls.get("EnabledSecurityControlIdentifiers")
    if listed is not None:
        controls["EnabledSecurityControlIdentifiers"] = [one for one in listed if one != control]
    else:
        others = controls.get("DisabledSecurityControlIdentifiers") or []
        controls["DisabledSecurityControlIdentifiers"] = sorted({*others, control})
    return changed


def _short(standard: str) -> str:
    """Return NAME VERSION of a standard, the end of whose ARN is standards/NAME/v/VERSION."""
    return " ".join(part for part in standard.split("/")[1:] if part != "v")
