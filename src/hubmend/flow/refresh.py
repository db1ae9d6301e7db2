"""Rows that only a finding or AWS Config tells of, read again before they are decided on."""

from __future__ import annotations

from collections.abc import Sequence

from hubmend.core.ordered import ordered
from hubmend.core.resource import Resource, Source, Verdict
from hubmend.flow.context import Context
from hubmend.flow.join import read_row
from hubmend.flow.parameters import asked
from hubmend.flow.tags import Tags

WIDTH = 8


async def refreshed(context: Context, rows: Sequence[Resource]) -> list[Resource]:
    """Return the rows, each failing one that was only told of replaced by the machine as it is.

    Tags, type and role decide which rule matches and which level is right; a source may lack
    them. A machine that is gone gets no row. Raise AwsError where Security Hub does not answer.
    """
    told = [row for row in rows if row.source is not Source.API and row.verdict is Verdict.FAILED]
    targets = sorted({row.target for row in told})
    parameters = {one: await asked(context.hub, one) for one in targets}
    tags = {one: Tags(context, one) for one in targets}

    async def read(row: Resource) -> tuple[str, Resource | None]:
        where = row.target
        again = await read_row(context, row.arn, parameters[where], tags[where], row.finding)
        return row.arn, again

    fresh = {arn: row async for arn, row in ordered(told, read, WIDTH)}
    found = [fresh.get(row.arn, row) for row in rows]
    return [row for row in found if row]
