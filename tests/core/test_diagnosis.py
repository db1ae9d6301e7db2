"""What the checks come to."""

from __future__ import annotations

import pytest

from hubmend.core.diagnosis import Check, Diagnosis, Health, Need
from hubmend.core.ports import Identity

WHO = Identity("111122223333", "arn:aws:iam::111122223333:user/ana", "aws")


def code(*checks: tuple[Health, Need | None]) -> int:
    made = tuple(Check("c", health, "", need=need) for health, need in checks)
    return Diagnosis(WHO, made).exit_code


def test_all_that_is_needed_is_there() -> None:
    assert code((Health.OK, Need.SCAN), (Health.OK, Need.REMEDIATION)) == 0


def test_what_nobody_needs_does_not_count() -> None:
    assert code((Health.MISSING, None), (Health.OFF, None), (Health.NOT_KNOWN, None)) == 0


def test_a_missing_right_to_remediate_is_one_and_an_unknown_one_is_none() -> None:
    assert code((Health.MISSING, Need.REMEDIATION)) == 1
    assert code((Health.NOT_KNOWN, Need.REMEDIATION)) == 0


@pytest.mark.parametrize("health", [Health.MISSING, Health.OFF, Health.NOT_KNOWN])
def test_what_scan_lacks_beats_what_remediation_lacks(health: Health) -> None:
    assert code((health, Need.SCAN), (Health.MISSING, Need.REMEDIATION)) == 3
