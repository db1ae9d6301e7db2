"""A tree of files in memory, and a small language whose machines are lines: `machine NAME on`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from hubmend.core.errors import SourceError, UsageError
from hubmend.core.resource import Verdict
from hubmend.iac.source import Edit, Found, Machine, Patch, Refused, SourceFile, Wanted

_VERDICTS = {"on": Verdict.PASSED, "off": Verdict.FAILED, "var": Verdict.UNKNOWN}


@dataclass
class FakeTree:
    """Implements core.ports.Tree: files by path; those in `broken` cannot be read or written."""

    files: dict[str, str]
    broken: set[str] = field(default_factory=set)
    read_only: set[str] = field(default_factory=set)

    def paths(self, roots: Sequence[str], suffixes: Sequence[str]) -> Iterator[str]:
        """Return the files below the roots."""
        for root in roots:
            if not any(path.startswith(root) for path in self.files):
                raise UsageError(f"{root} does not exist")
        for path in sorted(self.files):
            if path.startswith(tuple(roots)) and path.endswith(tuple(suffixes)):
                yield path

    def beside(self, path: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        """Return the files of a path's folder."""
        folder = path.rpartition("/")[0]
        same = (one for one in sorted(self.files) if one.rpartition("/")[0] == folder)
        return tuple(one for one in same if one.endswith(tuple(suffixes)))

    def read(self, path: str) -> str:
        """Return a file's text."""
        if path in self.broken:
            raise SourceError("is not UTF-8 text")
        return self.files[path]

    def write(self, path: str, before: str, after: str) -> None:
        """Replace a file's text."""
        if path in self.read_only or self.files[path] != before:
            raise SourceError("cannot be written")
        self.files[path] = after


@dataclass(frozen=True)
class Lines:
    """A language of lines `machine NAME on|off|var`; `off` is turned on by a second line.

    `stays` and `doubt` make its patches fail in the two ways fix must notice.
    """

    suffixes: tuple[str, ...] = (".lines",)
    whole_folder: bool = False
    stays: bool = False
    doubt: str | None = None

    def claims(self, path: str, text: str) -> bool:
        """Whether there is any machine."""
        return not path.startswith("other/") and "machine" in text

    def find(self, files: Sequence[SourceFile]) -> Found:
        """Return the machines; a line that says `bad` is refused."""
        machines, refused = [], []
        for file in files:
            for number, line in enumerate(file.text.splitlines(), 1):
                match line.split():
                    case ["machine", name, word]:
                        machines.append(_machine(file, number, name, _VERDICTS[word]))
                    case ["bad", *_]:
                        refused.append(Refused(file.path, number, "is bad"))
                    case ["on", name] if not self.stays:
                        machines = [
                            replace(one, verdict=Verdict.PASSED) if one.id == name else one
                            for one in machines
                        ]
        return Found(tuple(machines), tuple(refused))

    def patch(self, files: Sequence[SourceFile], wanted: Wanted) -> Patch:
        """Turn on what is off, with a line at the end of its file."""
        assert wanted.log_group
        found = self.find(files)
        fixed = tuple(one for one in found.machines if one.verdict is Verdict.FAILED)
        ends = {file.path: len(file.text) for file in files}
        edits = tuple(Edit(one.path, ends[one.path], f"on {one.id}\n") for one in fixed)
        return Patch(edits, fixed, found.refused)

    def differs(
        self, before: Sequence[SourceFile], after: Sequence[SourceFile], patch: Patch
    ) -> str | None:
        """Return what the test asks for."""
        assert len(before) == len(after)
        assert patch.edits
        return self.doubt


def _machine(file: SourceFile, line: int, name: str, verdict: Verdict) -> Machine:
    return Machine(file.path, line, "lines", name, verdict, "as it says")
