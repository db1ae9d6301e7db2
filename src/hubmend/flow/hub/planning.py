"""What a plan writes into Security Hub: it is read afresh, then decisions meet it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Change
from hubmend.core.decision import Decision
from hubmend.core.ordered import ordered
from hubmend.core.plan import Note
from hubmend.core.resource import Kind, Resource
from hubmend.flow.context import Context
from hubmend.flow.hub import associations, findings, parameter, rules, suppressing
from hubmend.flow.hub.effects import snapshot, subject
from hubmend.flow.hub.findings import Reading
from hubmend.flow.hub.proposed import WIDTH, Proposed
from hubmend.flow.hub.standing import Standing

Pair = tuple[Resource, Decision | None]


async def propose(
    context: Context,
    pairs: Sequence[Pair],
    planned: Sequence[Change],
    today: date,
    standing: Standing,
) -> Proposed:
    """Propose what is to be written on findings; `pairs` are resources and what stands for them.

    Only targets with something suppressed, or to be, are read. Raise AwsError when the
    credentials end.
    """
    proposed = Proposed(planned)
    concerned = [pair for pair in pairs if _concerned(*pair)]
    targets = sorted({row.target for row, _ in concerned})
    regions = sorted({row.region for row, _ in pairs})

    async def read(target: Target) -> tuple[Target, Reading]:
        found = await findings.read(context.gateway, target, context.control.id, regions)
        return target, found

    readings = {target: one async for target, one in ordered(targets, read, WIDTH)}
    for row, decision in concerned:
        proposed.add(
            row.arn,
            suppressing.outline(
                row, decision, readings[row.target], proposed.before, today, standing
            ),
        )
    held = {
        one.id: one for each in readings.values() for some in each.findings.values() for one in some
    }
    proposed.notes += await _warnings(context, proposed.changes)
    names = [subject(change) for change in proposed.changes]
    proposed.snapshots = {name: snapshot(held[name]) for name in names}
    return proposed


async def _warnings(context: Context, changes: Sequence[Change]) -> list[Note]:
    """Warn, once per region, of automation rules that may undo a suppression."""
    notes = []
    first: dict[str, Change] = {}
    for change in changes:
        if change.call.params["Workflow"]["Status"] == suppressing.SUPPRESSED:
            # By the finding's own region: a rule is valid where it was made (F§2.7), and the
            # change may go to the home region instead.
            first.setdefault(parse_arn(change.resource).region, change)
    for region, change in first.items():
        for name in await rules.fighting(context.gateway, region, context.control.id):
            said = f"automation rule {name} of Security Hub may set another workflow status in "
            notes.append(Note(change.resource, f"{said}{region} within a day: change the rule"))
    return notes


async def for_accounts(
    context: Context,
    targets: Sequence[Target],
    decisions: Sequence[Decision],
    planned: Sequence[Change],
    today: date,
) -> Proposed:
    """Propose what is decided for the control in whole accounts, or was, target by target."""
    proposed, control = Proposed(planned), context.control.id
    regions = sorted({target.region for target in targets})
    for kind, stands, read, outline in _FOR_ACCOUNTS:
        of_kind = [one for one in decisions if one.kind is kind and one.stands(today) is stands]
        decided = {account_of(one): one for one in of_kind}
        concerned = [target for target in targets if target.account in decided]
        reading = partial(read, context.gateway, control=control, elsewhere=regions)
        async for found in ordered(concerned, reading, WIDTH):
            decision = decided[found.target.account]
            made = outline(decision, found, control, proposed.before)
            manual = {one.reason for one in proposed.manual}
            if not made.manual or made.manual.reason not in manual:  # a policy is not per region
                proposed.add(str(found.target), made)
            proposed.snapshots |= {subject(one): found.snapshot(one) for one in made.changes}
    return proposed


def account_of(decision: Decision) -> str:
    """Return the account a decision about the control is for."""
    return decision.resource.partition("/")[0]


# The kind of decision, whether it still stands, and what comes of it.
_FOR_ACCOUNTS: tuple[tuple[Kind, bool, Any, Any], ...] = (
    (Kind.DISABLE_CONTROL, True, associations.read, associations.outline),
    (Kind.DISABLE_CONTROL, False, associations.read, associations.turned_back),
    (Kind.SET_PARAMETER, True, parameter.read, parameter.outline),
    (Kind.SET_PARAMETER, False, parameter.read, parameter.turned_back),
)


def _concerned(row: Resource, decision: Decision | None) -> bool:
    decided = decision is not None and decision.kind is Kind.SUPPRESS
    suppressed = row.finding is not None and row.finding.any_suppressed
    return decided or suppressed
