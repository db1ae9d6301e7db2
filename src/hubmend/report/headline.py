"""The one sentence a manager can repeat, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC

from hubmend.core.dossier import Dossier
from hubmend.core.journal import RUN_FINISHED, Way
from hubmend.core.resource import Verdict
from hubmend.core.run import ResourceStatus, Run, RunStatus
from hubmend.core.verification import ProofStatus, Verification
from hubmend.report.census import Standing, census
from hubmend.report.onward import PLAN, SCAN, onward
from hubmend.report.story import EFFECTS, RULES, Story, controls, stories
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
    """Whether what was changed was not looked at since, or is to be looked at again."""
    settled = {v.arn for v in dossier.verifications if not _pending(v)}
    changed = [s for s in stories(dossier) if _enabled(s)] + _those(controls(dossier), _DONE)
    return any(s.arn not in settled for s in changed)


def _pending(one: Verification) -> bool:
    return one.proof.status is ProofStatus.PENDING or one.configuration.status == "pending"


def _of_run(dossier: Dossier, run: Run) -> str:
    if run.status is RunStatus.ROLLED_BACK:
        return _taken_back(dossier, run)
    machines, settings = stories(dossier), controls(dossier)
    on = day((run.finished or run.started).astimezone(UTC).date())
    enabled = [s for s in machines if _enabled(s)]
    failing = count(census(dossier).before[Standing.FAILED], "failing state machine")
    done = f"turned logging on for {len(enabled):,} of {failing}{_in_accounts(enabled)}"
    if not enabled and _those((*machines, *settings), _DONE):
        done = f"changed none of {failing}"
    parts = [f"On {on} hubmend {done}"]
    parts.extend(_on_machines(dossier, machines))
    parts.extend(_on_control(settings))
    parts.append(_way_back(run))
    return "; ".join(parts)


def _on_machines(dossier: Dossier, told: tuple[Story, ...]) -> list[str]:
    parts = []
    proofs = [s.verification.proof for s in told if s.verification]
    proved = [proof for proof in proofs if proof.status is ProofStatus.PROVED]
    records = sum(proof.found for proof in proved)
    if proved:
        verb = "is" if len(proved) == 1 else "are"
        parts.append(f"{len(proved):,} {verb} proved by {count(records, 'log record')}")
    elif any(_enabled(s) for s in told):
        parts.append("none is proved by log records yet")
    if failed := _those(told, _NOT_DONE):
        parts.append(f"{len(failed):,} could not be done")
    written = sum(s.workflow == "SUPPRESSED" for s in _those(told, _DONE))
    if written:
        parts.append(f"{written:,} suppressed in Security Hub by a dated decision")
    if ended := sum(s.workflow == "NEW" for s in _those(told, _DONE)):
        parts.append(f"{count(ended, 'suppression')} taken back")
    counted = census(dossier)
    if counted.after:
        left = counted.after[Standing.SUPPRESSED] - counted.before[Standing.SUPPRESSED] - written
        if left > 0:
            parts.append(f"{count(left, 'state machine')} left off by decision")
    return parts


def _on_control(told: tuple[Story, ...]) -> list[str]:
    """Say what became of the control and its automation rules, which are no machines."""
    said = Counter(effect for s in _those(told, _DONE) for effect in s.effects)
    parts = [f"{effect} in {_places(said[effect])}" for effect in EFFECTS if said[effect]]
    if failed := _those(told, _NOT_DONE):
        parts.append(
            f"the control or its automation rules could not be changed in {_places(len(failed))}"
        )
    return parts


_DONE = (ResourceStatus.DONE,)
_NOT_DONE = (ResourceStatus.FAILED, ResourceStatus.STALE)
_BACK = (ResourceStatus.DONE, ResourceStatus.KEPT)


def _those(told: Sequence[Story], statuses: Collection[ResourceStatus]) -> list[Story]:
    return [s for s in told if s.result is not None and s.result.status in statuses]


def _places(number: int) -> str:
    return count(number, "account and region", "accounts and regions")


def _in_accounts(told: Sequence[Story]) -> str:
    accounts = len({s.account for s in told})
    return f" in {count(accounts, 'account')}" if accounts else ""


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
    kept = sum(r.status is ResourceStatus.KEPT for r in dossier.results)
    parts = [*_machines_back(_those(stories(dossier), _BACK))]
    parts.extend(_control_back(_those(controls(dossier), _BACK)))
    if kept:
        parts.append(f"for {kept:,} something had to stay (a log group that holds records)")
    return f"On {on} hubmend took back run {run.id}: {'; '.join(parts) or 'it changed nothing'}."


def _machines_back(told: Sequence[Story]) -> Iterator[str]:
    if configured := [s for s in told if s.changed]:
        machines = count(len(configured), "state machine") + _in_accounts(configured)
        yield f"{machines} {'is' if len(configured) == 1 else 'are'} configured as before"
    if written := [s for s in told if not s.changed]:
        machines = count(len(written), "state machine")
        yield f"what is written on the findings of {machines}{_in_accounts(written)} is as before"


def _control_back(told: Sequence[Story]) -> Iterator[str]:
    rules = set(RULES.values())
    if changed := sum(bool({*s.effects} - rules) for s in told):
        yield f"the control is set as before in {_places(changed)}"
    if ruled := sum(bool({*s.effects} & rules) for s in told):
        yield f"its automation rules are as before in {_places(ruled)}"


def _enabled(story: Story) -> bool:
    return story.changed and bool(_those([story], _DONE))
