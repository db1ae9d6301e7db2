"""What hubmend writes on findings fits what AWS takes, and says all that it is to say."""

from __future__ import annotations

from datetime import date

import pytest

from hubmend.core.resource import Kind
from hubmend.core.rules import Match, Rule
from hubmend.flow.hub.payload import LONGEST_NOTE, Mark, suppressing

UNTIL = date(2026, 12, 24)


def note(mark: Mark) -> str:
    return str(suppressing(mark)["Note"]["Text"])


@pytest.mark.parametrize("owner", ["ann", "o" * 600, "o" * 2000])
@pytest.mark.parametrize("reason", ["test only", "r" * 400, "r" * 2000])
def test_a_note_of_any_length_keeps_reason_last_day_owner_and_decision(
    owner: str, reason: str
) -> None:
    text = note(Mark("d1", owner, reason, UNTIL))
    assert len(text) <= LONGEST_NOTE
    assert text.startswith(reason[:9])
    assert f" Suppressed until {UNTIL} by {owner[:3]}" in text
    assert text.endswith(". Decision d1: hubmend decisions")


def test_what_is_too_long_is_cut_where_it_shows() -> None:
    text = note(Mark("d1", "o" * 600, "r" * 600, UNTIL))
    assert text.count("…") == 2
    assert len(text) == LONGEST_NOTE


def test_the_note_of_a_rules_decision_names_what_shows_the_rule() -> None:
    rule = Rule(Match(account="111122223333"), Kind.SUPPRESS).id
    text = note(Mark(rule, "ann", "dev", UNTIL))
    assert text.endswith(f"Decision {rule}: hubmend policy check -v")
