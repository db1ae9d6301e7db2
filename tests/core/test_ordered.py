"""Concurrent work comes back in order, bounded, and stops when nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.ordered import ordered


async def numbers(count: int) -> AsyncIterator[int]:
    for number in range(count):
        yield number


@given(st.lists(st.integers(0, 5), max_size=12), st.integers(1, 4))
def test_results_come_in_the_order_of_their_items_and_never_too_many_at_once(
    turns: list[int], width: int
) -> None:
    running = most = 0

    async def work(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(turns[number]):
            await asyncio.sleep(0)
        running -= 1
        return number * 2

    async def all_of_them() -> list[int]:
        return [one async for one in ordered(numbers(len(turns)), work, width)]

    assert asyncio.run(all_of_them()) == [number * 2 for number in range(len(turns))]
    assert most <= width


async def test_what_is_under_way_is_cancelled_when_the_consumer_stops() -> None:
    cancelled: list[int] = []

    async def work(number: int) -> int:
        try:
            await asyncio.sleep(0 if number == 0 else 60)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise
        return number

    results = ordered(numbers(9), work, 3)
    assert isinstance(results, AsyncGenerator)
    assert await anext(results) == 0
    await results.aclose()
    assert cancelled == [1, 2]


async def test_a_fault_in_one_item_reaches_the_consumer() -> None:
    async def work(number: int) -> float:
        await asyncio.sleep(0)
        return 1 / (2 - number)

    results = ordered(numbers(5), work, 2)
    assert [await anext(results), await anext(results)] == [0.5, 1.0]
    with pytest.raises(ZeroDivisionError):
        await anext(results)
