"""Looking at a resource around a change: AWS may show what was before for moments (F§3.5)."""

from __future__ import annotations

from collections.abc import Sequence

from hubmend.core.call import Change
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.flow.context import Context
from hubmend.flow.step import SETTLING_PAUSES


async def refusal(context: Context, change: Change) -> str | None:
    """Return why a change must not be made after all, None when it may.

    Raise AwsError where what the changes before made does not show in time.
    """
    for pause in SETTLING_PAUSES:
        try:
            return await context.control.refuse(context.gateway, change)
        except AwsError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
        await context.clock.sleep(pause)
    return await context.control.refuse(context.gateway, change)


async def difference(context: Context, own: Sequence[Change]) -> str | None:
    """Return how a resource differs from what its changes set, None as soon as it does not."""
    for pause in SETTLING_PAUSES:
        differs = await _difference(context, own)
        if differs is None:
            return None
        await context.clock.sleep(pause)
    return await _difference(context, own)


async def _difference(context: Context, own: Sequence[Change]) -> str | None:
    state = await context.control.read_one(context.gateway, own[0].resource)
    return context.control.as_planned(own, state)
