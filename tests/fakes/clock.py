"""Time that tests move: sleeping costs nothing, and sleepers wake in the order of their moments."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class FakeClock:
    """The `Clock` port in virtual time.

    Time stands still while anything can run, and jumps to the first sleeper's moment once nothing
    can: parallel sleeps overlap as they do in the world.
    """

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._ticking: asyncio.AbstractEventLoop | None = None

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        loop: Any = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()
        moment = self._now + timedelta(seconds=seconds)
        heapq.heappush(self._sleepers, (moment, next(self._numbers), woken))
        if self._ticking is not loop:
            self._ticking = loop
            loop.call_soon(self._tick, loop)
        await woken

    def _tick(self, loop: Any) -> None:
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        if not self._sleepers:
            self._ticking = None
            return
        if not loop._ready:  # noqa: SLF001 - asyncio does not tell otherwise what can run
            moment, _, woken = heapq.heappop(self._sleepers)
            self._now = max(self._now, moment)
            woken.set_result(None)
        loop.call_soon(self._tick, loop)
