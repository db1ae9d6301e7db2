"""Walking changes in parallel while each waits for those it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from hubmend.core.call import Change

T = TypeVar("T")


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
    """Return what each change waits for when undoing: all that waited for it."""
    waits: dict[str, tuple[str, ...]] = {change.id: () for change in changes}
    for later, earlier in forward(changes).items():
        for one in earlier:
            if one in waits:
                waits[one] = (*waits[one], later)
    return waits


async def walk(
    waits: Mapping[str, Sequence[str]],
    work: Callable[[str, Sequence[T]], Awaitable[T]],
    width: int,
) -> dict[str, T]:
    """Run `work(id, results of what it waited for)` for every id, `width` at a time.

    A failure inside `work` cancels the rest and is raised.
    """
    bound = asyncio.Semaphore(width)
    tasks: dict[str, asyncio.Task[T]] = {}

    async def one(name: str) -> T:
        before = [await tasks[other] for other in waits[name] if other in tasks]
        async with bound:
            return await work(name, before)

    async with asyncio.TaskGroup() as group:
        for name in waits:
            tasks[name] = group.create_task(one(name))
    return {name: task.result() for name, task in tasks.items()}
