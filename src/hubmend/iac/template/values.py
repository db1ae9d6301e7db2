"""What a value is once the file's own defaults are filled in; else what it depends on."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from yaml import Node

from hubmend.iac.template.document import Document, call, text, value, words

_LOOKUP = "AWS::SSM::Parameter::Value"  # its default is the name of a parameter, not its value
_VARIABLE = re.compile(r"\$\{(?P<source>[^,{}]+)(?:,\s*(?P<default>'[^']*'|\"[^\"]*\"))?\}")
_SELF = "self:"
_MOST_HOPS = 8  # a variable that names itself would go on for ever


@dataclass(frozen=True)
class Dynamic:
    """A value that the file does not tell; `behind` says what decides it."""

    behind: str


Resolve = Callable[[Node | None], str | Dynamic | None]


def of_template(document: Document) -> Resolve:
    """Return how values are resolved in a CloudFormation template: by its Parameters."""

    def resolve(node: Node | None) -> str | Dynamic | None:
        called = call(node)
        if called is None:
            return text(node) if node is None or text(node) is not None else _shape(document, node)
        name, argument = called
        written = words(argument) or ""
        if (name, written) == ("Ref", "AWS::NoValue"):
            return None
        if name == "Ref":
            return _parameter(document, written)
        if name == "Fn::Sub" and written and "${" not in written:
            return written
        return Dynamic(document.written(argument))

    return resolve


def _shape(document: Document, node: Node) -> Dynamic | None:
    return None if node.tag.endswith(":null") else Dynamic(document.written(node))


def _parameter(document: Document, name: str) -> str | Dynamic:
    declared = value(document.root, "Parameters", name)
    default = text(value(declared, "Default"))
    if default is None or (text(value(declared, "Type")) or "").startswith(_LOOKUP):
        return Dynamic(f"parameter {name}" if declared else f"reference {name}")
    return default


def of_serverless(document: Document) -> Resolve:
    """Return how values are resolved in a Serverless file: ${self:...} and literal defaults."""

    def resolve(node: Node | None) -> str | Dynamic | None:
        if call(node) is not None and node is not None:
            return Dynamic(document.written(node))
        written = text(node)
        for _ in range(_MOST_HOPS):
            if written is None or "${" not in written:
                return written
            match = _VARIABLE.fullmatch(written)
            if match is None:
                return Dynamic(written)
            found = _self(document, match["source"])
            if found is None and match["default"] is None:
                return Dynamic(written)
            written = found if found is not None else match["default"][1:-1]
        return Dynamic(written or "")

    return resolve


def _self(document: Document, source: str) -> str | None:
    if not source.startswith(_SELF):
        return None
    return text(value(document.root, *source.removeprefix(_SELF).strip().split(".")))
