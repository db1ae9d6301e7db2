"""Where a new entry or item goes in a file, and its text: pure insertion, nothing else changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from hubmend.iac.source import Edit
from hubmend.iac.template.document import Document
from hubmend.iac.template.rendering import Style, as_json, indentation, item_lines, yaml_lines


@dataclass(frozen=True)
class Insertion:
    """Text to insert at an offset; `column` is how deep it stands in its block."""

    offset: int
    column: int
    text: str


def ordered(path: str, insertions: Sequence[Insertion]) -> tuple[Edit, ...]:
    """Return edits in order: of those that share an offset, the deeper close their block first."""
    by_place = sorted(insertions, key=lambda one: (one.offset, -one.column))
    return tuple(Edit(path, one.offset, one.text) for one in by_place)


def into_mapping(
    document: Document,
    mapping: MappingNode,
    new: dict[str, Any],
    style: Style,
    *,
    after: Node | None = None,
    apart: bool = False,
) -> Insertion | None:
    """Return the insertion of new entries after a value of a mapping, or after its last.

    `apart` puts a blank line before it. None where the text leaves no safe place.
    """
    last = after or (mapping.value[-1][1] if mapping.value else None)
    if mapping.flow_style or last is None:  # only in brackets is nothing
        written = [f'"{key}": ' for key in new]
        return _into_flow(
            document, mapping, last, list(zip(written, new.values(), strict=True)), style
        )
    column = mapping.value[0][0].start_mark.column
    lines = yaml_lines(new, style)
    return _into_block(document, last, column, ["", *lines] if apart else lines, style)


def into_sequence(
    document: Document, sequence: SequenceNode, new: Any, style: Style
) -> Insertion | None:
    """Return the insertion of a new item at a list's end, None where there is no safe place."""
    last = sequence.value[-1] if sequence.value else None
    if sequence.flow_style or last is None:
        return _into_flow(document, sequence, last, [("", new)], style)
    if document.text[document.start(sequence)] != "-":
        return None
    column = sequence.start_mark.column
    return _into_block(document, last, column, item_lines(new, style), style)


def _into_block(
    document: Document, last: Node, column: int, lines: Sequence[str], style: Style
) -> Insertion | None:
    offset = _line_end(document, last)
    if offset is None:
        return None
    indent = " " * column
    text = "".join(style.newline + (indent + line if line else "") for line in lines)
    return Insertion(offset, column, text)


def _into_flow(
    document: Document,
    collection: MappingNode | SequenceNode,
    last: Node | None,
    new: Sequence[tuple[str, Any]],
    style: Style,
) -> Insertion | None:
    if last is None:
        if document.text[document.start(collection)] not in "{[":
            return None  # a tag stands before the bracket
        text = ", ".join(key + as_json(value, None) for key, value in new)
        return Insertion(document.start(collection) + 1, 0, text)
    first = collection.value[0]
    indent = indentation(document, first[0] if isinstance(first, tuple) else first)
    if indent is None:
        text = "".join(f", {key}{as_json(value, None)}" for key, value in new)
    else:
        line = style.newline + indent
        bodies = ((key, as_json(value, style).replace("\n", line)) for key, value in new)
        text = "".join(f",{line}{key}{body}" for key, body in bodies)
    return Insertion(document.end(last), 0, text)


def _line_end(document: Document, node: Node) -> int | None:
    """Return the end of the last line of a block's node, a comment on that line included."""
    while isinstance(node, MappingNode | SequenceNode) and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    text, end = document.text, document.end(node)
    if isinstance(node, ScalarNode) and node.style in {"|", ">"}:
        return _literal_end(document, node)
    stop = text.find("\n", end)
    rest = text[end : stop if stop >= 0 else len(text)]
    if rest.strip() and not rest.lstrip().startswith("#"):
        return None
    return end + len(rest.rstrip("\r"))


def _literal_end(document: Document, node: ScalarNode) -> int | None:
    """Return the end of a literal's last line; the blank lines after it are not its own."""
    text, start, end = document.text, document.start(node), document.end(node)
    header = text[start : text.find("\n", start)].partition("#")[0]
    if "+" in header or text[end - 1 : end] != "\n":
        return None  # there every line break belongs to the text itself
    while (line := text.rfind("\n", start, end)) >= 0 and not text[line + 1 : end].strip():
        end = line
    return end - int(text[end - 1] == "\r")
