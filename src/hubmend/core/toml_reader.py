"""Typed values out of a TOML table; what is wrong is a UsageError with its file, line and key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubmend.core.errors import UsageError
from hubmend.core.toml_lines import Lines, Path


class Reader:
    """Takes typed values out of one TOML table and knows the line of a key for the message."""

    def __init__(self, name: str, lines: Lines, table: Path = ()) -> None:
        self.name, self.lines, self.path = name, lines, table

    def at(self, *keys: str | int) -> Reader:
        """Return the reader of a table inside this one."""
        return Reader(self.name, self.lines, (*self.path, *keys))

    def line(self, *keys: str) -> int:
        """Return the line of a key, or of the table that lacks it."""
        return self.lines.of((*self.path, *keys))

    def fault(self, key: str, problem: str) -> UsageError:
        """Return the error about a key."""
        return UsageError(f"{self.name}, line {self.line(key)}: {key} {problem}")

    def only(self, data: Mapping[str, Any], known: set[str], where: str) -> None:
        """Refuse keys that are not known; `where` is the table, for the message."""
        for key in data:
            if key not in known:
                place = f" in {where}" if where else ""
                raise self.fault(key, f"is not known{place}; known: {', '.join(sorted(known))}")

    def table(self, data: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Return a table, empty where there is none."""
        value = data.get(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, "must be a table")
        return value

    def value(self, data: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
        """Return a value of exactly this type, or the default."""
        if key not in data:
            return default
        if type(data[key]) is not kind:
            raise self.fault(key, f"must be a {kind.__name__}, not {data[key]!r}")
        return data[key]

    def choice(
        self, data: Mapping[str, Any], key: str, options: tuple[Any, ...], default: Any
    ) -> Any:
        """Return one of the options, or the default."""
        value = data.get(key, default)
        # By type, too: true is 1 to Python, and 365.0 is 365.
        fine = any(type(value) is type(one) and value == one for one in options)
        if key in data and not fine:
            raise self.fault(key, f"is {value!r}; choose from {', '.join(map(str, options))}")
        return value
