"""The score after a plan: what each finding will say once AWS has followed. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hubmend.core import score
from hubmend.core.call import Change
from hubmend.core.plan import Projection
from hubmend.core.resource import Resource, Scan, Score, Verdict
from hubmend.flow.hub.effects import of_hub


def project(scan: Scan, rows: Sequence[Resource], changes: Sequence[Change]) -> list[Projection]:
    """Return the score per standard of each target a plan changes, as of the scan and after.

    `rows` are the scan's as read for the plan. Suppressing everything leaves "No data", which
    counts neither as passed nor as failed (F§1.7).
    """
    fresh = {row.arn: row for row in rows}
    now = [fresh.get(row.arn, row) for row in scan.resources]
    changed = {change.target for change in changes}
    found = []
    for one in scan.scores:
        here = [row for row in now if (row.account, row.region) == (one.account, one.region)]
        if any((one.account, one.region) == (t.account, t.region) for t in changed):
            found.append(_projected(one, here, changes))
    return found


def _projected(before: Score, rows: Sequence[Resource], changes: Sequence[Change]) -> Projection:
    after = before
    if before.control_status != score.NOT_CHECKED:
        values = [value for row in rows if (value := _value(row, changes)) is not None]
        set_ = [status for one in changes if (status := _association(one, before))]
        was_off = before.control_status == score.DISABLED
        off = set_[-1] == "DISABLED" if set_ else was_off
        after = score.with_status(before, score.DISABLED if off else score.control_status(values))
    return Projection(
        account=before.account,
        region=before.region,
        standard=before.standard,
        before=before.percent,
        after=after.percent,
        status_before=before.control_status,
        status_after=after.control_status,
    )


def _value(row: Resource, changes: Sequence[Change]) -> str | None:
    """Return what a row's finding will say; None where it will not count."""
    own = [change for change in changes if change.resource == row.arn]
    if _workflow(row, own) == "SUPPRESSED":
        return None
    if any(not of_hub(change.call) for change in own):
        return "PASSED"
    if row.verdict is Verdict.UNKNOWN:
        return row.finding.compliance_status if row.finding else None
    return row.verdict.value


def _workflow(row: Resource, own: Sequence[Change]) -> str:
    """Return the workflow status the row's finding will have."""
    written = [
        str(workflow.get("Status", ""))
        for change in own
        if isinstance(workflow := change.call.params.get("Workflow"), Mapping)
    ]
    held = row.finding.workflow_status if row.finding else ""
    return written[-1] if written else held


def _association(change: Change, here: Score) -> str | None:
    """Return what a change sets the control to in a standard of this target; None if nothing."""
    if (change.account, change.region) != (here.account, here.region):
        return None
    updates = change.call.params.get("StandardsControlAssociationUpdates", ())
    told = (one for one in updates if str(one.get("StandardsArn", "")).endswith(here.standard))
    return next((str(one["AssociationStatus"]) for one in told), None)
