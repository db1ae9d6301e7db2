"""Concurrent work comes back in order, bounded, and stops when nobody listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.ordered import AHEAD, each, ordered, to_its_end


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
    await asyncio.sleep(0.01)
    await results.aclose()
    assert sorted(cancelled) == [1, 2, 3]  # the place of the first was taken at once


async def test_one_slow_answer_keeps_only_so_many_behind_it_from_being_asked_for() -> None:
    begun: list[int] = []
    gate = asyncio.Event()

    async def work(number: int) -> int:
        begun.append(number)
        await (gate.wait() if number == 0 else asyncio.sleep(0))
        return number

    results = ordered(range(100), work, 3)
    first = asyncio.ensure_future(anext(results))
    for _ in range(200):
        await asyncio.sleep(0)
    assert begun == list(range(3 * AHEAD))
    gate.set()
    assert [await first, *[one async for one in results]] == list(range(100))


async def test_each_does_everything_none_waiting_for_one_before_it() -> None:
    done: list[int] = []
    gate = asyncio.Event()

    async def work(number: int) -> None:
        await (gate.wait() if number == 0 else asyncio.sleep(0))
        done.append(number)
        if len(done) == 9:
            gate.set()

    await each(range(10), work, 2)
    assert done == [*range(1, 10), 0]


async def test_the_first_fault_of_each_ends_the_others() -> None:
    ended: list[int] = []

    async def work(number: int) -> None:
        try:
            await asyncio.sleep(0 if number == 1 else 60)
        finally:
            ended.append(number)
        raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        await each(range(5), work, 3)
    assert sorted(ended) == [0, 1, 2]


async def test_what_must_come_to_its_end_does_before_the_interruption_goes_on() -> None:
    gate = asyncio.Event()
    done: list[str] = []

    async def write() -> None:
        await gate.wait()
        done.append("written")

    writing = asyncio.ensure_future(to_its_end(write()))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.sleep(0)
    assert not writing.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert done == ["written"]


async def test_what_must_come_to_its_end_does_when_another_was_interrupted_before_it() -> None:
    gate = asyncio.Event()
    done: list[int] = []

    async def work(number: int) -> None:
        if number == 0:  # has nothing to finish: its end makes `each` cancel the others once more
            await asyncio.Event().wait()
        await to_its_end(write(number))

    async def write(number: int) -> None:
        await gate.wait()
        await asyncio.sleep(0)
        done.append(number)

    whole = asyncio.ensure_future(each(range(3), work, 3))
    await asyncio.sleep(0.01)
    whole.cancel()
    await asyncio.sleep(0.01)
    assert not whole.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await whole
    assert sorted(done) == [1, 2]


async def test_a_fault_in_one_item_reaches_the_consumer() -> None:
    async def work(number: int) -> float:
        await asyncio.sleep(0)
        return 1 / (2 - number)

    results = ordered(numbers(5), work, 2)
    assert [await anext(results), await anext(results)] == [0.5, 1.0]
    with pytest.raises(ZeroDivisionError):
        await anext(results)
