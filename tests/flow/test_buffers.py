"""Buffers hand rows on in order, however they come and however little room there is."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.resource import Resource
from hubmend.flow.buffers import Buffer, Room
from tests.store import values


class Kept:
    """What is in the store, and how often it was asked."""

    def __init__(self) -> None:
        self.rows: dict[int, list[Resource]] = defaultdict(list)
        self.asked = 0

    async def read_back(self, target: int, first: int, most: int) -> Sequence[Resource]:
        self.asked += 1
        await asyncio.sleep(0)
        return self.rows[target][first : first + most]


def row(target: int, number: int) -> Resource:
    return replace(values.resource(f"m{number}"), account=str(target))


async def fill(buffer: Buffer, kept: Kept, rows: int, chunk: int) -> None:
    """Offer rows one by one, and write them chunk by chunk, as a scan does."""
    fresh: list[Resource] = []
    for number in range(rows):
        await asyncio.sleep(0)
        fresh.append(row(buffer.number, number))
        buffer.offer(fresh[-1])
        if len(fresh) == chunk:
            write(buffer, kept, fresh)
    write(buffer, kept, fresh)
    buffer.close()


def write(buffer: Buffer, kept: Kept, fresh: list[Resource]) -> None:
    kept.rows[buffer.number] += fresh
    buffer.wrote(len(fresh))
    fresh.clear()


async def handed_on(sizes: Sequence[int], most: int, chunk: int) -> tuple[list[Resource], int, int]:
    """Return the rows of buffers filled side by side, the most that waited, and reads back."""
    kept, room, peak = Kept(), Room(most), 0
    buffers = [Buffer(number, room, kept.read_back) for number in range(len(sizes))]
    filling = [
        asyncio.ensure_future(fill(buffer, kept, size, chunk))
        for buffer, size in zip(buffers, sizes, strict=True)
    ]
    seen: list[Resource] = []
    for buffer in buffers:
        async for one in buffer.rows():
            seen.append(one)
            peak = max(peak, room.held)
    await asyncio.gather(*filling)
    assert room.held == 0
    return seen, peak, kept.asked


@given(
    sizes=st.lists(st.integers(0, 30), max_size=5),
    most=st.integers(0, 20),
    chunk=st.integers(1, 7),
)
def test_rows_come_in_the_order_of_targets_and_the_room_is_never_exceeded(
    sizes: list[int], most: int, chunk: int
) -> None:
    seen, peak, _ = asyncio.run(handed_on(sizes, most, chunk))
    wanted = [(str(target), n) for target, size in enumerate(sizes) for n in range(size)]
    assert [(one.account, int(one.name[1:])) for one in seen] == wanted
    assert peak <= most


async def test_while_there_is_room_nothing_is_read_back() -> None:
    _, _, asked = await handed_on([10, 10, 10], 100, 3)
    assert asked == 0


async def test_a_lane_read_earlier_is_read_back_whole() -> None:
    kept = Kept()
    kept.rows[4] = [row(4, number) for number in range(7)]
    buffer = Buffer(4, Room(100), kept.read_back, written=7)
    buffer.close()
    assert [one async for one in buffer.rows()] == kept.rows[4]
