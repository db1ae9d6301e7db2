"""Scores in words: no data is no success, and a plan says what it makes of the score."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from hubmend.core.plan import Projection
from hubmend.core.resource import Score
from hubmend.report.text.score import projection_lines, score_sentences

FSBP = "standards/aws-foundational-security-best-practices/v/1.0.0"
ONE = Score("111122223333", "eu-west-1", FSBP, 86, "Failed", 36, 42)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("Failed", "86 %, this control counts as failed."),
        ("Passed", "86 %, this control counts as passed."),
        ("No data", "86 %, this control has no data, which is no success: it counts neither way."),
        ("Unknown", "86 %, this control is unknown, which counts as not passed."),
        ("Not checked", "86 %, this control has no finding."),
    ],
)
def test_a_score_says_what_the_control_counts_as(status: str, said: str) -> None:
    assert list(score_sentences([replace(ONE, control_status=status)])) == [
        f"Score FSBP v1.0.0: {said}"
    ]


def test_several_targets_are_said_in_one_sentence() -> None:
    several = [ONE, replace(ONE, percent=90, control_status="Passed"),
               replace(ONE, percent=None, control_status="No data")]  # fmt: skip
    (said,) = score_sentences(several)
    assert said == (
        "Score FSBP v1.0.0: 86 to 90 %, this control counts as failed in 1 of 3 targets and has "
        "no data, which is no success: it counts neither way in 1 of 3 targets."
    )
    (fine,) = score_sentences([several[1], replace(ONE, control_status="Not checked")])
    assert fine.endswith("counts as passed in 1 of 2 targets.")


def test_a_standard_without_any_score_is_left_out() -> None:
    assert list(score_sentences([replace(ONE, percent=None)])) == []


def shown(*projections: Projection) -> list[str]:
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        for line in projection_lines(projections):
            console.print(line)
    return [line.strip() for line in capture.get().splitlines()]


def test_a_plan_says_the_score_now_and_after() -> None:
    one = Projection("111122223333", "eu-west-1", FSBP, 86, 88, "Failed", "Passed")
    assert shown(one) == [
        "Score FSBP v1.0.0: 86 % now, 88 % after this plan: this control counts as passed."
    ]
    (nothing,) = shown(replace(one, before=None, after=None, status_after="No data"))
    assert nothing.startswith("Score FSBP v1.0.0: no data now, no data after this plan: this ")
    assert nothing.endswith("has no data, which is no success: it counts neither way.")
