"""A progress bar on standard error: only on a terminal, only once work takes over a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hubmend.cli.options import Face
from hubmend.core.ports import Progress, Silence

PATIENCE_SECONDS = 1.0


@contextmanager
def watching(face: Face, *, watched: bool = True) -> Iterator[Progress]:
    """Yield where a verb says how far it is."""
    if not watched or face.quiet or not sys.stderr.isatty():
        yield Silence()
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()


class Bar:
    """A bar that appears when the work turns out to be long."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._live: Any = None
        self._task: Any = None

    def update(self, done: int, total: int | None, text: str) -> None:
        """Say how far the work is."""
        if self._live is None:
            if time.monotonic() - self._began < PATIENCE_SECONDS:
                return
            self._open()
        self._live.update(self._task, completed=done, total=total, text=text)

    def close(self) -> None:
        """Take the bar away."""
        if self._live is not None:
            self._live.stop()

    def _open(self) -> None:
        from rich import progress as rich
        from rich.console import Console

        self._live = rich.Progress(
            rich.BarColumn(24),
            rich.MofNCompleteColumn(),
            rich.TextColumn("{task.fields[text]}", markup=False),
            rich.TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # else rich sends what we print to standard error, too
        )
        self._task = self._live.add_task("", total=None, text="")
        self._live.start()
