"""CDK programs: TypeScript and Python are judged and patched, other languages are found.

Both are read into one shape (`program`), which is judged (`judging`) the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubmend.iac.cdk import python, python_text, typescript, typescript_tree
from hubmend.iac.cdk.difference import Tokens, difference, misjudged
from hubmend.iac.cdk.judging import judged
from hubmend.iac.cdk.others import CSHARP, GO, JAVA
from hubmend.iac.cdk.patching import Patching
from hubmend.iac.cdk.program import Program
from hubmend.iac.source import Found, Machine, Patch, Refused, SourceFile, Wanted


@dataclass
class Cdk:
    """CDK programs in one language that is parsed."""

    kind: str
    suffixes: tuple[str, ...]
    marks: tuple[str, ...]  # of which a program that uses the CDK names one
    python: bool
    read: Callable[[SourceFile], Program | Refused]
    tokens: Tokens
    whole_folder: bool = False

    def claims(self, path: str, text: str) -> bool:
        """Whether a file names the CDK and a state machine."""
        return (
            path.lower().endswith(self.suffixes)
            and "StateMachine" in text
            and any(mark in text for mark in self.marks)
        )

    def find(self, files: Sequence[SourceFile]) -> Found:
        """Return every state machine that the files construct."""
        programs = [self.read(file) for file in files]
        return Found(
            tuple(m for one in programs if isinstance(one, Program) for m in self._machines(one)),
            tuple(one for one in programs if isinstance(one, Refused)),
        )

    def patch(self, files: Sequence[SourceFile], wanted: Wanted) -> Patch:
        """Return the insertions for every failing machine."""
        patches = [
            Patch(refused=(one,))
            if isinstance(one, Refused)
            else Patching(one, wanted, self.kind, self.python).patch()
            for one in map(self.read, files)
        ]
        return Patch(
            tuple(edit for one in patches for edit in one.edits),
            tuple(machine for one in patches for machine in one.fixed),
            tuple(refused for one in patches for refused in one.refused),
        )

    def differs(
        self, before: Sequence[SourceFile], after: Sequence[SourceFile], patch: Patch
    ) -> str | None:
        """Return how patched programs are more than the originals and the additions, or None."""
        return difference(before, after, patch, self.tokens) or misjudged(
            self.find(before), self.find(after), patch
        )

    def _machines(self, program: Program) -> list[Machine]:
        return [judged(program, made, self.kind) for made in program.constructs]


TYPESCRIPT = Cdk(
    "cdk-typescript",
    (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"),
    ("aws-cdk-lib", "@aws-cdk/", "monocdk"),
    False,
    typescript.read,
    typescript_tree.tokens,
)
PYTHON = Cdk("cdk-python", (".py",), ("aws_cdk", "monocdk"), True, python.read, python_text.tokens)
ALL = (TYPESCRIPT, PYTHON, JAVA, CSHARP, GO)
