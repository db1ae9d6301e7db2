"""Walking changes in parallel while each waits for those it needs."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import TypeVar

from hubmend.core.call import Change

T = TypeVar("T")
WIDE = 256  # two full batches of findings on their way (F§2.5)


def forward(changes: Sequence[Change]) -> dict[str, tuple[str, ...]]:
    """Return what each change waits for when applying: its resource's one before, its needs."""
    last: dict[str, str] = {}
    waits = {}
    for change in changes:
        before = (last[change.resource],) if change.resource in last else ()
        waits[change.id] = (*before, *change.needs)
        last[change.resource] = change.id
    return waits


def backward(changes: Sequence[Change]) -> dict[str, tuple[str, ...]]:
    """Return what each change waits for when undoing, the last first: all that waited for it."""
    waits: dict[str, tuple[str, ...]] = {change.id: () for change in reversed(changes)}
    for later, earlier in forward(changes).items():
        for one in earlier:
            if one in waits:
                waits[one] = (*waits[one], later)
    return waits


def awaited(changes: Sequence[Change]) -> dict[str, set[str]]:
    """Return, for each change, the resources that cannot be finished without it, its own too."""
    found = {change.id: {change.resource} for change in changes}
    waits = forward(changes)
    for later in reversed(waits):  # what is waited for stands before
        for earlier in waits[later]:
            found[earlier] |= found[later]
    return found


async def walk(
    waits: Mapping[str, Sequence[str]],
    work: Callable[[str, Sequence[T]], Awaitable[T]],
    width: int,
    wide: Collection[str] = (),
) -> dict[str, T]:
    """Run `work(id, results of what it waited for)` for every id, `width` at a time.

    Those in `wide` cost little each, since the gateway sends many as one call: they go WIDE at a
    time beside the others.

    Of all that may go next the first in order goes: a resource is finished before the next is
    begun, so that what was read of it is still fresh at its last change. A failure inside `work`
    cancels the rest and is raised.
    """
    narrow, broad = _Turns(width), _Turns(WIDE)
    tasks: dict[str, asyncio.Task[T]] = {}

    async def one(place: int, name: str) -> T:
        before = [await tasks[other] for other in waits[name] if other in tasks]
        turns = broad if name in wide else narrow
        await turns.take(place)
        try:
            return await work(name, before)
        finally:
            turns.give()

    async with asyncio.TaskGroup() as group:
        for place, name in enumerate(waits):
            tasks[name] = group.create_task(one(place, name))
    return {name: task.result() for name, task in tasks.items()}


class _Turns:
    """A bound on what is under way; of those that wait, the lowest place goes next."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    async def take(self, place: int) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (place, turn))
        await turn

    def give(self) -> None:
        while self._waiting:
            _, turn = heapq.heappop(self._waiting)
            if not turn.done():  # cancelled while it waited
                turn.set_result(None)
                return
        self._free += 1
