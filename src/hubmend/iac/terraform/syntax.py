"""HCL as tree-sitter parses it: blocks and attributes with their places in the text.

The parser counts bytes and everything else here counts characters, so each character that is not
ASCII is parsed as one byte, a letter: it stands only in names, strings and comments, where any
letter parses alike. What is read is always the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import tree_sitter
import tree_sitter_hcl

from hubmend.iac.source import Refused, SourceFile

Node = tree_sitter.Node
_LANGUAGE = tree_sitter.Language(tree_sitter_hcl.language())
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, eq=False)
class Expression:
    """The right side of an attribute, or a part of it: a node of the tree and its file's text."""

    node: Node
    source: str

    @property
    def text(self) -> str:
        """Return it as written."""
        return self.source[self.node.start_byte : self.node.end_byte]

    @property
    def start(self) -> int:
        """Return the offset of its first character."""
        return self.node.start_byte

    @property
    def end(self) -> int:
        """Return the offset after its last character."""
        return self.node.end_byte

    @property
    def children(self) -> tuple[Expression, ...]:
        """Return its named parts, comments left out."""
        return tuple(
            Expression(node, self.source)
            for node in self.node.named_children
            if node.type != "comment"
        )


@dataclass(frozen=True, eq=False)
class Attribute:
    """A name and its value."""

    name: str
    value: Expression
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Block:
    """A block, read no deeper than it is asked; `opened` and `closing` are inside its braces."""

    path: str
    source: str
    node: Node

    @property
    def start(self) -> int:
        """Return the offset of its first character."""
        return self.node.start_byte

    @property
    def end(self) -> int:
        """Return the offset after its closing brace."""
        return self.node.end_byte

    @property
    def opened(self) -> int:
        """Return the offset after its opening brace."""
        return next(n for n in self.node.children if n.type == "block_start").end_byte

    @property
    def closing(self) -> int:
        """Return the offset of its closing brace."""
        return next(n for n in self.node.children if n.type == "block_end").start_byte

    @property
    def line(self) -> int:
        """Return the line it begins on, counted from 1."""
        return self.node.start_point.row + 1

    @cached_property
    def keyword(self) -> str:
        """Return what it is: resource, module, logging_configuration, ..."""
        return _text(self.source, self.node.children[0])

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Return its labels, without quotes."""
        heads = [n for n in self.node.children[1:] if n.type in ("string_lit", "identifier")]
        return tuple(_text(self.source, node).strip('"') for node in heads)

    @cached_property
    def attributes(self) -> Mapping[str, Attribute]:
        """Return its own attributes by name."""
        return {one.name: one for one in _attributes(_body(self.node), self.source)}

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Return the blocks directly inside it, in their order."""
        return tuple(_blocks(_body(self.node), self.path, self.source))

    def named(self, keyword: str) -> tuple[Block, ...]:
        """Return the blocks directly inside it that are called `keyword`."""
        return tuple(block for block in self.blocks if block.keyword == keyword)

    def dynamic(self, keyword: str) -> tuple[Block, ...]:
        """Return the `dynamic` blocks directly inside it that make blocks called `keyword`."""
        return tuple(block for block in self.named("dynamic") if block.labels == (keyword,))

    def value(self, name: str) -> Expression | None:
        """Return the value of an attribute, where it has one."""
        found = self.attributes.get(name)
        return found.value if found else None


@dataclass(frozen=True, eq=False)
class Parsed:
    """One file that parses: its top-level blocks and attributes."""

    file: SourceFile
    root: Node

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Return the top-level blocks, in their order."""
        return tuple(_blocks(_body(self.root), self.file.path, self.file.text))

    @cached_property
    def attributes(self) -> Mapping[str, Attribute]:
        """Return the top-level attributes, of which only a .tfvars file has any."""
        return {one.name: one for one in _attributes(_body(self.root), self.file.text)}


def parse(file: SourceFile) -> Parsed | Refused:
    """Parse a file, or say at which line it is not HCL."""
    if "\0" in file.text:
        return Refused(file.path, None, "it is not text: it holds a NUL character")
    marked = file.text.startswith(BYTE_ORDER_MARK)
    text = file.text.replace(BYTE_ORDER_MARK, " ", 1) if marked else file.text
    # The grammar wants a line's end after a heredoc; one too many changes no offset.
    raw = _NOT_ASCII.sub("x", text).encode() + b"\n"
    root = tree_sitter.Parser(_LANGUAGE).parse(raw).root_node
    if root.has_error:
        return Refused(file.path, _first_error(root), "what begins here is not valid HCL")
    return Parsed(file, root)


def _first_error(root: Node) -> int:
    node = root
    while not (node.is_error or node.is_missing):
        node = next(child for child in node.children if child.has_error)
    return node.start_point.row + 1


def _text(source: str, node: Node) -> str:
    return source[node.start_byte : node.end_byte]


def _body(node: Node) -> Node | None:
    return next((child for child in node.children if child.type == "body"), None)


def _blocks(body: Node | None, path: str, source: str) -> Iterator[Block]:
    for child in body.children if body else ():
        if child.type == "block":
            yield Block(path, source, child)


def _attributes(body: Node | None, source: str) -> Iterator[Attribute]:
    for child in body.children if body else ():
        if child.type == "attribute":
            name, value = child.children[0], child.named_children[-1]
            yield Attribute(
                _text(source, name), Expression(value, source), child.start_byte, child.end_byte
            )
