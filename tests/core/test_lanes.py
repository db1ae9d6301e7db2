"""Lanes side by side: bounded each and together, the first in order first, none starves another."""

from __future__ import annotations

import asyncio
from collections import Counter
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.lanes import Width, side_by_side

Item = tuple[str, int]  # its lane, and for how many turns of the loop it works


@given(
    items=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 5)), max_size=20),
    each=st.integers(1, 3),
    at_most=st.integers(1, 6),
)
def test_results_come_in_order_and_never_too_many_are_under_way(
    items: list[Item], each: int, at_most: int
) -> None:
    running: Counter[str] = Counter()

    async def work(item: Item) -> Item:
        lane, turns = item
        running[lane] += 1
        assert running[lane] <= each
        assert running.total() <= at_most
        for _ in range(turns):
            await asyncio.sleep(0)
        running[lane] -= 1
        return item

    async def whole() -> list[Item]:
        return await side_by_side(items, itemgetter(0), work, Width(each, at_most))

    assert asyncio.run(whole()) == items


async def test_a_lane_that_waits_leaves_the_others_their_places() -> None:
    released, done = asyncio.Event(), []

    async def work(item: Item) -> None:
        if item[0] == "slow":
            await released.wait()
        done.append(item)
        if len(done) == 5:
            released.set()

    items = [("slow", number) for number in range(50)] + [("quick", number) for number in range(5)]
    await side_by_side(items, itemgetter(0), work, Width(4, 8))
    assert done[:5] == items[50:]
    assert len(done) == 55


async def test_the_first_in_order_goes_first() -> None:
    order: list[int] = []

    async def work(number: int) -> None:
        order.append(number)
        await asyncio.sleep(0)

    await side_by_side(range(20), lambda _: "one lane", work, Width(3, 9))
    assert order == sorted(order)


async def test_a_failure_is_raised_as_it_is_and_stops_what_waits() -> None:
    began: list[int] = []

    async def work(number: int) -> None:
        began.append(number)
        await asyncio.sleep(0)
        if number == 1:
            raise LookupError(number)
        await asyncio.sleep(60)

    with pytest.raises(LookupError, match="1"):
        await side_by_side(range(9), lambda _: "", work, Width(2, 2))
    assert len(began) <= 3  # the place that became free may be taken before the group is told
