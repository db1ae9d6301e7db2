"""Concurrent work with results in order and a bound on what is under way."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeVar

AHEAD = 4  # so that one slow answer does not keep those behind it from being asked for
A = TypeVar("A")
B = TypeVar("B")


async def ordered(
    items: AsyncIterator[A] | Iterable[A], work: Callable[[A], Awaitable[B]], width: int
) -> AsyncIterator[B]:
    """Apply `work` to every item, `width` at a time, and yield the results in the items' order.

    Memory stays bounded: results that wait for one before them, or to be consumed, are no more than
    AHEAD times as many. When the consumer stops early, what is under way is cancelled.
    """
    given: asyncio.Queue[tuple[A, asyncio.Future[B]]] = asyncio.Queue()
    results: deque[asyncio.Future[B]] = deque()
    working: list[asyncio.Task[None]] = []
    ahead, news = asyncio.Semaphore(width * AHEAD), asyncio.Event()

    async def give() -> None:
        async for item in _taken(items):
            await ahead.acquire()
            results.append(asyncio.get_running_loop().create_future())
            given.put_nowait((item, results[-1]))
            if len(working) < width:  # most targets have fewer items than that, or none
                working.append(asyncio.ensure_future(_one_by_one(given, work)))
                await asyncio.sleep(0)  # its request is on its way before the next is prepared
            news.set()

    giving = asyncio.ensure_future(give())
    giving.add_done_callback(lambda _: news.set())
    try:
        while results or not giving.done():
            if results:
                yield await results.popleft()
                ahead.release()
            else:
                news.clear()
                await news.wait()
        await giving
    finally:
        left: list[asyncio.Future[Any]] = [giving, *working, *results]
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)


async def _one_by_one(
    given: asyncio.Queue[tuple[A, asyncio.Future[B]]], work: Callable[[A], Awaitable[B]]
) -> None:
    """Do what is given; the next is begun the moment the one before it is done."""
    while True:
        item, result = await given.get()
        try:
            made = await work(item)
        except Exception as error:  # noqa: BLE001 - it is raised where the result is taken
            result.set_exception(error)
        else:
            result.set_result(made)


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
    """Await what must not stop half way: however often it is interrupted, it is done first."""
    task = asyncio.ensure_future(work)
    interrupted: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:  # those around it may each cancel it once
            interrupted = error
    if interrupted:
        raise interrupted from task.exception()
    return task.result()
