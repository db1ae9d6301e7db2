"""What an HCL expression is worth, as far as its folder tells; never a guess.

A value is what JSON knows, or `Unresolved` with the part as written that could not be followed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from hubmend.iac.terraform.syntax import Expression

Value: TypeAlias = "str | float | bool | list[Value] | dict[str, Value] | Unresolved | None"

HOLE = "\ufffd"  # stands in a template for a part that could not be followed
_STEPS = 20_000  # enough for any policy; locals that double each other do not hang us
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_COMPUTED = ("template_interpolation", "template_directive")
_IDENTITY = ("jsonencode", "tolist", "toset", "tostring", "nonsensitive")


@dataclass(frozen=True)
class Unresolved:
    """An expression whose value the folder does not tell; `partly` is a template with holes."""

    text: str
    partly: str | None = None


@dataclass(frozen=True)
class Scope:
    """What names stand for: `var.x` and `local.x` by their expressions, others by their values."""

    expressions: Mapping[str, Expression] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)

    def evaluate(self, expression: Expression) -> Value:
        """Return what an expression is worth. A document given to jsonencode stays unencoded."""
        try:
            return _Evaluation(self).value(expression)
        except (_TooMuch, RecursionError):
            return Unresolved(expression.text)


class _TooMuch(Exception):  # noqa: N818 - never leaves this module
    """The budget of one evaluation is spent."""


@dataclass
class _Evaluation:
    scope: Scope
    steps: int = _STEPS

    def value(self, expression: Expression) -> Value:
        self.steps -= 1
        if not self.steps:
            raise _TooMuch
        kind, parts = expression.node.type, expression.children
        if kind in ("expression", "literal_value", "template_expr", "collection_value"):
            return self.chain(expression, parts)
        if kind in ("quoted_template", "heredoc_template", "string_lit"):
            return self.template(expression, parts)
        if kind == "tuple":
            return [self.value(one) for one in parts if one.node.type == "expression"]
        if kind == "object":
            return self.mapping([one for one in parts if one.node.type == "object_elem"])
        if kind == "conditional":
            return self.choice(expression, parts)
        if kind == "function_call":
            return self.call(expression, parts)
        if kind == "template_interpolation":
            return self.value(next(one for one in parts if one.node.type == "expression"))
        return self.literal(expression)

    def literal(self, expression: Expression) -> Value:
        kind, text = expression.node.type, expression.text
        if kind == "bool_lit":
            return text == "true"
        if kind == "null_lit":
            return None
        if kind == "numeric_lit":
            return float(text) if "." in text else int(text)
        return Unresolved(text)

    def chain(self, expression: Expression, parts: Sequence[Expression]) -> Value:
        """One part alone, or a name and what is picked from it: var.x, var.x["k"], local.a.b."""
        if len(parts) == 1:
            return self.value(parts[0])
        if not parts or parts[0].node.type != "variable_expr":
            return Unresolved(expression.text)
        keys = [self.key(part) for part in parts[1:]]
        name = f"{parts[0].text}.{keys[0]}"
        found = self.named(name, Unresolved(expression.text))
        for key in keys[1:]:
            found = _picked(found, key, Unresolved(expression.text))
        return found

    def named(self, name: str, otherwise: Unresolved) -> Value:
        if name in self.scope.values:
            return self.scope.values[name]
        if name in self.scope.expressions:
            return self.value(self.scope.expressions[name])
        return otherwise

    def key(self, part: Expression) -> Value:
        if part.node.type == "get_attr":
            return part.children[0].text
        if part.node.type == "index" and part.children[0].node.type == "new_index":
            return self.value(part.children[0].children[0])
        return Unresolved(part.text)

    def template(self, expression: Expression, parts: Sequence[Expression]) -> Value:
        """Join what stands between the computed parts, read from the text, with their values."""
        quoted = expression.node.type != "heredoc_template"
        computed = [one for one in parts if one.node.type in _COMPUTED]
        position, end = _inside(expression, quoted=quoted)
        if quoted and [(one.start, one.end) for one in computed] == [(position, end)]:
            return self.value(computed[0])  # "${x}" is x itself
        pieces: list[str | Unresolved] = []
        for one in computed:
            literal = _unescaped(expression.source[position : one.start], quoted=quoted)
            pieces += [literal, self.piece(one)]
            position = one.end
        pieces.append(_unescaped(expression.source[position:end], quoted=quoted))
        whole = "".join(HOLE if isinstance(one, Unresolved) else one for one in pieces)
        known = not any(isinstance(one, Unresolved) for one in pieces)
        return whole if known else Unresolved(expression.text, whole)

    def piece(self, expression: Expression) -> str | Unresolved:
        found = self.value(expression)
        if isinstance(found, str | Unresolved):
            return found
        try:
            return json.dumps(found)
        except TypeError:  # a document with unresolved parts
            return Unresolved(expression.text)

    def mapping(self, parts: Sequence[Expression]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for part in parts:
            name, value = part.children
            bare = len(name.children) == 1 and name.children[0].node.type == "variable_expr"
            key = name.text if bare and not name.text.startswith("(") else self.value(name)
            found[key if isinstance(key, str) else HOLE] = self.value(value)
        return found

    def choice(self, expression: Expression, parts: Sequence[Expression]) -> Value:
        test = self.value(parts[0])
        if isinstance(test, bool):
            return self.value(parts[1] if test else parts[2])
        return Unresolved(expression.text)

    def call(self, expression: Expression, parts: Sequence[Expression]) -> Value:
        name = parts[0].text
        values = [self.value(one) for one in parts[1].children] if len(parts) > 1 else []
        match name, values:
            case _, [one] if name in _IDENTITY:
                return one
            case "upper", [str(text)]:
                return text.upper()
            case "lower", [str(text)]:
                return text.lower()
            case "concat", [*lists] if all(isinstance(one, list) for one in lists):
                return [item for one in lists if isinstance(one, list) for item in one]
            case "lookup", [dict(names), str(key), *default]:
                return names.get(key, default[0] if default else Unresolved(expression.text))
        return Unresolved(expression.text)


def _picked(value: Value, key: Value, otherwise: Unresolved) -> Value:
    if isinstance(value, dict) and isinstance(key, str):
        return value.get(key, otherwise)
    if isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
        return value[key]
    return otherwise


def _inside(template: Expression, *, quoted: bool) -> tuple[int, int]:
    """Return where the content of a string or a heredoc begins and ends."""
    if quoted:
        return template.start + 1, template.end - 1
    first = template.source.index("\n", template.start) + 1
    return first, max(first, template.source.rindex("\n", 0, template.end) + 1)


def _unescaped(text: str, *, quoted: bool) -> str:
    text = re.sub(r"([$%])\1\{", r"\1{", text)
    return _ESCAPE.sub(_character, text) if quoted else text


def _character(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) == 1:
        return {"n": "\n", "r": "\r", "t": "\t"}.get(code, code)
    number = int(code[1:], 16)
    return chr(number) if number <= sys.maxunicode else HOLE
