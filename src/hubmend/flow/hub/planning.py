"""What a plan writes into Security Hub: findings are read, then decisions meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Change
from hubmend.core.decision import Decision
from hubmend.core.ordered import ordered
from hubmend.core.plan import Note, Skipped
from hubmend.core.resource import Kind, Resource
from hubmend.flow.context import Context
from hubmend.flow.hub.effects import finding_id, snapshot
from hubmend.flow.hub.findings import Reading, read
from hubmend.flow.hub.suppressing import SUPPRESSED, outline

WIDTH = 8
Pair = tuple[Resource, Decision | None]


@dataclass(frozen=True)
class Proposed:
    """What Security Hub adds to a plan."""

    changes: tuple[Change, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]
    snapshots: Mapping[str, Mapping[str, Any]]


async def propose(
    context: Context, pairs: Sequence[Pair], planned: Sequence[Change], today: date
) -> Proposed:
    """Propose what is to be written on findings; `pairs` are resources and what stands for them.

    Only targets with something suppressed, or to be, are read. Raise AwsError when the
    credentials end.
    """
    concerned = [pair for pair in pairs if _concerned(*pair)]
    targets = sorted({row.target for row, _ in concerned})
    reading = ordered(_each(targets), lambda t: _read(context, t), WIDTH)
    readings = {target: found async for target, found in reading}
    changes = list(planned)
    skipped: list[Skipped] = []
    notes: list[Note] = []
    for row, decision in concerned:
        proposed = outline(row, decision, readings[row.target], changes, today)
        changes += proposed.changes
        notes += proposed.notes
        if proposed.skip:
            skipped.append(Skipped(row.arn, proposed.skip))
    own = changes[len(planned) :]
    held = {
        one.id: one for each in readings.values() for some in each.findings.values() for one in some
    }
    snapshots = {name: snapshot(held[name]) for name in (finding_id(one.call) for one in own)}
    return Proposed(tuple(own), tuple(skipped), tuple(notes), snapshots)


def _concerned(row: Resource, decision: Decision | None) -> bool:
    decided = decision is not None and decision.kind is Kind.SUPPRESS
    return decided or (row.finding is not None and row.finding.workflow_status == SUPPRESSED)


async def _each(targets: Sequence[Target]) -> AsyncIterator[Target]:
    for target in targets:
        yield target


async def _read(context: Context, target: Target) -> tuple[Target, Reading]:
    return target, await read(context.gateway, target, context.control.id)
