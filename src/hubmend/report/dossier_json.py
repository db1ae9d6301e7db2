"""A dossier as JSON, hubmend/report/1: the whole evidence, for programs and archives.

Entries of evidence are given whole, so that anyone can recompute the chain from this file alone.
"""

from __future__ import annotations

import json
from typing import Any

from hubmend.core.codec import encode
from hubmend.core.dossier import Dossier
from hubmend.report.census import census
from hubmend.report.documents import (
    answers_document,
    decision_document,
    resource_document,
    scope_document,
)
from hubmend.report.headline import headline, next_step
from hubmend.report.story import Deed, Step, Story, controls, stories

SCHEMA = "hubmend/report/1"


def render_json(dossier: Dossier) -> str:
    """Return the dossier as one indented JSON document, ending in a new line."""
    document = json.dumps(report_document(dossier), indent=2, ensure_ascii=True)
    return document + "\n"


def report_document(dossier: Dossier) -> dict[str, Any]:
    """Return the dossier as hubmend/report/1."""
    counted = census(dossier)
    plan = dossier.run.plan if dossier.run else None
    return {
        "schema": SCHEMA,
        "at": encode(dossier.at),
        "control": dossier.control,
        "headline": headline(dossier),
        "next": next_step(dossier),
        "scope": scope_document(dossier.scan) if dossier.scan else None,
        "run": _run(dossier),
        "summary": {"before": encode(counted.before), "after": encode(counted.after)},
        "resources": [_machine(story) for story in stories(dossier)],
        "controls": [_control(story) for story in controls(dossier)],
        "skipped": encode(plan.skipped) if plan else [],
        "manual": encode(plan.manual) if plan else [],
        "unread": encode(dossier.scan.unread) if dossier.scan else [],
        "decisions": [decision_document(one) for one in dossier.decisions],
        "evidence": {
            "holds": dossier.broken_at is None,
            "broken_at": dossier.broken_at,
            "entries": encode(dossier.entries),
        },
    }


def _run(dossier: Dossier) -> dict[str, Any] | None:
    run = dossier.run
    if run is None:
        return None
    return {
        "id": run.id,
        "plan": run.plan.fingerprint,
        "status": run.status.value,
        "started": encode(run.started),
        "finished": encode(run.finished),
    }


def _machine(story: Story) -> dict[str, Any]:
    return {
        **_place(story),
        "before": story.before,
        "after": story.after,
        "scanned": resource_document(story.resource) if story.resource else None,
        "decision": decision_document(story.decision) if story.decision else None,
        **_course(story),
        "verification": _answers(story),
    }


def _control(story: Story) -> dict[str, Any]:
    """Return what became of the control itself in one account and region: it has no verdict."""
    seen = story.verification
    return {
        **_place(story),
        "decisions": [decision_document(one) for one in story.decisions],
        **_course(story),
        "configuration": encode(seen.configuration) if seen else None,
    }


def _place(story: Story) -> dict[str, Any]:
    return {
        "arn": story.arn,
        "name": story.name,
        "account": story.account,
        "account_name": story.account_name or None,
        "region": story.region,
    }


def _course(story: Story) -> dict[str, Any]:
    return {
        "status": story.result.status.value if story.result else None,
        "error": story.result.error if story.result else None,
        "notes": [*story.notes, *(story.result.notes if story.result else ())],
        "changes": [_step(step) for step in story.steps],
    }


def _answers(story: Story) -> dict[str, Any] | None:
    verification = story.verification
    if verification is None:
        return None
    document = answers_document(verification)
    document["finding"]["why"] = verification.finding.why
    document["proof"]["missing"] = list(verification.proof.missing)
    document["proof"]["records"] = list(verification.proof.records)
    return document


def _step(step: Step) -> dict[str, Any]:
    change = step.change
    return {
        "id": change.id,
        "title": change.title,
        "reason": change.reason,
        "call": encode(change.call),
        "undo": encode(change.undo),
        "applied": _deed(step.applied),
        "undone": _deed(step.undone),
    }


def _deed(deed: Deed | None) -> dict[str, Any] | None:
    return encode(deed) if deed else None
