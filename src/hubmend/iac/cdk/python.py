"""Python, read with the standard library's ast: which state machines a file constructs."""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hubmend.iac.cdk.place import begins, rest
from hubmend.iac.cdk.program import (
    L1,
    L2,
    Construct,
    Import,
    Program,
    Record,
    Statement,
    Value,
    cdk_module,
    joined,
)
from hubmend.iac.cdk.python_text import UNREADABLE, Text
from hubmend.iac.source import Refused, SourceFile

_DEPTH = 6  # of calls within calls that matter: properties, logs, destination, its properties
_STARRED = ("StateMachine", "CfnStateMachine", "StateMachineType", "LogLevel", "LogOptions")


def read(file: SourceFile) -> Program | Refused:
    """Return what a file constructs, or why it cannot be read."""
    try:
        return _Reader(file).program()
    except UNREADABLE as error:
        line = getattr(error, "lineno", None)
        what = getattr(error, "msg", None) or "nested too deeply, or not text"
        return Refused(file.path, line, f"not valid Python: {what}: nothing is judged")


@dataclass
class _Reader(Text):
    """The names of one file, gathered before its constructions are read."""

    names: dict[str, str] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    given: dict[ast.expr, ast.expr] = field(default_factory=dict)
    held: dict[str, list[ast.expr | None]] = field(default_factory=lambda: defaultdict(list))
    changed: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    supers: dict[ast.Call, ast.ClassDef] = field(default_factory=dict)
    statements: dict[ast.expr, ast.Expr | ast.Assign] = field(default_factory=dict)

    def program(self) -> Program:
        # Breadth first: an assignment is met before its target, a class before those in it.
        nodes = list(ast.walk(self.tree))
        for node in nodes:
            self._gather(node)
        found = [made for node in nodes if (made := self._construct(node)) is not None]
        return Program(
            self.file,
            tuple(sorted(found, key=lambda made: made.start)),
            tuple(self.imports),
            frozenset(self.words),
            frozenset(name for name in self.held if name in self.names),
        )

    def _gather(self, node: ast.AST) -> None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                self._assignment(node)
            case ast.Name(id=name):
                self.words.add(name)
                if not isinstance(node.ctx, ast.Load):
                    self.held[name].append(self.given.get(node))
            case ast.arg(arg=name):
                self.words.add(name)
                self.held[name].append(None)
            case ast.Attribute() | ast.Subscript():
                self._member(node)
            case ast.ClassDef():
                self.words.add(node.name)
                self.supers |= {one: node for one in ast.walk(node) if isinstance(one, ast.Call)}
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.words.add(node.name)

    def _assignment(self, node: ast.Expr | ast.Assign | ast.AnnAssign | ast.NamedExpr) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign | ast.NamedExpr):
            targets = [node.target]
        if len(targets) == 1 and node.value is not None:
            self.given[targets[0]] = node.value
        if isinstance(node, ast.Expr) or (
            isinstance(node, ast.Assign)
            and len(targets) == 1
            and isinstance(targets[0], ast.Name | ast.Attribute)
        ):
            self.statements[node.value] = node

    def _member(self, node: ast.Attribute | ast.Subscript) -> None:
        if isinstance(node.value, ast.Name):
            self.changed.add(node.value.id)
            if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
                self.held[f"{node.value.id}.{node.attr}"].append(self.given.get(node))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for one in node.names:
            if isinstance(node, ast.ImportFrom):
                path, local = node.module or "", one.asname or one.name
                module = None if node.level else cdk_module(path)
                name = None if module is None else self._imported(module, one.name)
                path = f"{path}.core" if one.name == "core" else path
            else:
                # Without a name of its own, `import a.b` brings only `a`.
                path = one.name if one.asname else one.name.partition(".")[0]
                local, name = one.asname or path, cdk_module(path)
            if name is None:
                continue
            if local == "*":
                self.names |= {each: joined(name, each) for each in _STARRED}
                continue
            self.names[local] = name
            if node in self.tree.body:
                self.imports.append(Import(local, name, path, *self.span(node)))

    def _imported(self, module: str, name: str) -> str:
        """Return the CDK's name for what is imported from a module; its core has two paths."""
        if name == "*":
            return module
        return "" if (module, name) == ("", "core") else joined(module, name)

    def _construct(self, node: ast.AST) -> Construct | None:
        if not isinstance(node, ast.Call):
            return None
        made = next(iter(self._classes(node)), None)
        name = self._name(made) if made else None
        if made is None or name is None:
            return None
        value = self.value(node)
        named = {word.arg: self.value(word.value) for word in node.keywords}
        placed = [self.value(one) for one in node.args]
        scope, ident = [*placed, None, None][:2]
        return Construct(
            name,
            node.lineno,
            value.start,
            value.end,
            ast.unparse(made).partition(".")[0],
            scope or named.get("scope"),
            ident or named.get("id"),
            value,
            self._statement(node),
        )

    def _classes(self, node: ast.Call) -> list[ast.expr]:
        """Return what a call constructs, or what `super().__init__` does, if a state machine."""
        made = [node.func]
        match node.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
                made = self.supers[node].bases if node in self.supers else []
        return [one for one in made if self._name(one) in {L1, L2}]

    def _statement(self, node: ast.Call) -> Statement | None:
        """Return the statement on lines of its own that only constructs a thing, if one does."""
        found = self.statements.get(node)
        if found is None:
            return None
        start, end = self.span(found)
        targets = found.targets if isinstance(found, ast.Assign) else []
        if not begins(self.file.text, start) or rest(self.file.text, end) is None:
            return None
        return Statement(ast.unparse(targets[0]) if targets else "", start, end)

    def value(self, node: ast.expr, depth: int = 0) -> Value:
        """Return what an expression is, following names given once in the file."""
        start = self.at(node.lineno, node.col_offset)
        end = self.at(node.end_lineno, node.end_col_offset)
        value = Value(self.file.text[start:end], start, end)
        if depth > _DEPTH:
            return value
        match node:
            case ast.Constant(value=str() | bool() as literal):
                return replace(value, literal=literal)
            case ast.Constant(value=None):
                return replace(value, absent=True)
            case ast.Dict(keys=keys, values=values):
                entries = [(self._key(key), each) for key, each in zip(keys, values, strict=True)]
                return replace(value, record=self._record(node, entries, depth))
            case ast.Call(keywords=keywords, args=args):
                entries = [(word.arg, word.value) for word in keywords]
                second = args[1] if len(args) > 1 else dict(entries).get("id")
                return replace(
                    value,
                    name=self._name(node.func) or "",
                    record=self._record(node, entries, depth),
                    id=self.value(second, depth + 1) if second else None,
                )
        name = self._name(node)
        return replace(value, name=name) if name is not None else self._followed(value, node, depth)

    def _followed(self, value: Value, node: ast.expr, depth: int) -> Value:
        """Return what the only value a name is given is; a changed dict is not known."""
        held = self.held.get(value.text, [])
        if len(held) != 1 or held[0] is None:
            owner = node.value if isinstance(node, ast.Attribute) else None
            return replace(value, owner=self.value(owner, depth + 1)) if owner else value
        if isinstance(held[0], ast.Dict) and value.text in self.changed:
            return value
        return self.value(held[0], depth + 1).called(value.text)

    def _record(
        self, node: ast.Call | ast.Dict, entries: Sequence[tuple[str | None, ast.expr]], depth: int
    ) -> Record:
        fields: dict[str, Value] = {}
        whole = True
        for key, given in entries:
            value = self.value(given, depth + 1)
            if key == "":
                whole = False
            elif key is not None:
                fields[_camel(key)] = value
            else:
                whole &= value.whole
                # What is not known may stand in the place of all that came before it.
                fields = {**fields, **value.record.fields} if value.record else {}
        end = self.at(node.end_lineno, node.end_col_offset) - 1
        last, comma = self.last(end)
        start = self.at(node.lineno, node.col_offset)
        if isinstance(node, ast.Call):
            start = self.at(node.func.end_lineno, node.func.end_col_offset)
        return Record(fields, whole, start + 1, end, self._place(node, last), comma)

    def _place(self, node: ast.Call | ast.Dict, end: int) -> tuple[int, int] | None:
        """Return the place of the last argument, which ends at `end`."""
        if isinstance(node, ast.Dict):
            return None
        given: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        starts = [self.at(one.lineno, one.col_offset) for one in given]
        return (max(starts), end) if starts else None

    def _key(self, node: ast.expr | None) -> str | None:
        """Return the name of a dict's entry: "" for a computed one, None for `**`."""
        if node is None:
            return None
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""

    def _name(self, node: ast.expr) -> str | None:
        """Return the CDK's name of an expression, None when it is none of the CDK's."""
        members: list[str] = []
        while isinstance(node, ast.Attribute):
            members.insert(0, node.attr)
            node = node.value
        name = self.names.get(node.id) if isinstance(node, ast.Name) else None
        return None if name is None else functools.reduce(joined, members, name)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
