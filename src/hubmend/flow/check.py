"""check: judge every state machine in the user's source files, as scan judges the live ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hubmend.core.errors import DONE, FAILING, INCOMPLETE, SourceError
from hubmend.core.ports import Progress, Tree
from hubmend.core.resource import Verdict
from hubmend.iac import LANGUAGES
from hubmend.iac.source import Found, Language, Machine, Refused, SourceFile

Item = TypeVar("Item", Machine, Refused)


@dataclass(frozen=True)
class Checked:
    """Every machine found, in the order of path and line, and what could not be judged."""

    machines: tuple[Machine, ...]
    refused: tuple[Refused, ...]

    def count(self, verdict: Verdict) -> int:
        """Return how many machines have a verdict."""
        return sum(machine.verdict is verdict for machine in self.machines)

    @property
    def summary(self) -> dict[str, int]:
        """Return the number of machines per verdict."""
        return {verdict.value.lower(): self.count(verdict) for verdict in Verdict}

    @property
    def exit_code(self) -> int:
        """Return 3 when anything could not be judged, 1 when a machine fails, else 0."""
        if self.refused or self.count(Verdict.UNKNOWN):
            return INCOMPLETE
        return FAILING if self.count(Verdict.FAILED) else DONE


@dataclass(frozen=True)
class Unit:
    """Files that are read together: one file, or a folder's files of one language."""

    language: Language
    files: tuple[SourceFile, ...]


def check(
    tree: Tree,
    roots: Sequence[str],
    progress: Progress,
    languages: Sequence[Language] = LANGUAGES,
) -> Checked:
    """Judge every state machine below the roots.

    Files of one folder that a language reads together (Terraform) are read together also when
    only one of them is named. Raise UsageError when a root does not exist.
    """
    refused: list[Refused] = []
    machines: list[Machine] = []
    for done, unit in enumerate(units(tree, roots, languages, refused)):
        progress.update(done, None, unit.files[0].path)
        found: Found = unit.language.find(unit.files)
        machines += found.machines
        refused += found.refused
    return Checked(in_order(machines), in_order(refused))


def units(
    tree: Tree, roots: Sequence[str], languages: Sequence[Language], refused: list[Refused]
) -> Iterator[Unit]:
    """Return what is to be read together, each once; files that cannot be read are refused."""
    suffixes = sorted({suffix for language in languages for suffix in language.suffixes})
    taken: set[str] = set()
    for path in tree.paths(roots, suffixes):
        if path in taken:
            continue
        file = _read(tree, path, refused)
        language = _language(file, languages) if file else None
        if file and language:
            files = _together(tree, file, language, refused) if language.whole_folder else (file,)
            taken.update(one.path for one in files)
            yield Unit(language, files)


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return machines or refusals by path and line, each once."""
    return tuple(sorted(dict.fromkeys(items), key=lambda one: (one.path, one.line or 0)))


def _language(file: SourceFile, languages: Sequence[Language]) -> Language | None:
    for language in languages:
        if file.path.lower().endswith(language.suffixes) and language.claims(file.path, file.text):
            return language
    return None


def _together(
    tree: Tree, file: SourceFile, language: Language, refused: list[Refused]
) -> tuple[SourceFile, ...]:
    others = (path for path in tree.beside(file.path, language.suffixes) if path != file.path)
    read = (_read(tree, path, refused) for path in others)
    return tuple(sorted([file, *filter(None, read)], key=lambda one: one.path))


def _read(tree: Tree, path: str, refused: list[Refused]) -> SourceFile | None:
    try:
        return SourceFile(path, tree.read(path))
    except SourceError as error:
        refused.append(Refused(path, None, str(error)))
        return None
