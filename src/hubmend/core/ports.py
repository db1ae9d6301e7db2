"""The ports: what the verbs need from the outside, implemented by the adapters above them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.decision import Decision
from hubmend.core.resource import Finding, Resource, Scan, Score
from hubmend.core.scanned import Begun, Part

if TYPE_CHECKING:  # a scan has neither runs nor evidence
    from hubmend.core.evidence import Entry
    from hubmend.core.run import Run, RunStatus

Response = Mapping[str, Any]


@dataclass(frozen=True)
class Identity:
    """Who the credentials belong to."""

    account: str
    arn: str
    partition: str


class Gateway(Protocol):
    """The one way to AWS. Every method raises AwsError, or CredentialsError where none work."""

    async def identity(self) -> Identity:
        """Return whose credentials are in use."""
        ...

    async def read(self, target: Target, call: Call) -> Response:
        """Make a call that changes nothing; paced, timed out, and retried where that helps."""
        ...

    def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        """Make a paginated read and follow every page to the end."""
        ...

    async def change(self, target: Target, call: Call) -> Response:
        """Make a call that changes something.

        Retried only while it certainly did not happen (throttled, no connection). A timeout, a
        reset or a 5xx raises AwsError of kind UNCERTAIN: the caller re-reads before going on.
        """
        ...

    def fault(self, call: Call) -> str | None:
        """Return what is wrong with a call's parameters by the service model, None when right."""
        ...


class Store(Protocol):
    """What hubmend remembers. Every method raises StoreError when the store fails."""

    async def start_scan(self, scan: Scan) -> None:
        """Begin a scan: everything but its rows is taken from `scan`."""
        ...

    async def add_rows(
        self,
        scan: str,
        target: int,
        first: int,
        rows: Sequence[Resource],
        part: Part | None = None,
    ) -> None:
        """Add rows of one of a scan's targets, by its number; `part` says that it is whole.

        `first` is the number of the first row; with 0, all the target had before is replaced.
        """
        ...

    async def rows(self, scan: str, target: int, first: int, most: int) -> tuple[Resource, ...]:
        """Return up to `most` rows of a target, from the one with number `first` on."""
        ...

    async def finish_scan(self, scan: Scan) -> None:
        """End a scan: all but its rows is from now on as in `scan`; it may be gone on with."""
        ...

    async def begun_scan(self) -> Begun | None:
        """Return the newest scan, ended or not; None when there is none."""
        ...

    async def last_scan(self, before: datetime | None = None) -> Scan | None:
        """Return the newest scan that ended (that began before a moment), with its rows."""
        ...

    async def add_decisions(self, decisions: Sequence[Decision]) -> None:
        """Remember decisions; a later one about the same resource replaces the earlier."""
        ...

    async def decisions(self) -> tuple[Decision, ...]:
        """Return the newest decision per resource, ordered by resource."""
        ...

    async def add_run(self, run: Run) -> None:
        """Remember a run with its whole plan, before its first call."""
        ...

    async def set_run_status(self, run: str, status: RunStatus, finished: datetime | None) -> None:
        """Change where a run stands."""
        ...

    async def run(self, run: str) -> Run | None:
        """Return one run, None when it is not known."""
        ...

    async def runs(self) -> tuple[Run, ...]:
        """Return all runs, oldest first."""
        ...

    async def append(self, chain: str, at: datetime, kind: str, body: Mapping[str, Any]) -> Entry:
        """Add one entry of evidence to the end of a chain, durably, and return it."""
        ...

    async def entries(self, chain: str) -> tuple[Entry, ...]:
        """Return a chain, oldest first."""
        ...

    async def chains(self) -> tuple[str, ...]:
        """Return the names of all chains, ordered."""
        ...

    async def lease(self, resource: str, holder: str, now: datetime, until: datetime) -> str | None:
        """Take or renew the right to change a resource; return the other holder when refused.

        A lease whose `until` has passed is free.
        """
        ...

    async def release(self, resource: str, holder: str) -> None:
        """Give a lease back; nothing happens when another holds it."""
        ...


class Hub(Protocol):
    """What Security Hub says; an answer is None where it is off, most where it may not be asked."""

    async def parameters(self, target: Target) -> str | None:
        """Return the control's customised logLevel (F§1.2); raise AwsError where refused."""
        ...

    async def findings(self, target: Target) -> Mapping[str, Finding] | None:
        """Return the newest finding of the control per resource ARN."""
        ...

    async def scores(self, target: Target) -> tuple[Score, ...] | None:
        """Return the security score per enabled standard (F§1.7)."""
        ...

    async def offered(self, region: str) -> bool:
        """Whether AWS offers the control in a region (F§1.3); True where that is not known."""
        ...


class Tree(Protocol):
    """The user's source files, by their paths with forward slashes."""

    def paths(self, roots: Sequence[str], suffixes: Sequence[str]) -> Iterator[str]:
        """Return the files below the roots whose names end so, ordered, each once.

        What .gitignore or the caller excludes is left out; a file that is itself a root never.
        Raise UsageError when a root does not exist.
        """
        ...

    def beside(self, path: str, suffixes: Sequence[str]) -> tuple[str, ...]:
        """Return the files in the folder of a path (itself too) whose names end so, ordered."""
        ...

    def read(self, path: str) -> str:
        """Return a file's whole text, line endings and byte order mark kept.

        Raise SourceError when it is no UTF-8 text, is too large, or cannot be read.
        """
        ...

    def write(self, path: str, before: str, after: str) -> None:
        """Replace a file's text at once; raise SourceError when it is not `before` any more."""
        ...


class Clock(Protocol):
    """Time, so that tests can move it."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Progress(Protocol):
    """Where long work says how far it is; ticks are cheap and may be ignored."""

    def update(self, done: int, total: int | None, text: str, left: float | None = None) -> None:
        """Say how far the work is: `total` is None where it cannot be known.

        `left` are the seconds it still takes, where the work itself knows.
        """
        ...


class Silence:
    """Progress nobody looks at."""

    def update(self, done: int, total: int | None, text: str, left: float | None = None) -> None:
        """Say nothing."""
