"""Pages of a list with opaque tokens, for both simulated services."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def cut(rows: Sequence[T], token: str | None, size: int, bound: str) -> tuple[list[T], str | None]:
    """The page that `token` asks for and the token of the next one, None at the end.

    `bound` is what the token belongs to (operation and arguments); a token made for something
    else, or made up, raises ValueError.
    """
    seal = hashlib.sha256(bound.encode()).hexdigest()
    start = _offset(token, seal) if token else 0
    following = start + size
    if following >= len(rows):
        return list(rows[start:]), None
    return list(rows[start:following]), _token(following, seal)


def _token(offset: int, seal: str) -> str:
    return base64.urlsafe_b64encode(f"{offset}|{seal}".encode()).decode()


def _offset(token: str, seal: str) -> int:
    try:
        start, _, made_for = base64.urlsafe_b64decode(token).decode().partition("|")
        offset = int(start)
    except (binascii.Error, ValueError):
        made_for = ""
    if made_for != seal:
        raise ValueError("NextToken is not one that this request returned")
    return offset
