"""Rows that are not sure enough to decide on, read again: told of, or judged without the rest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.lanes import Width, side_by_side
from hubmend.core.once import Once
from hubmend.core.resource import Kind, Recommendation, Resource, Source, Verdict
from hubmend.flow.context import Context
from hubmend.flow.join import read_row
from hubmend.flow.parameters import asked
from hubmend.flow.tags import Tags

WIDTH = Width(8, 256)


async def refreshed(
    context: Context, rows: Sequence[Resource], unread: Collection[Target] = ()
) -> list[Resource]:
    """Return the rows, each failing one that is not sure replaced by the machine as it is.

    Tags, type and role decide which rule matches and which level is right; a source may lack
    them, and of an `unread` target the scan may lack the level the control asks for. A machine that
    is gone gets no row. Where Security Hub does not say that level now, the rows of that target are
    UNKNOWN: nothing is guessed, and no other target is lost.
    """
    told = [
        row
        for row in rows
        if row.verdict is Verdict.FAILED and (row.source is not Source.API or row.target in unread)
    ]
    tags = {target: Tags(context, target) for target in {row.target for row in told}}

    async def ask(target: Target) -> Parameters | AwsError:
        try:
            return await asked(context.hub, target)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            return error

    parameters = Once(ask)

    async def read(row: Resource) -> Resource | None:
        found = await parameters.of(row.target)
        if isinstance(found, AwsError):
            return _unknown(row, found)
        return await read_row(context, row.arn, found, tags[row.target], row.finding)

    again = await side_by_side(told, lambda row: row.target, read, WIDTH)
    fresh = dict(zip([row.arn for row in told], again, strict=True))
    found = [fresh.get(row.arn, row) for row in rows]
    return [row for row in found if row]


def _unknown(row: Resource, error: AwsError) -> Resource:
    nothing = Recommendation(Kind.NONE, None, "")
    why = f"the control's logLevel: {error}"
    return replace(row, verdict=Verdict.UNKNOWN, reason=why, recommendation=nothing)
