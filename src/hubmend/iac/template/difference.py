"""What patched source is beside its original: the same nodes, and those that were inserted."""

from __future__ import annotations

import json
from collections.abc import Sequence

from yaml import MappingNode, Node, ScalarNode, SequenceNode

from hubmend.iac.source import Edit, Refused, SourceFile, patched
from hubmend.iac.template.document import Document, read

Span = tuple[int, int]


def difference(before: SourceFile, after: SourceFile, edits: Sequence[Edit]) -> str | None:
    """Return how a file is more than its original and the edits, None where it is exactly that."""
    own = [edit for edit in edits if edit.path == before.path]
    if patched([before], own) != (after,):
        return f"{before.path} is not its original with the insertions"
    if not own:
        return None
    old, new = read(before), read(after)
    if isinstance(old, Refused) or isinstance(new, Refused):
        return f"{before.path} can no longer be parsed"
    if _is_json(before.text) and not _is_json(after.text):
        return f"{before.path} would no longer be JSON"
    place = _beyond(old.root, new.root, new, _spans(own))
    return f"{before.path}: something else changed at line {place}" if place else None


def _spans(edits: Sequence[Edit]) -> list[Span]:
    """Return where the inserted texts lie in the patched file."""
    spans, moved = [], 0
    for edit in sorted(edits, key=lambda one: one.offset):
        spans.append((edit.offset + moved, edit.offset + moved + len(edit.text)))
        moved += len(edit.text)
    return spans


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _beyond(old: Node, new: Node, document: Document, spans: Sequence[Span]) -> int | None:
    """Return the first line at which the new tree differs and nothing was inserted."""
    waiting = [(old, new)]
    while waiting:
        one, other = waiting.pop()
        pairs = _paired(one, other, document, spans)
        if pairs is None:
            return document.line(other)
        waiting += pairs
    return None


def _paired(
    old: Node, new: Node, document: Document, spans: Sequence[Span]
) -> list[tuple[Node, Node]] | None:
    if type(old) is not type(new) or old.tag != new.tag:
        return None
    if isinstance(old, ScalarNode) and isinstance(new, ScalarNode):
        return [] if (old.value, old.style) == (new.value, new.style) else None
    if _flow(old) != _flow(new):
        return None
    kept = [one for one in _parts(new) if not _inserted(one[0], document, spans)]
    parts = _parts(old)
    if len(kept) != len(parts):
        return None
    return [
        pair
        for one, other in zip(parts, kept, strict=True)
        for pair in zip(one, other, strict=True)
    ]


def _flow(node: Node) -> bool:
    return bool(isinstance(node, MappingNode | SequenceNode) and node.flow_style)


def _parts(node: Node) -> list[tuple[Node, ...]]:
    if isinstance(node, MappingNode):
        return [tuple(pair) for pair in node.value]
    return [(one,) for one in node.value] if isinstance(node, SequenceNode) else []


def _inserted(node: Node, document: Document, spans: Sequence[Span]) -> bool:
    start = document.start(node)
    return any(begin <= start < end for begin, end in spans)
