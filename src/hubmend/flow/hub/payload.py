"""What hubmend writes on a finding, and how it knows its own hand again. Pure.

Every BatchUpdateFindings of hubmend is made here, and `Status` has no RESOLVED: a failing finding
set RESOLVED is never opened again (F§2.3), so calling it resolved is left to Security Hub alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from hubmend.core.call import Call
from hubmend.core.decision import Decision
from hubmend.core.rules import of_rule
from hubmend.flow.hub.findings import Held, Note

SERVICE, UPDATE = "securityhub", "BatchUpdateFindings"
AUTHOR = "hubmend"
# F§2.5. Keys keep to letters and hyphens: which other signs AWS takes is not documented.
LONGEST_NOTE, MOST_FIELDS, LONGEST_VALUE = 512, 50, 1024
_LONGEST_OWNER = 128  # in a note, so that reason, last day and decision keep their place beside it
_DECISION, _OWNER, _REASON, _UNTIL = (
    "hubmend-decision", "hubmend-owner", "hubmend-reason", "hubmend-until",
)  # fmt: skip
NO_NOTE = "hubmend took its note back; there was none before, and AWS keeps one once written."


class Status(StrEnum):
    """The workflow statuses hubmend writes."""

    NEW = "NEW"
    NOTIFIED = "NOTIFIED"
    SUPPRESSED = "SUPPRESSED"


@dataclass(frozen=True)
class Mark:
    """What a suppression carries in UserDefinedFields, so that it can be found again."""

    decision: str
    owner: str
    reason: str
    until: date | None

    @property
    def fields(self) -> dict[str, str]:
        """Return it as UserDefinedFields."""
        until = {_UNTIL: self.until.isoformat()} if self.until else {}
        return {
            _DECISION: self.decision,
            _OWNER: self.owner,
            _REASON: self.reason,
            **until,
        }


def mark_of(decision: Decision) -> Mark:
    """Return the mark of a suppression decided now."""
    owner, reason = (_cut(text, LONGEST_VALUE) for text in (decision.by, decision.reason))
    return Mark(decision.id, owner, reason, decision.until)


def read_mark(fields: Mapping[str, str]) -> Mark | None:
    """Return the mark among a finding's fields, None where hubmend left none."""
    if _DECISION not in fields:
        return None
    try:
        until = date.fromisoformat(fields.get(_UNTIL, ""))
    except ValueError:  # edited by hand: it has no end we can read
        until = None
    return Mark(fields[_DECISION], fields.get(_OWNER, ""), fields.get(_REASON, ""), until)


def suppress(finding: Held, mark: Mark) -> Call:
    """Return the call that suppresses a finding; its other user-defined fields stay."""
    return _update(finding, Status.SUPPRESSED, _why(mark), {**finding.fields, **mark.fields})


def suppressing(mark: Mark) -> dict[str, Any]:
    """Return what an automation rule writes on the findings it meets, to suppress them.

    It cannot take over what others wrote: their note goes, and AWS may replace their fields.
    """
    return _written(Status.SUPPRESSED, _why(mark), mark.fields)


def _why(mark: Mark) -> Note:
    owner = _cut(mark.owner, _LONGEST_OWNER)
    shown = "hubmend policy check -v" if of_rule(mark.decision) else "hubmend decisions"
    end = f" Suppressed until {mark.until} by {owner}. Decision {mark.decision}: {shown}"
    text = _cut(mark.reason, LONGEST_NOTE - len(end) - 1).rstrip(".") + "."
    return Note(text + end, AUTHOR)


def take_back(finding: Held, why: str, today: date) -> Call:
    """Return the call that makes a suppressed finding NEW again, with a note that says why."""
    own = {_DECISION, _OWNER, _REASON, _UNTIL}
    rest = {key: value for key, value in finding.fields.items() if key not in own}
    said = Note(_cut(f"Suppression ended by hubmend on {today}: {why}.", LONGEST_NOTE), AUTHOR)
    return _update(finding, Status.NEW, said, rest)


def notify(finding: Held, text: str) -> Call:
    """Return the call that sets a finding NOTIFIED and says why; its fields stay."""
    said = Note(_cut(text, LONGEST_NOTE), AUTHOR)
    return _update(finding, Status.NOTIFIED, said, None)


def note(finding: Held, text: str) -> Call:
    """Return the call that only notes something: the workflow is Security Hub's to change."""
    return _update(finding, None, Note(_cut(text, LONGEST_NOTE), AUTHOR), None)


def restore(finding: Held) -> Call:
    """Return the call that puts back what is on a finding now, as far as AWS allows.

    A note cannot be removed, only replaced; RESOLVED becomes NEW, which Security Hub resolves
    again once the resource passes.
    """
    known = finding.workflow in set(Status)
    status = Status(finding.workflow) if known else Status.NEW
    return _update(finding, status, finding.note or Note(NO_NOTE, AUTHOR), finding.fields)


def resolves(call: Call) -> bool:
    """Whether a call sets findings RESOLVED, itself or by an automation rule it makes."""
    return _resolving(call.params)


def _resolving(value: Any) -> bool:
    if isinstance(value, Mapping):
        workflow = value.get("Workflow")
        here = isinstance(workflow, Mapping) and workflow.get("Status") == "RESOLVED"
        return here or any(_resolving(one) for one in value.values())
    return isinstance(value, list | tuple) and any(_resolving(one) for one in value)


def room(finding: Held, mark: Mark) -> bool:
    """Whether a mark fits beside what others wrote on the finding."""
    return len({*finding.fields, *mark.fields}) <= MOST_FIELDS


def _update(
    finding: Held, status: Status | None, said: Note, fields: Mapping[str, str] | None
) -> Call:
    """Return a call that writes on a finding; what is None stays as it is."""
    identity = {"Id": finding.id, "ProductArn": finding.finding.product_arn}
    params = {"FindingIdentifiers": [identity], **_written(status, said, fields)}
    return Call("securityhub", "BatchUpdateFindings", params)


def _written(status: Status | None, said: Note, fields: Mapping[str, str] | None) -> dict[str, Any]:
    written: dict[str, Any] = {"Note": {"Text": said.text, "UpdatedBy": said.author}}
    if status:
        written["Workflow"] = {"Status": status.value}
    if fields is not None:
        written["UserDefinedFields"] = dict(sorted(fields.items()))
    return written


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
