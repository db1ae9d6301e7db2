"""hubmend on a quota that somebody else draws on, too: every call comes through, few are refused.

Pacing and the gateway's retries run in virtual time against a token bucket as AWS has it
(DescribeStateMachine: 200, and 20 a second, F§4.1), with requests under way for uneven times.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubmend.aws.gateway import AwsGateway
from hubmend.aws.models import Models
from hubmend.aws.sessions import Sessions
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.quotas import Quota, quota
from hubmend.sandbox.quotas import Bucket
from tests.fakes.virtual_time import in_virtual_time

HERE = Target("111122223333", "us-east-1")
LOOK = Call("stepfunctions", "DescribeStateMachine", {})
SIZE, REFILL = quota(LOOK.service, LOOK.operation)
CALLS, AT_ONCE = 2_000, 32  # as many at once as a scan of one target makes
MODELS = Models()


class Busy:
    """AWS behind the gateway: answers after a while, or refuses when its bucket is empty."""

    models = MODELS
    answer = 30.0  # seconds

    def __init__(self, bucket: Bucket, chance: Random) -> None:
        self._bucket, self._chance = bucket, chance
        self.calls = self.refused = 0

    async def call(self, target: Target, call: Call, *, change: bool) -> Mapping[str, Any]:
        del change
        await self._travel()
        self.calls += 1
        free = self._bucket.take(asyncio.get_running_loop().time())
        await self._travel()
        if not free:
            self.refused += 1
            raise AwsError(ErrorKind.THROTTLED, "ThrottlingException", "Rate exceeded", str(call))
        return {"target": target}

    async def _travel(self) -> None:
        await asyncio.sleep(0.005 + self._chance.expovariate(1 / 0.012))


@dataclass(frozen=True)
class Seen:
    """How long hubmend took, and of how many calls how many were refused."""

    seconds: float
    calls: int
    refused: int

    @property
    def share(self) -> float:
        return self.refused / self.calls


def asked(
    seed: int,
    calls: int = CALLS,
    *,
    others: float = 0.0,
    tokens: float = SIZE,
    size: Quota = (SIZE, REFILL),
) -> Seen:
    """Make calls while somebody else makes `others` a second; AWS's bucket begins with `tokens`."""

    async def whole() -> Seen:
        loop, chance = asyncio.get_running_loop(), Random(seed)  # noqa: S311 - no secret
        bucket = Bucket(*size, tokens, loop.time())
        aws = Busy(bucket, chance)
        raised = {str(LOOK): size}
        gateway = AwsGateway(cast("Sessions", aws), raised=raised, now=loop.time)
        room = asyncio.Semaphore(AT_ONCE)

        async def ours() -> None:
            async with room:
                await gateway.read(HERE, LOOK)

        async def somebody_else() -> None:
            while others:
                await asyncio.sleep(chance.uniform(0.5, 1.5) / others)
                bucket.take(loop.time())

        other = asyncio.ensure_future(somebody_else())
        began = loop.time()
        await asyncio.gather(*(ours() for _ in range(calls)))
        other.cancel()
        return Seen(loop.time() - began, aws.calls, aws.refused)

    return in_virtual_time(whole)


@pytest.mark.parametrize("seed", range(3))
def test_alone_hardly_a_call_is_refused_and_it_takes_what_the_quota_allows(seed: int) -> None:
    seen = asked(seed)
    assert seen.share < 0.01
    assert seen.seconds < 1.03 * (CALLS - SIZE) / REFILL


@pytest.mark.parametrize("seed", range(3))
def test_with_half_of_the_quota_eaten_all_succeed_in_the_time_the_other_half_allows(
    seed: int,
) -> None:
    seen = asked(seed, others=REFILL / 2)
    assert seen.share < 0.02
    assert seen.seconds < 1.05 * (CALLS - SIZE) / (REFILL / 2)


@pytest.mark.parametrize("others", [0.0, REFILL / 2])
def test_a_bucket_emptied_before_by_another_process_costs_a_few_refusals(others: float) -> None:
    seen = asked(1, others=others, tokens=0)
    assert seen.share < 0.05
    assert seen.seconds < 1.15 * CALLS / (REFILL - others)


@given(
    seed=st.integers(0, 1_000),
    size=st.tuples(st.integers(5, 200), st.integers(1, 50)),
    eaten=st.floats(0, 0.9),
    full=st.floats(0, 1),
)
@settings(max_examples=25, deadline=None)
def test_a_busy_aws_never_costs_a_result(
    seed: int, size: tuple[int, int], eaten: float, full: float
) -> None:
    seen = asked(seed, 200, others=eaten * size[1], tokens=full * size[0], size=size)
    assert seen.calls - seen.refused == 200


def test_somebody_who_eats_nearly_all_of_it_costs_time_and_no_result() -> None:
    seen = asked(1, 500, others=REFILL, tokens=0)
    assert seen.calls - seen.refused == 500
    assert seen.share < 0.25
