"""TypeScript and JavaScript as trees of tree-sitter, and the text of their nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import tree_sitter
import tree_sitter_typescript
from tree_sitter import Node

from hubmend.iac.source import SourceFile

_GRAMMARS = {
    ".ts": tree_sitter.Language(tree_sitter_typescript.language_typescript()),
    "": tree_sitter.Language(tree_sitter_typescript.language_tsx()),
}


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
        if node is None or node.type != "string":
            return ""
        return self.text(node)[1:-1]

    def text(self, node: Node | None) -> str:
        """Return a node's text, "" for none."""
        if node is None:
            return ""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "surrogatepass")

    def at(self, byte: int) -> int:
        """Return the character offset of a byte offset."""
        if len(self.data) == len(self.file.text):
            return byte
        return len(self.data[:byte].decode("utf-8", "surrogatepass"))
