"""Reads made once: many resources ask the same things of one role, stack, key or account."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.codec import canonical
from hubmend.core.ports import Gateway, Identity, Response

REMEMBERED = 1_024  # answers
_GLOBAL = ("iam",)  # services whose answer is the same in every region


class OnceGateway:
    """Implements core.ports.Gateway over another one; the same read is made once, refusals too.

    For work that sees one moment, as a plan does, and never for a read that must be fresh.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        # The last asked for comes last; a template may be a megabyte, so not all are kept.
        self._pages: dict[tuple[str, ...], asyncio.Task[list[Response]]] = {}

    async def identity(self) -> Identity:
        """Return whose credentials are in use."""
        return await self._gateway.identity()

    async def read(self, target: Target, call: Call) -> Response:
        """Make a read, or remember what it answered."""

        async def only() -> list[Response]:
            return [await self._gateway.read(target, call)]

        return (await self._once("read", target, call, only))[0]

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        """Follow every page, or remember them."""

        async def all_pages() -> list[Response]:
            return [page async for page in self._gateway.pages(target, call)]

        for page in await self._once("pages", target, call, all_pages):
            yield page

    async def change(self, target: Target, call: Call) -> Response:
        """Make a change, each time it is asked for."""
        return await self._gateway.change(target, call)

    def fault(self, call: Call) -> str | None:
        """Return what is wrong with a call's parameters."""
        return self._gateway.fault(call)

    async def _once(
        self,
        way: str,
        target: Target,
        call: Call,
        ask: Callable[[], Awaitable[list[Response]]],
    ) -> list[Response]:
        region = "" if call.service in _GLOBAL else target.region
        key = (way, target.account, region, str(call), canonical(call.params))
        task = self._pages.pop(key, None) or asyncio.ensure_future(ask())
        self._pages[key] = task
        if len(self._pages) > REMEMBERED:
            del self._pages[next(iter(self._pages))]
        # One who stops waiting must not take the answer away from the others.
        return await asyncio.shield(task)
