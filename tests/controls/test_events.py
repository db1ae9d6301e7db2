"""Which event types a level writes: AWS's table (F§3.2), and silence about the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.aws.models import Models
from hubmend.controls.stepfunctions_1.events import (
    ALL_TYPES,
    ENDINGS,
    ERROR_TYPES,
    FATAL_TYPES,
    UNLISTED_TYPES,
    table,
    written,
)

LEVELS = ("ALL", "ERROR", "FATAL")


def test_the_totals_are_those_of_awss_table() -> None:
    totals = [len(types) for types in (FATAL_TYPES, ERROR_TYPES, ALL_TYPES, UNLISTED_TYPES)]
    assert totals == [3, 22, 51, 11]


def test_the_levels_are_a_strict_chain() -> None:
    assert FATAL_TYPES < ERROR_TYPES < ALL_TYPES
    assert not ALL_TYPES & UNLISTED_TYPES


def test_the_table_and_the_unlisted_are_all_types_the_service_model_knows() -> None:
    history = Models().service("stepfunctions").shape_for("HistoryEventType")
    assert set(history.enum) == ALL_TYPES | UNLISTED_TYPES
    assert [name for name, _ in table()] == list(dict.fromkeys(name for name, _ in table()))
    assert {name for name, _ in table()} == set(history.enum)


@given(st.sampled_from(sorted(ALL_TYPES)))
def test_what_a_level_writes_every_more_verbose_level_writes(name: str) -> None:
    said = [written(level, name) for level in LEVELS]
    assert said == sorted(said, key=lambda one: not one)
    assert said[0] is True


@given(
    st.sampled_from(sorted(UNLISTED_TYPES)) | st.text().filter(lambda name: name not in ALL_TYPES)
)
def test_nothing_is_said_of_types_aws_does_not_list(name: str) -> None:
    assert [written(level, name) for level in LEVELS] == [True, None, None]


@given(
    st.sampled_from(sorted(ALL_TYPES | UNLISTED_TYPES)), st.sampled_from(["OFF", "", "all", "X"])
)
def test_what_is_no_level_writes_nothing(name: str, level: str) -> None:
    assert written(level, name) is False


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("ExecutionFailed", [True, True, True]),
        ("FailStateEntered", [True, True, False]),
        ("TaskFailed", [True, True, False]),
        ("ExecutionSucceeded", [True, False, False]),
        ("ActivityFailed", [True, None, None]),
    ],
)
def test_the_table_shows_each_type_with_its_levels(name: str, levels: list[bool | None]) -> None:
    assert dict(table())[name] == dict(zip(LEVELS, levels, strict=True))


def test_every_execution_ends_in_one_of_four_ways_three_of_which_every_level_writes() -> None:
    assert set(ENDINGS) == FATAL_TYPES | {"ExecutionSucceeded"}
    assert set(ENDINGS.values()) == {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
