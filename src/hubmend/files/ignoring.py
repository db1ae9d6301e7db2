"""Which files git would not see: the .gitignore files from the repository's root downwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pathspec import GitIgnoreSpec

# What tools write, or fetch: never somebody's source, whether git ignores it or not.
GENERATED = (
    ".git/", ".hg/", ".terraform/", ".serverless/", ".aws-sam/", "cdk.out/", "node_modules/",
    ".venv/", "__pycache__/",
)  # fmt: skip


@dataclass(frozen=True)
class Rules:
    """Patterns as .gitignore writes them, and the folder they are relative to."""

    folder: Path
    spec: GitIgnoreSpec

    def verdict(self, path: Path, *, is_folder: bool) -> bool | None:
        """Whether they ignore a path; None when they say nothing of it."""
        if not path.is_relative_to(self.folder):
            return None
        relative = path.relative_to(self.folder).as_posix()
        return self.spec.check_file(relative + "/" * is_folder).include


def rules(folder: Path, lines: Sequence[str]) -> Rules:
    """Return rules of patterns relative to a folder."""
    return Rules(folder, GitIgnoreSpec.from_lines(lines))


def ignored(path: Path, chain: Sequence[Rules], *, is_folder: bool) -> bool:
    """Whether a path is ignored: the last of the rules that speaks of it decides, as with git."""
    for one in reversed(chain):
        verdict = one.verdict(path, is_folder=is_folder)
        if verdict is not None:
            return verdict
    return False


def of_folder(folder: Path) -> tuple[Rules, ...]:
    """Return the rules a folder's own .gitignore holds, if it has one."""
    try:
        lines = (folder / ".gitignore").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    return (rules(folder, lines),)


def above(folder: Path) -> Iterator[Rules]:
    """Return the rules that the folders above give, from the repository's root downwards."""
    parents = list(folder.parents)
    root = next((n for n, one in enumerate([folder, *parents]) if (one / ".git").exists()), 0)
    for parent in reversed(parents[:root]):
        yield from of_folder(parent)
