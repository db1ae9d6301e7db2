"""The JSON documents of the verbs: a public interface with stable keys (design §3).

Keys are written out one by one rather than encoded from the dataclasses, so that a field added in
core does not change the interface by accident.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hubmend.core.codec import encode
from hubmend.core.decision import Decision
from hubmend.core.resource import Resource, Scan, Score, Suppression, Tally

if TYPE_CHECKING:  # the document of a scan waits for neither
    from hubmend.core.run import Canary, RunResult
    from hubmend.core.verification import Verification

SCAN, RUN = "hubmend/scan/1", "hubmend/run/1"
EVIDENCE, DECISIONS = "hubmend/evidence/1", "hubmend/decisions/1"


def scan_document(scan: Scan) -> dict[str, Any]:
    """Return a scan as hubmend/scan/1."""
    return {
        **scan_opening(scan),
        "resources": [resource_document(resource) for resource in scan.resources],
        **scan_ending(scan, scan.tally),
    }


def scan_opening(scan: Scan) -> dict[str, Any]:
    """Return what stands before a scan's rows: what is known before the first is read."""
    return {"schema": SCAN, "scope": scope_document(scan)}


def scan_ending(scan: Scan, tally: Tally) -> dict[str, Any]:
    """Return what stands after a scan's rows."""
    return {
        "summary": tally.summary,
        "unread": [encode(unread) for unread in scan.unread],
        "scores": [_score(score) for score in scan.scores],
        "remarks": [encode(remark) for remark in scan.remarks],
    }


def scope_document(scan: Scan) -> dict[str, Any]:
    """Return what was looked at, how and when."""
    return {
        "control": scan.control,
        "targets": [
            {
                "account": target.account,
                "account_name": scan.account_names.get(target.account),
                "region": target.region,
            }
            for target in scan.targets
        ],
        "source": scan.source,
        "source_why": scan.source_why,
        "at": encode(scan.at),
    }


def resource_document(resource: Resource) -> dict[str, Any]:
    """Return one row of a scan."""
    return {
        "arn": resource.arn,
        "account": resource.account,
        "region": resource.region,
        "name": resource.name,
        "type": resource.type,
        "level": resource.level,
        "include_execution_data": resource.include_execution_data,
        "log_group_arn": resource.log_group_arn,
        "verdict": resource.verdict.value,
        "reason": resource.reason,
        "role_arn": resource.role_arn,
        "revision_id": resource.revision_id,
        "tags": dict(resource.tags),
        "manager": {"kind": resource.manager.kind, "evidence": resource.manager.evidence},
        "finding": _finding(resource),
        "recommendation": {
            "decision": resource.recommendation.decision.value,
            "level": resource.recommendation.advised,
            "why": resource.recommendation.why,
        },
        "source": resource.source.value,
        "as_of": resource.as_of or None,
    }


def run_document(result: RunResult) -> dict[str, Any]:
    """Return what `apply` or `rollback` answers as hubmend/run/1."""
    return {
        "schema": RUN,
        "run": result.run,
        "plan": result.plan,
        "status": result.status.value,
        "resources": [
            {
                "arn": one.arn,
                "status": one.status.value,
                "error": one.error,
                "notes": list(one.notes),
            }
            for one in result.resources
        ],
        "canary": _canary(result.canary) if result.canary else None,
    }


def _canary(canary: Canary) -> dict[str, Any]:
    """Return what was tried first; without answers it could not be changed to begin with."""
    return {
        "status": "passed" if canary.passed else "failed",
        "resources": list(canary.resources),
        "answers": [
            {
                "arn": one.arn,
                "configuration": one.configuration,
                "proof": one.proof.value,
                "why": one.why,
            }
            for one in canary.answers
        ],
    }


def verification_document(run_id: str, verifications: Sequence[Verification]) -> dict[str, Any]:
    """Return the four answers per machine as hubmend/evidence/1."""
    return {
        "schema": EVIDENCE,
        "run": run_id,
        "resources": [answers_document(one) for one in verifications],
    }


def answers_document(one: Verification) -> dict[str, Any]:
    """Return the four answers for one machine."""
    proof = one.proof
    return {
        "arn": one.arn,
        "configuration": {
            "status": one.configuration.status,
            "why": one.configuration.why,
            "traffic": one.configuration.traffic,
        },
        "proof": {
            "status": proof.status.value,
            "level": proof.level,
            "expected": proof.expected,
            "found": proof.found,
            "executions": list(proof.executions),
            "why": proof.why,
        },
        "finding": encode(one.finding),
        "score": encode(one.score),
    }


def decisions_document(decisions: Sequence[Decision]) -> dict[str, Any]:
    """Return the decisions that stand as hubmend/decisions/1."""
    return {"schema": DECISIONS, "decisions": [decision_document(one) for one in decisions]}


def decision_document(decision: Decision) -> dict[str, Any]:
    """Return one decision; unset choices are null and take the policy file's defaults."""
    return {
        "id": decision.id,
        "resource": decision.resource,
        "decision": decision.kind.value,
        "by": decision.by,
        "at": encode(decision.at),
        "source": decision.source,
        "reason": decision.reason,
        "until": encode(decision.until),
        "level": decision.level,
        "include_execution_data": decision.include_execution_data,
        "log_group": decision.log_group,
        "retention_days": decision.retention_days,
        "kms_key": decision.kms_key,
        "update_versions": decision.update_versions,
    }


def _finding(resource: Resource) -> dict[str, Any] | None:
    finding = resource.finding
    if finding is None:
        return None
    return {
        "id": finding.id,
        "workflow_status": finding.workflow_status,
        "compliance_status": finding.compliance_status,
        "suppression": _suppression(next(iter(resource.suppressions), None)),
    }


def _suppression(behind: Suppression | None) -> dict[str, Any] | None:
    if behind is None:
        return None
    until = encode(behind.until)
    return {
        "state": behind.state.value, "owner": behind.owner, "until": until, "why": behind.why,
    }  # fmt: skip


def _score(score: Score) -> dict[str, Any]:
    return {
        "account": score.account,
        "region": score.region,
        "standard": score.standard,
        "percent": score.percent,
        "control_status": score.control_status,
    }
