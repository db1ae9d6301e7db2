"""Token buckets keep to the published quota, slow down when told to, and recover."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.aws.pacing import Bucket, Pacing
from hubmend.aws.quotas import DEFAULT, quota
from hubmend.core.arn import Target

HERE, THERE = Target("1" * 12, "us-east-1"), Target("1" * 12, "eu-west-1")


class Monotonic:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_full_bucket_lets_its_size_pass_at_once_and_then_its_rate() -> None:
    now = Monotonic()
    bucket = Bucket((100, 10), now)
    waits = [bucket.reserve() for _ in range(120)]
    assert waits[:99] == [0.0] * 99
    assert waits[-1] == pytest.approx((120 - 99) / 9.9)


def test_waiting_fills_the_bucket_and_never_beyond_its_size() -> None:
    now = Monotonic()
    bucket = Bucket((10, 1), now)
    for _ in range(20):
        bucket.reserve()
    now.seconds += 3600
    assert bucket.reserve() == 0.0
    assert bucket.tokens == pytest.approx(9.9 - 1)


def test_throttling_empties_the_bucket_and_halves_the_rate_down_to_a_floor() -> None:
    now = Monotonic()
    bucket = Bucket((100, 10), now)
    bucket.throttled()
    assert bucket.tokens == 0.0
    assert bucket.rate == pytest.approx(4.95)
    for _ in range(50):
        bucket.throttled()
    assert bucket.rate == pytest.approx(9.9 * 0.05)


def test_a_slowed_bucket_recovers_in_time() -> None:
    now = Monotonic()
    bucket = Bucket((100, 10), now)
    for _ in range(10):
        bucket.throttled()
    slow = bucket.rate
    now.seconds += 5
    bucket.reserve()
    assert slow < bucket.rate < 9.9
    now.seconds += 60
    bucket.reserve()
    assert bucket.rate == pytest.approx(9.9)


@given(
    size=st.tuples(st.integers(1, 200), st.integers(1, 50)),
    steps=st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=80),
)
def test_never_more_than_size_and_rate_times_time_are_given_out(
    size: tuple[int, int], steps: list[tuple[float, bool]]
) -> None:
    now = Monotonic()
    bucket = Bucket(size, now)
    began, given_at = now.seconds, []
    for pause, throttled in steps:
        now.seconds += pause
        if throttled:
            bucket.throttled()
        else:
            given_at.append(now.seconds + bucket.reserve())
    for moment in given_at:
        given_out = sum(one <= moment for one in given_at)
        assert given_out <= size[0] + size[1] * (moment - began) + 1e-6


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
