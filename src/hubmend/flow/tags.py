"""Tags of the resources that are read one by one in a target.

AWS refills the tags of a single state machine once a second, and tells those of a hundred a call in
bulk (F§4.1): a few are asked for as they come, and after that all at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from hubmend.core.arn import Target
from hubmend.flow.context import Context

FEW = 20  # in a target; as many calls in bulk answer for two thousand resources


class Tags:
    """The tags of one target's resources."""

    def __init__(self, context: Context, target: Target) -> None:
        self._context, self._target = context, target
        self._asked = 0
        self._all: asyncio.Task[Mapping[str, Mapping[str, str]] | None] | None = None

    async def of(self, arn: str) -> Mapping[str, str] | None:
        """Return a resource's tags; None where they are to be read with the resource itself."""
        self._asked += 1
        if self._asked <= FEW:
            return None
        if self._all is None:
            bulk = self._context.control.tags(self._context.gateway, self._target)
            self._all = asyncio.ensure_future(bulk)
        known = await asyncio.shield(self._all)
        return None if known is None else known.get(arn, {})
