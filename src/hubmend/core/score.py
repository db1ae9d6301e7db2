"""Control status and security score, by the rules AWS publishes (F§1.6, F§1.7). Pure.

No API returns a score: it is computed from the findings of the last day, of which suppressed and
archived ones are ignored. It counts controls, not resources.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from hubmend.core.arn import Target
from hubmend.core.resource import Score

PASSED, FAILED, UNKNOWN, NO_DATA, DISABLED = "Passed", "Failed", "Unknown", "No data", "Disabled"
# No finding of the control counts for the standard, not even a suppressed one.
NOT_CHECKED = "Not checked"
_COUNTED = (PASSED, FAILED, UNKNOWN)


def control_status(values: Collection[str]) -> str:
    """Return a control's status from the compliance values of its unsuppressed findings."""
    if not values:
        return NO_DATA
    if "FAILED" in values:
        return FAILED
    return PASSED if set(values) == {"PASSED"} else UNKNOWN


def score_of(
    target: Target, standard: str, values: Mapping[str, Collection[str]], control: str
) -> Score:
    """Return the score of a standard from the compliance values of each of its controls."""
    statuses = {name: control_status(of) for name, of in values.items()}
    counted = [status for status in statuses.values() if status in _COUNTED]
    passed = counted.count(PASSED)
    return Score(
        account=target.account,
        region=target.region,
        standard=standard,
        percent=percent(passed, len(counted)),
        control_status=statuses.get(control, NOT_CHECKED),
        passed=passed,
        counted=len(counted),
    )


def with_status(score: Score, status: str) -> Score:
    """Return a score in which the control has another status; it leaves or enters the count."""
    was = score.control_status
    passed = score.passed - (was == PASSED) + (status == PASSED)
    counted = score.counted - (was in _COUNTED) + (status in _COUNTED)
    return replace(
        score,
        percent=percent(passed, counted),
        control_status=status,
        passed=passed,
        counted=counted,
    )


def percent(passed: int, counted: int) -> int | None:
    """Return passed in a hundred counted, rounded to a whole; None where nothing is counted."""
    return int(100 * passed / counted + 0.5) if counted else None
