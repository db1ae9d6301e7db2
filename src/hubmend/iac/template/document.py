"""A YAML or JSON file as composed nodes with character offsets, and how they are looked into.

JSON is YAML's flow style, so one parser reads both and places both. Nodes are kept, not values:
CloudFormation's short tags need no constructors, and `Level: OFF` stays the word it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from hubmend.iac.source import Refused, SourceFile

# libyaml's parser is some ten times faster; both count characters, once the mark is off.
LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = (
    yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
)
_BOM = "\ufeff"
_SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
_BLANKS = r"\u0020\u0020"  # as long as the escaped pair it stands for
# Not {{resolve:...}}, which is CloudFormation's, and not JSONata's {% $x %} within a value.
_PLACEHOLDER = re.compile(
    r"\{\{(?!resolve:)|^\s*#?\s*\{%-?\s*(?:if|for|set|raw|block|macro|include|extends|end\w+)\b",
    re.MULTILINE,
)
_PLACEHOLDERS = (
    "it holds placeholders of a template engine ({{ }}: Jinja, cookiecutter, Handlebars); "
    "render it and check the result"
)


@dataclass(frozen=True)
class Document:
    """One parsed file: its root node, and `base`, what is added to a mark to give an offset."""

    path: str
    text: str
    root: Node
    base: int

    def start(self, node: Node) -> int:
        """Return the offset of a node's first character."""
        return int(node.start_mark.index) + self.base

    def end(self, node: Node) -> int:
        """Return the offset after a node; a block collection's runs past trailing comments."""
        return int(node.end_mark.index) + self.base

    def line(self, node: Node) -> int:
        """Return the 1-based line of a node."""
        return self.text.count("\n", 0, self.start(node)) + 1

    def written(self, node: Node) -> str:
        """Return a node as the file writes it, on one line."""
        return " ".join(self.text[self.start(node) : self.end(node)].split())

    @property
    def json(self) -> bool:
        """Whether the file is JSON, or YAML that looks like it."""
        return isinstance(self.root, MappingNode) and bool(self.root.flow_style)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """Every node once, and an aliased one as often as it is named; never without end."""
        found, seen, waiting = [], set[int](), [self.root]
        while waiting:
            node = waiting.pop()
            found.append(node)
            if id(node) not in seen:
                seen.add(id(node))
                waiting += _children(node)
        return tuple(found)

    @cached_property
    def aliased(self) -> bool:
        """Whether YAML aliases put one node in several places."""
        anchored = "&" in self.text  # nearly no file is, and walking all nodes takes its time
        return anchored and len({id(node) for node in self.nodes}) != len(self.nodes)


def read(file: SourceFile) -> Document | Refused:
    """Parse a file; what cannot be parsed is refused with the line and what stands against it."""
    base = int(file.text.startswith(_BOM))
    body = file.text[base:]
    if body.lstrip()[:1] in {"{", "["} or file.path.lower().endswith(".json"):
        # Of the same length, so that offsets hold: YAML knows neither of the two.
        body = _SURROGATES.sub(lambda _: _BLANKS, body.replace("\t", " "))
    try:
        root = yaml.compose(body, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        return Refused(file.path, line, f"the file cannot be parsed: {_why(file.text, error)}")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else "not text for YAML"
        return Refused(file.path, None, f"the file cannot be parsed: {what}")
    if root is None:
        return Refused(file.path, None, "the file is empty but for comments")
    return Document(file.path, file.text, root, base)


def _why(text: str, error: yaml.MarkedYAMLError) -> str:
    if _PLACEHOLDER.search(text):
        return _PLACEHOLDERS
    if "single document" in (error.context or ""):
        return "it holds several YAML documents; keep one in a file"
    return error.problem or error.context or "no reason given"


def placeholders(document: Document) -> str | None:
    """Return why a file that parses is still a template of another engine, None where not."""
    if not _PLACEHOLDER.search(document.text):
        return None
    keys = (
        key for node in document.nodes if isinstance(node, MappingNode) for key, _ in node.value
    )
    return _PLACEHOLDERS if any(not isinstance(key, ScalarNode) for key in keys) else None


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [one for pair in node.value for one in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def entries(node: Node | None) -> Iterator[tuple[ScalarNode, Node]]:
    """Yield the entries of a mapping whose keys are plain; nothing for any other node."""
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                yield key, value


def entry(node: Node | None, name: str) -> tuple[ScalarNode, Node] | None:
    """Return a mapping's entry by its key, the last where there are several."""
    found = [pair for pair in entries(node) if pair[0].value == name]
    return found[-1] if found else None


def value(node: Node | None, *names: str) -> Node | None:
    """Return what lies below a mapping on a path of keys."""
    for name in names:
        found = entry(node, name)
        node = found[1] if found else None
    return node


def items(node: Node | None) -> list[Node]:
    """Return a list's items; of anything else, itself, for what may be written as one or many."""
    if node is None:
        return []
    return list(node.value) if isinstance(node, SequenceNode) else [node]


def told(node: Node | None) -> list[Node]:
    """Return a list's items; of a function that makes a list, the call, for nobody knows them."""
    return items(node) if node is None or call(node) is None else [node]


def text(node: Node | None) -> str | None:
    """Return a scalar's words; None for anything else, null and calls of functions."""
    if not isinstance(node, ScalarNode) or node.tag.startswith("!") or node.tag.endswith(":null"):
        return None
    return str(node.value)


def call(node: Node | None) -> tuple[str, Node] | None:
    """Return the CloudFormation function that a node calls, by its long name, and its argument."""
    if node is None:
        return None
    if node.tag.startswith("!"):
        name = node.tag[1:]
        return (name if name in {"Ref", "Condition"} else f"Fn::{name}"), node
    if isinstance(node, MappingNode) and len(node.value) == 1:
        key, argument = node.value[0]
        if isinstance(key, ScalarNode) and (key.value == "Ref" or key.value.startswith("Fn::")):
            return str(key.value), argument
    return None


def words(node: Node) -> str | None:
    """Return the words of a function's argument, whose own tag may be the function's."""
    return str(node.value) if isinstance(node, ScalarNode) else None
