"""Telling owners in Security Hub: a plan that waits for them, and what a run has done.

Each is a run of its own, journalled and undone like any other, so that a note that cannot be
written never touches what becomes of a machine. The evidence of a run names the one that noted what
it has done, so that its notes are taken back with it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hubmend.core import journal
from hubmend.core.arn import is_control, parse_arn
from hubmend.core.call import Change
from hubmend.core.plan import Plan
from hubmend.core.run import ResourceResult, ResourceStatus, Run, RunResult, RunStatus
from hubmend.flow import apply as apply_flow
from hubmend.flow import rollback as rollback_flow
from hubmend.flow.context import Context
from hubmend.flow.hub.effects import snapshot, subject
from hubmend.flow.hub.findings import Held, read
from hubmend.flow.hub.payload import Status, note, notify, restore
from hubmend.flow.runs import known_run

_OPEN = (Status.NEW, Status.NOTIFIED)


async def announce(context: Context, plan: Plan) -> RunResult | None:
    """Set the findings of a plan's machines NOTIFIED, saying what waits for whom.

    None where there is no finding to write on. What is suppressed or resolved stays.
    """
    texts = {
        arn: f"hubmend plans: {_own(plan, arn).title}. Waits for approval, plan "
        f"{plan.fingerprint[:18]}."
        for arn in plan.configured
    }
    texts |= {
        one.resource: f"hubmend cannot do it alone: {one.reason}. Next: {one.steps[0]}"
        for one in plan.manual
        if one.steps and not is_control(one.resource)
    }
    return await _tell(context, plan, texts, notified=True)


async def conclude(context: Context, run: Run, result: RunResult) -> RunResult | None:
    """Note on the findings of a run's machines what was done; Security Hub itself resolves them."""
    done = {one.arn for one in result.resources if one.status is ResourceStatus.DONE}
    texts = {
        arn: f"Done by hubmend, run {run.id}: {_own(run.plan, arn).title}. Security Hub resolves "
        "this once it has checked again."
        for arn in run.plan.configured
        if arn in done
    }
    return await _tell(context, run.plan, texts, notified=False, of=run.id)


async def take_back(context: Context, run: Run) -> RunResult:
    """Undo a run and, once all of it is undone, the notes that say what it has done."""
    result = await rollback_flow.rollback(context, run)
    if result.status is not RunStatus.ROLLED_BACK:
        return result
    said: dict[str, list[str]] = defaultdict(list)
    for entry in reversed(await context.store.entries(run.id)):
        if entry.kind == journal.TOLD:
            notes = await known_run(context, str(entry.body["run"]))
            for one in await _untell(context, notes):
                said[one.arn].append(_of_note(one, notes.id))
    resources = (replace(one, notes=(*one.notes, *said[one.arn])) for one in result.resources)
    return replace(result, resources=tuple(resources))


async def _untell(context: Context, notes: Run) -> Sequence[ResourceResult]:
    if notes.status is RunStatus.ROLLED_BACK:
        return ()
    return (await rollback_flow.rollback(context, notes)).resources


def _of_note(one: ResourceResult, notes: str) -> str:
    if one.status is ResourceStatus.DONE:
        return "its note in Security Hub was taken back"
    again = "" if one.status is ResourceStatus.STALE else f". Try again: hubmend rollback {notes}"
    return f"its note in Security Hub stays: {one.error}{again}"


def _own(plan: Plan, arn: str) -> Change:
    """Return the last change of a resource itself."""
    return [one for one in plan.of(arn) if one.call.service != "securityhub"][-1]


async def _tell(
    context: Context, about: Plan, texts: Mapping[str, str], *, notified: bool, of: str = ""
) -> RunResult | None:
    """Write texts on the findings of resources; `of` is the run they tell of, where one is done."""
    changes: list[Change] = []
    snapshots = {}
    targets = sorted({parse_arn(arn).target for arn in texts})
    regions = sorted({target.region for target in targets})
    for target in targets:
        reading = await read(context.gateway, target, context.control.id, regions)
        for arn, found in sorted(reading.findings.items()):
            for one in found:
                if arn in texts and (not notified or _to_notify(one)):
                    change = _change(arn, one, texts[arn], len(changes), notified=notified)
                    changes.append(change)
                    snapshots[subject(change)] = _bound(one, notified=notified)
    if not changes:
        return None
    made = Plan(context.clock.now(), about.control, tuple(changes), snapshots=snapshots)
    run = await apply_flow.start(context, made)
    if of:  # before the first note: a run that was killed is taken back as well
        await context.store.append(of, context.clock.now(), journal.TOLD, {"run": run.id})
    return await apply_flow.apply(context, run)


def _to_notify(finding: Held) -> bool:
    return finding.workflow in _OPEN and finding.compliance != "PASSED"


def _bound(finding: Held, *, notified: bool) -> dict[str, object]:
    """Return what the change is bound to: the workflow only where it is written."""
    whole = snapshot(finding)
    return whole if notified else {"note": whole["note"]}


def _change(arn: str, finding: Held, text: str, number: int, *, notified: bool) -> Change:
    call = notify(finding, text) if notified else note(finding, text)
    undo = restore(finding)
    if not notified:  # by then Security Hub may have resolved it
        kept = ("FindingIdentifiers", "Note")
        undo = replace(undo, params={key: undo.params[key] for key in kept})
    return Change(
        id=f"c{number + 1}",
        resource=arn,
        account=finding.place.account,
        region=finding.place.region,
        call=call,
        undo=undo,
        reason="its owner is to know",
        title=f"finding {finding.workflow} -> NOTIFIED" if notified else "finding note",
    )
