"""CDK programs: TypeScript and Python are judged and patched, other languages are found.

Both are read into one shape (`program`), which is judged (`judging`) the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubmend.core.resource import Verdict
from hubmend.iac.cdk import python, typescript
from hubmend.iac.cdk.judging import judged
from hubmend.iac.cdk.others import CSHARP, GO, JAVA
from hubmend.iac.cdk.program import Program
from hubmend.iac.source import Found, Machine, Patch, Refused, SourceFile, Wanted

_LATER = "CDK programs are not patched yet: give the machine `logs` by hand"


@dataclass
class Cdk:
    """CDK programs in one language that is parsed."""

    kind: str
    suffixes: tuple[str, ...]
    marks: tuple[str, ...]  # of which a program that uses the CDK names one
    read: Callable[[SourceFile], Program | Refused]
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

    def patch(self, files: Sequence[SourceFile], wanted: Wanted) -> Patch:  # noqa: ARG002  # for now
        """Refuse every failing machine: the patch is not written yet."""
        failed = [one for one in self.find(files).machines if one.verdict is Verdict.FAILED]
        return Patch(refused=tuple(Refused(one.path, one.line, _LATER) for one in failed))

    def differs(
        self,
        before: Sequence[SourceFile],
        after: Sequence[SourceFile],
        patch: Patch,  # noqa: ARG002  # as above
    ) -> str | None:
        """Return None when nothing changed; nothing may."""
        return None if list(before) == list(after) else f"{self.kind} sources are not changed"

    def _machines(self, program: Program) -> list[Machine]:
        return [judged(program, made, self.kind) for made in program.constructs]


TYPESCRIPT = Cdk(
    "cdk-typescript",
    (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"),
    ("aws-cdk-lib", "@aws-cdk/", "monocdk"),
    typescript.read,
)
PYTHON = Cdk("cdk-python", (".py",), ("aws_cdk", "monocdk"), python.read)
ALL = (TYPESCRIPT, PYTHON, JAVA, CSHARP, GO)
