"""A scan written as it goes: its rows as they come, its sums at the end.

So the first row is there at once, and a million rows need no more memory than one.
"""

from __future__ import annotations

import json
from typing import Protocol

from hubmend.core.resource import Resource, Scan, Tally
from hubmend.report.documents import resource_document, scan_ending, scan_opening
from hubmend.report.spreadsheet import scan_header, scan_line


class Stream(Protocol):
    """Text that grows; of the scan all but its rows is used."""

    def begin(self, scan: Scan) -> str:
        """Return what comes before the rows."""
        ...

    def row(self, scan: Scan, row: Resource) -> str:
        """Return one row."""
        ...

    def end(self, scan: Scan, tally: Tally) -> str:
        """Return what comes after the rows."""
        ...


class JsonStream:
    """One JSON document, hubmend/scan/1, a row a line; `scan_document` has the same keys."""

    def __init__(self) -> None:
        self._rows = 0

    def begin(self, scan: Scan) -> str:
        """Return the document up to its first row."""
        opening = _text(scan_opening(scan))
        return f'{opening[:-2]},\n  "resources": ['

    def row(self, scan: Scan, row: Resource) -> str:
        """Return one row, with what parts it from the one before."""
        del scan
        self._rows += 1
        line = json.dumps(resource_document(row), ensure_ascii=False)
        return f"{',' if self._rows > 1 else ''}\n    {line}"

    def end(self, scan: Scan, tally: Tally) -> str:
        """Return the rest of the document."""
        close = "\n  ]" if self._rows else "]"
        return f"{close},{_text(scan_ending(scan, tally))[1:]}\n"


class CsvStream:
    """One line a machine, under a header."""

    def begin(self, scan: Scan) -> str:
        """Return the header."""
        del scan
        return scan_header()

    def row(self, scan: Scan, row: Resource) -> str:
        """Return one line."""
        return scan_line(scan, row)

    def end(self, scan: Scan, tally: Tally) -> str:
        """Return nothing: a sheet holds rows alone."""
        del scan, tally
        return ""


def _text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
