"""How to see what a call to Security Hub came to, and whether its subject moved since a plan. Pure.

BatchUpdateFindings answers per finding what was processed, yet "can take several minutes to be
visible" (F§2.5): a read that still shows the state before proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.control import Effect
from hubmend.core.errors import AwsError, ErrorKind, PlanError
from hubmend.core.plan import Plan
from hubmend.core.ports import Response
from hubmend.flow.hub import automation, parameter
from hubmend.flow.hub.findings import Held, parse
from hubmend.flow.hub.payload import NO_NOTE, SERVICE, resolves

Params = Mapping[str, Any]
_NOWHERE = Target("", "")


@dataclass(frozen=True)
class _Write:
    """An operation: its effect, what it writes on, and that as an answer to a read shows it."""

    noun: str
    effect: Callable[[Params], Effect]
    subject: Callable[[Change], str]
    now: Callable[[Params, Response], Mapping[str, Any] | None]


def of_hub(call: Call) -> bool:
    """Whether a call is Security Hub's, and so answered here rather than by the control."""
    return call.service == SERVICE


def refuse(plan: Plan) -> None:
    """Raise PlanError where a plan, whoever wrote it, sets a finding RESOLVED.

    A failing finding set RESOLVED is never opened again (F§2.3), and hubmend plans no such call.
    """
    for change in plan.changes:
        if any(resolves(call) for call in (change.call, change.undo) if call):
            raise PlanError(
                f"change {change.id} of the plan ({change.title or change.call}, "
                f"{change.resource}) sets a finding RESOLVED. hubmend never does: a failing "
                "finding would stay closed, and Security Hub itself resolves what passes. Nothing "
                "was applied; make the plan again: hubmend plan -o plan.json"
            )


def effect(call: Call) -> Effect:
    """Return how to see whether a call took effect."""
    return _WRITES[call.operation].effect(call.params)


def underway(answer: Response | None) -> bool:
    """Whether what was read is still being updated, and so proves nothing yet."""
    return any(parameter.updating(one) for one in (answer or {}).get("SecurityControls") or ())


def will_pass(error: AwsError) -> bool:
    """Whether a failure passes by itself: another update of the same thing was under way."""
    return error.kind is ErrorKind.CONFLICT or error.code == "ResourceInUseException"


def subject(change: Change) -> str:
    """Return the key under which a plan holds what a change writes on, as it was read."""
    return _WRITES[change.call.operation].subject(change)


def moved(change: Change, before: Mapping[str, Any], answer: Response | None) -> str | None:
    """Return what moved on a change's subject since the plan, None when nothing did."""
    write = _WRITES[change.call.operation]
    now = write.now(change.call.params, answer) if answer is not None else None
    if not before:  # it is to be made
        return f"{write.noun} of its name is there already" if now else None
    if now is None:
        return f"its {write.noun} is gone"
    for key, was in before.items():
        if now[key] != was:
            return f"its {write.noun}'s {key} was {was}, now it is {now[key]}"
    return None


def snapshot(finding: Held) -> dict[str, Any]:
    """Return what of a finding a plan is bound to, as plain JSON."""
    note = {"text": finding.note.text, "author": finding.note.author} if finding.note else None
    return {"workflow": finding.workflow, "note": note, "fields": dict(finding.fields)}


def _held(answer: Response | None) -> Held | None:
    found = (answer or {}).get("Findings") or ()
    return parse(found[0], _NOWHERE) if found else None


def _finding(_: Params, answer: Response) -> Mapping[str, Any] | None:
    found = _held(answer)
    return snapshot(found) if found else None


def _updated(params: Params) -> Effect:
    identity = params["FindingIdentifiers"][0]["Id"]
    read = Call(
        "securityhub",
        "GetFindings",
        {"Filters": {"Id": [{"Value": identity, "Comparison": "EQUALS"}]}, "MaxResults": 100},
    )

    def holds(answer: Response | None) -> bool:
        found = _held(answer)
        if found is None:
            return False
        workflow = params.get("Workflow", {}).get("Status", found.workflow)
        text = found.note.text if found.note else NO_NOTE
        # Fields of others are no matter of ours; and AWS may merge rather than replace.
        fields = params.get("UserDefinedFields", {}).items() <= dict(found.fields).items()
        return bool(fields) and (found.workflow, text) == (workflow, params["Note"]["Text"])

    return Effect(read, holds, there=lambda answer: _held(answer) is not None, lags=True)


def _association(params: Params, answer: Response) -> Mapping[str, Any] | None:
    update = params["StandardsControlAssociationUpdates"][0]
    for one in answer.get("StandardsControlAssociationSummaries", ()):
        if one.get("StandardsArn") == update["StandardsArn"]:
            return {"status": one.get("AssociationStatus")}
    return None


def _associated(params: Params) -> Effect:
    update = params["StandardsControlAssociationUpdates"][0]
    wanted = {"status": update["AssociationStatus"]}
    read = Call(
        "securityhub",
        "ListStandardsControlAssociations",
        {"SecurityControlId": update["SecurityControlId"], "MaxResults": 100},
    )
    return Effect(
        read,
        lambda answer: answer is not None and _association(params, answer) == wanted,
        there=lambda answer: _association(params, answer) is not None,
    )


def _parameter(_: Params, answer: Response) -> Mapping[str, Any] | None:
    found = list(answer.get("SecurityControls") or ())
    return {parameter.NAME: parameter.level(found[0])} if found else None


def _parameter_set(params: Params) -> Effect:
    wanted = {parameter.NAME: parameter.level(params)}
    read = Call(
        "securityhub",
        "BatchGetSecurityControls",
        {"SecurityControlIds": [params["SecurityControlId"]]},
    )
    return Effect(
        read,
        lambda answer: answer is not None and _parameter(params, answer) == wanted,
        there=lambda answer: _parameter(params, answer) is not None,
        lags=True,  # UPDATING first (F§2.8)
    )


def _standard(change: Change) -> str:
    update = change.call.params["StandardsControlAssociationUpdates"][0]
    return f"{change.resource} in {update['StandardsArn']}"


_WRITES: Mapping[str, _Write] = {
    "BatchUpdateFindings": _Write(
        "finding",
        _updated,
        lambda change: str(change.call.params["FindingIdentifiers"][0]["Id"]),
        _finding,
    ),
    "BatchUpdateStandardsControlAssociations": _Write(
        "control", _associated, _standard, _association
    ),
    "UpdateSecurityControl": _Write(
        "control", _parameter_set, lambda change: change.resource, _parameter
    ),
    automation.CREATE: _Write(
        "automation rule", automation.created, automation.subject, automation.now
    ),
    automation.DELETE: _Write(
        "automation rule", automation.deleted, automation.subject, automation.now
    ),
}
