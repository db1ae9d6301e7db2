"""GetFindings' filters and sort order over ASFF documents (F§2.4).

Values of one attribute: positive comparisons are alternatives, negative ones must all hold;
attributes must all hold. The same matching serves automation rule criteria.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.filter_fields import kinds, values
from hubmend.sandbox.hub.lifecycle import Asff

Filter = Mapping[str, Any]
MAX_ATTRIBUTES, MAX_VALUES = 10, 20
# Criteria of automation rules take more of these (BC:securityhub, AutomationRulesFindingFilters).
MORE_VALUES = {"AwsAccountId": 100, "GeneratorId": 100, "ResourceId": 100, "Title": 100}

_TEXT: dict[str, Callable[[str, str], bool]] = {
    "EQUALS": lambda value, wanted: value == wanted,
    "PREFIX": lambda value, wanted: value.startswith(wanted),
    "CONTAINS": lambda value, wanted: wanted in value,
    "CONTAINS_WORD": lambda value, wanted: wanted.lower() in value.lower().split(),
}
_NEGATIVE = {
    "NOT_EQUALS": "EQUALS",
    "PREFIX_NOT_EQUALS": "PREFIX",
    "NOT_CONTAINS": "CONTAINS",
}


def validate(
    filters: Mapping[str, Sequence[Filter]], more: Mapping[str, int] | None = None
) -> None:
    """Refuse unknown attributes and comparisons, more of them than AWS takes, and ill mixtures.

    `more` says of which attributes more values are taken than of the others.
    """
    if len(filters) > MAX_ATTRIBUTES:
        raise HubError.invalid(f"Filters has {len(filters)} attributes, at most {MAX_ATTRIBUTES}")
    for name, wanted in filters.items():
        if name not in kinds():
            raise HubError.invalid(f"Filters.{name} is not an attribute of AwsSecurityFinding")
        most = (more or {}).get(name, MAX_VALUES)
        if len(wanted) > most:
            raise HubError.invalid(f"Filters.{name} has {len(wanted)} values, at most {most}")
        if kinds()[name] in {"StringFilterList", "MapFilterList"}:
            _validate_comparisons(name, [one.get("Comparison") for one in wanted])


def _validate_comparisons(name: str, found: Sequence[Any]) -> None:
    """Refuse what the attribute does not know, and EQUALS beside its contraries (StringFilter)."""
    known = {*_TEXT, *_NEGATIVE}
    if kinds()[name] == "MapFilterList":
        known -= {"PREFIX", "PREFIX_NOT_EQUALS", "CONTAINS_WORD"}
    for one in found:
        if one not in known:
            raise HubError.invalid(
                f"Filters.{name}.Comparison is {one!r}; use one of {', '.join(sorted(known))}"
            )
    contrary = {"NOT_EQUALS", "PREFIX_NOT_EQUALS"}.intersection(found)
    if "EQUALS" in found and contrary:
        raise HubError.invalid(f"Filters.{name} has both EQUALS and {min(contrary)}")


def matches(filters: Mapping[str, Sequence[Filter]], finding: Asff, now: datetime) -> bool:
    """Whether the finding meets every attribute; `now` is what date ranges count back from."""
    return all(_meets(name, wanted, finding, now) for name, wanted in filters.items() if wanted)


def ordered(findings: list[Asff], criteria: Sequence[Mapping[str, str]]) -> list[Asff]:
    """The findings sorted by SortCriteria, the first one outermost; stable otherwise."""
    result = list(findings)
    for criterion in reversed(criteria):
        field = criterion.get("Field", "")
        if field not in kinds():
            raise HubError.invalid(f"SortCriteria.Field {field!r} is not a finding attribute")
        result.sort(
            key=lambda finding, field=field: _sortable(values(field, finding)),  # type: ignore[misc]
            reverse=criterion.get("SortOrder", "asc") == "desc",
        )
    return result


def _sortable(found: Sequence[Any]) -> tuple[float, str]:
    first = found[0] if found else ""
    return (float(first), "") if isinstance(first, int | float) else (0.0, str(first))


def _meets(name: str, wanted: Sequence[Filter], finding: Asff, now: datetime) -> bool:
    kind = kinds()[name]
    if kind == "KeywordFilterList":
        text = json.dumps(finding)
        return any(one["Value"] in text for one in wanted)
    found = values(name, finding)
    if kind == "StringFilterList":
        return _compared(wanted, [str(value) for value in found])
    if kind == "MapFilterList":
        return _mapped(wanted, found)
    tests: dict[str, Callable[[Filter, Any], bool]] = {
        "DateFilterList": lambda one, value: _dated(one, value, now),
        "NumberFilterList": _numbered,
        "IpFilterList": lambda one, value: (
            ipaddress.ip_address(value) in ipaddress.ip_network(one["Cidr"], strict=False)
        ),
        "BooleanFilterList": lambda one, value: one["Value"] == value,
    }
    test = tests[kind]
    return any(test(one, value) for one in wanted for value in found)


def _compared(wanted: Sequence[Filter], found: Sequence[str]) -> bool:
    """String comparison, case sensitive; a missing value meets only negative comparisons."""
    positive = [one for one in wanted if one["Comparison"] in _TEXT]
    negative = [one for one in wanted if one["Comparison"] in _NEGATIVE]
    some = any(_TEXT[one["Comparison"]](value, one["Value"]) for one in positive for value in found)
    none = not any(
        _TEXT[_NEGATIVE[one["Comparison"]]](value, one["Value"])
        for one in negative
        for value in found
    )
    return none and (some or not positive)


def _mapped(wanted: Sequence[Filter], found: Sequence[Mapping[str, str]]) -> bool:
    """Map comparison on the value under a key; alternatives and exclusions as for strings."""

    def holds(one: Filter, comparison: str) -> bool:
        return any(
            _TEXT[comparison](entries[one["Key"]], one["Value"])
            for entries in found
            if one["Key"] in entries
        )

    positive = [one for one in wanted if one["Comparison"] in _TEXT]
    negative = [one for one in wanted if one["Comparison"] in _NEGATIVE]
    some = any(holds(one, one["Comparison"]) for one in positive)
    none = not any(holds(one, _NEGATIVE[one["Comparison"]]) for one in negative)
    return none and (some or not positive)


def _dated(one: Filter, value: str, now: datetime) -> bool:
    moment = datetime.fromisoformat(value)
    if "DateRange" in one:
        span = timedelta(days=one["DateRange"]["Value"])
        older = one["DateRange"].get("Comparison", "WITHIN") == "OLDER_THAN"
        return (moment < now - span) if older else (now - span <= moment <= now)
    after = "Start" not in one or moment >= datetime.fromisoformat(one["Start"])
    return after and ("End" not in one or moment <= datetime.fromisoformat(one["End"]))


def _numbered(one: Filter, value: float) -> bool:
    return (
        ("Eq" not in one or value == one["Eq"])
        and ("Gte" not in one or value >= one["Gte"])
        and ("Gt" not in one or value > one["Gt"])
        and ("Lte" not in one or value <= one["Lte"])
        and ("Lt" not in one or value < one["Lt"])
    )
