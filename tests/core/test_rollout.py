"""How a run goes about its resources: what is not said is left to what stands already."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.codec import decode, encode
from hubmend.core.errors import UsageError
from hubmend.core.rollout import AS_IT_STANDS, Rollout, duration

numbers = st.none() | st.integers(0, 9)
rollouts = st.builds(Rollout, numbers, numbers, numbers)


@given(rollouts, rollouts, rollouts)
def test_what_is_said_later_stands_and_the_rest_stays(a: Rollout, b: Rollout, c: Rollout) -> None:
    assert a.over(AS_IT_STANDS) == AS_IT_STANDS.over(a) == a.over(a) == a
    assert a.over(b).over(c) == a.over(b.over(c))
    assert a.canary is None or a.over(b).canary == a.canary
    assert decode(Rollout, encode(a)) == a


def test_none_and_nothing_are_two_things() -> None:
    assert Rollout(canary=0).over(Rollout(canary=3, max_failures=2)) == Rollout(0, None, 2)


@pytest.mark.parametrize("name", ["canary", "canary_wait", "max_failures"])
def test_numbers_below_nothing_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match=f"{name} is -1: it must be 0"):
        Rollout(**{name: -1})


@pytest.mark.parametrize(("text", "seconds"), [("0s", 0), ("90s", 90), ("3m", 180), ("1h", 3600)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "3", "m", "-3m", "3 m", "1.5h", "3d", "1234567s"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write 90s, 3m or 1h"):
        duration(text)
