"""What progress says of a scan: what is known, and no more."""

from __future__ import annotations

import pytest

from hubmend.flow.outlook import Ahead, Outlook

QUOTA = (200.0, 20.0)  # DescribeStateMachine, F§4.1


@pytest.mark.parametrize(
    ("listed", "read", "seconds"),
    [
        (0, 0, 0), (100, 0, 0), (200, 0, 0), (1000, 0, 40), (1000, 200, 40), (1000, 600, 20),
        (1000, 1000, 0), (250, 249, 0.05),
    ],
)  # fmt: skip
def test_the_burst_is_free_and_the_rest_comes_at_the_refill_rate(
    listed: int, read: int, seconds: float
) -> None:
    assert Ahead(listed, read).seconds(QUOTA) == pytest.approx(seconds)


def test_once_all_is_listed_the_slowest_target_says_how_long_it_takes() -> None:
    outlook = Outlook(2, QUOTA)
    outlook.begun(0).more(300)
    outlook.begun(1).more(2200)
    outlook.begun(1).read += 200
    assert outlook.told(5) == (200, 2500, "machines, 0 of 2 accounts and regions", 100.0)


def test_what_is_not_listed_is_not_in_the_total_and_no_time_is_made_up() -> None:
    outlook = Outlook(3, QUOTA)
    outlook.begun(0).more(10)
    assert outlook.told(1) == (0, None, "machines, 0 of 3 accounts and regions", None)


def test_with_targets_not_begun_the_pace_so_far_tells() -> None:
    outlook = Outlook(4, QUOTA)
    outlook.begun(0).read += 7
    outlook.finished(0)
    outlook.begun(1)
    assert outlook.told(10) == (7, None, "machines, 1 of 4 accounts and regions", 30.0)
