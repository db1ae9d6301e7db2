"""A gateway that takes the time AWS would, on a clock: round trips, and the turns of quotas."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from hubmend.aws.pacing import Pacing
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.ports import Gateway, Identity, Response
from hubmend.core.quotas import Quota
from tests.fakes.aws import FakeAws

ROUND_TRIP_SECONDS = 0.05


class PacedAws:
    """The `Gateway` port over another one, paced as the real one is, in the time of its clock."""

    def __init__(self, aws: FakeAws, raised: Mapping[str, Quota] | None = None) -> None:
        self._aws: Gateway = aws
        self._clock = aws.clock
        self._pacing = Pacing(aws.clock.sleep, raised, lambda: aws.clock.now().timestamp())

    async def identity(self) -> Identity:
        return await self._aws.identity()

    async def read(self, target: Target, call: Call) -> Response:
        await self._turn(target, call)
        return await self._aws.read(target, call)

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        async for page in self._aws.pages(target, call):
            await self._turn(target, call)
            yield page

    async def change(self, target: Target, call: Call) -> Response:
        await self._turn(target, call)
        return await self._aws.change(target, call)

    def fault(self, call: Call) -> str | None:
        return self._aws.fault(call)

    async def _turn(self, target: Target, call: Call) -> None:
        await self._pacing.turn(target, call.service, call.operation)
        await self._clock.sleep(ROUND_TRIP_SECONDS)
