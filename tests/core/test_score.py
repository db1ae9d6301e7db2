"""Scores by the published rules: controls are counted, not resources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core import score
from hubmend.core.arn import Target

HERE = Target("111122223333", "eu-west-1")
VALUES = st.sets(st.sampled_from(["PASSED", "FAILED", "WARNING", "NOT_AVAILABLE"]))


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (set(), "No data"), ({"PASSED"}, "Passed"), ({"PASSED", "FAILED"}, "Failed"),
        ({"WARNING", "FAILED"}, "Failed"), ({"PASSED", "WARNING"}, "Unknown"),
        ({"NOT_AVAILABLE"}, "Unknown"),
    ],
)  # fmt: skip
def test_the_status_of_a_control(values: set[str], status: str) -> None:
    assert score.control_status(values) == status


def test_no_data_counts_neither_way_and_rounding_is_to_the_nearest() -> None:
    values = {"a": {"PASSED"}, "b": {"PASSED"}, "c": {"FAILED"}, "d": set[str]()}
    made = score.score_of(HERE, "s", values, "d")
    assert (made.percent, made.passed, made.counted) == (67, 2, 3)
    assert made.control_status == "No data"
    assert score.score_of(HERE, "s", {}, "d").percent is None
    assert score.score_of(HERE, "s", values, "e").control_status == "Not checked"


@given(others=st.dictionaries(st.text(max_size=3), VALUES, max_size=8), was=VALUES, will=VALUES)
def test_another_status_gives_the_score_that_counting_again_gives(
    others: dict[str, set[str]], was: set[str], will: set[str]
) -> None:
    before = score.score_of(HERE, "s", {**others, "us!!": was}, "us!!")
    again = score.score_of(HERE, "s", {**others, "us!!": will}, "us!!")
    assert score.with_status(before, score.control_status(will)) == again


def test_a_disabled_control_leaves_the_count() -> None:
    before = score.score_of(HERE, "s", {"a": {"PASSED"}, "b": {"FAILED"}}, "b")
    after = score.with_status(before, score.DISABLED)
    assert (before.percent, after.percent, after.counted) == (50, 100, 1)
