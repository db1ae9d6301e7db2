"""Reading logs as on AWS: due records appear first, patterns filter, pages can be empty.

moto answers every event for patterns on JSON fields and ignores stream prefixes, so
FilterLogEvents is answered here; for other reads the due records are only moved into place.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.wire import Request, Response, error_answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from hubmend.sandbox.delivery import Deliveries

    Matcher = Callable[[str], bool]

PAGE = 10_000
EQUALITY = re.compile(r'\$\.([\w.]+)\s*(!?=)\s*(?:"([^"]*)"|([^\s&|()}]+))')
FIRST_PAGE_SEARCHED = "searched@0"


class LogsSimulation:
    """CloudWatch Logs in front of moto's: delivery becomes visible, FilterLogEvents filters."""

    services = frozenset({"logs"})

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    def handle(self, request: Request) -> Response | None:
        """Let due records in, then answer FilterLogEvents; all else is moto's."""
        self._deliveries.flush()
        if request.operation == "FilterLogEvents":
            return _filter_log_events(request, request.json())
        return None


def _filter_log_events(request: Request, params: dict[str, Any]) -> Response:
    """Answer one page; a group with several streams starts with an empty one (F§4.3)."""
    from moto.logs.models import logs_backends  # noqa: PLC0415 - moto is slow to import

    name = params.get("logGroupName") or _group_name(params.get("logGroupIdentifier", ""))
    group = logs_backends[request.account][request.region].groups.get(name)
    if group is None:
        message = "The specified log group does not exist."
        return error_answer("logs", "ResourceNotFoundException", message)
    token = params.get("nextToken")
    if token is None and len(group.streams) > 1:
        return json_answer({"events": [], "searchedLogStreams": [], "nextToken": "searched@0"})
    try:
        matches = pattern(params.get("filterPattern", ""))
        start = int((token or FIRST_PAGE_SEARCHED).removeprefix("searched@"))
    except ValueError as error:
        return error_answer("logs", "InvalidParameterException", str(error))
    events = _events(group, params, matches)
    end = start + min(params.get("limit") or PAGE, PAGE)
    answer: dict[str, Any] = {"events": events[start:end], "searchedLogStreams": []}
    if end < len(events):
        answer["nextToken"] = f"searched@{end}"
    return json_answer(answer)


def _group_name(identifier: str) -> str:
    return identifier.removesuffix(":*").rpartition(":log-group:")[2]


def _events(group: Any, params: dict[str, Any], matches: Matcher) -> list[dict[str, Any]]:
    names = params.get("logStreamNames")
    prefix = params.get("logStreamNamePrefix", "")
    first, last = params.get("startTime", 0), params.get("endTime", 2**63)
    found = [
        {**event.to_filter_dict(), "logStreamName": name}
        for name, stream in list(group.streams.items())
        if (not names or name in names) and name.startswith(prefix)
        for event in list(stream.events)
        if first <= event.timestamp <= last and matches(event.message)
    ]
    return sorted(found, key=lambda event: event["timestamp"])


def pattern(text: str) -> Matcher:
    """Return a matcher for a filter pattern: none, terms, "phrases", or `{ $.field = "value" }`.

    Conditions on fields are joined by && only; anything else raises ValueError, rather than
    matching everything as moto does.
    """
    stripped = text.strip()
    if stripped.startswith("{"):
        return _json_pattern(stripped)
    terms = [phrase or word for phrase, word in re.findall(r'"([^"]*)"|(\S+)', stripped)]
    return lambda message: all(term in message for term in terms)


def _json_pattern(text: str) -> Matcher:
    conditions = [part.strip(" {}()") for part in text.split("&&")]
    parsed = [EQUALITY.fullmatch(condition) for condition in conditions]
    tests = [
        (found[1].split("."), found[2], found[3] if found[3] is not None else found[4])
        for found in parsed
        if found is not None
    ]
    if len(tests) < len(conditions):
        raise ValueError(f"Invalid filter pattern: the sandbox knows only equalities, not {text}")

    def matches(message: str) -> bool:
        try:
            record = json.loads(message)
        except ValueError:
            return False
        return all(_holds(record, path, sign, value) for path, sign, value in tests)

    return matches


def _holds(record: Any, path: list[str], sign: str, value: str) -> bool:
    for name in path:
        if not isinstance(record, dict) or name not in record:
            return False
        record = record[name]
    expected = re.escape(value).replace(r"\*", ".*")
    return (re.fullmatch(expected, str(record), re.DOTALL) is not None) == (sign == "=")
