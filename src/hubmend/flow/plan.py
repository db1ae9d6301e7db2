"""plan: turn decisions into ordered changes, each with its undo, bound to what is there now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hubmend.core import reference
from hubmend.core.arn import Target
from hubmend.core.call import Change
from hubmend.core.codec import decode, encode
from hubmend.core.control import Outline
from hubmend.core.decision import Decision
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.lanes import Width, side_by_side
from hubmend.core.plan import Manual, Missing, Note, Owner, Plan, Projection, Skipped
from hubmend.core.resource import Kind, Resource, Verdict
from hubmend.flow.context import Context
from hubmend.flow.decide import last_scan, standing
from hubmend.flow.hub import standing as standing_rules
from hubmend.flow.hub.planning import for_accounts, propose
from hubmend.flow.hub.proposed import Proposed
from hubmend.flow.missing import missing
from hubmend.flow.once import OnceGateway
from hubmend.flow.projection import project
from hubmend.flow.refresh import refreshed

WIDTH = Width(8, 256)


@dataclass(frozen=True)
class _Surveyed:
    """A resource with its decision, as read for the plan; `fault` says why not, and what to do."""

    resource: Resource
    decision: Decision
    state: Any = None
    surroundings: Any = None
    fault: tuple[str, tuple[str, ...]] | None = None


@dataclass
class _Building:
    """A plan being put together."""

    created: datetime
    changes: list[Change] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    manual: list[Manual] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    snapshots: dict[str, Any] = field(default_factory=dict)
    owners: list[Owner] = field(default_factory=list)
    scores: list[Projection] = field(default_factory=list)

    def take(self, proposed: Proposed) -> None:
        """Take in what is to be written into Security Hub."""
        self.changes += proposed.changes
        self.skipped += proposed.skipped
        self.manual += proposed.manual
        self.notes += proposed.notes
        self.snapshots |= proposed.snapshots


async def plan(context: Context, arns: Sequence[str] = ()) -> Plan:
    """Make a plan for the last scan's resources (or the named ones).

    Raise UsageError when nothing was scanned, or an ARN is not in the scan.
    """
    units = (await last_scan(context)).units
    context = replace(
        context,
        gateway=OnceGateway(context.gateway),
        settings=context.settings.located(units),
    )
    building = _Building(context.clock.now())
    pairs = await _decided(context, arns, building)
    chosen = _to_enable(pairs, building)
    for surveyed in await _surveys(context, chosen):
        _add(context, surveyed, building)
    standing = standing_rules.Standing() if arns else await _add_standing(context, building)
    await _add_hub(context, pairs, building, standing)
    if not arns:
        await _add_accounts(context, building)
    rows = [row for row, _ in pairs]
    building.scores = project(await last_scan(context), rows, building.changes)
    lacking, untold = await missing(context, building.changes, building.snapshots)
    building.notes += untold
    return _finished(context, building, lacking)


async def _decided(
    context: Context, arns: Sequence[str], building: _Building
) -> list[tuple[Resource, Decision | None]]:
    """Return the resources to plan for, each with the decision that stands."""
    scan = await last_scan(context)
    unknown = set(arns) - {row.arn for row in scan.resources}
    if unknown:
        raise UsageError(f"{min(unknown)} was not seen by the last scan: run hubmend scan again")
    decided = {one.resource: one for one in await context.store.decisions()}
    today = building.created.date()
    wanted = [row for row in scan.resources if not arns or row.arn in arns]
    unread = {Target(one.account, one.region) for one in scan.unread}
    return [
        (row, standing(row, decided, context.settings, today))
        for row in await refreshed(context, wanted, unread)
    ]


def _to_enable(
    pairs: Sequence[tuple[Resource, Decision | None]], building: _Building
) -> list[tuple[Resource, Decision]]:
    chosen = []
    for row, decision in pairs:
        reason = _reason_to_skip(row, decision)
        if reason:
            building.skipped.append(Skipped(row.arn, reason))
        if decision and decision.kind is Kind.ENABLE and not reason:
            chosen.append((row, decision))
        elif decision and decision.resource == row.arn:
            building.decisions.append(decision)
    return chosen


def _reason_to_skip(row: Resource, decision: Decision | None) -> str | None:
    """Return why nothing is planned for a resource; what is written on its findings comes later."""
    if row.verdict is Verdict.UNKNOWN:
        return f"could not be read: {row.reason}"
    if decision is None:
        return "not decided yet: hubmend decide" if row.verdict is Verdict.FAILED else None
    if decision.kind is Kind.DISABLE_CONTROL:
        return f"control disabled in its account by {decision.by}: {decision.reason}"
    return None


async def _add_standing(context: Context, building: _Building) -> standing_rules.Standing:
    """Add the automation rules that standing rules take: findings come after them."""
    targets, today = (await last_scan(context)).targets, building.created.date()
    decisions = await context.store.decisions()
    proposed, standing = await standing_rules.propose(
        context, targets, decisions, building.changes, today
    )
    building.take(proposed)
    return standing


async def _add_hub(
    context: Context,
    pairs: Sequence[tuple[Resource, Decision | None]],
    building: _Building,
    standing: standing_rules.Standing,
) -> None:
    """Add what is written on findings."""
    today = building.created.date()
    building.take(await propose(context, pairs, building.changes, today, standing))


async def _add_accounts(context: Context, building: _Building) -> None:
    """Add what is decided for whole accounts, and the way back from what was."""
    scan, today = await last_scan(context), building.created.date()
    decided = [
        one
        for one in await context.store.decisions()
        if one.kind in (Kind.DISABLE_CONTROL, Kind.SET_PARAMETER)
    ]
    building.decisions += [one for one in decided if one.stands(today)]
    building.take(await for_accounts(context, scan.targets, decided, building.changes, today))


async def _surveys(
    context: Context, chosen: Sequence[tuple[Resource, Decision]]
) -> list[_Surveyed]:
    """Survey every target beside the others: quotas hold for each."""
    done = 0

    async def survey(pair: tuple[Resource, Decision]) -> _Surveyed:
        nonlocal done
        found = await _survey(context, *pair)
        done += 1
        context.progress.update(done, len(chosen), found.resource.name)
        return found

    return await side_by_side(chosen, lambda pair: pair[0].target, survey, WIDTH)


async def _survey(context: Context, resource: Resource, decision: Decision) -> _Surveyed:
    if decision.level is None:
        level = resource.recommendation.level or resource.level
        decision = replace(decision, level=level)
    try:
        state = await context.control.read_one(context.gateway, resource.arn, resource.tags)
        around = await context.control.survey(context.gateway, state, decision, context.settings)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        steps = ("make it readable for the audit role, then scan and plan again",)
        return _Surveyed(resource, decision, fault=(f"could not be read: {error}", steps))
    except UsageError as error:
        steps = ("decide again with another log group, or change it in the policy file",)
        return _Surveyed(resource, decision, fault=(str(error), steps))
    return _Surveyed(resource, decision, state, around)


def _add(context: Context, surveyed: _Surveyed, building: _Building) -> None:
    arn, decision = surveyed.resource.arn, surveyed.decision
    building.decisions.append(decision)
    if surveyed.fault:
        building.manual.append(Manual(arn, *surveyed.fault))
        return
    outline: Outline = context.control.outline(
        surveyed.state,
        decision,
        context.settings,
        surveyed.surroundings,
        building.changes,
        building.created,
    )
    left = _fault(context, outline) or outline.skip
    if left:
        building.skipped.append(Skipped(arn, left))
        return
    building.owners += [outline.owner] if outline.owner else []
    building.manual += [outline.manual] if outline.manual else []
    building.changes += outline.changes
    building.notes += outline.notes
    if outline.changes:
        building.snapshots[arn] = context.control.snapshot(surveyed.state)


def _fault(context: Context, outline: Outline) -> str | None:
    """Return what the service model says against any call, before anyone approves it."""
    for change in outline.changes:
        for call in (change.call, change.undo):
            fault = context.gateway.fault(reference.filled(call, str)) if call else None
            if fault:
                return f"{call} cannot be made: {fault}"
    return None


def _finished(context: Context, building: _Building, lacking: tuple[Missing, ...]) -> Plan:
    made = Plan(
        created=building.created,
        control=context.control.id,
        changes=tuple(building.changes),
        skipped=tuple(building.skipped),
        manual=tuple(building.manual),
        notes=tuple(building.notes),
        decisions=tuple(building.decisions),
        snapshots=building.snapshots,
        owners=tuple(building.owners),
        scores=tuple(building.scores),
        missing=lacking,
    )
    # What is shown is what a reloaded file says: one more guard against a lossy plan.
    return decode(Plan, encode(made))
