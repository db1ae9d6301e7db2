"""moto's Step Functions objects, as the simulation reads and makes them.

Everything private to moto 5.2.5 that the simulation of Step Functions leans on is named here and
in executions.py only, so that a new moto release has two files to break.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.validation import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

OFF: dict[str, Any] = {"level": "OFF", "includeExecutionData": False}


@dataclass(frozen=True)
class Qualified:
    """A machine as an ARN names it: itself, a version, or a version behind an alias."""

    machine: Any
    snapshot: Any
    version_arn: str | None = None
    alias_arn: str | None = None


def states_backend(account: str, region: str) -> Any:
    """Return moto's executing Step Functions backend of one account and region."""
    from moto.stepfunctions.parser.models import (  # noqa: PLC0415 - two seconds to import
        stepfunctions_parser_backends,
    )

    return stepfunctions_parser_backends[account][region]


def machine_of(backend: Any, arn: str) -> Any:
    """Return the machine of an unqualified ARN; raises StateMachineDoesNotExist."""
    found = next((m for m in backend.state_machines if m.arn == arn), None)
    if found is None:
        raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    return found


def normal_logging(logging: dict[str, Any] | None) -> dict[str, Any]:
    """Return a configuration as DescribeStateMachine shows it; OFF has no destinations (F§3.1)."""
    given = logging or {}
    shown = {**OFF, **{name: value for name, value in given.items() if value not in (None, [])}}
    shown.setdefault("level", "OFF")
    return shown


def definition_errors(backend: Any, definition: str) -> None:
    """Raise InvalidDefinition for a definition moto's parser cannot read."""
    from moto.core.exceptions import AWSError  # noqa: PLC0415 - moto is slow to import

    try:
        json.loads(definition)
        backend._validate_definition(definition)  # noqa: SLF001 - moto has no public check
    except (AWSError, ValueError) as error:
        message = f"Invalid State Machine Definition: '{error}'"
        raise AwsError("InvalidDefinition", message) from error


def epoch(moment: datetime) -> float:
    """Return epoch seconds of a moto timestamp, which may be naive UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp(), 3)


def page(
    items: Sequence[dict[str, Any]], params: dict[str, Any], *, default: int = 100
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return one page of `items` and `{"nextToken": ...}` where more follow."""
    token = params.get("nextToken")
    if token and not token.isdigit():
        raise AwsError("InvalidToken", "Invalid Token: 'Invalid token'")
    start, size = int(token or 0), params.get("maxResults") or default
    end = start + size
    return list(items[start:end]), {"nextToken": str(end)} if end < len(items) else {}
