"""Plain data as YAML lines or JSON, in the style of the file it goes into."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yaml import MappingNode, Node, SequenceNode

from hubmend.iac.template.delivery import Call
from hubmend.iac.template.document import Document, entries

_PLAIN = re.compile(r"[A-Za-z/$][\w:/.${}*-]*[\w*}]")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


@dataclass(frozen=True)
class Style:
    """How a file is laid out: its line ending, one step of indentation, and a list's."""

    newline: str = "\n"
    unit: str = "  "
    dash: int = 2


def style(document: Document) -> Style:
    """Return the style of a file, by its first nested mapping and its first list."""
    newline = "\r\n" if "\r\n" in document.text else "\n"
    unit, dash = Style().unit, None
    for key, node in entries(document.root):
        if isinstance(node, MappingNode) and node.value:
            outer, inner = indentation(document, key), indentation(document, node.value[0][0])
            if outer is not None and inner is not None and len(inner) > len(outer):
                unit = inner.removeprefix(outer)
                break
    pairs = (pair for one in document.nodes if isinstance(one, MappingNode) for pair in one.value)
    lists = [(key, node) for key, node in pairs if _blocked(node)]
    if lists:
        key, node = min(lists, key=lambda pair: document.start(pair[1]))
        dash = node.start_mark.column - key.start_mark.column
    return Style(newline, unit, len(unit) if dash is None or dash < 0 else dash)


def _blocked(node: Node) -> bool:
    return isinstance(node, SequenceNode) and not node.flow_style


def indentation(document: Document, node: Node) -> str | None:
    """Return the blanks before a node that is the first of its line, None where it is not."""
    start = document.start(node)
    before = document.text[document.text.rfind("\n", 0, start) + 1 : start].removeprefix("\ufeff")
    return before if not before.strip() else None


def yaml_lines(value: Any, style: Style) -> list[str]:
    """Return data as the lines of a block, not indented."""
    if isinstance(value, Mapping):
        return [line for key, one in value.items() for line in _entry_lines(key, one, style)]
    if isinstance(value, list):
        return [line for one in value for line in item_lines(one, style)]
    return [_scalar(value)]


def _entry_lines(key: str, value: Any, style: Style) -> list[str]:
    if not isinstance(value, Mapping | list):
        return [f"{key}: {_scalar(value)}"]
    indent = " " * style.dash if isinstance(value, list) else style.unit
    return [f"{key}:", *(indent + line for line in yaml_lines(value, style))]


def item_lines(value: Any, style: Style) -> list[str]:
    """Return data as one item of a block's list."""
    first, *rest = yaml_lines(value, style)
    return [f"- {first}", *(f"  {line}" for line in rest)]


def _scalar(value: Any) -> str:
    if isinstance(value, Call):
        return f"!{value.function} {_scalar(value.argument)}"
    if not isinstance(value, str):
        return json.dumps(value)
    plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
    return value if plain else json.dumps(value)


def as_json(value: Any, style: Style | None) -> str:
    """Return data as JSON: in lines of a style, or on one line."""
    return json.dumps(value, indent=style.unit if style else None, default=_long_form)


def _long_form(value: Call) -> Mapping[str, Any]:
    if value.function == "GetAtt":
        return {"Fn::GetAtt": value.argument.split(".", 1)}
    return {f"Fn::{value.function}": value.argument}
