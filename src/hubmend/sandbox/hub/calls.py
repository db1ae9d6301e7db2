"""A rest-json request of Security Hub taken apart into one dictionary of arguments.

The places of path and query parameters come from botocore's service model, so operations read
`call["MaxResults"]` and never look at URLs.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote

import botocore.session

from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.paging import cut
from hubmend.sandbox.wire import Request

_PLACEHOLDER = re.compile(r"\{(\w+)(\+?)\}")
T = TypeVar("T")


@dataclass(frozen=True)
class Call:
    """One operation called by an account in a Region, with its arguments."""

    account: str
    region: str
    operation: str
    arguments: Mapping[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        """An optional argument."""
        return self.arguments.get(name, default)

    def __getitem__(self, name: str) -> Any:
        """A required argument; InvalidInputException where it is missing or empty."""
        value = self.arguments.get(name)
        if value in (None, ""):
            raise HubError.invalid(f"{self.operation} needs {name}")
        return value


def decode(request: Request) -> Call:
    """The call a request stands for; InvalidInputException for a body that is not JSON."""
    operation = str(request.operation)
    model = _model().operation_model(operation)
    shape = model.input_shape
    members = shape.members if shape else {}
    try:
        arguments = request.json()
    except (ValueError, TypeError) as error:
        raise HubError.invalid(f"the body is not a JSON object: {error}") from error
    uri = model.http["requestUri"].partition("?")[0]
    found = re.fullmatch(_PLACEHOLDER.sub(_group, uri), unquote(request.path).rstrip("/") or "/")
    placed = {name: unquote(value) for name, value in (found.groupdict() if found else {}).items()}
    query = parse_qs(request.query)
    for name, member in members.items():
        wire_name = member.serialization.get("name", name)
        if wire_name in placed:
            arguments[name] = placed[wire_name]
        elif member.serialization.get("location") == "querystring" and wire_name in query:
            arguments[name] = _typed(member.type_name, query[wire_name])
    return Call(request.account, request.region, operation, arguments)


def page(call: Call, rows: Sequence[T], *, default: int = 100) -> tuple[list[T], dict[str, str]]:
    """One page of rows and `{"NextToken": ...}` if more follow.

    A token is bound to the arguments it was made for; another one is InvalidInputException.
    """
    size = call.get("MaxResults", default)
    if not isinstance(size, int) or not 1 <= size <= default:
        raise HubError.invalid(f"MaxResults is {size!r}, from 1 to {default}")
    rest = {k: v for k, v in call.arguments.items() if k not in {"NextToken", "MaxResults"}}
    bound = f"{call.operation}:{json.dumps(rest, sort_keys=True)}"
    try:
        shown, token = cut(rows, call.get("NextToken"), size, bound)
    except ValueError as error:
        raise HubError.invalid(str(error)) from error
    return shown, {"NextToken": token} if token else {}


def _group(placeholder: re.Match[str]) -> str:
    return f"(?P<{placeholder[1]}>{'.+' if placeholder[2] else '[^/]+'})"


def _typed(kind: str, found: list[str]) -> Any:
    if kind == "list":
        return found
    if kind == "boolean":
        return found[0].lower() == "true"
    return int(found[0]) if kind == "integer" and found[0].isdigit() else found[0]


@functools.cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model("securityhub")
