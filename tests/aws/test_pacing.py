"""Token buckets keep to the published quota, slow down when told to, and recover."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.aws.pacing import MANY, Bucket, Pacing
from hubmend.core.arn import Target
from hubmend.core.quotas import DEFAULT, quota

HERE, THERE = Target("1" * 12, "us-east-1"), Target("1" * 12, "eu-west-1")


class Monotonic:
    """A monotonic clock that a test moves; `pause` waits on it."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds

    async def pause(self, seconds: float) -> None:
        self.seconds += seconds


async def taken(bucket: Bucket, now: Monotonic, count: int = 1) -> list[float]:
    """Take tokens; return how long after the first call each was there."""
    began = now.seconds
    return [await bucket.take(now.pause) - began for _ in range(count)]


async def test_a_full_bucket_lets_its_size_pass_at_once_and_then_its_rate() -> None:
    now = Monotonic()
    waits = await taken(Bucket((100, 10), now), now, 120)
    assert waits[:99] == [0.0] * 99
    assert waits[-1] == pytest.approx((120 - 99) / 9.9)


async def test_waiting_fills_the_bucket_and_never_beyond_its_size() -> None:
    now = Monotonic()
    bucket = Bucket((10, 1), now)
    await taken(bucket, now, 20)
    now.seconds += 3600
    assert await taken(bucket, now) == [0.0]
    assert bucket.tokens == pytest.approx(9 - 1)


async def test_a_bucket_of_one_still_gives_it() -> None:
    now = Monotonic()
    assert await taken(Bucket((1, 1), now), now, 2) == [0.0, pytest.approx(1 / 0.99)]


def test_throttling_empties_the_bucket_and_lowers_the_rate_down_to_a_floor() -> None:
    now = Monotonic()
    bucket = Bucket((100, 10), now)
    bucket.throttled(now.seconds)
    assert bucket.tokens == 0.0
    assert bucket.rate == pytest.approx(9.9 * 0.7)
    for _ in range(50):
        now.seconds += 0.01
        bucket.throttled(now.seconds)
    assert bucket.rate == pytest.approx(9.9 * 0.05, rel=0.01)


def test_calls_that_were_under_way_together_lower_the_rate_once() -> None:
    now = Monotonic()
    bucket = Bucket((100, 10), now)
    sent = now.seconds
    for _ in range(30):
        now.seconds += 0.001
        bucket.throttled(sent)
    assert bucket.rate == pytest.approx(9.9 * 0.7, rel=0.01)


async def test_what_waits_in_line_goes_slower_once_aws_throttles() -> None:
    now = Monotonic()
    bucket = Bucket((1, 1), now)
    began = await bucket.take(now.pause)

    async def refused(seconds: float) -> None:
        now.seconds += seconds
        if now.seconds - began < 1.5:
            bucket.throttled(now.seconds)

    assert await bucket.take(refused) - began > 2


async def test_a_slowed_bucket_recovers_in_time() -> None:
    now = Monotonic()
    bucket = Bucket((100, 10), now)
    for _ in range(10):
        now.seconds += 0.01
        bucket.throttled(now.seconds)
    slow = bucket.rate
    now.seconds += 5
    await taken(bucket, now)
    assert slow < bucket.rate < 9.9
    now.seconds += 120
    await taken(bucket, now)
    assert bucket.rate == pytest.approx(9.9)


@given(
    size=st.tuples(st.integers(1, 200), st.integers(1, 50)),
    steps=st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=80),
)
async def test_never_more_than_size_and_rate_times_time_are_given_out(
    size: tuple[int, int], steps: list[tuple[float, bool]]
) -> None:
    now = Monotonic()
    bucket = Bucket(size, now)
    began, given_at = now.seconds, []
    for pause, throttled in steps:
        now.seconds += pause
        if throttled:
            bucket.throttled(now.seconds)
        else:
            given_at.append(await bucket.take(now.pause))
    for moment in given_at:
        given_out = sum(one <= moment for one in given_at)
        assert given_out <= size[0] + size[1] * (moment - began) + 1e-3


def test_accounts_regions_and_operations_have_buckets_of_their_own_and_iam_one_per_account() -> (
    None
):
    pacing = Pacing()
    one = pacing.bucket(HERE, "stepfunctions", "UpdateStateMachine")
    assert pacing.bucket(HERE, "stepfunctions", "UpdateStateMachine") is one
    assert pacing.bucket(THERE, "stepfunctions", "UpdateStateMachine") is not one
    assert pacing.bucket(HERE, "stepfunctions", "DescribeStateMachine") is not one
    assert pacing.bucket(HERE, "iam", "GetRole") is pacing.bucket(THERE, "iam", "GetRole")


def test_quotas_are_those_aws_publishes_and_cautious_where_it_publishes_none() -> None:
    assert quota("stepfunctions", "UpdateStateMachine") == (100, 1)
    assert quota("securityhub", "GetFindings") == (6, 3)
    assert quota("securityhub", "BatchGetSecurityControls") == (30, 10)
    assert quota("iam", "GetRole") == DEFAULT


async def test_a_turn_is_taken_at_once_while_there_are_tokens() -> None:
    pacing = Pacing()
    await pacing.turn(HERE, "logs", "CreateLogGroup")
    assert pacing.bucket(HERE, "logs", "CreateLogGroup").tokens < 10


def test_what_aws_raised_is_used() -> None:
    pacing = Pacing(raised={"logs:CreateLogGroup": (200, 100)})
    assert pacing.bucket(HERE, "logs", "CreateLogGroup").capacity == pytest.approx(198)


async def test_of_many_buckets_only_those_that_are_full_again_are_forgotten() -> None:
    now = Monotonic()
    pacing = Pacing(now.pause, now=now)
    used = pacing.bucket(HERE, "stepfunctions", "DescribeStateMachine")
    await taken(used, now, 150)
    slowed = pacing.bucket(HERE, "stepfunctions", "ListStateMachines")
    slowed.throttled(now.seconds)
    for number in range(3 * MANY):
        pacing.bucket(Target(f"{number:012d}", "us-east-1"), "logs", "FilterLogEvents")
    assert len(pacing._buckets) <= MANY  # noqa: SLF001 - nothing else shows it
    assert pacing.bucket(HERE, "stepfunctions", "DescribeStateMachine") is used
    assert pacing.bucket(HERE, "stepfunctions", "ListStateMachines") is slowed
