"""Concurrent work with results in order and a bound on what is under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


async def ordered(
    items: AsyncIterator[A] | Iterable[A], work: Callable[[A], Awaitable[B]], width: int
) -> AsyncIterator[B]:
    """Apply `work` to every item, `width` at a time, and yield the results in the items' order.

    Memory stays bounded: no more than `width` items are taken before a result is consumed. When
    the consumer stops early, what is under way is cancelled.
    """
    running: deque[asyncio.Task[B]] = deque()
    try:
        async for item in _taken(items):
            running.append(asyncio.ensure_future(work(item)))
            if len(running) >= width:
                yield await running.popleft()
        while running:
            yield await running.popleft()
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _taken(items: AsyncIterator[A] | Iterable[A]) -> AsyncIterator[A]:
    if isinstance(items, AsyncIterator):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


async def each(items: Iterable[A], work: Callable[[A], Awaitable[None]], width: int) -> None:
    """Do `work` for every item, `width` at a time, none waiting for one before it.

    The first that fails ends the others, and its exception is raised.
    """
    left = iter(items)

    async def one_after_another() -> None:
        for item in left:
            await work(item)

    tasks = [asyncio.ensure_future(one_after_another()) for _ in range(width)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def to_its_end(work: Awaitable[B]) -> B:
    """Await what must not stop half way: when interrupted, it is done first."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
