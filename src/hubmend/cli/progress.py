"""A progress bar on standard error: only on a terminal, only once work takes over a second."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hubmend.cli.options import Face
from hubmend.core.ports import Progress, Silence

PATIENCE_SECONDS = 1.0
# The pace of late is what counts: a bucket gives a hundred at once, then one a second (F§4.1).
LATELY_SECONDS, TELLING_SECONDS = 30.0, 3.0


@contextmanager
def watching(
    face: Face, expected: float | None = None, *, watched: bool = True
) -> Iterator[Progress]:
    """Yield where a verb says how far it is; `expected` is how many seconds it should take."""
    if not watched or face.quiet or not sys.stderr.isatty():
        yield Silence()
        return
    bar = Bar(expected)
    try:
        yield bar
    finally:
        bar.close()


class TimeLeft:
    """How long work still takes: as expected at first, then more and more as seen."""

    def __init__(self, expected: float | None = None) -> None:
        self._expected = expected
        self._seen: deque[tuple[float, int]] = deque()

    def after(self, seconds: float, done: int, total: int) -> float | None:
        """Return the seconds left so long after the start, None while that cannot be told."""
        if self._seen and done < self._seen[-1][1]:  # the next part of the work began
            self._seen.clear()
        self._seen.append((seconds, done))
        while seconds - self._seen[0][0] > LATELY_SECONDS and len(self._seen) > 2:  # noqa: PLR2004 - a pace needs two
            self._seen.popleft()
        as_seen = self._as_seen(total)
        left = None if self._expected is None else self._expected - seconds
        if left is None or left <= 0:
            return as_seen
        if as_seen is None:
            return left
        share = done / total
        return share * as_seen + (1 - share) * left

    def _as_seen(self, total: int) -> float | None:
        (since, was), (now, done) = self._seen[0], self._seen[-1]
        if now - since < TELLING_SECONDS or done == was:
            return None
        return (total - done) * (now - since) / (done - was)


class Bar:
    """A bar that appears when the work turns out to be long."""

    def __init__(self, expected: float | None = None) -> None:
        self._began = time.monotonic()
        self._left = TimeLeft(expected)
        self._live: Any = None
        self._task: Any = None

    def update(self, done: int, total: int | None, text: str, left: float | None = None) -> None:
        """Say how far the work is; without any number only what it waits for."""
        passed = time.monotonic() - self._began
        if left is None and total:
            left = self._left.after(passed, done, total)
        if self._live is None:
            if passed < PATIENCE_SECONDS:
                return
            self._open()
        if total is None and not done:
            self._live.update(self._task, text=text)
            return
        self._live.update(self._task, completed=done, total=total, text=text, left=_said(left))

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
            rich.TextColumn("{task.fields[left]}"),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,  # else rich sends what we print to standard error, too
        )
        self._task = self._live.add_task("", total=None, text="", left="")
        self._live.start()


def _said(left: float | None) -> str:
    from hubmend.report.wording import about

    return "" if left is None or left < 1 else f"about {about(left)} left"
