"""Answers that are asked for once, however many want them at the same time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """What `ask` answers, by key. What it raises is raised to one, and asked again for the next."""

    def __init__(self, ask: Callable[[K], Awaitable[V]]) -> None:
        self._ask = ask
        self._known: dict[K, V] = {}
        self._asking: dict[K, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, key: K) -> V:
        """Return the answer about something."""
        async with self._asking[key]:
            if key not in self._known:
                self._known[key] = await self._ask(key)
            return self._known[key]
