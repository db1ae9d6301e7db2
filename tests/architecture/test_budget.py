"""Modules and functions stay small enough to read in one sitting."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "hubmend"

MODULE_LINES, MEDIAN_LINES = 300, 120
FUNCTION_LINES, USUAL_FUNCTION_LINES = 60, 40
UNUSUAL_SHARE = 0.05

# Path below src/hubmend: why it is longer. A reason is about the subject, never about time.
LONGER_FOR_A_REASON: dict[str, str] = {}


def sizes() -> dict[str, int]:
    """Lines of each module that has any content to speak of (a package marker has not)."""
    counted = {
        path.relative_to(SOURCE).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in SOURCE.rglob("*.py")
    }
    return {path: lines for path, lines in counted.items() if lines > 3}


def functions() -> Iterator[tuple[str, int]]:
    """Yield each function as `path:line name` with the number of lines it spans."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}", lines


def test_no_module_is_longer_than_the_limit_without_a_reason() -> None:
    long = {path for path, lines in sizes().items() if lines > MODULE_LINES}
    assert long - LONGER_FOR_A_REASON.keys() == set()


def test_a_reason_to_be_long_is_dropped_once_the_module_is_short() -> None:
    long = {path for path, lines in sizes().items() if lines > MODULE_LINES}
    assert LONGER_FOR_A_REASON.keys() - long == set()


def test_half_of_the_modules_are_short() -> None:
    assert statistics.median(sizes().values()) < MEDIAN_LINES


def test_no_function_is_longer_than_the_limit() -> None:
    assert [f"{name}: {lines} lines" for name, lines in functions() if lines > FUNCTION_LINES] == []


def test_hardly_any_function_is_longer_than_usual() -> None:
    everything = list(functions())
    unusual = [
        f"{name}: {lines} lines" for name, lines in everything if lines > USUAL_FUNCTION_LINES
    ]
    assert len(unusual) <= UNUSUAL_SHARE * len(everything), unusual
