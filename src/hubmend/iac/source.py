"""The nouns of source code: files in, state machines found and text to insert out; all pure.

One module per source language implements `Language`. Positions are character offsets into
`SourceFile.text`, which holds the file exactly: byte order mark, line endings and all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hubmend.core.resource import Verdict

NEW = "new"  # Wanted.log_group: create one beside the machine


class Rights(StrEnum):
    """Whether the machine's role may deliver logs (F§3.8), as far as the source tells."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SourceFile:
    """One file: its path as the user gave it, with forward slashes, and its whole text."""

    path: str
    text: str


@dataclass(frozen=True)
class Machine:
    """A state machine found in source, judged; `line` is 1-based, that of its name or block.

    `level` is None where none is set or none can be known; `log_group` is a name, an ARN, or the
    reference as written. `kind` is a language's word: sam, cloudformation, terraform, ...
    """

    path: str
    line: int
    kind: str
    id: str
    verdict: Verdict
    reason: str
    level: str | None = None
    include_execution_data: bool | None = None
    log_group: str | None = None
    role_rights: Rights = Rights.UNKNOWN


@dataclass(frozen=True)
class Refused:
    """What was not read or not patched, why, and the snippet a person can paste instead."""

    path: str
    line: int | None
    reason: str
    snippet: str = ""


@dataclass(frozen=True)
class Found:
    """What a unit of source holds."""

    machines: tuple[Machine, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """How logging is to be turned on.

    `level` None takes the recommendation by type: ALL for EXPRESS, else ERROR. `log_group` is
    `NEW`, the name of an existing group, or an ARN.
    """

    level: str | None = None
    include_execution_data: bool = False
    retention_days: int = 365
    log_group: str = NEW


@dataclass(frozen=True)
class Edit:
    """Text to insert before the character at `offset`; edits of one offset keep their order."""

    path: str
    offset: int
    text: str


@dataclass(frozen=True)
class Patch:
    """The insertions that turn logging on, for the machines `fixed`, and what was refused."""

    edits: tuple[Edit, ...] = ()
    fixed: tuple[Machine, ...] = ()
    refused: tuple[Refused, ...] = ()


class Language(Protocol):
    """One source language. All of it is pure, and total: bad source is Refused, never raised."""

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Of the names of its files, lower case, with the dot."""
        ...

    @property
    def whole_folder(self) -> bool:
        """Whether its files are read together with the others of their folder."""
        ...

    def claims(self, path: str, text: str) -> bool:
        """Whether a file may hold state machines of this language: a quick look, never a parse."""
        ...

    def find(self, files: Sequence[SourceFile]) -> Found:
        """Return every state machine of a unit: one file, or a folder's files, one claimed."""
        ...

    def patch(self, files: Sequence[SourceFile], wanted: Wanted) -> Patch:
        """Return the insertions for every FAILED machine of a unit; those on stay as they are."""
        ...

    def differs(
        self, before: Sequence[SourceFile], after: Sequence[SourceFile], patch: Patch
    ) -> str | None:
        """Return how patched source, parsed again, is more than the original and the additions.

        None when it is exactly that; anything else is a reason to write nothing.
        """
        ...


def patched(files: Sequence[SourceFile], edits: Sequence[Edit]) -> tuple[SourceFile, ...]:
    """Return the files with every insertion made."""
    return tuple(SourceFile(file.path, _inserted(file, edits)) for file in files)


def _inserted(file: SourceFile, edits: Sequence[Edit]) -> str:
    own = sorted((edit for edit in edits if edit.path == file.path), key=lambda edit: edit.offset)
    parts, position = [], 0
    for edit in own:
        parts += [file.text[position : edit.offset], edit.text]
        position = edit.offset
    return "".join([*parts, file.text[position:]])
