"""The one sentence a manager can repeat, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC

from hubmend.core.dossier import Dossier
from hubmend.core.journal import RUN_FINISHED, Way
from hubmend.core.resource import Verdict
from hubmend.core.run import ResourceStatus, Run, RunStatus
from hubmend.core.verification import ProofStatus
from hubmend.report.census import Standing, census
from hubmend.report.naming import name_of
from hubmend.report.onward import PLAN, SCAN, onward
from hubmend.report.story import Story, stories
from hubmend.report.wording import count, day, listed

_UNFINISHED = (RunStatus.RUNNING, RunStatus.INTERRUPTED)


def headline(dossier: Dossier) -> str:
    """Return what happened, in one sentence, ending in the command that takes it back."""
    if dossier.run is not None:
        return _of_run(dossier, dossier.run)
    if dossier.scan is None:
        return "Nothing has been scanned yet, so there is nothing to report."
    scan = dossier.scan
    accounts = len({target.account for target in scan.targets})
    failing = scan.count(Verdict.FAILED)
    verb = "fails" if failing == 1 else "fail"
    machines = f"{count(failing, 'state machine')} of {len(scan.resources):,}"
    parts = [f"{machines} in {count(accounts, 'account')} {verb} {scan.control}"]
    unread = (
        (scan.count(Verdict.UNKNOWN), "machine"),
        (len(scan.unread), "account and region", "accounts and regions"),
    )
    if unknown := [count(number, *nouns) for number, *nouns in unread if number]:
        parts.append(f"{listed(unknown)} could not be read")
    return f"On {day(scan.at.astimezone(UTC).date())} hubmend found that {'; '.join(parts)}."


def next_step(dossier: Dossier) -> str:
    """Return the command that goes on from here."""
    run = dossier.run
    if run is None:
        if dossier.scan is None:
            return SCAN
        failing = dossier.scan.count(Verdict.FAILED)
        return PLAN if failing else "hubmend doctor"
    if run.status is not RunStatus.DONE or _unproved(dossier):
        return onward(run.id, run.status, _way(dossier), dossier.results)
    left = census(dossier).after
    return PLAN if left and left[Standing.FAILED] else SCAN


def _way(dossier: Dossier) -> Way:
    """Return which way the run was walked last."""
    undoing = any(entry.body.get("way") == Way.ROLLBACK for entry in dossier.entries)
    return Way.ROLLBACK if undoing else Way.APPLY


def _unproved(dossier: Dossier) -> bool:
    """Whether a machine was enabled and nobody has looked for its records, or they are due."""
    settled = {v.arn for v in dossier.verifications if v.proof.status is not ProofStatus.PENDING}
    return any(_enabled(s) and s.arn not in settled for s in stories(dossier))


def _of_run(dossier: Dossier, run: Run) -> str:
    told = stories(dossier)
    if run.status is RunStatus.ROLLED_BACK:
        return _taken_back(dossier, run)
    on = day((run.finished or run.started).astimezone(UTC).date())
    enabled = [s for s in told if _enabled(s)]
    failing = census(dossier).before[Standing.FAILED]
    accounts = len({s.account for s in told if _done(s)})
    place = f" in {count(accounts, 'account')}" if accounts else ""
    machines = count(failing, "failing state machine")
    done = f"turned logging on for {len(enabled):,} of {machines}{place}"
    if not enabled and any(_done(s) for s in told):
        done = f"changed none of {machines}"
    parts = [f"On {on} hubmend {done}"]
    parts.extend(_rest(dossier, told))
    parts.append(_way_back(run))
    return "; ".join(parts)


def _rest(dossier: Dossier, told: tuple[Story, ...]) -> list[str]:
    parts = []
    proofs = [s.verification.proof for s in told if s.verification]
    proved = [proof for proof in proofs if proof.status is ProofStatus.PROVED]
    records = sum(proof.found for proof in proved)
    if proved:
        verb = "is" if len(proved) == 1 else "are"
        parts.append(f"{len(proved):,} {verb} proved by {count(records, 'log record')}")
    elif any(_enabled(s) for s in told):
        parts.append("none is proved by log records yet")
    if failed := sum(s.result is not None and s.result.status in _NOT_DONE for s in told):
        parts.append(f"{failed:,} could not be done")
    written = sum(_done(s) and s.workflow == "SUPPRESSED" for s in told)
    if written:
        parts.append(f"{written:,} suppressed in Security Hub by a dated decision")
    if ended := sum(_done(s) and s.workflow == "NEW" for s in told):
        parts.append(f"{count(ended, 'suppression')} taken back")
    for said, about in _CONTROL:
        if number := sum(_done(s) and about(s) for s in told):
            places = count(number, "account and region", "accounts and regions")
            parts.append(f"{said} in {places}")
    counted = census(dossier)
    if counted.after:
        suppressed = counted.after[Standing.SUPPRESSED] - counted.before[Standing.SUPPRESSED]
        if suppressed > written:
            parts.append(f"{suppressed - written:,} left by a dated decision")
    return parts


_CONTROL: tuple[tuple[str, Callable[[Story], bool]], ...] = (
    ("the control disabled", lambda story: story.association == "DISABLED"),
    ("the control enabled again", lambda story: story.association == "ENABLED"),
    ("the control's logLevel set", lambda story: story.makes("UpdateSecurityControl")),
    ("an automation rule deleted", lambda story: story.makes("BatchDeleteAutomationRules")),
    ("an automation rule made", lambda story: story.makes("CreateAutomationRule")),
)
_NOT_DONE = (ResourceStatus.FAILED, ResourceStatus.STALE)


def _way_back(run: Run) -> str:
    changes = run.plan.changes
    if not changes:
        return "nothing was changed, so there is nothing to undo"
    if run.status in _UNFINISHED:
        return f"the run is not finished; take back what was done with: hubmend rollback {run.id}"
    without = sum(change.undo is None for change in changes)
    what = f"all but {count(without, 'change')}" if without else "everything"
    return f"{what} can be undone with: hubmend rollback {run.id}"


def _taken_back(dossier: Dossier, run: Run) -> str:
    ends = [e.at for e in dossier.entries if e.kind == RUN_FINISHED]
    on = day((ends[-1] if ends else run.finished or run.started).astimezone(UTC).date())
    back = [
        r.arn for r in dossier.results if r.status in (ResourceStatus.DONE, ResourceStatus.KEPT)
    ]
    kept = sum(r.status is ResourceStatus.KEPT for r in dossier.results)
    accounts = len({name_of(arn).account for arn in back})
    parts = [
        f"On {on} hubmend took back run {run.id}: {count(len(back), 'state machine')}"
        + (f" in {count(accounts, 'account')}" if accounts else "")
        + f" {'is' if len(back) == 1 else 'are'} configured as before"
    ]
    if kept:
        parts.append(f"for {kept:,} something had to stay (a log group that holds records)")
    return "; ".join(parts) + "."


def _enabled(story: Story) -> bool:
    return _done(story) and story.changed


def _done(story: Story) -> bool:
    return story.result is not None and story.result.status is ResourceStatus.DONE
