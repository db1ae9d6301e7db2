"""What is added to a CDK program, as expressions, and how each language writes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

Fields = Sequence[tuple[str, "Expression"]]


@dataclass(frozen=True)
class Made:
    """A construction, or a call of a static method where the name's last part is lower case."""

    name: str
    arguments: Sequence[Expression]
    fields: Fields = ()
    member: str = ""  # read from the result


@dataclass(frozen=True)
class Struct:
    """Properties: an object literal in TypeScript, a call of the class `name` in Python."""

    name: str
    fields: Fields


@dataclass(frozen=True)
class Constant:
    """A constant of the CDK, by the CDK's name."""

    name: str


@dataclass(frozen=True)
class Code:
    """An expression as the file has it."""

    text: str


@dataclass(frozen=True)
class Template:
    """A text with expressions in it; what is text is written as it is."""

    parts: Sequence[Expression]


Expression = Made | Struct | Constant | Code | Template | str | bool | tuple["Expression", ...]


@dataclass(frozen=True)
class Layout:
    """How a file is laid out."""

    newline: str
    unit: str  # of indentation
    quote: str


class Writer(Protocol):
    """Writes expressions in one language, with the file's names for what is the CDK's."""

    @property
    def layout(self) -> Layout:
        """How the file is laid out."""
        ...

    def field(self, name: str, value: Expression, indent: str) -> str:
        """Return a property with its value."""
        ...

    def write(self, value: Expression, indent: str) -> str:
        """Return an expression; `indent` is that of the line it begins on."""
        ...


@dataclass(frozen=True)
class TypeScript:
    """Writes TypeScript and JavaScript."""

    layout: Layout
    local: Callable[[str], str]

    def field(self, name: str, value: Expression, indent: str) -> str:
        """Return a property with its value."""
        return f"{name}: {self.write(value, indent)}"

    def write(self, value: Expression, indent: str) -> str:
        """Return an expression; `indent` is that of the line it begins on."""
        match value:
            case Made():
                return self._made(value, indent)
            case Struct(fields=fields):
                return self._object(fields, indent)
            case Template(parts=parts):
                return f"`{_joined(self, parts, indent, '${')}`"
            case bool():
                return "true" if value else "false"
        return _alike(self, value, indent)

    def _made(self, value: Made, indent: str) -> str:
        arguments = [self.write(one, indent) for one in value.arguments]
        if value.fields:
            arguments.append(self._object(value.fields, indent))
        new = "" if value.name.rpartition(".")[2][0].islower() else "new "
        member = f".{value.member}" if value.member else ""
        return f"{new}{self.local(value.name)}({', '.join(arguments)}){member}"

    def _object(self, fields: Fields, indent: str) -> str:
        inner = indent + self.layout.unit
        return block([self.field(*one, inner) for one in fields], "{}", self.layout, indent)


@dataclass(frozen=True)
class Python:
    """Writes Python."""

    layout: Layout
    local: Callable[[str], str]

    def field(self, name: str, value: Expression, indent: str) -> str:
        """Return a keyword argument."""
        return f"{_snake(name)}={self.write(value, indent)}"

    def write(self, value: Expression, indent: str) -> str:
        """Return an expression; `indent` is that of the line it begins on."""
        match value:
            case Made() | Struct():
                return self._call(value, indent)
            case Template(parts=parts):
                quote = self.layout.quote
                return f"f{quote}{_joined(self, parts, indent, '{')}{quote}"
            case bool():
                return str(value)
        return _alike(self, value, indent)

    def _call(self, value: Made | Struct, indent: str) -> str:
        inner = indent + self.layout.unit
        first = value.arguments if isinstance(value, Made) else ()
        given = [self.write(one, inner) for one in first]
        given += [self.field(*one, inner) for one in value.fields]
        owner, dot, last = self.local(value.name).rpartition(".")
        name = f"{owner}{dot}{_snake(last) if last[0].islower() else last}"
        member = f".{_snake(value.member)}" if isinstance(value, Made) and value.member else ""
        called = (
            block(given, "()", self.layout, indent) if value.fields else f"({', '.join(given)})"
        )
        return f"{name}{called}{member}"


def _alike(
    writer: TypeScript | Python, value: Constant | Code | str | Sequence[Expression], indent: str
) -> str:
    """Return an expression that both languages write alike, names and quotes apart."""
    match value:
        case Constant(name=name):
            return writer.local(name)
        case Code(text=text):
            return text
        case str():
            return quoted(value, writer.layout.quote)
    return _listed(writer, value, indent)


def _joined(
    writer: TypeScript | Python, parts: Sequence[Expression], indent: str, opening: str
) -> str:
    """Return a template's inside: its text as it is, each expression between its braces."""
    return "".join(
        one if isinstance(one, str) else f"{opening}{writer.write(one, indent)}}}" for one in parts
    )


def _listed(writer: TypeScript | Python, items: Sequence[Expression], indent: str) -> str:
    """Return a list; one item alone stays on its line."""
    if len(items) == 1:
        return f"[{writer.write(items[0], indent)}]"
    inner = indent + writer.layout.unit
    return block([writer.write(one, inner) for one in items], "[]", writer.layout, indent)


def block(lines: Sequence[str], brackets: str, layout: Layout, indent: str) -> str:
    """Return entries between brackets, each on its own line with a comma."""
    first, last = brackets[0], brackets[1]
    inner = "".join(f"{layout.newline}{indent}{layout.unit}{line}," for line in lines)
    return f"{first}{inner}{layout.newline}{indent}{last}"


def quoted(text: str, quote: str) -> str:
    """Return a string literal, the same in both languages."""
    return f"{quote}{text.replace(chr(92), chr(92) * 2).replace(quote, chr(92) + quote)}{quote}"


def _snake(name: str) -> str:
    return re.sub(r"[A-Z]", lambda found: f"_{found[0].lower()}", name)
