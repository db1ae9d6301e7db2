"""Implements core.ports.Tree on a file system."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from hubmend.core.errors import SourceError, UsageError
from hubmend.files.ignoring import GENERATED, Rules, above, ignored, of_folder, rules

MOST_BYTES = 16 * 1024 * 1024


class FileTree:
    """Files below the working folder or anywhere; never follows a link to a folder.

    `include` and `exclude` are patterns as .gitignore writes them, relative to each root: with
    `include` only the files that match one are read.
    """

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        self._include, self._exclude = include, exclude

    def paths(self, roots: Sequence[str], suffixes: Sequence[str]) -> Iterator[str]:
        """Return the files below the roots whose names end so; raise UsageError for no root.

        A folder that may not be listed is returned itself: reading it tells why.
        """
        seen: set[str] = set()
        for root in roots:
            path = Path(root)
            if not path.exists():
                raise UsageError(f"{root} does not exist: name a file or a folder to look at")
            for found in self._below(path, tuple(suffixes)):
                if found not in seen:
                    seen.add(found)
                    yield found

    def _below(self, root: Path, suffixes: tuple[str, ...]) -> Iterator[str]:
        if root.is_file():
            yield from [root.as_posix()] if root.name.lower().endswith(suffixes) else []
            return
        place = root.resolve()
        chain = (*above(place), rules(place, GENERATED))
        without = rules(place, self._exclude)
        only = rules(place, self._include or ["*"])
        for path in _walk(place, chain, without):
            listed = path.is_dir() or path.name.lower().endswith(suffixes)
            if listed and only.verdict(path, is_folder=False):
                yield (root / path.relative_to(place)).as_posix()

    def beside(self, path: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        """Return the files in the folder of a path whose names end so, ordered."""
        folder = Path(path).parent
        names = sorted(one.name for one in os.scandir(folder) if one.is_file())
        chosen = [name for name in names if name.lower().endswith(tuple(suffixes))]
        return tuple((folder / name).as_posix() for name in chosen)

    def read(self, path: str) -> str:
        """Return a file's whole text; raise SourceError when it is none, or cannot be read."""
        try:
            raw = Path(path).read_bytes()
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror}") from None
        if len(raw) > MOST_BYTES:
            raise SourceError(f"is larger than {MOST_BYTES // 1024**2} MiB: not read")
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise SourceError(f"is not UTF-8 text (line {line}): save it as UTF-8") from None

    def write(self, path: str, before: str, after: str) -> None:
        """Replace a file's text at once; raise SourceError when it is not `before` any more."""
        if self.read(path) != before:
            raise SourceError("was changed by somebody else meanwhile: not written; run fix again")
        place = Path(path).resolve()  # a link stays a link
        try:
            _replace(place, after.encode("utf-8"))
        except OSError as error:
            raise SourceError(f"cannot be written: {error.strerror}; it is as it was") from None


def _walk(folder: Path, chain: Sequence[Rules], without: Rules) -> Iterator[Path]:
    """Return the files below a folder, in the order of their names, those ignored left out."""
    here = (*chain, *of_folder(folder), without)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield folder
        return
    for entry in entries:
        path = folder / entry.name
        if entry.is_dir(follow_symlinks=False):
            if not ignored(path, here, is_folder=True):
                yield from _walk(path, here[:-1], without)
        elif entry.is_file() and not ignored(path, here, is_folder=False):
            yield path


def _replace(place: Path, content: bytes) -> None:
    """Write beside the file, then put it in its place: nobody ever sees half of it."""
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(place.stat().st_mode)
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
