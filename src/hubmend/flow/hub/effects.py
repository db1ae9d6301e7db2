"""How to see what a call to Security Hub came to, and whether a finding moved since a plan. Pure.

BatchUpdateFindings answers per finding what was processed, yet "can take several minutes to be
visible" (F§2.5): a read that still shows the state before proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.control import Effect
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Response
from hubmend.flow.hub.findings import Held, parse
from hubmend.flow.hub.payload import NO_NOTE, SERVICE

Params = Mapping[str, Any]
_NOWHERE = Target("", "")


def of_hub(call: Call) -> bool:
    """Whether a call is Security Hub's, and so answered here rather than by the control."""
    return call.service == SERVICE


def effect(call: Call) -> Effect:
    """Return how to see whether a call took effect."""
    return _EFFECTS[call.operation](call.params)


def will_pass(error: AwsError) -> bool:
    """Whether a failure passes by itself: another update of the same finding was under way."""
    return error.kind is ErrorKind.CONFLICT


def snapshot(finding: Held) -> dict[str, Any]:
    """Return what a plan is bound to, as plain JSON."""
    note = {"text": finding.note.text, "author": finding.note.author} if finding.note else None
    return {"workflow": finding.workflow, "note": note, "fields": dict(finding.fields)}


def finding_id(call: Call) -> str:
    """Return the id of the finding a call writes on."""
    return str(call.params["FindingIdentifiers"][0]["Id"])


def moved(before: Mapping[str, Any], answer: Response | None) -> str | None:
    """Return what moved on a finding since the plan, None when nothing did."""
    found = _held(answer)
    if found is None:
        return "its finding is gone"
    now = snapshot(found)
    for key, was in before.items():
        if now[key] != was:
            return f"its finding's {key} was {was}, now it is {now[key]}"
    return None


def _held(answer: Response | None) -> Held | None:
    found = (answer or {}).get("Findings") or ()
    return parse(found[0], _NOWHERE) if found else None


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
        wanted = (params["Workflow"]["Status"], params["Note"]["Text"])
        text = found.note.text if found.note else NO_NOTE
        # Fields of others are no matter of ours; and AWS may merge rather than replace.
        fields = params["UserDefinedFields"].items() <= dict(found.fields).items()
        return fields and (found.workflow, text) == wanted

    return Effect(read, holds, there=lambda answer: _held(answer) is not None, lags=True)


_EFFECTS: Mapping[str, Callable[[Params], Effect]] = {"BatchUpdateFindings": _updated}
