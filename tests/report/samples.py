"""Sample dossiers: a realistic run over three accounts, and every state a report must tell.

Everything is fixed (times, hashes), so that snapshots of the text stay reviewable.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hubmend.core import journal
from hubmend.core.codec import encode
from hubmend.core.dossier import Dossier
from hubmend.core.evidence import Entry, link
from hubmend.core.plan import Plan
from hubmend.core.resource import (
    Remark,
    RemarkKind,
    Resource,
    Unread,
    Verdict,
)
from hubmend.core.run import ResourceResult, ResourceStatus, Run, RunStatus
from hubmend.core.verification import (
    ConfigurationAnswer,
    FindingAnswer,
    ProofAnswer,
    ProofStatus,
    ScoreAnswer,
    Verification,
)
from tests.report.sample_machines import (
    CONTROL,
    DATA,
    FSBP,
    NAMES,
    OFF,
    PAY,
    RUN,
    SCANNED,
    SHARED,
    STARTED,
    TOKYO,
    VIRGINIA,
    arn,
    express,
    passing,
    row,
    rows,
    scan,
)
from tests.report.sample_plan import ENABLED, decision, enabling, plan, suppressing

__all__ = [
    "CONTROL",
    "DATA",
    "FSBP",
    "NAMES",
    "OFF",
    "PAY",
    "RUN",
    "SCANNED",
    "SHARED",
    "STARTED",
    "TOKYO",
    "VIRGINIA",
    "arn",
    "decision",
    "dossier",
    "enabling",
    "entries",
    "express",
    "nothing",
    "passing",
    "plan",
    "rolled_back",
    "row",
    "rows",
    "scan",
    "scanned_only",
    "suppressing",
    "verification",
]


def entries(made: Plan, way: journal.Way = journal.Way.APPLY) -> tuple[Entry, ...]:
    """A whole chain: every call of the plan announced and answered."""
    chain: list[Entry] = []
    by = "arn:aws:sts::111122223333:assumed-role/HubmendRemediate/mika"
    _append(chain, journal.RUN_STARTED, {"plan": made.fingerprint, "control": CONTROL, "by": by})
    for change in made.changes:
        body = {
            "change": change.id,
            "way": journal.Way.APPLY.value,
            "resource": change.resource,
            "call": encode(change.call),
        }
        _append(chain, journal.CALL_BEFORE, body)
        answer: dict[str, Any] = {"outcome": "done", "error": None, "response": {}}
        _append(chain, journal.CALL_AFTER, {**body, **answer})
    for resource in made.resources:
        seen: dict[str, Any] = {
            "way": "apply",
            "arn": resource,
            "status": "done",
            "error": None,
            "notes": [],
        }
        _append(chain, journal.RESOURCE, seen)
    _append(chain, journal.RUN_FINISHED, {"way": "apply", "status": "done"})
    if made.resources:
        _verified(chain, made.resources[0])
    if way is journal.Way.ROLLBACK:
        for change in reversed(made.changes):
            kept = change.id.endswith("-group")
            body = {
                "change": change.id,
                "way": "rollback",
                "resource": change.resource,
                "call": encode(change.undo),
                "outcome": "kept" if kept else "done",
                "error": "the log group holds records" if kept else None,
                "response": {},
            }
            _append(chain, journal.CALL_AFTER, body)
        _append(chain, journal.RUN_FINISHED, {"way": "rollback", "status": "rolled-back"})
    return tuple(chain)


def _verified(chain: list[Entry], machine: str) -> None:
    known = {one.arn: one for one in rows()}
    seen = verification(known[machine])
    started = {"resource": machine, "execution": seen.proof.executions[0], "status": "SUCCEEDED"}
    _append(chain, journal.EXECUTION, {**started, "input": "sha256:1"})
    _append(chain, journal.VERIFICATION, encode(seen))


def _append(chain: list[Entry], kind: str, body: dict[str, Any]) -> None:
    last = chain[-1] if chain else None
    at = STARTED + timedelta(milliseconds=317 * len(chain))
    start = "sha256:" + "0" * 64
    chain.append(link(RUN, len(chain), at, kind, body, last.hash if last else start))


def verification(machine: Resource, level: str = "ALL") -> Verification:
    execution = f"{machine.arn.replace('stateMachine', 'execution')}:verify-{RUN}"
    records = tuple(
        json.dumps({"id": str(n), "type": kind, "details": {}, "execution_arn": execution})
        for n, kind in enumerate(("ExecutionStarted", "PassStateEntered", "ExecutionSucceeded"), 1)
    )
    proof = ProofAnswer(ProofStatus.PROVED, level, 11, 11, (execution,), "", (), records)
    if level == "ERROR":
        why = "no execution has failed since the change, and a green one writes nothing at ERROR"
        proof = ProofAnswer(ProofStatus.NOT_PROVABLE, level, 0, 0, (), why)
    return Verification(
        machine.arn,
        ConfigurationAnswer("passed"),
        proof,
        FindingAnswer("pending", "normal until 24 Nov 2026 14:05 UTC"),
        ScoreAnswer(88, None),
    )


def dossier() -> Dossier:
    """A finished run with one failure, proofs, a manual step and what was left alone."""
    made = plan()
    seen = scan()
    before = {machine.arn: machine.verdict for machine in seen.resources}
    results = tuple(_result(machine) for machine in made.resources)
    done = {r.arn for r in results if r.status is ResourceStatus.DONE}
    known = {machine.arn: machine for machine in seen.resources}
    enabled = [machine for machine in made.resources if known[machine].name in ENABLED]
    turned = {machine: Verdict.PASSED for machine in enabled if machine in done}
    return Dossier(
        at=STARTED + timedelta(minutes=30),
        control=CONTROL,
        scan=seen,
        run=Run(RUN, made, RunStatus.DONE, STARTED, STARTED + timedelta(seconds=41)),
        results=results,
        verifications=tuple(verification(known[a], ENABLED[known[a].name]) for a in turned),
        decisions=made.decisions,
        entries=entries(made),
        broken_at=None,
        before=before,
        after={**before, **turned},
    )


def _result(machine: str) -> ResourceResult:
    if machine == arn("etl-customers", DATA):
        error = (
            "the machine moved since the plan (revision 7c1e, planned 0f6c); nothing was changed. "
            "Plan again: hubmend plan -o plan.json"
        )
        return ResourceResult(machine, ResourceStatus.STALE, error)
    return ResourceResult(machine, ResourceStatus.DONE)


def rolled_back() -> Dossier:
    """The same run, taken back; the log groups stay, since they hold records."""
    whole = dossier()
    assert whole.run is not None
    note = "log group kept: it holds records"
    results = tuple(
        ResourceResult(r.arn, ResourceStatus.KEPT, None, (note,)) for r in whole.results
    )
    return replace(
        whole,
        run=replace(whole.run, status=RunStatus.ROLLED_BACK),
        results=results,
        verifications=(),
        entries=entries(whole.run.plan, journal.Way.ROLLBACK),
        after=whole.before,
    )


def scanned_only() -> Dossier:
    """No run: the whole scope, one region of which could not be read; one account is closed."""
    unread = Unread(SHARED, VIRGINIA, "AccessDenied: sts:AssumeRole on role HubmendAudit")
    closed = Remark(RemarkKind.LEFT_OUT, "444455556666", "AWS Organizations says CLOSED: not read")
    seen = replace(scan(), unread=(unread,), remarks=(closed,))
    verdicts = {machine.arn: machine.verdict for machine in seen.resources}
    empty = Dossier(SCANNED, CONTROL, seen, None, (), (), (), (), None, verdicts, verdicts)
    return replace(empty, at=SCANNED + timedelta(minutes=2))


def nothing() -> Dossier:
    """A new store."""
    return Dossier(SCANNED, CONTROL, None, None, (), (), (), (), None, {}, {})
