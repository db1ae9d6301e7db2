"""A store that is opened by the first thing asked of it, in a thread.

Importing SQLAlchemy takes as long as reading the first machines: a scan has its first rows on the
screen by then. What was decided must be known before them; that nobody decided anything is told
without opening.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from hubmend.core.decision import Decision
    from hubmend.core.ports import Store
    from hubmend.store.sql import SqlStore


class LateStore:
    """The `Store` port over one that `opening` gives; every method may raise what it raises.

    `undecided` tells at little cost, for now, that there is no decision.
    """

    def __init__(
        self, opening: Callable[[], SqlStore], undecided: Callable[[], bool] = lambda: False
    ) -> None:
        self._opening, self._undecided = opening, undecided
        self._opened: SqlStore | None = None
        self._turn = asyncio.Lock()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        """Return a method of the port: all of them are coroutines."""

        async def ask(*args: Any, **kwargs: Any) -> Any:
            return await getattr(await self._store(), name)(*args, **kwargs)

        return ask

    async def decisions(self) -> tuple[Decision, ...]:
        """Return the decision that stands for each resource."""
        if self._opened is None and self._undecided():
            return ()
        return await (await self._store()).decisions()

    def as_store(self) -> Store:
        """Return itself as what it stands for."""
        return cast("Store", self)

    def close(self) -> None:
        """Close the store, if it was opened."""
        if self._opened is not None:
            self._opened.close()

    async def _store(self) -> SqlStore:
        async with self._turn:
            if self._opened is None:
                self._opened = await asyncio.to_thread(self._opening)
            return self._opened
