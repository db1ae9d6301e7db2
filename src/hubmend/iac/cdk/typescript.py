"""TypeScript and JavaScript, read with tree-sitter: which state machines a file constructs."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hubmend.iac.cdk.program import (
    L1,
    L2,
    Construct,
    Import,
    Program,
    Record,
    Value,
    cdk_module,
    joined,
)
from hubmend.iac.cdk.typescript_tree import Text, error, parse, superclass, walk
from hubmend.iac.source import Refused, SourceFile

if TYPE_CHECKING:
    from tree_sitter import Node

_DEPTH = 6  # of objects within objects that matter: properties, logs, destination, its properties
_IDENTIFIERS = {
    "identifier",
    "shorthand_property_identifier",
    "shorthand_property_identifier_pattern",
    "type_identifier",
}
_WRAPPERS = {
    "parenthesized_expression",
    "non_null_expression",
    "as_expression",
    "satisfies_expression",
}
_NAMES = {"identifier", "shorthand_property_identifier"}
_PARAMETERS = {"required_parameter", "optional_parameter", "arrow_function", "catch_clause"}


def read(file: SourceFile) -> Program | Refused:
    """Return what a file constructs, or why it cannot be read."""
    root = parse(file)
    broken = error(root)
    if broken is not None:
        line = broken.start_point.row + 1
        return Refused(file.path, line, f"not valid TypeScript at line {line}: nothing is judged")
    return _Reader(file).program(root)


@dataclass
class _Reader(Text):
    """The names of one file, gathered before its constructions are read."""

    names: dict[str, str] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    held: dict[str, list[Node | None]] = field(default_factory=lambda: defaultdict(list))
    used: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))

    def program(self, root: Node) -> Program:
        nodes = list(walk(root))
        for node in nodes:
            self._gather(node)
        found = [made for node in nodes if (made := self._construct(node)) is not None]
        return Program(
            self.file,
            tuple(found),
            tuple(self.imports),
            frozenset(self.used),
            frozenset(name for name in self.held if name in self.names),
        )

    def _gather(self, node: Node) -> None:
        if node.type in _IDENTIFIERS:
            self.used[self.text(node)].append(node)
        elif node.type == "import_statement":
            self._import(node)
        elif node.type == "variable_declarator":
            self._variable(node)
        elif node.type == "assignment_expression":
            self._hold(node.child_by_field_name("left"), node.child_by_field_name("right"))
        elif node.type in _PARAMETERS:
            for part in ("pattern", "parameter"):
                self._hold(node.child_by_field_name(part), None)

    def _hold(self, target: Node | None, value: Node | None) -> None:
        """Note what a name, or every name of a pattern, is given; None is unknown."""
        if target is None:
            return
        if target.type in {"identifier", "member_expression"}:
            self.held[self.text(target)].append(value)
            return
        for node in walk(target):
            if node.type in {"identifier", "shorthand_property_identifier_pattern"}:
                self.held[self.text(node)].append(None)

    def _import(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        clause = next((one for one in node.children if one.type.endswith("_clause")), None)
        if clause is None:
            return
        source = source or clause.child_by_field_name("source")
        path = self.string(source)
        module = cdk_module(path) if path else None
        if module is None:
            return
        for one in walk(clause):
            if one.type == "import_specifier" and not self._only_types(one, node):
                name = self.text(one.child_by_field_name("name"))
                local = one.child_by_field_name("alias")
                self._bind(self.text(local) if local else name, joined(module, name), node, path)
            elif one.type == "identifier" and one.parent and one.parent.type != "import_specifier":
                self._bind(self.text(one), module, node, path)

    def _only_types(self, specifier: Node, statement: Node) -> bool:
        """Whether an import brings a type, which no program constructs."""
        return any(child.type == "type" for child in (*specifier.children, *statement.children))

    def _bind(self, local: str, name: str, statement: Node, path: str, *, js: bool = False) -> None:
        self.names[local] = name
        if path and statement.parent and statement.parent.type == "program":
            span = self.at(statement.start_byte), self.at(statement.end_byte)
            self.imports.append(Import(local, name, path, *span, js))

    def _variable(self, node: Node) -> None:
        target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        path = self._required(value)
        name = cdk_module(path) if path else self._name(value)
        if name is None or target is None or node.parent is None:
            self._hold(target, value)
        elif target.type == "identifier":
            self._bind(self.text(target), name, node.parent, path, js=True)
        elif target.type == "object_pattern":
            for one in target.named_children:
                key, local = one.child_by_field_name("key"), one.child_by_field_name("value")
                key, local = (key or one), (local or one)
                member = joined(name, self.text(key))
                self._bind(self.text(local), member, node.parent, path, js=True)

    def _required(self, value: Node | None) -> str:
        """Return the path that `require('path')` names, "" for any other expression."""
        if value is None or value.type != "call_expression":
            return ""
        function, arguments = (value.child_by_field_name(one) for one in ("function", "arguments"))
        if self.text(function) != "require" or arguments is None:
            return ""
        return self.string(next(iter(arguments.named_children), None))

    def _construct(self, node: Node) -> Construct | None:
        if node.type == "new_expression":
            made = node.child_by_field_name("constructor")
        elif node.type == "call_expression" and node.children[0].type == "super":
            made = superclass(node)
        else:
            return None
        name = self._name(made)
        if name not in {L1, L2}:
            return None
        scope, ident, props = self._arguments(node)
        return Construct(
            name,
            node.start_point.row + 1,
            self.at(node.start_byte),
            self.at(node.end_byte),
            self.text(made).partition(".")[0].strip(),
            scope,
            ident,
            props,
            self.statement(node),
        )

    def _arguments(self, node: Node) -> tuple[Value | None, Value | None, Value | None]:
        arguments = node.child_by_field_name("arguments")
        given = (
            [one for one in arguments.named_children if one.type != "comment"] if arguments else []
        )
        values = [self.value(one) for one in given[:3]]
        scope, ident, props = [*values, None, None, None][:3]
        return scope, ident, props

    def value(self, node: Node, depth: int = 0) -> Value:
        """Return what an expression is, following constants of the file."""
        while node.type in _WRAPPERS and node.named_children:
            node = node.named_children[0]
        value = Value(self.text(node), self.at(node.start_byte), self.at(node.end_byte))
        if depth > _DEPTH:
            return value
        if node.type == "string":
            return replace(value, literal=self.string(node))
        if node.type in {"true", "false"}:
            return replace(value, literal=node.type == "true")
        if node.type in {"undefined", "null"}:
            return replace(value, absent=True)
        if node.type == "object":
            return replace(value, record=self._record(node, depth))
        if node.type in {"new_expression", "call_expression"}:
            return self._call(value, node, depth)
        name = self._name(node)
        return replace(value, name=name) if name is not None else self._followed(value, node, depth)

    def _call(self, value: Value, node: Node, depth: int) -> Value:
        what = node.child_by_field_name("constructor") or node.child_by_field_name("function")
        arguments = node.child_by_field_name("arguments")
        given = (
            [one for one in arguments.named_children if one.type != "comment"] if arguments else []
        )
        objects = [one for one in given if one.type == "object"]
        record = self._record(objects[-1], depth) if objects else None
        ident = self.value(given[1], depth + 1) if len(given) > 1 else None
        return replace(value, name=self._name(what) or "", record=record, id=ident)

    def _followed(self, value: Value, node: Node, depth: int) -> Value:
        """Return what the only value a name is given is; a changed object is not known."""
        held = self.held.get(value.text, [])
        if node.type not in {*_NAMES, "member_expression"}:
            return value
        if len(held) != 1 or held[0] is None:
            owner = node.child_by_field_name("object")
            return replace(value, owner=self.value(owner, depth + 1)) if owner else value
        target = held[0]
        if target.type == "object" and not self._untouched(value.text):
            return value
        return self.value(target, depth + 1).called(value.text)

    def _untouched(self, name: str) -> bool:
        """Whether a name is only declared, passed to constructors and spread: not changed."""
        parents = [node.parent for node in self.used.get(name, [])]
        kinds = {"variable_declarator", "spread_element", "pair", "object"}
        return bool(parents) and all(
            parent is not None
            and (
                parent.type in kinds
                or (
                    parent.type == "arguments"
                    and parent.parent is not None
                    and parent.parent.type == "new_expression"
                )
            )
            for parent in parents
        )

    def _record(self, node: Node, depth: int) -> Record:
        fields: dict[str, Value] = {}
        whole = True
        entries = [one for one in node.named_children if one.type != "comment"]
        for one in entries:
            if one.type == "shorthand_property_identifier":
                fields[self.text(one)] = self.value(one, depth + 1)
            elif one.type == "pair" and (key := self._key(one)):
                value = one.child_by_field_name("value")
                assert value is not None  # noqa: S101  # the grammar has no pair without one
                fields[key] = self.value(value, depth + 1)
            elif one.type == "spread_element":
                spread = self.value(one.named_children[0], depth + 1)
                whole &= spread.whole
                # What is not known may stand in the place of all that came before it.
                fields = {**fields, **spread.record.fields} if spread.record else {}
            else:
                whole = False
        last = entries[-1] if entries else None
        comma = next((one for one in reversed(node.children) if one.type == ","), None)
        trailing = comma is not None and last is not None and comma.start_byte >= last.end_byte
        return Record(
            fields,
            whole,
            self.at(node.start_byte) + 1,
            self.at(node.end_byte) - 1,
            (self.at(last.start_byte), self.at(last.end_byte)) if last else None,
            self.at(comma.end_byte) if comma and trailing else None,
        )

    def _key(self, pair: Node) -> str:
        """Return a property's name, "" for a computed one."""
        key = pair.child_by_field_name("key")
        if key is None or key.type == "computed_property_name":
            return ""
        return self.string(key) if key.type == "string" else self.text(key)

    def _name(self, node: Node | None) -> str | None:
        """Return the CDK's name of an expression, None when it is none of the CDK's."""
        members: list[str] = []
        while node is not None and node.type == "member_expression":
            members.insert(0, self.text(node.child_by_field_name("property")))
            node = node.child_by_field_name("object")
        name = self.names.get(self.text(node)) if node and node.type in _NAMES else None
        return None if name is None else functools.reduce(joined, members, name)
