"""A CloudFormation template as far as a plan needs it: resources, types, properties. Pure.

The SDK hands JSON templates over parsed. YAML is read as an outline of keys by their indentation,
which is all that is asked of it: CloudFormation allows neither aliases nor merges, and its short
tags (!Sub) mean nothing to a YAML parser. What an outline cannot tell (flow style) stays text, and
a reader that wanted a mapping there says "not known", never "not there".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

SERVERLESS = "AWS::Serverless::StateMachine"
_GROUP = "AWS::Logs::LogGroup"
_KEY = re.compile(r"""(?:"([^"]+)"|'([^']+)'|([^\s\-#&*!|>'"%@`\[\]{},?][^#]*?))\s*:(?:\s+(.*))?""")
_PSEUDO = re.compile(r"\$\{AWS::(\w+)\}")

_DEPTH = 3  # Resources, logical id, Properties, property: nothing asked for lies deeper
_OPAQUE = "..."

_Line = tuple[int, str]


@dataclass(frozen=True)
class Declared:
    """One resource of a template; `properties` None means they could not be read."""

    type: str
    properties: Mapping[str, Any] | None
    metadata: Mapping[str, Any]

    @property
    def logging_key(self) -> str:
        """Return the property that holds a state machine's logging (F§5.3)."""
        return "Logging" if self.type == SERVERLESS else "LoggingConfiguration"

    @property
    def sets_logging(self) -> bool | None:
        """Whether the template says anything about logging; None where that cannot be told."""
        if self.properties is None:
            return None
        if self.logging_key in self.properties:
            return True
        return None if "Fn::Transform" in self.properties else False


@dataclass(frozen=True)
class Template:
    """A template as AWS answered it: a mapping where it was JSON, else its text."""

    body: Mapping[str, Any] | str

    @cached_property
    def resources(self) -> Mapping[str, Any]:
        """Return the resources by logical id, as far as they can be read."""
        return _mapping(_whole(self.body).get("Resources")) or {}

    def declared(self, logical_id: str | None) -> Declared | None:
        """Return the resource of a logical id, None where the template does not show it."""
        found = _mapping(self.resources.get(logical_id or ""))
        if found is None:
            return None
        # A resource without properties is a mapping without that key, not one that hides it.
        properties = _mapping(found.get("Properties", {}))
        metadata = _mapping(found.get("Metadata")) or {}
        return Declared(_plain(found.get("Type")), properties, metadata)

    def log_groups(self, pseudo: Mapping[str, str]) -> Mapping[str, str]:
        """Return the names of its log groups that are told, each with its logical id.

        `pseudo` holds the pseudo parameters by name (StackName, Region, AccountId, Partition).
        """
        found = {}
        for logical_id in self.resources:
            one = self.declared(logical_id)
            if one and one.type == _GROUP:
                name = _PSEUDO.sub(
                    lambda match: pseudo.get(match[1], match[0]),
                    _plain((one.properties or {}).get("LogGroupName")),
                )
                found[name] = logical_id
        return {name: logical_id for name, logical_id in found.items() if name and "${" not in name}


def _whole(body: Mapping[str, Any] | str) -> Mapping[str, Any]:
    if not isinstance(body, str):
        return body
    if body.lstrip().startswith("{"):
        try:
            return _mapping(json.loads(body)) or {}
        except ValueError:
            return {}
    lines = [(len(line) - len(line.lstrip(" ")), line.strip()) for line in body.splitlines()]
    return _outline([line for line in lines if line[1] and not line[1].startswith("#")])


def _outline(lines: Sequence[_Line], depth: int = 0) -> dict[str, Any]:
    """Return a block of lines by its keys: a block as a mapping, all else as text."""
    found: dict[str, Any] = {}
    level = lines[0][0] if lines else 0
    starts = [
        (number, match)
        for number, (indent, text) in enumerate(lines)
        if indent == level and (match := _KEY.fullmatch(text))
    ]
    for (number, match), (end, _) in zip(starts, [*starts[1:], (len(lines), None)], strict=False):
        key, text = match[1] or match[2] or match[3], (match[4] or "").partition(" #")[0].strip()
        under = lines[number + 1 : end]
        opaque = depth == _DEPTH or (under and under[0][1].startswith("-"))
        found[key] = text or (_OPAQUE if opaque else _outline(under, depth + 1))
    return found


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _plain(value: Any) -> str:
    """Return a text without its quotes, or that of a Sub; empty for anything else."""
    if isinstance(value, Mapping):
        value = value.get("Fn::Sub")
    text = value.removeprefix("!Sub ").strip() if isinstance(value, str) else ""
    return text[1:-1] if text[:1] in ('"', "'") and text[-1:] == text[:1] else text
