"""A store in memory, for tests of what uses a store; it passes the same contract as the real one.

Values are frozen, so they are kept as they are; only bodies of evidence are copied through JSON.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from hubmend.core.codec import canonical
from hubmend.core.decision import Decision
from hubmend.core.errors import StoreError
from hubmend.core.evidence import START, Entry, link
from hubmend.core.resource import Resource, Scan
from hubmend.core.run import Run, RunStatus
from hubmend.core.scanned import Begun, Part, assembled


@dataclass
class _Kept:
    """A scan as far as it came; it ended once it has an ending."""

    head: Scan
    rows: dict[int, list[Resource]] = field(default_factory=lambda: defaultdict(list))
    parts: dict[int, Part] = field(default_factory=dict)
    ended: bool = False

    def age(self) -> tuple[datetime, str]:
        return self.head.at, self.head.id

    def whole(self) -> Scan:
        rows = tuple(row for number in sorted(self.rows) for row in self.rows[number])
        return replace(assembled(self.head, self.parts), resources=rows)


def _head(scan: Scan) -> Scan:
    return replace(scan, resources=(), unread=(), scores=())


class MemoryStore:
    """The `Store` port without a disk. `chain_entries` may be tampered with by a test."""

    def __init__(self) -> None:
        self.chain_entries: dict[str, list[Entry]] = {}
        self.leases: dict[str, tuple[str, datetime]] = {}
        self._scans: dict[str, _Kept] = {}
        self._decisions: dict[str, Decision] = {}
        self._runs: dict[str, Run] = {}

    async def start_scan(self, scan: Scan) -> None:
        if scan.id in self._scans:
            raise StoreError(f"scan {scan.id} is already in the store")
        self._scans[scan.id] = _Kept(_head(scan))

    async def add_rows(
        self,
        scan: str,
        target: int,
        first: int,
        rows: Sequence[Resource],
        part: Part | None = None,
    ) -> None:
        kept = self._scan(scan)
        if first == 0:
            kept.rows[target] = []
            kept.parts.pop(target, None)
        kept.rows[target] += rows
        if part is not None:
            kept.parts[target] = part

    async def rows(self, scan: str, target: int, first: int, most: int) -> tuple[Resource, ...]:
        return tuple(self._scan(scan).rows[target][first : first + most])

    async def finish_scan(self, scan: Scan) -> None:
        kept = self._scan(scan.id)
        kept.head, kept.ended = _head(scan), True

    async def begun_scan(self) -> Begun | None:
        newest = max(self._scans.values(), key=_Kept.age, default=None)
        return Begun(newest.head, dict(newest.parts)) if newest else None

    async def last_scan(self, before: datetime | None = None) -> Scan | None:
        ended = [one for one in self._scans.values() if one.ended]
        old_enough = [one for one in ended if before is None or one.head.at < before]
        newest = max(old_enough, key=_Kept.age, default=None)
        return newest.whole() if newest else None

    async def add_decisions(self, decisions: Sequence[Decision]) -> None:
        self._decisions.update({decision.resource: decision for decision in decisions})

    async def decisions(self) -> tuple[Decision, ...]:
        return tuple(self._decisions[resource] for resource in sorted(self._decisions))

    async def add_run(self, run: Run) -> None:
        if run.id in self._runs:
            raise StoreError(f"run {run.id} is already in the store")
        self._runs[run.id] = run

    async def set_run_status(self, run: str, status: RunStatus, finished: datetime | None) -> None:
        if run not in self._runs:
            raise StoreError(f"run {run} is not in this store")
        self._runs[run] = replace(self._runs[run], status=status, finished=finished)

    async def run(self, run: str) -> Run | None:
        return self._runs.get(run)

    async def runs(self) -> tuple[Run, ...]:
        return tuple(sorted(self._runs.values(), key=lambda run: (run.started, run.id)))

    async def append(self, chain: str, at: datetime, kind: str, body: Mapping[str, Any]) -> Entry:
        entries = self.chain_entries.get(chain, [])
        last = entries[-1] if entries else None
        seq, previous = (last.seq + 1, last.hash) if last else (0, START)
        plain = json.loads(canonical(body))
        entry = link(chain, seq, at.astimezone(UTC), kind, plain, previous)
        self.chain_entries.setdefault(chain, []).append(entry)
        return entry

    async def entries(self, chain: str) -> tuple[Entry, ...]:
        return tuple(self.chain_entries.get(chain, ()))

    async def chains(self) -> tuple[str, ...]:
        return tuple(sorted(self.chain_entries))

    async def lease(self, resource: str, holder: str, now: datetime, until: datetime) -> str | None:
        owner, end = self.leases.get(resource, (holder, until))
        if owner != holder and end > now:
            return owner
        self.leases[resource] = (holder, until)
        return None

    async def release(self, resource: str, holder: str) -> None:
        if resource in self.leases and self.leases[resource][0] == holder:
            del self.leases[resource]

    def _scan(self, scan: str) -> _Kept:
        if scan not in self._scans:
            raise StoreError(f"scan {scan} is not in this store")
        return self._scans[scan]
