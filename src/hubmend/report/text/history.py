"""One execution's history with a column per level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType

from hubmend.core.decision import LEVELS
from hubmend.report.text.layout import Columns, Line

_MARKS = {True: "written", False: "-", None: "unknown"}

HistoryLine = tuple[int, str, Mapping[str, bool | None]]


def history_table(rows: Sequence[HistoryLine]) -> RenderableType:
    """Return one row per event: its number, its type, and what each level does with it.

    "unknown" is said where AWS's table does not list the type (F§3.2).
    """
    if not rows:
        return Line("This execution has no events at that level.")
    cells = [
        [str(number), kind, *(_MARKS[levels[level]] for level in LEVELS)]
        for number, kind, levels in rows
    ]
    totals = ", ".join(
        f"{level} {sum(levels[level] is True for _, _, levels in rows)}" for level in LEVELS
    )
    said = f"{len(rows)} events. Records written by each level: {totals}."
    return Group(Columns(cells, ["event", "type", *LEVELS]), Line(said))
