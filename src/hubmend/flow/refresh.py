"""Rows that only a finding or AWS Config tells of, read again before they are decided on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.ordered import ordered
from hubmend.core.resource import Resource, Source, Verdict
from hubmend.flow.context import Context
from hubmend.flow.join import read_row

WIDTH = 8


async def refreshed(context: Context, rows: Sequence[Resource]) -> list[Resource]:
    """Return the rows, each failing one that was only told of replaced by the machine as it is.

    Tags, type and role decide which rule matches and which level is right; a source may lack
    them. A machine that is gone gets no row. Raise AwsError where the control may not be asked.
    """
    told = [row for row in rows if row.source is not Source.API and row.verdict is Verdict.FAILED]
    parameters = {
        target: Parameters(await context.hub.parameters(target))
        for target in sorted({row.target for row in told})
    }
    again = ordered(told, partial(_read, context, parameters), WIDTH)
    fresh = {arn: row async for arn, row in again}
    found = [fresh.get(row.arn, row) for row in rows]
    return [row for row in found if row]


async def _read(
    context: Context, parameters: dict[Target, Parameters], row: Resource
) -> tuple[str, Resource | None]:
    return row.arn, await read_row(context, row.arn, parameters[row.target], row.finding)
