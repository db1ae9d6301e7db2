"""Leases in the store: one operator per resource, and one process per run.

A resource is leased to a run, so that a killed run is taken up at once by the next process. The
run itself is leased to the process that works on it: a heartbeat renews it, so that the lease of
a dead process is over in seconds, and a rollback never undoes beneath an apply that still runs.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from hubmend.core.errors import Interrupted, UsageError
from hubmend.flow.context import Context

LENGTH = timedelta(minutes=10)
RUN_LENGTH, BEAT_SECONDS, LOOK_SECONDS = timedelta(seconds=20), 5.0, 2.0
_LONG_AGO = datetime.fromtimestamp(0, UTC)


class Hold:
    """The right of this process to work on a run, looked at before every change it makes.

    With it the leases of the run's resources, which the heartbeat renews for as long as the run
    lasts: a change may wait long for its turn (F§4.1), longer than a lease.
    """

    def __init__(self, context: Context, run: str) -> None:
        self._context, self._run = context, run
        self._resources: dict[str, datetime] = {}  # until when each is leased
        self._name, self._holder = f"run/{run}", f"{run}/{secrets.token_hex(8)}"
        self._lost = False
        self._until: datetime | None = None

    async def take(self) -> None:
        """Take the run; wait for the lease of a dead process to end.

        Raise UsageError when another process is alive and works on it.
        """
        clock = self._context.clock
        end = clock.now() + RUN_LENGTH
        while not await self._renew():
            if clock.now() > end:
                raise UsageError(
                    f"another hubmend process is working on run {self._run}: wait for it to end, "
                    "or stop it, then try again"
                )
            text = f"waiting for another process on run {self._run} to end"
            self._context.progress.update(0, None, text)
            await clock.sleep(LOOK_SECONDS)

    async def beat(self) -> None:
        """Renew the leases for as long as this process lives and has the run."""
        while not self._lost:
            await self._context.clock.sleep(BEAT_SECONDS)
            self._lost = not await self._renew()
            soon = self._context.clock.now() + LENGTH / 2
            for resource in [one for one, until in self._resources.items() if until < soon]:
                await self.lease(resource)

    def has(self, resource: str) -> bool:
        """Whether this process has leased a resource, and the lease has not run out since."""
        until = self._resources.get(resource)
        return until is not None and self._context.clock.now() < until

    async def lease(self, resource: str) -> str | None:
        """Take or renew the lease of a resource; return why not when another run holds it."""
        now = self._context.clock.now()
        other = await self._context.store.lease(resource, self._run, now, now + LENGTH)
        if other is None:
            self._resources[resource] = now + LENGTH
            return None
        self._resources.pop(resource, None)
        return (
            f"run {other} is working on it; wait for it, or if it died, try again in "
            f"{LENGTH.seconds // 60} minutes"
        )

    async def check(self) -> None:
        """Raise Interrupted when another process took the run over (this one was asleep)."""
        if self._ran_out() and not self._lost:  # the heartbeat did not come: ask now
            self._lost = not await self._renew()
        if self._lost:
            raise Interrupted(
                f"another hubmend process has taken run {self._run} over while this one stood "
                "still; nothing more was changed here"
            )

    async def release(self) -> None:
        """Give the run back."""
        await self._context.store.release(self._name, self._holder)

    async def _renew(self) -> bool:
        """Take or renew the lease; return False when another has it, or had it meanwhile."""
        if self._ran_out() and not await self._untouched():
            return False
        now = self._context.clock.now()
        if await self._context.store.lease(self._name, self._holder, now, now + RUN_LENGTH):
            return False
        self._until = now + RUN_LENGTH
        return True

    def _ran_out(self) -> bool:
        return self._until is not None and self._context.clock.now() >= self._until

    async def _untouched(self) -> bool:
        """Whether nobody took a lease that ran out, not even to give it back at once.

        Asked for at a moment long ago no lease has passed, so the store names whoever had it
        last; a lease that was given back is not there and goes to the asker.
        """
        asker = f"{self._holder}?"
        last = await self._context.store.lease(self._name, asker, _LONG_AGO, _LONG_AGO)
        await self._context.store.release(self._name, asker)
        return last == self._holder


@asynccontextmanager
async def alone(context: Context, run: str) -> AsyncIterator[Hold]:
    """Work on a run as the only process that does; raise UsageError when another does."""
    hold = Hold(context, run)
    await hold.take()
    beat = asyncio.ensure_future(hold.beat())
    try:
        yield hold
    finally:
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)
        await hold.release()
