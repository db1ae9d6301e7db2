"""Where a key of a TOML file stands: the standard library reads TOML but tells no lines.

The file is cut into statements (a header, or a key with its value over however many lines) by
asking the parser itself which lines belong together, so that strings, comments and multi-line
arrays need no second grammar here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

Path = tuple[str | int, ...]

# What a value over several lines may end with: spares the parser the lines between.
_CLOSING = ("]", "}", '"""', "'''")


class Lines:
    """The lines of a TOML text that parses; looked up once, when first asked."""

    def __init__(self, text: str) -> None:
        self._text = text

    def of(self, path: Path) -> int:
        """Return the line, from 1, where a path begins, or the nearest table around it; else 1."""
        around = (path[:length] for length in range(len(path), 0, -1))
        return next((self._found[one] for one in around if one in self._found), 1)

    @cached_property
    def _found(self) -> dict[Path, int]:
        found: dict[Path, int] = {}
        for line, path in _paths(self._text):
            found.setdefault(path, line)
        return found


def _paths(text: str) -> Iterator[tuple[int, Path]]:
    """Yield every path that a statement mentions, with the line the statement begins on."""
    table: Path = ()
    arrays: dict[Path, int] = {}
    for line, statement, read in _statements(text):
        if statement.startswith("["):
            table = _header(read, arrays)
            yield line, table[:-1] if isinstance(table[-1], int) else table
            yield line, table
        else:
            for one in _inside(read):
                yield line, (*table, *one)


def _statements(text: str) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    """Yield each statement with its first line and what it reads as by itself."""
    begin, chunk = 0, ""
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        begin, chunk = (begin, f"{chunk}\n{line}") if chunk else (number, line)
        if begin < number and not any(mark in line for mark in _CLOSING):
            continue
        try:
            read = tomllib.loads(chunk)
        except tomllib.TOMLDecodeError:
            continue  # the value goes on
        if read:
            yield begin, chunk.lstrip(), read
        chunk = ""


def _header(read: Mapping[str, Any], arrays: dict[Path, int]) -> Path:
    """Return the path of a table's header; one in an array is numbered, as are those below."""
    path: Path = ()
    value: Any = read
    while value:
        (key,) = value
        path, value = (*path, key), value[key]
        if isinstance(value, list):
            arrays[path] = arrays.get(path, -1) + 1
            value = None
        if path in arrays:
            path = (*path, arrays[path])
    return path


def _inside(value: Any) -> Iterator[Path]:
    pairs: Any = ()
    if isinstance(value, Mapping):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield (key,)
        for rest in _inside(inner):
            yield (key, *rest)
