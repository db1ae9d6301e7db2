"""Rows of targets that are read side by side, handed on in the order of the targets.

A row whose turn has not come waits in memory while few do. Beyond that its target's rows are left
to the store, where they are written anyway, and read back when it is their turn: so a target with
a hundred thousand machines keeps no other waiting, and memory does not grow with the scan.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from hubmend.core.resource import Resource

HELD = 20_000  # rows that wait in memory, all targets together: about 20 MB
PAGE = 500  # rows read back at a time

# Reads a target's rows back: its number, the first row's, and how many.
ReadBack = Callable[[int, int, int], Awaitable[Sequence[Resource]]]


@dataclass
class Room:
    """How many rows wait, and how many may."""

    most: int = HELD
    held: int = 0


class Buffer:
    """The rows of one target, from who reads them to who hands them on.

    `written` rows are in the store. A buffer that begins with some is one read earlier.
    """

    def __init__(self, number: int, room: Room, read_back: ReadBack, written: int = 0) -> None:
        self.number, self.written, self.closed = number, written, False
        self._room, self._read_back = room, read_back
        self._waiting: deque[Resource] = deque()
        self._left_to_store = written > 0
        self._taken = 0
        self._news = asyncio.Event()

    def offer(self, row: Resource) -> None:
        """Hand a row over; it is on its way into the store, too."""
        if self._left_to_store or self._room.held >= self._room.most:
            self._left_to_store = True
            return
        self._room.held += 1
        self._waiting.append(row)
        self._news.set()

    def wrote(self, rows: int) -> None:
        """Say how many more rows are in the store."""
        self.written += rows
        self._news.set()

    def close(self) -> None:
        """Say that all rows were offered and written."""
        self.closed = True
        self._news.set()

    async def rows(self) -> AsyncIterator[Resource]:
        """Yield every row in order, as they come; end once the buffer is closed."""
        while True:
            self._news.clear()
            while self._waiting:
                self._taken += 1
                self._room.held -= 1
                yield self._waiting.popleft()
            while self._left_to_store and self._taken < self.written:
                for row in await self._read_back(self.number, self._taken, PAGE):
                    self._taken += 1
                    yield row
            if self.closed and not self._waiting:
                return
            await self._news.wait()
