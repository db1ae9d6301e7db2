"""Lines and aligned columns that suit a terminal and a pipe alike.

Rich's own table cuts or folds words when the console is narrow and pads every line to the right.
Here a terminal wraps the last column under itself; a pipe gets one row per line, whole, so that
grep and diff work. Colour is left to the console: without one there are no codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from hubmend.report.wording import visible

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType

_STYLES = {
    "PASSED": "green", "passed": "green", "done": "green", "proved": "green",
    "FAILED": "red", "failed": "red", "missing": "red", "stale": "red", "expired": "red",
    "UNKNOWN": "yellow", "pending": "yellow", "interrupted": "yellow", "kept": "yellow",
    "not-provable": "yellow", "suppressed": "yellow", "rolled-back": "yellow",
    "refused": "yellow",
}  # fmt: skip
_LEAST = 16  # a last column narrower than this goes under the others
_COMFORT = 30  # one narrower than this makes grouping columns turn into headings


def word(verdict: str) -> Text:
    """Return a verdict or status in its colour."""
    return Text(verdict, _STYLES.get(verdict, ""))


def quiet(text: str) -> Text:
    """Return text that steps back."""
    return Text(visible(text, one_line=True), "dim")


def strong(text: str) -> Text:
    """Return a heading."""
    return Text(visible(text, one_line=True), "bold")


Cell = str | Text
Row = Sequence[Cell]


class Line:
    """Parts in one line, wrapped under `indent` in a terminal and never in a pipe."""

    def __init__(self, *parts: Cell, indent: int = 0, hang: int = 0) -> None:
        self._text = Text().join(as_text(part) for part in parts)
        self._indent, self._hang = indent, indent + hang

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Yield the line's segments."""
        room = options.max_width - self._hang if console.is_terminal else None
        for number, line in enumerate(_wrapped(console, self._text, room)):
            lead = self._hang if number else self._indent
            yield from _emit(console, Text(" " * lead) + line)


class Columns:
    """Rows in aligned columns with a gap of two; the last column takes what is left.

    The first `group` columns become headings over their rows where a terminal is too narrow.
    """

    def __init__(
        self, rows: Sequence[Row], header: Row = (), *, indent: int = 0, group: int = 0
    ) -> None:
        self._rows = [[as_text(cell) for cell in row] for row in rows]
        self._header = [[quiet(str(cell)) for cell in header]] if header else []
        self._indent, self._group = indent, group

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """Yield the segments of all rows."""
        if not self._rows:
            return
        room = options.max_width if console.is_terminal else None
        whole = _Grid([*self._header, *self._rows], self._indent, room)
        if not self._group or whole.comfortable:
            for row in (*self._header, *self._rows):
                yield from whole.row(console, row)
            return
        narrow = [row[self._group :] for row in (*self._header, *self._rows)]
        grid = _Grid(narrow, self._indent + 2, room)
        for head in self._header:
            yield from grid.row(console, head[self._group :])
        yield from self._grouped(console, grid)

    def _grouped(self, console: Console, grid: _Grid) -> Iterator[Segment]:
        for _, rows in groupby(self._rows, key=lambda row: [c.plain for c in row[: self._group]]):
            members = list(rows)
            heading = Text("  ").join(members[0][: self._group])
            yield from _emit(console, Text(" " * self._indent) + heading)
            for row in members:
                yield from grid.row(console, row[self._group :])


class _Grid:
    """Column widths for a set of rows, in a terminal `room` wide (None: a pipe)."""

    def __init__(self, rows: Sequence[Sequence[Text]], indent: int, room: int | None) -> None:
        self._widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
        self._indent = indent
        self._start = indent + sum(width + 2 for width in self._widths[:-1])
        left = None if room is None else room - self._start
        self.comfortable = left is None or self._widths[-1] <= left or left >= _COMFORT
        beside = self.comfortable or (left is not None and left >= _LEAST)
        self._hang = self._start if beside else indent + 4
        self._last_room = None if room is None else room - self._hang

    def row(self, console: Console, cells: Sequence[Text]) -> Iterator[Segment]:
        """Yield one row; a last cell without room beside the others goes under them."""
        lead = Text(" " * self._indent)
        for cell, width in zip(cells, self._widths[:-1], strict=False):
            lead.append_text(cell).append(" " * (width - _width(cell) + 2))
        if self._hang != self._start:
            yield from _emit(console, lead)
            lead = Text(" " * self._hang)
        for number, line in enumerate(_wrapped(console, cells[-1], self._last_room)):
            yield from _emit(console, (Text(" " * self._hang) if number else lead) + line)


def show(console: Console, renderable: RenderableType) -> None:
    """Print without cutting lines: rich crops at the console's width, also in a pipe."""
    console.print(renderable, crop=False)


def _width(cell: Text) -> int:
    return cell_len(cell.plain)


def as_text(cell: Cell) -> Text:
    """Return a cell as text: plain strings lose what could move the cursor."""
    return cell if isinstance(cell, Text) else Text(visible(cell, one_line=True))


def _wrapped(console: Console, text: Text, room: int | None) -> list[Text]:
    if room is None or cell_len(text.plain) <= room:
        return [text]
    return list(text.wrap(console, max(room, 8), overflow="fold"))


def _emit(console: Console, text: Text) -> Iterator[Segment]:
    text.rstrip()
    plain = Style.null()
    for segment in text.render(console):
        yield Segment(segment.text, segment.style or plain)
    yield Segment.line()
