"""Python, read with the standard library's ast: which state machines a file constructs."""

from __future__ import annotations

import ast
import functools
import re
import tokenize
import warnings
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from hubmend.iac.cdk.program import (
    BYTE_ORDER_MARK,
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
from hubmend.iac.source import Refused, SourceFile

_DEPTH = 6  # of calls within calls that matter: properties, logs, destination, its properties
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_STARRED = ("StateMachine", "CfnStateMachine", "StateMachineType", "LogLevel", "LogOptions")
_SKIPPED = {tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}

Token = tuple[int, str]  # character offset and text


def read(file: SourceFile) -> Program | Refused:
    """Return what a file constructs, or why it cannot be read."""
    try:
        return _Reader(file).program()
    except (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError) as error:
        line = getattr(error, "lineno", None)
        what = getattr(error, "msg", None) or "nested too deeply, or not text"
        return Refused(file.path, line, f"not valid Python: {what}: nothing is judged")


def parse(text: str) -> ast.Module:
    """Return the tree of a file's text; SyntaxError, ValueError, RecursionError, MemoryError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the user's code: invalid escapes and the like
        return ast.parse(text.removeprefix(BYTE_ORDER_MARK))


def tokens(text: str) -> list[Token]:
    """Return the tokens of a file's text, comments and line ends left out."""
    lines, starts = _lines(text)
    reader = iter([*lines, ""])
    found = tokenize.generate_tokens(lambda: next(reader, ""))
    return [
        (starts[one.start[0] - 1] + one.start[1], one.string)
        for one in found
        if one.type not in _SKIPPED and one.string
    ]


def _lines(text: str) -> tuple[list[str], list[int]]:
    """Return the lines as Python counts them, and the character offset of each and of the end."""
    mark = len(text) - len(text.removeprefix(BYTE_ORDER_MARK))
    lines = [line for line in _LINE.findall(text[mark:]) if line]
    return lines, [mark + n for n in accumulate(map(len, lines), initial=0)]


@dataclass
class _Reader:
    """The names of one file, gathered before its constructions are read."""

    file: SourceFile
    names: dict[str, str] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)
    given: dict[ast.expr, ast.expr] = field(default_factory=dict)
    held: dict[str, list[ast.expr | None]] = field(default_factory=lambda: defaultdict(list))
    changed: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    supers: dict[ast.Call, ast.ClassDef] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tree = parse(self.file.text)
        self.lines, self.starts = _lines(self.file.text)
        self.tokens = tokens(self.file.text)
        self.token_at = {start: number for number, (start, _) in enumerate(self.tokens)}

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
            case (
                ast.Assign(targets=[target], value=value)
                | ast.NamedExpr(target=target, value=value)
            ):
                self.given[target] = value
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.given[target] = value
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
                end = self.at(node.end_lineno, node.end_col_offset)
                self.imports.append(Import(local, name, path, end))

    def _imported(self, module: str, name: str) -> str:
        """Return the CDK's name for what is imported from a module; its core has two paths."""
        if name == "*":
            return module
        return "" if (module, name) == ("", "core") else joined(module, name)

    def _construct(self, node: ast.AST) -> Construct | None:
        if not isinstance(node, ast.Call):
            return None
        name = self._name(node.func)
        if ast.unparse(node.func) == "super().__init__" and node in self.supers:
            name = next(filter(None, map(self._name, self.supers[node].bases)), None)
        if name not in {L1, L2}:
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
            scope or named.get("scope"),
            ident or named.get("id"),
            value,
        )

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
                    call=True,
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
        last, comma = self._last(end)
        start = self.at(node.lineno, node.col_offset)
        if isinstance(node, ast.Call):
            start = self.at(node.func.end_lineno, node.func.end_col_offset)
        return Record(fields, whole, start + 1, end, self._place(node, last), comma)

    def _last(self, close: int) -> tuple[int, int | None]:
        """Return where the last entry before a closing bracket ends, and its comma."""
        number = self.token_at[close] - 1
        start, text = self.tokens[number]
        if text != ",":
            return start + len(text), None
        before, word = self.tokens[number - 1]
        return before + len(word), start + 1

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

    def at(self, line: int | None, column: int | None) -> int:
        """Return the character offset of a place as ast tells it: line, and bytes of UTF-8."""
        assert line is not None  # noqa: S101  # what was parsed has its ends
        text = self.lines[line - 1]
        before = text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass")
        return self.starts[line - 1] + len(before)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda found: found[1].upper(), name)
