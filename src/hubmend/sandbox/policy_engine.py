"""What IAM policy documents say of one question, as the simulated AWS evaluates them.

Written apart from hubmend's own evaluation on purpose: the two are compared in tests. Allow and
Deny, Action and NotAction, Resource and NotResource with wildcards, and conditions on text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_WILD = re.compile(r"(Like|Arn)")


@dataclass(frozen=True)
class Question:
    """May one action be done to one resource; `context` None leaves conditions out of account."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] | None = None


def allows(documents: tuple[str, ...], question: Question) -> bool:
    """Tell whether any statement allows it; Deny is asked apart."""
    return _says(documents, "Allow", question)


def denies(documents: tuple[str, ...], question: Question) -> bool:
    """Tell whether any statement denies it."""
    return _says(documents, "Deny", question)


def _says(documents: tuple[str, ...], effect: str, question: Question) -> bool:
    return any(
        statement.get("Effect") == effect and _applies(statement, question)
        for document in documents
        for statement in _list(json.loads(document).get("Statement", []))
    )


def _applies(statement: dict[str, Any], question: Question) -> bool:
    if "NotAction" in statement:
        named = not _matches(statement["NotAction"], question.action, re.IGNORECASE)
    else:
        named = _matches(statement.get("Action", []), question.action, re.IGNORECASE)
    return named and _about(statement, question.resource) and _holds(statement, question)


def _about(statement: dict[str, Any], resource: str) -> bool:
    """Tell whether a statement is about a resource; about `*` only where it is about all."""
    if "NotResource" in statement:
        return resource != "*" and not _matches(statement["NotResource"], resource)
    return _matches(statement.get("Resource", []), resource)


def _holds(statement: dict[str, Any], question: Question) -> bool:
    if question.context is None:
        return True
    context = {key.lower(): value for key, value in question.context.items()}
    return all(
        _condition(operator, _list(values), context.get(key.lower()))
        for operator, wanted in statement.get("Condition", {}).items()
        for key, values in wanted.items()
    )


def _condition(operator: str, wanted: list[str], given: str | None) -> bool:
    """Evaluate one condition; a key that is not given holds only for IfExists, Null and Not."""
    if operator == "Null":
        return (given is None) == (str(wanted[0]).lower() == "true")
    if given is None:
        return "Not" in operator or operator.endswith("IfExists")
    same = _matches(wanted, given) if _WILD.search(operator) else given in map(str, wanted)
    return same != ("Not" in operator)


def _matches(patterns: str | list[str], text: str, flags: re.RegexFlag = re.NOFLAG) -> bool:
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text, flags)
        for pattern in _list(patterns)
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
