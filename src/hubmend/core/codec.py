"""JSON in and out of frozen dataclasses, and the fingerprint over it.

One codec for plans, evidence and scans, so that what is stored reloads to an equal value and a
damaged document is refused with the path of the fault rather than a traceback.
"""

from __future__ import annotations

import hashlib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
_PLAIN = (str, bool, int, float, type(None))  # exactly these: an enum may be a str, too


class DecodeError(ValueError):
    """A document does not have the shape of its schema; the message names the path."""


def encode(value: Any) -> Any:
    """Turn dataclasses, datetimes, enums and tuples into plain JSON values."""
    kind: type = type(value)
    if kind in _PLAIN:
        return value
    names = _field_names(kind)
    if names is not None:
        return {name: encode(getattr(value, name)) for name in names}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [encode(item) for item in value]
    return value


@cache
def _field_names(kind: type) -> tuple[str, ...] | None:
    """Return the fields of a dataclass, None of any other type."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def canonical(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no white space, ASCII."""
    return json.dumps(
        encode(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def fingerprint(value: Any) -> str:
    """Return sha256:HEX over the canonical JSON of a value."""
    return "sha256:" + hashlib.sha256(canonical(value).encode()).hexdigest()


def decode(kind: type[T], data: Any, path: str = "$") -> T:
    """Build a value of `kind` from plain JSON; raise DecodeError naming the path of a fault."""
    return typing.cast("T", _decode(kind, data, path))


def _decode(kind: Any, data: Any, path: str) -> Any:
    if kind is Any:
        return data
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(kind), data, path)
    if origin is tuple:
        _expect(isinstance(data, list), path, "a list", data)
        (item, _) = typing.get_args(kind)
        return tuple(_decode(item, one, f"{path}[{i}]") for i, one in enumerate(data))
    if origin is not None and issubclass(origin, Mapping):
        _expect(isinstance(data, dict), path, "an object", data)
        (_, item) = typing.get_args(kind)
        return {key: _decode(item, one, f"{path}.{key}") for key, one in data.items()}
    if is_dataclass(kind):
        return _record(typing.cast("type", kind), data, path)
    return _scalar(kind, data, path)


def _scalar(kind: Any, data: Any, path: str) -> Any:
    if issubclass(kind, datetime | date):
        _expect(isinstance(data, str), path, "a date", data)
        try:
            return _moment(kind.fromisoformat(data))
        except (ValueError, OverflowError) as error:
            raise DecodeError(f"{path}: {error}") from None
    if issubclass(kind, Enum):
        try:
            return kind(data)
        except ValueError as error:
            raise DecodeError(f"{path}: {error}") from None
    exact = type(data) is kind or (kind is float and type(data) is int)
    _expect(exact, path, f"a {kind.__name__}", data)
    return data


def _moment(value: date) -> date:
    """Return a moment in UTC; one without a zone is no moment."""
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return value.astimezone(UTC)


def _union(kinds: tuple[Any, ...], data: Any, path: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    (kind,) = (one for one in kinds if one is not type(None))
    return _decode(kind, data, path)


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _record(kind: type, data: Any, path: str) -> Any:
    _expect(isinstance(data, dict), path, "an object", data)
    known = {field.name: field for field in fields(kind)}
    unknown = sorted(set(data) - set(known))
    if unknown:
        raise DecodeError(f"{path}: unknown key {unknown[0]!r}")
    values = {}
    for name, field in known.items():
        if name in data:
            values[name] = _decode(_hints(kind)[name], data[name], f"{path}.{name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise DecodeError(f"{path}: missing key {name!r}")
    return kind(**values)


def _expect(holds: bool, path: str, wanted: str, data: Any) -> None:
    if not holds:
        raise DecodeError(f"{path}: expected {wanted}, found {type(data).__name__}")
