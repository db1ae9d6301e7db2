"""Concurrent work in lanes side by side: a bound per lane, and one on all that is under way.

AWS's quotas hold per account and region. With one bound over all, what waits for the quota of one
target would take the places of those that could go on, so each target gets a lane of its own.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Width:
    """How much is under way at once: in `each` lane, and in all lanes together `at_most`."""

    each: int
    at_most: int


class Lanes:
    """Gives turns; of those that wait, the one that stands first in order goes next."""

    def __init__(self, width: Width) -> None:
        self._width = width
        self._all = _Turns(width.at_most)
        self._lanes: dict[Hashable, _Turns] = {}

    @asynccontextmanager
    async def turn(self, lane: Hashable, place: int) -> AsyncIterator[None]:
        """Hold a place in a lane for as long as the block takes."""
        own = self._lanes.setdefault(lane, _Turns(self._width.each))
        async with own.turn(place), self._all.turn(place):
            yield


async def side_by_side(
    items: Sequence[A],
    lane: Callable[[A], Hashable],
    work: Callable[[A], Awaitable[B]],
    width: Width,
) -> list[B]:
    """Apply `work` to every item, each in its lane; return the results in the items' order.

    The first failure cancels the rest and is raised.
    """
    lanes = Lanes(width)

    async def one(place: int, item: A) -> B:
        async with lanes.turn(lane(item), place):
            return await work(item)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(*pair)) for pair in enumerate(items)]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


class _Turns:
    """A bound on what is under way; of those that wait, the lowest place goes next."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, place: int) -> AsyncIterator[None]:
        await self._take(place)
        try:
            yield
        finally:
            self._give()

    async def _take(self, place: int) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (place, turn))
        await turn

    def _give(self) -> None:
        while self._waiting:
            _, turn = heapq.heappop(self._waiting)
            if not turn.done():  # cancelled while it waited
                turn.set_result(None)
                return
        self._free += 1
