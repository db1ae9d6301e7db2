"""Where additions go in a file, and how it is laid out there."""

from __future__ import annotations

import re

from hubmend.iac.cdk.program import Record
from hubmend.iac.cdk.writing import Layout
from hubmend.iac.source import Edit

_REST = re.compile(r"[ \t]*(?:(?://|#)[^\r\n]*|/\*[^\r\n]*?\*/[ \t]*)*(?=\r|\n|\Z)")
_INDENT = re.compile(r"(?:(?<=\n)|(?<=\r)|\A)(?: {2,8}|\t)(?=[^\s*#/])")
_UNIT = {True: 4, False: 2}  # by whether it is Python


def layout(text: str, quote: str, *, python: bool) -> Layout:
    """Return how a file is laid out: its first line ending, its smallest indentation."""
    units = sorted(_INDENT.findall(text), key=len)
    unit = units[0] if units else " " * _UNIT[python]
    return Layout(newline(text), unit, quote)


def newline(text: str) -> str:
    """Return a file's first line ending."""
    ending = re.search(r"\r\n|\n|\r", text)
    return ending[0] if ending else "\n"


def indent(text: str, offset: int) -> str:
    """Return the white space that the line of an offset begins with."""
    found = re.match(r"[ \t]*", text[_line(text, offset) :])
    return found[0] if found else ""


def begins(text: str, offset: int) -> bool:
    """Whether only white space stands before an offset on its line."""
    return not text[_line(text, offset) : offset].strip(" \t\ufeff")


def rest(text: str, offset: int) -> int | None:
    """Return the end of the line of an offset, None when more than a comment stands before it."""
    found = _REST.match(text, offset)
    return found.end() if found else None


def _line(text: str, offset: int) -> int:
    return max(text.rfind("\n", 0, offset), text.rfind("\r", 0, offset)) + 1


def entry(path: str, text: str, record: Record, written: str, ending: str) -> list[Edit]:
    """Return the edits that add an entry after a record's last, on its own line if that one is."""
    if record.last is None:
        return [Edit(path, record.start, f" {written} ")]
    start, end = record.last
    comma = "," if record.comma is not None else ""
    edits = [] if comma else [Edit(path, end, ",")]
    after = end if record.comma is None else record.comma
    if not begins(text, start):
        return [*edits, Edit(path, after, f" {written}{comma}")]
    line = rest(text, after)
    where = after if line is None else line
    return [*edits, Edit(path, where, f"{ending}{indent(text, start)}{written}{comma}")]


def below(path: str, text: str, span: tuple[int, int], lines: list[str], ending: str) -> Edit:
    """Return the edit that adds lines below a statement, indented as it is."""
    start, end = span
    line = rest(text, end)
    added = "".join(f"{ending}{indent(text, start)}{one}" for one in lines)
    return Edit(path, end if line is None else line, added)
