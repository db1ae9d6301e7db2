"""Whether patched HCL is the original and the additions, and nothing else: trees compared."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from hubmend.iac.source import Edit, Refused, SourceFile
from hubmend.iac.terraform.syntax import Node, parse

Span = tuple[int, int]
Part = tuple[int, str, str]  # depth, kind, and the text of a leaf

# Where whole new nodes may stand: a body takes attributes and blocks, a list takes elements.
_TAKERS = ("config_file", "body", "block", "tuple")


def difference(before: SourceFile, after: SourceFile, edits: Sequence[Edit]) -> str | None:
    """Return how a patched file is more than its original and whole additions, or None."""
    spans = _spans(edits)
    if _without(after.text, spans) != before.text:
        return f"{before.path} would lose text"
    old, new = parse(before), parse(after)
    if isinstance(old, Refused) or isinstance(new, Refused):
        return f"{before.path} would not parse"
    if list(_shape(old.root, before.text, ())) != list(_shape(new.root, after.text, spans)):
        return f"{before.path} would read otherwise"
    return None


def _spans(edits: Sequence[Edit]) -> tuple[Span, ...]:
    """Return where the insertions stand in the patched text."""
    spans: list[Span] = []
    added = 0
    for edit in sorted(edits, key=lambda edit: edit.offset):
        start = edit.offset + added
        added += len(edit.text)
        spans.append((start, start + len(edit.text)))
    return tuple(spans)


def _without(text: str, spans: Sequence[Span]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


def _shape(root: Node, text: str, spans: Sequence[Span]) -> Iterator[Part]:
    """Return the nodes of a tree in their order, whole nodes inside the spans left out.

    Comments come last: a block added after one changes where it hangs in the tree, no more.
    """
    comments: list[Part] = []
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        if node.parent and node.parent.type in _TAKERS and _inside(node, spans):
            continue
        if node.type == "comment":
            comments.append((0, node.type, text[node.start_byte : node.end_byte]))
            continue
        leaf = "" if node.child_count else text[node.start_byte : node.end_byte]
        yield depth, node.type, leaf
        stack += [(child, depth + 1) for child in reversed(node.children)]
    yield from comments


def _inside(node: Node, spans: Sequence[Span]) -> bool:
    """Whether a node stands wholly inside one of the spans, which are ordered."""
    number = bisect_right(spans, node.start_byte, key=lambda span: span[0])
    return number > 0 and node.end_byte <= spans[number - 1][1]
