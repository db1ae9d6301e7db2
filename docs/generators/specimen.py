"""A made-up value of any of core's types, so that a document is shown rather than described."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def specimen(kind: Any, name: str = "", *, bare: bool = False) -> Any:
    """Return a value of a type: text is its field's name in angle brackets, lists hold one item.

    A bare specimen has None wherever the type allows it.
    """
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return None if bare else specimen(_something(kind), name)
    if origin is tuple:
        return (specimen(typing.get_args(kind)[0], name, bare=bare),)
    if origin is not None and issubclass(origin, Mapping):
        return {"<key>": specimen(typing.get_args(kind)[1], "value", bare=bare)}
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        made = {one.name: specimen(hints[one.name], one.name, bare=bare) for one in fields(kind)}
        return typing.cast("type[Any]", kind)(**made)
    return _scalar(kind, name)


def _something(kind: Any) -> Any:
    """Return the first member of a union that is not None."""
    return next(one for one in typing.get_args(kind) if one is not type(None))


def _scalar(kind: Any, name: str) -> Any:
    if kind in (str, Any):
        return f"<{name}>"
    if issubclass(kind, Enum):
        return next(iter(kind))
    if kind is datetime:
        return AT
    return AT.date() if kind is date else kind()
