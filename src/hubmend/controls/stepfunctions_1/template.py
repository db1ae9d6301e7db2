"""A CloudFormation template as far as a plan needs it: resources, types, properties. Pure.

The SDK hands JSON templates over parsed; YAML is parsed here, CloudFormation's short tags read as
the functions they stand for. What is neither says "not known", never "not there".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

SERVERLESS = "AWS::Serverless::StateMachine"
_GROUP = "AWS::Logs::LogGroup"
_PSEUDO = re.compile(r"\$\{AWS::(\w+)\}")


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
        behind = any(key.startswith("Fn::") for key in self.properties)
        return None if behind else False


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


class _Loader(yaml.SafeLoader):
    """Reads short tags (!Sub) as the functions they stand for (Fn::Sub)."""


def _tagged(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.MappingNode):
        value: Any = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = node.value
    return {f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _tagged)


def _whole(body: Mapping[str, Any] | str) -> Mapping[str, Any]:
    if not isinstance(body, str):
        return body
    try:
        found = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)  # noqa: S506 - a safe loader
    except (ValueError, TypeError, RecursionError, yaml.YAMLError):
        return {}
    return _mapping(found) or {}


def _mapping(value: Any) -> Mapping[str, Any] | None:
    return value if isinstance(value, Mapping) else None


def _plain(value: Any) -> str:
    """Return a text, or that of a Sub; empty for anything else."""
    if isinstance(value, Mapping):
        value = value.get("Fn::Sub")
    return value if isinstance(value, str) else ""
