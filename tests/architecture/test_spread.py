"""make test hands out whole files, but the fault matrix in parts, and slow folders first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.spread import PARTS, SLOW, part

TESTS = Path(__file__).parents[1]
MATRIX = "tests/faults/test_matrix.py"


def test_the_slow_folders_are_there() -> None:
    assert set(SLOW) <= {path.name for path in TESTS.iterdir() if path.is_dir()}
    assert (TESTS.parent / MATRIX).is_file()


def test_the_cases_of_the_matrix_are_spread_evenly(request: pytest.FixtureRequest) -> None:
    cases = [f"{MATRIX}::test_whatever_goes_wrong_apply_goes_on_or_back[{n}]" for n in range(210)]
    sizes = [[part(one) for one in cases].count(name) for name in {part(one) for one in cases}]
    assert len(sizes) == PARTS
    assert max(sizes) - min(sizes) <= 1
    assert part(request.node.nodeid) == "tests/architecture/test_spread.py"
