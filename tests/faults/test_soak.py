"""make soak goes on where it was, and tries again what failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.record import KILLED, NUMBERS, asked_for, read
from tests.faults.script import Fault
from tests.faults.soak import CHUNK, untried


def line(fault: Fault, number: int, outcome: str = "done") -> str:
    return json.dumps([fault, "apply", "set logging", outcome, number]) + "\n"


def test_everything_is_to_be_tried_at_first_chunk_by_chunk(tmp_path: Path) -> None:
    chunks = list(untried(tmp_path / "none", 2 * CHUNK + 3, 5))
    assert [(name, len(numbers)) for name, numbers in chunks] == [
        (NUMBERS, CHUNK), (NUMBERS, CHUNK), (NUMBERS, 3), (KILLED, 5),
    ]  # fmt: skip
    assert [number for _, numbers in chunks[:3] for number in numbers] == [*range(2 * CHUNK + 3)]


def test_what_was_tried_is_left_out_and_what_failed_is_tried_again(tmp_path: Path) -> None:
    record = tmp_path / "record"
    record.write_text(line(Fault.SLOW, 0) + line(Fault.KILLED_AFTER, 2) + line(Fault.LATE, 3))
    assert list(untried(record, 5, 3)) == [(NUMBERS, [1, 2, 4]), (KILLED, [0, 1])]


def test_a_case_tried_twice_counts_once_and_a_line_cut_short_not_at_all(tmp_path: Path) -> None:
    record = tmp_path / "record"
    twice = line(Fault.SLOW, 7, "resumed") + line(Fault.SLOW, 7)
    record.write_text(twice + line(Fault.SLOW, 8)[:20] + line(Fault.SLOW, 9))
    assert [(one.number, one.outcome) for one in read(record)] == [(7, "done")]


def test_the_cases_to_try_are_those_listed_or_the_usual_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list(asked_for(NUMBERS, 3)) == [0, 1, 2]
    monkeypatch.setenv(NUMBERS, "4,17")
    assert list(asked_for(NUMBERS, 3)) == [4, 17]
    monkeypatch.setenv(NUMBERS, "")
    assert list(asked_for(NUMBERS, 3)) == []
