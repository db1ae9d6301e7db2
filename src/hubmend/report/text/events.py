"""Which event types each level writes, in the terminal.

The rows come from the control (F§3.2); here they are only set out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType

from hubmend.core.decision import LEVELS
from hubmend.report.text.layout import Columns, Line
from hubmend.report.wording import count


@dataclass(frozen=True)
class EventRow:
    """One event type, the levels that write it, and how often one execution had it (or None).

    `unknown` are levels of which AWS does not say whether they write it (F§3.2).
    """

    type: str
    levels: tuple[str, ...]
    number: int | None = None
    unknown: tuple[str, ...] = ()


def events_table(rows: Sequence[EventRow], *, level: str | None = None) -> RenderableType:
    """Return one row per event type; with `level` only the types that level writes."""
    shown = [row for row in rows if level is None or level in row.levels]
    if not shown:
        return Line(f"At level {level} none of these events is written." if level else "No events.")
    counted = any(row.number is not None for row in shown)
    header = ["event type", *(["events"] if counted else []), *LEVELS]
    cells = []
    for row in shown:
        number = [str(row.number or 0)] if counted else []
        marks = [_mark(row, one) for one in LEVELS]
        cells.append([row.type, *number, *marks])
    return Group(Columns(cells, header), *_totals(shown, counted=counted))


def _totals(rows: Sequence[EventRow], *, counted: bool) -> list[Line]:
    noun = ("record", "records") if counted else ("event type", "event types")
    said = []
    for one in LEVELS:
        written = [row for row in rows if one in row.levels]
        number = sum(row.number or 0 for row in written) if counted else len(written)
        said.append(f"{one} {count(number, *noun)}")
    return [Line(", ".join(said) + "." + _warning(rows, counted=counted))]


def _warning(rows: Sequence[EventRow], *, counted: bool) -> str:
    """Say it when the execution would prove nothing at a level."""
    if not counted:
        return " An execution that succeeds may write nothing at ERROR and FATAL."
    silent = [one for one in LEVELS if not any(one in row.levels for row in rows if row.number)]
    return f" At {' and '.join(silent)} this execution proves nothing." if silent else ""


def _mark(row: EventRow, level: str) -> str:
    if level in row.unknown:
        return "unknown"
    return "yes" if level in row.levels else "-"
