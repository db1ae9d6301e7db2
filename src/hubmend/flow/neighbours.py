"""Who else may need what a rollback is about to take away: read live, once per target."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from hubmend.core.arn import Target
from hubmend.core.control import Parameters, Unreadable
from hubmend.core.resource import Resource
from hubmend.flow.context import Context


class Neighbours:
    """The resources that a rollback does not restore itself.

    Those of the target in question as they are now, however they came there since the last scan;
    those of other targets as last scanned. Nothing is read before something is to be deleted.
    """

    def __init__(self, context: Context, own: Collection[str]) -> None:
        self._context, self._own = context, frozenset(own)
        self._asked: dict[Target, asyncio.Task[Sequence[Resource]]] = {}

    async def __call__(self, target: Target) -> Sequence[Resource]:
        """Return them; raise AwsError where the target cannot be read: that is no licence."""
        if target not in self._asked:
            self._asked[target] = asyncio.ensure_future(self._read(target))
        return await asyncio.shield(self._asked[target])

    async def _read(self, target: Target) -> Sequence[Resource]:
        scan = await self._context.store.last_scan()
        known = {row.arn: row for row in (scan.resources if scan else ())}
        control, settings = self._context.control, self._context.settings
        gateway, today = self._context.gateway, self._context.clock.now().date()
        found = [row for row in known.values() if row.target != target]
        async for state in control.read(gateway, target, control.listed(gateway, target)):
            row = control.row(state, Parameters(), settings, None, today)
            found.append(known.get(row.arn, row) if isinstance(state, Unreadable) else row)
        return [row for row in found if row.arn not in self._own]
