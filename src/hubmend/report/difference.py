"""The difference one change makes, as - and + lines.

A change whose undo is the same operation replaces a value: the undo carries exactly what was
there before, so its parameters are the "before". A change undone by a deletion adds; a deletion
removes. That holds for every control, so nothing here knows one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.core.call import Call, Change
from hubmend.core.reference import filled

_DELETING = ("Delete", "BatchDelete")


@dataclass(frozen=True)
class Line:
    """One line of a difference: `sign` is "+", "-" or " "."""

    sign: str
    text: str


@dataclass(frozen=True)
class Document:
    """A JSON document among the parameters (an IAM policy), to be shown pretty-printed."""

    name: str
    text: str


def sign_of(change: Change) -> str:
    """Return "+" for what is added, "-" for what is removed, "~" for what is changed."""
    if change.call.operation.startswith(_DELETING):
        return "-"
    undone_by_deletion = change.undo is not None and change.undo.operation.startswith(_DELETING)
    added = change.call.operation.startswith(("Create", "Publish"))
    return "+" if added or undone_by_deletion else "~"


def difference(change: Change) -> tuple[Line, ...]:
    """Return what the change replaces, adds or removes, one parameter a line."""
    after = dict(_flat(_plain(change.call)))
    if change.undo is None or change.undo.operation != change.call.operation:
        sign = "-" if sign_of(change) == "-" else "+"
        return tuple(Line(sign, f"{key}: {value}") for key, value in after.items())
    before = dict(_flat(_plain(change.undo)))
    touched = {_top(k) for k in {*before, *after} if before.get(k) != after.get(k)}
    lines: list[Line] = []
    for key in dict.fromkeys((*before, *after)):
        if _top(key) in touched:
            lines.extend(_pair(key, before, after))
    return tuple(lines)


def documents(call: Call) -> tuple[Document, ...]:
    """Return the JSON documents among a call's parameters."""
    found = ((key, _parsed(value)) for key, value in call.params.items())
    return tuple(
        Document(key, json.dumps(value, indent=2, ensure_ascii=False))
        for key, value in found
        if value is not None
    )


def call_lines(call: Call) -> tuple[str, ...]:
    """Return a call's parameters, one a line, documents left out."""
    return tuple(f"{key}: {value}" for key, value in _flat(_plain(call)))


def _pair(key: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Line]:
    if before.get(key) == after.get(key):
        yield Line(" ", f"{key}: {after[key]}")
        return
    if key in before:
        yield Line("-", f"{key}: {before[key]}")
    if key in after:
        yield Line("+", f"{key}: {after[key]}")


def _plain(call: Call) -> dict[str, Any]:
    """Return a call's parameters but for documents, with a word for what is not known yet."""
    params = filled(call, str).params
    return {key: value for key, value in params.items() if _parsed(value) is None}


def _top(key: str) -> str:
    return key.partition(".")[0].partition("[")[0]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple) and value:
        for position, item in enumerate(value):
            yield from _flat(item, f"{path}[{position}]")
    else:
        yield path, value if isinstance(value, str) else json.dumps(value, default=str)


def _parsed(value: Any) -> Any:
    """Return the JSON object a text holds, None when it is no such text."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return None
    try:
        data = json.loads(value)
    except (json.JSONDecodeError, RecursionError):
        return None
    return data if isinstance(data, dict) else None
