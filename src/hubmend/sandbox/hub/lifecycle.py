"""How one finding changes when its resource is evaluated again, archived or rewritten (F§2.3).

Pure transitions over the finding's ASFF document, kept apart from when they happen so that the
lifecycle table of the facts sheet can be tested line by line.
"""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.settings import iso

Asff = dict[str, Any]

_NORMALIZED = {"INFORMATIONAL": 0, "LOW": 1, "MEDIUM": 40, "HIGH": 70, "CRITICAL": 90}


def severity_of(status: str, label: str) -> str:
    """The label a finding carries: INFORMATIONAL once PASSED, else the control's own."""
    return "INFORMATIONAL" if status == "PASSED" else label


def severity(status: str, label: str, *, consolidated: bool) -> dict[str, Any]:
    """ASFF `Severity`; only unconsolidated findings have `Product` (F§2.2)."""
    current = severity_of(status, label)
    shape = {"Label": current, "Normalized": _NORMALIZED[current], "Original": current}
    return shape if consolidated else {"Product": _NORMALIZED[current], **shape}


def workflow_after(before: str, old: str, new: str, *, reopened: bool, resolves: bool) -> str:
    """The workflow status after an evaluation turned compliance `old` into `new`.

    PASSED resolves (a SUPPRESSED finding only with `resolves`, see Settings); leaving PASSED, or
    coming back from the archive (`reopened`), turns RESOLVED and NOTIFIED into NEW. A finding set
    RESOLVED by hand while it still fails is not reopened.
    """
    if new == "PASSED":
        kept = old == new or (before == "SUPPRESSED" and not resolves)
        return before if kept else "RESOLVED"
    if (old == "PASSED" or reopened) and before in {"RESOLVED", "NOTIFIED"}:
        return "NEW"
    return before


def evaluated(finding: Asff, status: str, at: datetime, label: str, *, resolves: bool) -> Asff:
    """The same finding after an evaluation at `at` gave `status` (F§2.3, since 3 Jul 2025).

    A change of compliance moves FirstObservedAt, PreviousComplianceStatus, severity and workflow;
    an evaluation that changes nothing only moves the three "last seen" times.
    """
    after = copy.deepcopy(finding)
    old = after["Compliance"]["Status"]
    reopened = after["RecordState"] == "ARCHIVED"
    for stamp in ("LastObservedAt", "ProcessedAt", "UpdatedAt"):
        after[stamp] = iso(at)
    after["RecordState"] = "ACTIVE"
    after["Workflow"]["Status"] = workflow_after(
        after["Workflow"]["Status"], old, status, reopened=reopened, resolves=resolves
    )
    if old != status:
        after["FirstObservedAt"] = iso(at)
        after["ProductFields"]["PreviousComplianceStatus"] = old
        after["Compliance"]["Status"] = status
        _grade(after, status, label)
    return after


def archived(finding: Asff, at: datetime, *, status: str | None = None, reason: str = "") -> Asff:
    """The finding taken out of the active record, with NOT_AVAILABLE for a deleted resource.

    `reason` is an ArchivalReasons code such as CONSOLIDATED_CONTROL_FINDINGS_UPDATE (F§2.2).
    """
    after = copy.deepcopy(finding)
    after["RecordState"] = "ARCHIVED"
    after["UpdatedAt"] = after["ProcessedAt"] = iso(at)
    if status is not None and status != after["Compliance"]["Status"]:
        after["ProductFields"]["PreviousComplianceStatus"] = after["Compliance"]["Status"]
        after["Compliance"]["Status"] = status
    if reason:
        after["ProductFields"]["ArchivalReasons:0/ReasonCode"] = reason
    return after


def _grade(finding: Asff, status: str, label: str) -> None:
    """Set the provider's severity, and the visible one unless a customer overrode it."""
    provided = finding["FindingProviderFields"]["Severity"]
    overridden = finding["Severity"]["Label"] != provided["Label"]
    current = severity_of(status, label)
    provided.update(Label=current, Original=current)
    if not overridden:
        product = "Product" in finding["Severity"]
        finding["Severity"] = severity(status, label, consolidated=not product)
