"""How the fake AWS refuses and pages, in AWS's own codes and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hubmend.core.errors import AwsError, ErrorKind

Params = Mapping[str, Any]
Answer = dict[str, Any]

ROLE_REFUSED = "The state machine IAM Role is not authorized to access the Log Destination"


def refusal(kind: ErrorKind, code: str, reason: str, operation: str) -> AwsError:
    return AwsError(kind, code, reason, operation)


def page(items: Sequence[Any], size: int | None, token: str | None) -> tuple[list[Any], str | None]:
    """Return one page of items and the token of the next, None after the last."""
    start = int(token or 0)
    end = len(items) if size is None else start + size
    return list(items[start:end]), str(end) if end < len(items) else None


def with_token(answer: Answer, name: str, token: str | None) -> Answer:
    return {**answer, name: token} if token else answer
