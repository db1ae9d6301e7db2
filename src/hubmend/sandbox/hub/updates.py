"""BatchUpdateFindings and automation rule actions: what a customer may write on a finding (F§2.5).

One function rewrites the document for both, because AWS gives both the same fields.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.lifecycle import Asff
from hubmend.sandbox.hub.settings import iso

_SCALARS = ("Confidence", "Criticality", "VerificationState", "Types", "RelatedFindings")
WRITABLE = ("Note", "Severity", "UserDefinedFields", "Workflow", *_SCALARS)
WORKFLOW = ("NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")

_NORMALIZED = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}
_VERIFICATION = ("UNKNOWN", "TRUE_POSITIVE", "FALSE_POSITIVE", "BENIGN_POSITIVE")
_MAX_NOTE, _MAX_FIELDS, _MAX_KEY, _MAX_VALUE = 512, 50, 128, 1024


def validate(fields: Mapping[str, Any]) -> None:
    """Refuse values outside AWS's limits with InvalidInputException, naming the field."""
    if not any(name in fields for name in WRITABLE):
        raise HubError.invalid(f"name at least one field to update: {', '.join(WRITABLE)}")
    note = fields.get("Note")
    if note is not None:
        if not 1 <= len(note.get("Text", "")) <= _MAX_NOTE:
            raise HubError.invalid(f"Note.Text must have 1 to {_MAX_NOTE} characters")
        if not note.get("UpdatedBy"):
            raise HubError.invalid("Note.UpdatedBy is required with Note.Text")
    _one_of("Workflow.Status", fields.get("Workflow", {}).get("Status"), WORKFLOW)
    _one_of("VerificationState", fields.get("VerificationState"), _VERIFICATION)
    _one_of("Severity.Label", fields.get("Severity", {}).get("Label"), tuple(_NORMALIZED))
    own = fields.get("UserDefinedFields", {})
    if len(own) > _MAX_FIELDS:
        raise HubError.invalid(f"UserDefinedFields holds at most {_MAX_FIELDS} entries")
    for key, value in own.items():
        if not 1 <= len(key) <= _MAX_KEY or len(value) > _MAX_VALUE:
            raise HubError.invalid(
                f"UserDefinedFields key {key[:40]!r}: keys have 1 to {_MAX_KEY} characters, "
                f"values at most {_MAX_VALUE}"
            )
    for name in ("Confidence", "Criticality"):
        if name in fields and fields[name] not in range(101):
            raise HubError.invalid(f"{name} is a whole number from 0 to 100")


def updated(finding: Asff, fields: Mapping[str, Any], at: datetime) -> Asff:
    """The finding with the customer's fields; `UpdatedAt` does not move (F§2.5).

    A note replaces the note before it. UserDefinedFields replace the earlier ones as a whole
    (UNCONFIRMED: AWS might merge), so a client that sends all of them is right either way.
    """
    after = copy.deepcopy(finding)
    if "Note" in fields:
        note = fields["Note"]
        after["Note"] = {
            "Text": note["Text"],
            "UpdatedBy": note["UpdatedBy"],
            "UpdatedAt": iso(at),
        }
    if "Workflow" in fields and fields["Workflow"].get("Status"):
        after["Workflow"] = {"Status": fields["Workflow"]["Status"]}
    if "Severity" in fields:
        after["Severity"] = {**after["Severity"], **fields["Severity"]}
        if "Label" in fields["Severity"] and "Normalized" not in fields["Severity"]:
            after["Severity"]["Normalized"] = _NORMALIZED[fields["Severity"]["Label"]]
    if "UserDefinedFields" in fields:
        after["UserDefinedFields"] = dict(fields["UserDefinedFields"])
    for name in _SCALARS:
        if name in fields:
            after[name] = copy.deepcopy(fields[name])
    return after


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise HubError.invalid(f"{name} is {value!r}; use one of {', '.join(allowed)}")
