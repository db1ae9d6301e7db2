"""TypeScript and JavaScript as trees of tree-sitter, and the text of their nodes."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import tree_sitter
import tree_sitter_typescript
from tree_sitter import Node

from hubmend.iac.cdk.program import Statement
from hubmend.iac.source import SourceFile

_GRAMMARS = {
    ".ts": tree_sitter.Language(tree_sitter_typescript.language_typescript()),
    "": tree_sitter.Language(tree_sitter_typescript.language_tsx()),
}
_BODIES = {"program", "statement_block"}


def parse(file: SourceFile) -> Node:
    """Return the root of a file's tree; what it cannot hold is in it as error nodes."""
    suffix = ".ts" if file.path.lower().endswith((".ts", ".mts", ".cts")) else ""
    return tree_sitter.Parser(_GRAMMARS[suffix]).parse(encoded(file.text)).root_node


def encoded(text: str) -> bytes:
    """Return text as the parser takes it."""
    return text.encode("utf-8", "surrogatepass")


def error(root: Node) -> Node | None:
    """Return the first node that is an error or was left out."""
    if not root.has_error:
        return None
    return next((node for node in walk(root) if node.is_error or node.is_missing), root)


def walk(root: Node) -> Iterator[Node]:
    """Return all nodes in the order of the text."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))


def superclass(node: Node) -> Node | None:
    """Return what the class around a `super(...)` extends."""
    around = node.parent
    while around is not None and around.type not in {"class_declaration", "class"}:
        around = around.parent
    heritage = around.children if around else []
    clauses = [
        clause for one in heritage if one.type == "class_heritage" for clause in one.children
    ]
    extended = next((one for one in clauses if one.type == "extends_clause"), None)
    return extended.child_by_field_name("value") if extended else None


@dataclass
class Text:
    """A file's text by the places of its nodes, which are bytes of UTF-8."""

    file: SourceFile

    @cached_property
    def data(self) -> bytes:
        """Return the text as it was parsed."""
        return encoded(self.file.text)

    def string(self, node: Node | None) -> str:
        """Return what a plain string literal says, "" for anything else."""
        return self.text(node)[1:-1] if node and node.type == "string" else ""

    def text(self, node: Node | None) -> str:
        """Return a node's text, "" for none."""
        text = self.data[node.start_byte : node.end_byte] if node else b""
        return text.decode("utf-8", "surrogatepass")

    def at(self, byte: int) -> int:
        """Return the character offset of a byte offset."""
        return byte - bisect.bisect_left(self._continued, byte)

    @cached_property
    def _continued(self) -> list[int]:
        """Return where the bytes are that continue a character, as those from 0x80 to 0xBF do."""
        if len(self.data) == len(self.file.text):
            return []
        return [at for at, byte in enumerate(self.data) if byte & 0xC0 == 0x80]  # noqa: PLR2004

    def statement(self, node: Node) -> Statement | None:
        """Return the statement on lines of its own that only constructs a thing, if one does."""
        around, target = node.parent, ""
        if around is not None and around.type in {"variable_declarator", "assignment_expression"}:
            named = around.child_by_field_name("name") or around.child_by_field_name("left")
            target, around = self.text(named), around.parent
        if around is None or around.type not in {"expression_statement", "lexical_declaration"}:
            return None
        parent = around.parent
        if len(around.named_children) != 1 or parent is None or parent.type not in _BODIES:
            return None
        return Statement(target, self.at(around.start_byte), self.at(around.end_byte))


def tokens(file: SourceFile) -> list[tuple[int, str]] | None:
    """Return the leaves of a file's tree, comments among them; None where it does not parse."""
    root = parse(file)
    if error(root) is not None:
        return None
    text = Text(file)
    return [
        (text.at(node.start_byte), text.text(node)) for node in walk(root) if not node.child_count
    ]
