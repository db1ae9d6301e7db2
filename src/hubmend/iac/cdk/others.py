"""CDK programs in Java, C# and Go: state machines are found by their words, and not judged.

What is synthesised from them is CloudFormation, which is judged; the source needs a parser each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubmend.core.resource import Verdict
from hubmend.iac.source import Found, Machine, Patch, SourceFile, Wanted

_REASON = (
    "CDK programs in this language are not judged: "
    "run `cdk synth`, and `hubmend check` on the templates in cdk.out"
)
# Strings and comments are stepped over; the last alternative is where a machine is constructed.
_ASIDE = (
    r'"""[\s\S]*?"""|@"(?:""|[^"])*"|`[^`]*`|"(?:\\.|[^"\\\r\n])*"|'
    r"'(?:\\.|[^'\\\r\n])+'|//[^\r\n]*|/\*[\s\S]*?\*/"
)
_ID = re.compile(r'[^";{}]*?"((?:\\.|[^"\\\r\n])*)"')


@dataclass
class Unjudged:
    """CDK programs in a language that is not parsed."""

    kind: str
    suffixes: tuple[str, ...]
    mark: str  # what a file that imports the module names
    made: str  # a regular expression of the construction
    whole_folder: bool = False

    def claims(self, path: str, text: str) -> bool:
        """Whether a file imports the module and constructs a state machine."""
        return (
            path.lower().endswith(self.suffixes)
            and self.mark in text
            and any(True for _ in self._sites(text))
        )

    def find(self, files: Sequence[SourceFile]) -> Found:
        """Return every state machine, all UNKNOWN."""
        return Found(
            tuple(
                Machine(
                    path=file.path,
                    line=len(re.findall(r"\r\n|\r|\n", file.text[: site.start()])) + 1,
                    kind=self.kind,
                    id=ident[1] if (ident := _ID.match(file.text, site.end())) else "",
                    verdict=Verdict.UNKNOWN,
                    reason=_REASON,
                )
                for file in files
                if self.mark in file.text
                for site in self._sites(file.text)
            )
        )

    def patch(self, files: Sequence[SourceFile], wanted: Wanted) -> Patch:  # noqa: ARG002  # the interface's
        """Return nothing: nothing is judged, so nothing is known to fail."""
        return Patch()

    def differs(
        self,
        before: Sequence[SourceFile],
        after: Sequence[SourceFile],
        patch: Patch,  # noqa: ARG002  # as above
    ) -> str | None:
        """Return None when nothing changed; nothing may."""
        return None if list(before) == list(after) else f"{self.kind} sources are never changed"

    def _sites(self, text: str) -> Iterator[re.Match[str]]:
        found = re.finditer(f"{_ASIDE}|(?P<made>{self.made})", text)
        return (one for one in found if one["made"])


JAVA = Unjudged(
    "cdk-java",
    (".java",),
    "software.amazon.awscdk",
    r"\b(?:Cfn)?StateMachine\s*\.\s*Builder\s*\.\s*create\s*\(|\bnew\s+(?:\w+\.)*(?:Cfn)?StateMachine\s*\(",
)
CSHARP = Unjudged(
    "cdk-csharp",
    (".cs",),
    "Amazon.CDK",
    r"\bnew\s+(?:\w+\.)*(?:Cfn)?StateMachine\s*\(",
)
GO = Unjudged(
    "cdk-go",
    (".go",),
    "aws-cdk-go/awscdk",
    r"\b\w+\.New(?:Cfn)?StateMachine\s*\(",
)
