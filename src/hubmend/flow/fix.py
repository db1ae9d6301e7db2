"""fix: the source patch that turns logging on, shown as a diff or written; never on doubt."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubmend.core.errors import DONE, FAILING, INCOMPLETE, SourceError
from hubmend.core.ports import Progress, Tree
from hubmend.core.resource import Verdict
from hubmend.flow.check import Unit, in_order, units
from hubmend.iac import LANGUAGES
from hubmend.iac.source import Language, Machine, Refused, SourceFile, Wanted, patched


@dataclass(frozen=True)
class FilePatch:
    """One file with its insertions, and the machines there whose logging they turn on."""

    path: str
    before: str
    after: str
    machines: tuple[Machine, ...]

    @property
    def diff(self) -> str:
        """Return the unified diff, as `git apply` takes it (a tab ends a name with spaces)."""
        name = self.path.removeprefix("./").lstrip("/") + "\t" * (" " in self.path)
        lines = difflib.unified_diff(
            _lines(self.before), _lines(self.after), f"a/{name}", f"b/{name}"
        )
        return "".join(
            line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
            for line in lines
        )


@dataclass(frozen=True)
class Fixed:
    """What was patched, what was refused, and the machines that were not touched.

    `written` says whether the files hold the patches now. `others` pass already, or cannot be
    judged.
    """

    patches: tuple[FilePatch, ...]
    refused: tuple[Refused, ...]
    others: tuple[Machine, ...]
    written: bool

    @property
    def diff(self) -> str:
        """Return the unified diff of all files."""
        return "".join(patch.diff for patch in self.patches)

    @property
    def machines(self) -> tuple[Machine, ...]:
        """Return the machines whose logging the patches turn on."""
        return in_order(machine for patch in self.patches for machine in patch.machines)

    @property
    def exit_code(self) -> int:
        """Return 3 when anything was refused or unknown, 1 when a patch is not written, else 0."""
        if self.refused or any(one.verdict is Verdict.UNKNOWN for one in self.others):
            return INCOMPLETE
        return FAILING if self.patches and not self.written else DONE


def fix(
    tree: Tree,
    roots: Sequence[str],
    wanted: Wanted,
    progress: Progress,
    *,
    write: bool = False,
    languages: Sequence[Language] = LANGUAGES,
) -> Fixed:
    """Patch every failing state machine below the roots; write nothing unless asked to.

    A unit whose patched files do not read back as the original plus the additions, or in which a
    machine still fails, is refused whole. Raise UsageError when a root does not exist.
    """
    refused: list[Refused] = []
    patches: list[FilePatch] = []
    others: list[Machine] = []
    for done, unit in enumerate(units(tree, roots, languages, refused)):
        progress.update(done, None, unit.files[0].path)
        made = list(_patch(unit, wanted, refused, others))
        patches += _write(tree, made, refused) if write else made
    return Fixed(tuple(patches), in_order(refused), in_order(others), write)


def _patch(
    unit: Unit, wanted: Wanted, refused: list[Refused], others: list[Machine]
) -> Iterator[FilePatch]:
    """Return the patched files of a unit; what is refused or left alone is added to the lists."""
    found = unit.language.find(unit.files)
    patch = unit.language.patch(unit.files, wanted)
    fixed = {(one.path, one.line, one.id) for one in patch.fixed}
    others += (one for one in found.machines if (one.path, one.line, one.id) not in fixed)
    refused += (*found.refused, *patch.refused)
    if not patch.edits:
        return
    after = patched(unit.files, patch.edits)
    doubt = _doubt(unit, after, patch.fixed) or unit.language.differs(unit.files, after, patch)
    if doubt:
        why = f"not patched: {doubt}"
        refused += (Refused(one.path, one.line, f"{one.id}: {why}") for one in patch.fixed)
        return
    for old, new in zip(unit.files, after, strict=True):
        if old != new:
            own = tuple(one for one in patch.fixed if one.path == old.path)
            yield FilePatch(old.path, old.text, new.text, own)


def _doubt(unit: Unit, after: Sequence[SourceFile], fixed: Sequence[Machine]) -> str | None:
    """Return which machine would not pass when the patched source is judged again."""
    passing = {
        (one.path, one.id)
        for one in unit.language.find(after).machines
        if one.verdict is Verdict.PASSED
    }
    for machine in fixed:
        if (machine.path, machine.id) not in passing:
            return f"{machine.id} would still not pass"
    return None


def _write(tree: Tree, patches: Sequence[FilePatch], refused: list[Refused]) -> list[FilePatch]:
    """Write a unit's files, all or none: half a patch would not deploy."""
    written: list[FilePatch] = []
    for patch in patches:
        try:
            tree.write(patch.path, patch.before, patch.after)
        except SourceError as error:
            refused.append(Refused(patch.path, None, str(error)))
            why = f"left as it was: the patch needs {patch.path}, too, which {error}"
            for one in written:
                tree.write(one.path, one.after, one.before)
                refused.append(Refused(one.path, None, why))
            return []
        written.append(patch)
    return written


def _lines(text: str) -> list[str]:
    """Return lines with their ends, cut at newlines alone: a diff knows no other end."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
