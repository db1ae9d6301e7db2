"""Security scores in the terminal: one sentence per standard, and what a plan makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from hubmend.core import score
from hubmend.core.plan import Projection
from hubmend.core.resource import Score
from hubmend.report.text.layout import Line
from hubmend.report.wording import listed, standard_name

_COUNTS = {
    score.FAILED: "counts as failed",
    score.PASSED: "counts as passed",
    score.UNKNOWN: "is unknown, which counts as not passed",
    score.NO_DATA: "has no data, which is no success: it counts neither way",
    score.DISABLED: "is disabled: it counts neither way",
    score.NOT_CHECKED: "has no finding",
}


def score_sentences(scores: Sequence[Score]) -> Iterator[str]:
    """Yield "Score STANDARD: 86 %, this control counts as failed." for each standard."""
    for standard in sorted({one.standard for one in scores}):
        of = [one for one in scores if one.standard == standard]
        known = sorted(one.percent for one in of if one.percent is not None)
        if known:
            said = f"Score {standard_name(standard)}: {_spread(known)}, this control "
            yield f"{said}{_counts([one.control_status for one in of])}."


def projection_lines(projections: Sequence[Projection]) -> Iterator[Line]:
    """Yield, for each standard, the score as scanned and once findings followed the plan."""
    by_standard: dict[str, list[Projection]] = defaultdict(list)
    for one in projections:
        by_standard[one.standard].append(one)
    for standard, of in sorted(by_standard.items()):
        before = sorted(one.before for one in of if one.before is not None)
        after = sorted(one.after for one in of if one.after is not None)
        yield Line(
            f"Score {standard_name(standard)}: {_spread(before)} now, {_spread(after)} after this "
            f"plan: this control {_counts([one.status_after for one in of])}."
        )


def _spread(known: Sequence[int]) -> str:
    if not known:
        return "no data"
    return f"{known[0]} %" if known[0] == known[-1] else f"{known[0]} to {known[-1]} %"


def _counts(statuses: Sequence[str]) -> str:
    """Say what the control counts as; over several targets only what differs from passed."""
    told = {status: statuses.count(status) for status in _COUNTS if status in statuses}
    if len(told) == 1:
        return _COUNTS[next(iter(told))]
    of = len(statuses)
    parts = [
        f"{_COUNTS[status]} in {number} of {of} targets"
        for status, number in told.items()
        if status not in (score.PASSED, score.NOT_CHECKED)
    ]
    return listed(parts) if parts else f"counts as passed in {told[score.PASSED]} of {of} targets"
