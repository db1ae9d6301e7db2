"""docs/safety.md shows every fault at every step of the matrix, and nothing else."""

from __future__ import annotations

import pytest

from tests.faults.matrix import CELLS, KILL_CELLS, STEPS, Verb
from tests.faults.page import BEGIN, END, PAGE, header, tables
from tests.faults.record import Seen
from tests.faults.run_case import Outcome
from tests.faults.script import Fault


def _rows(verb: Verb) -> list[list[str]]:
    _, _, generated = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    generated, _, _ = generated.partition(END)
    _, _, section = generated.partition(f"### When it strikes during {verb}\n")
    section, _, _ = section.partition("###")
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("verb", Verb)
def test_the_table_has_the_rows_and_columns_of_the_matrix(verb: Verb) -> None:
    first, _, *rows = _rows(verb)
    assert first == header(verb), "run make soak"
    assert [row[0] for row in rows] == list(Fault), "run make soak"


@pytest.mark.parametrize("verb", Verb)
def test_every_cell_names_outcomes_that_were_seen(verb: Verb) -> None:
    _, _, *rows = _rows(verb)
    words = {outcome.value for outcome in Outcome}
    for row in rows:
        for cell in row[1:]:
            assert set(cell.split(", ")) <= words, f"{row[0]}: {cell}"


def test_a_table_is_not_made_of_a_run_that_left_cells_out() -> None:
    whole = [
        Seen(fault, step.verb, step.title, Outcome.DONE, 0) for fault, step in (*CELLS, *KILL_CELLS)
    ]
    assert tables(whole).count("\n| ") == 2 * (len(Fault) + 2)
    with pytest.raises(ValueError, match="run make soak"):
        tables(whole[1:])


def test_the_matrix_crosses_every_fault_with_every_step() -> None:
    assert len({*CELLS, *KILL_CELLS}) == len(Fault) * len(STEPS)
