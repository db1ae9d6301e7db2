"""Documents in rows: a damaged one is a StoreError that names the row, never a traceback."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from hubmend.core.codec import DecodeError, decode
from hubmend.core.errors import StoreError

T = TypeVar("T")


def parse(text: str, what: str) -> Any:
    """Return the JSON value of a column; `what` names the row in the StoreError."""
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise damaged(what, "it is not JSON") from None


def build(kind: type[T], data: Any, what: str) -> T:
    """Return the value of a document, or raise StoreError naming the row and the path."""
    try:
        return decode(kind, data)
    except DecodeError as error:
        raise damaged(what, str(error)) from None


def damaged(what: str, why: str) -> StoreError:
    """Return the error for a row that does not hold what hubmend wrote."""
    return StoreError(
        f"{what} is damaged in the store: {why}. It was changed from outside hubmend, or the disk "
        "failed; restore the store from a backup, or start a new one with --store"
    )
