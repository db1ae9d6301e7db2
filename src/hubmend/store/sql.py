"""The store over SQL: every method is one transaction, run in a thread.

Writers of one process queue here rather than collide in the database; writers of other processes
are met by trying again, which is safe because nothing of a refused transaction remains.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from hubmend.core.decision import Decision
from hubmend.core.evidence import Entry
from hubmend.core.resource import Resource, Scan
from hubmend.core.run import Run, RunStatus
from hubmend.core.scanned import Begun, Part
from hubmend.store import decisions as decision_rows
from hubmend.store import evidence, leases, runs, scans
from hubmend.store.engine import READING
from hubmend.store.faults import Place, conflicting

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 100
LONGEST_PAUSE = 0.05


class SqlStore:
    """The `Store` port on SQLite or PostgreSQL. Close it when done."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._readers = engine.execution_options(**{READING: True})
        self._place = place
        self._writing = threading.Lock()

    def __str__(self) -> str:
        return str(self._place)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    async def start_scan(self, scan: Scan) -> None:
        """Begin a scan: everything but its rows and its ending is taken from `scan`."""
        await self._write(scans.start, scan)

    async def add_rows(
        self,
        scan: str,
        target: int,
        first: int,
        rows: Sequence[Resource],
        part: Part | None = None,
    ) -> None:
        """Add rows of one target from number `first` on, and its part once it is whole."""
        await self._write(scans.add, scan, target, first, rows, part)

    async def rows(self, scan: str, target: int, first: int, most: int) -> tuple[Resource, ...]:
        """Return up to `most` rows of a target, from the one with number `first` on."""
        return await self._read(scans.some, scan, target, first, most)

    async def finish_scan(self, scan: Scan) -> None:
        """End a scan, with what there is to say of it as a whole by then."""
        await self._write(scans.finish, scan)

    async def begun_scan(self) -> Begun | None:
        """Return the newest scan, ended or not; None when there is none."""
        return await self._read(scans.begun)

    async def last_scan(self, before: datetime | None = None) -> Scan | None:
        """Return the newest finished scan (that began before a moment); None when none is."""
        return await self._read(scans.last, before)

    async def add_decisions(self, decisions: Sequence[Decision]) -> None:
        """Remember decisions; a later one about the same resource replaces the earlier."""
        await self._write(decision_rows.add, decisions)

    async def decisions(self) -> tuple[Decision, ...]:
        """Return the newest decision per resource, ordered by resource."""
        return await self._read(decision_rows.newest)

    async def add_run(self, run: Run) -> None:
        """Remember a run with its whole plan, before its first call."""
        await self._write(runs.add, run)

    async def set_run_status(self, run: str, status: RunStatus, finished: datetime | None) -> None:
        """Change where a run stands."""
        await self._write(runs.set_status, run, status, finished)

    async def run(self, run: str) -> Run | None:
        """Return one run, None when it is not known."""
        return await self._read(runs.get, run)

    async def runs(self) -> tuple[Run, ...]:
        """Return all runs, oldest first."""
        return await self._read(runs.every)

    async def append(self, chain: str, at: datetime, kind: str, body: Mapping[str, Any]) -> Entry:
        """Add one entry of evidence to the end of a chain, durably, and return it."""
        return await self._write(evidence.append, chain, at, kind, body)

    async def entries(self, chain: str) -> tuple[Entry, ...]:
        """Return a chain, oldest first; what was damaged breaks it (`core.evidence.broken_at`)."""
        return await self._read(evidence.entries, chain)

    async def chains(self) -> tuple[str, ...]:
        """Return the names of all chains, ordered."""
        return await self._read(evidence.chains)

    async def lease(self, resource: str, holder: str, now: datetime, until: datetime) -> str | None:
        """Take or renew the right to change a resource; return the other holder when refused."""
        return await self._write(leases.take, resource, holder, now, until)

    async def release(self, resource: str, holder: str) -> None:
        """Give a lease back; nothing happens when another holds it."""
        await self._write(leases.release, resource, holder)

    async def _read(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def transaction() -> T:
            with self._readers.begin() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.to_thread(self._persist, transaction)

    async def _write(
        self,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        def transaction() -> T:
            with self._writing, self._engine.begin() as connection:
                return work(connection, *args, **kwargs)

        return await asyncio.to_thread(self._persist, transaction)

    def _persist(self, transaction: Callable[[], T]) -> T:
        attempt = 1
        while True:
            try:
                return transaction()
            except SQLAlchemyError as error:
                if attempt == ATTEMPTS or not conflicting(error):
                    raise self._place.failed(error) from error
            attempt += 1
            time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311 - only keeps writers apart
