"""The time left: as expected at first, then more and more as seen."""

from __future__ import annotations

from hubmend.cli.progress import TimeLeft


def test_at_first_it_is_what_was_expected() -> None:
    assert TimeLeft(100).after(0, 0, 50) == 100
    assert TimeLeft(100).after(30, 0, 50) == 70


def test_without_an_expectation_nothing_is_said_before_something_was_seen() -> None:
    left = TimeLeft()
    assert left.after(0, 0, 100) is None
    assert left.after(1, 10, 100) is None
    assert left.after(10, 10, 100) == 90


def test_a_burst_at_the_start_does_not_promise_a_quick_end() -> None:
    left = TimeLeft(900)
    for second in range(10):
        left.after(second, second * 10, 1000)
    said = left.after(10, 100, 1000)
    assert said is not None
    assert 780 < said < 900


def test_towards_the_end_it_is_as_seen_lately() -> None:
    left = TimeLeft(900)
    told = [left.after(second, 100 + second, 1000) for second in range(860)]
    assert told[-1] is not None
    assert abs(told[-1] - 41) < 3


def test_work_that_takes_longer_than_expected_is_judged_by_what_is_seen() -> None:
    left = TimeLeft(5)
    for second in range(20):
        left.after(second, second, 100)
    assert left.after(20, 20, 100) == 80


def test_the_next_part_of_the_work_begins_anew() -> None:
    left = TimeLeft()
    for second in range(20):
        left.after(second, second, 20)
    assert left.after(20, 1, 50) is None
    assert left.after(30, 11, 50) == 39
