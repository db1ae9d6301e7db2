"""The part of Config's query language that inventories of one resource type use (F§6).

`SELECT field, field.path WHERE path = 'value' AND ...`; no FROM, no functions, no other
operators, each refused as Config refuses what it cannot parse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>.+?)(?:\s+WHERE\s+(?P<where>.+?))?\s*;?\s*", re.IGNORECASE | re.DOTALL
)
_FIELD = re.compile(r"\*|[A-Za-z_][\w.]*")
_CONDITION = re.compile(
    r"\s*([A-Za-z_][\w.]*)\s*=\s*('(?:[^']|'')*'|true|false|\d+)\s*", re.IGNORECASE
)
_AND = re.compile(r"AND\b", re.IGNORECASE)
MAX_EXPRESSION = 4096


@dataclass(frozen=True)
class Query:
    """A parsed query: the fields to return and the equalities that must hold."""

    fields: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...]

    def matches(self, item: Mapping[str, Any]) -> bool:
        """Whether the item meets every equality; a list meets one if any element does."""
        return all(wanted in map(_text, _walk(item, path)) for path, wanted in self.conditions)

    def select(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The asked fields, nested as in the item; `*` is the top-level scalars only."""
        chosen: dict[str, Any] = {}
        for path in self.fields:
            if path == "*":
                chosen.update({k: v for k, v in item.items() if not isinstance(v, dict | list)})
            else:
                _copy(item, path.split("."), chosen)
        return chosen


def parse(expression: str) -> Query:
    """The query an expression stands for; ValueError says what it cannot be."""
    if len(expression) > MAX_EXPRESSION:
        raise ValueError(f"the expression is longer than {MAX_EXPRESSION} characters")
    found = _QUERY.fullmatch(expression)
    if found is None or re.search(r"\b(FROM|AS|DISTINCT|JOIN)\b", found["fields"], re.IGNORECASE):
        raise ValueError("write SELECT fields WHERE conditions, without FROM, AS, DISTINCT or JOIN")
    fields = tuple(field.strip() for field in found["fields"].split(","))
    for field in fields:
        if not _FIELD.fullmatch(field):
            raise ValueError(f"cannot select {field!r}: name a property path")
    return Query(fields, tuple(_conditions(found["where"] or "")))


def _conditions(text: str) -> list[tuple[str, str]]:
    conditions: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        if conditions:
            joined = _AND.match(text, position)
            if joined is None:
                raise ValueError(f"expected AND at {text[position:][:40]!r}")
            position = joined.end()
        found = _CONDITION.match(text, position)
        if found is None:
            raise ValueError(f"only path = 'value' can be compared, not {text[position:][:40]!r}")
        value = found[2]
        quoted = value.startswith("'")
        conditions.append((found[1], value[1:-1].replace("''", "'") if quoted else value.lower()))
        position = found.end()
    return conditions


def _walk(item: Any, path: str) -> list[Any]:
    found = [item]
    for step in path.split("."):
        found = [part[step] for part in found if isinstance(part, Mapping) and step in part]
        found = [one for part in found for one in (part if isinstance(part, list) else [part])]
    return found


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _copy(item: Any, path: list[str], into: dict[str, Any]) -> None:
    step, rest = path[0], path[1:]
    if not isinstance(item, Mapping) or step not in item:
        return
    if not rest:
        into[step] = item[step]
    elif isinstance(item[step], list):
        into[step] = [_narrow(one, rest) for one in item[step]]
    else:
        _copy(item[step], rest, into.setdefault(step, {}))


def _narrow(item: Any, path: list[str]) -> dict[str, Any]:
    narrowed: dict[str, Any] = {}
    _copy(item, path, narrowed)
    return narrowed
