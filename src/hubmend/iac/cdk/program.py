"""What both languages of CDK programs are read into: constructs, their properties, the imports.

Names are the CDK's own, whatever a file imported them as: `aws_logs.LogGroup`, `RemovalPolicy`.
Properties are camelCase, as in TypeScript. Offsets are of characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hubmend.iac.source import SourceFile

BYTE_ORDER_MARK = "\ufeff"
L1 = "aws_stepfunctions.CfnStateMachine"
L2 = "aws_stepfunctions.StateMachine"

_ROW = 60  # what a report's row has room for
_ROOTS = ("aws_cdk_lib", "aws_cdk", "monocdk", "monocdk_experiment", "@aws_cdk")
_SET_LATER = re.compile(
    r"\.(?:loggingConfiguration|logging_configuration)\s*=[^=]"
    r"|[pP]ropertyOverride\(\s*['\"`]LoggingConfiguration"
    r"|_property_override\(\s*['\"]LoggingConfiguration"
)


@dataclass(frozen=True)
class Record:
    """An object literal, or a call's keyword arguments.

    `whole` is False when some are hidden: a spread, a computed name. `end` is where the closing
    bracket stands; `last` the last entry's place; `comma` the offset after a trailing comma.
    """

    fields: Mapping[str, Value]
    whole: bool
    start: int
    end: int
    last: tuple[int, int] | None
    comma: int | None


@dataclass(frozen=True)
class Value:
    """An expression: its place and text, and what it is as far as the file alone tells.

    `name` is the CDK's name for it, or for what it calls; `id` is that of a construct it makes;
    `owner` what it is a member of. `here` is False where the expression is the name of a constant
    and the rest tells of what the constant holds.
    """

    text: str
    start: int
    end: int
    literal: str | bool | None = None
    name: str = ""
    absent: bool = False
    record: Record | None = None
    id: Value | None = None
    owner: Value | None = None
    here: bool = True

    def field(self, name: str) -> Value | None:
        """Return a property, or None when it is not there or says undefined or None."""
        found = self.record.fields.get(name) if self.record else None
        return None if found is None or found.absent else found

    @property
    def whole(self) -> bool:
        """Whether all properties are known."""
        return self.record is not None and self.record.whole

    @property
    def words(self) -> str:
        """Return the text as one short line."""
        words = " ".join(self.text.split())
        return words if len(words) <= _ROW else f"{words[: _ROW - 3]}..."

    def called(self, text: str) -> Value:
        """Return what a constant holds, at the place of its name."""
        return replace(self, text=text, here=False)


@dataclass(frozen=True)
class Statement:
    """A statement that constructs one thing; `target` names it, "" where nothing does."""

    target: str
    start: int
    end: int


@dataclass(frozen=True)
class Construct:
    """One construction of a state machine; `name` is `L1` or `L2`."""

    name: str
    line: int
    start: int
    end: int
    local: str  # what its class is reached through: the name that was imported
    scope: Value | None
    id: Value | None
    props: Value | None
    statement: Statement | None


@dataclass(frozen=True)
class Import:
    """One local name of something of the CDK, and the place of the statement that brings it."""

    local: str
    name: str
    module: str
    start: int
    end: int
    required: bool = False


@dataclass(frozen=True)
class Program:
    """One file as read; `words` are all its identifiers and `shadowed` those declared again."""

    file: SourceFile
    constructs: tuple[Construct, ...]
    imports: tuple[Import, ...]
    words: frozenset[str]
    shadowed: frozenset[str]

    @property
    def sets_later(self) -> bool:
        """Whether logging is set outside a constructor, where nobody tells for which machine."""
        return _SET_LATER.search(self.file.text) is not None


def cdk_module(path: str) -> str | None:
    """Return the CDK's name of a module, "" for the core, None for what is not the CDK.

    >>> cdk_module("aws-cdk-lib/aws-logs"), cdk_module("aws_cdk.core"), cdk_module("./logs")
    ('aws_logs', '', None)
    """
    root, _, rest = path.replace("-", "_").replace("/", ".").partition(".")
    module = rest.partition(".")[0]
    if root not in _ROOTS or (root == "@aws_cdk" and not module):
        return None
    return "" if module in {"core", "lib"} else module


def joined(owner: str, member: str) -> str:
    """Return the name of a member: of the core by itself, of a module after the module."""
    if owner in {"", "core"}:
        return member
    return f"{owner}.{member}"
