"""scan: one row per resource of every target, with its verdict and a recommendation.

Targets are read side by side; their rows are kept as they come and handed on in order. Each target
that is whole is closed in the store, so that a scan that was stopped can be gone on with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import timedelta

from hubmend.core.arn import Target
from hubmend.core.decision import Decision
from hubmend.core.errors import UsageError
from hubmend.core.inventory import Inventory, Wanted
from hubmend.core.once import Once
from hubmend.core.ordered import each, to_its_end
from hubmend.core.quotas import quota
from hubmend.core.resource import Remark, RemarkKind, Resource, Scan, Tally, Verdict
from hubmend.core.scanned import Begun, Part, assembled
from hubmend.flow.buffers import Buffer, Room
from hubmend.flow.context import Context
from hubmend.flow.decide import as_decided, standing
from hubmend.flow.inventory import LABELS, First, Reading, choose, resumed
from hubmend.flow.naming import new_id
from hubmend.flow.outlook import Ahead, Outlook
from hubmend.flow.target import read_target

WIDTH = 64  # targets read at once
CHUNK = 500  # rows written at once
SAID_EVERY = 25  # rows of a target: so often progress is told
# Up to here claims are joined with the live machines, and scores asked, whatever it takes: a call
# or two per target. Beyond, that alone would be more than one call for a hundred machines.
THOROUGH = 1000
UNTAGGED = (
    "the tags of {count} of its machines could not be read: where a rule asks for tags or manager, "
    "neither it nor one behind it decides about them (tag:GetResources, states:ListTagsForResource)"
)
OLDEST = timedelta(days=1)  # a scan begun before that is not gone on with: much has changed since


@dataclass(frozen=True)
class Asked:
    """How a scope is to be read.

    `thorough` compares claims with the live machines however many there are. `remarks` are what
    was to say of the scope itself; `first` are the machines of its only target, if they are few.
    """

    source: Wanted = Wanted.API
    inventories: Sequence[Inventory] = ()
    thorough: bool = False
    remarks: tuple[Remark, ...] = ()
    first: First = None


async def begin(
    context: Context,
    targets: Sequence[Target],
    names: Mapping[str, str] | None = None,
    *,
    units: Mapping[str, tuple[str, ...]] | None = None,
    asked: Asked = Asked(),
) -> Scanning:
    """Choose how the targets are read; the scan itself runs as its rows are taken.

    `names` are the accounts' names and `units` their organizational units, remembered with the scan
    for people and for rules by `ou`.
    """
    now = context.clock.now()
    reading = await choose(asked.inventories, targets, asked.source, asked.first)
    head = Scan(
        id=new_id(now), at=now, control=context.control.id, source=LABELS[reading.source],
        targets=tuple(targets), resources=(), unread=(), account_names=dict(names or {}),
        source_why=reading.why, units=dict(units or {}),
        remarks=(*asked.remarks, *reading.gathered.remarks),
    )  # fmt: skip
    return Scanning(context, Begun(head), reading, asked)


async def resume(context: Context, asked: Asked = Asked()) -> Scanning:
    """Go on with the newest scan: what was not read is, and what could not be is tried again.

    Raise UsageError where nothing is left to read, or the scan is too old.
    """
    begun = await resumable(context)
    left = [one for number, one in enumerate(begun.head.targets) if number not in begun.done]
    reading = await choose(asked.inventories, left, asked.source)
    again = replace(begun, head=resumed(begun.head, reading))
    return Scanning(context, again, reading, asked, new=False)


async def resumable(context: Context) -> Begun:
    """Return the newest scan if it may be gone on with; raise UsageError."""
    begun = await context.store.begun_scan()
    if begun is None:
        raise UsageError("there is no scan to resume: run hubmend scan first")
    if len(begun.done) == len(begun.head.targets):
        raise UsageError("the last scan read everything in its scope: run hubmend scan anew")
    if context.clock.now() - begun.head.at > OLDEST:
        raise UsageError(
            f"the last scan began {begun.head.at:%Y-%m-%d %H:%M} UTC, more than a day ago: "
            "run hubmend scan anew"
        )
    return begun


class Scanning:
    """A scan under way: iterate for its rows, in the order of its targets, once.

    A target that cannot be read becomes an `unread` row, a resource that cannot be read a row with
    verdict UNKNOWN; neither stops the rest. What was read before an interruption is kept.

    `head` is the scan as known beforehand; `tally` counts the rows that were handed on. `kept` is
    whether the store has anything of it, so that it can be gone on with. `new`: it has not yet.
    """

    def __init__(
        self, context: Context, begun: Begun, reading: Reading, asked: Asked, *, new: bool = True
    ) -> None:
        self.head, self.tally, self.kept = begun.head, Tally(), not new
        self._context = replace(context, settings=context.settings.located(begun.head.units))
        self._reading = reading
        self._thorough = asked.thorough or reading.gathered.count <= THOROUGH
        self._parts = begun.done
        self._today = context.clock.now().date()
        self._decided = Once[None, Mapping[str, Decision]](self._decisions)
        self._starting: asyncio.Future[None] | None = None
        self._told = 0  # targets all of whose rows were handed on
        costs = quota(*context.control.costs, context.settings.quotas)
        self._outlook = Outlook(len(self.head.targets) - len(self._parts), costs)
        self._began = context.clock.now()

    @property
    def result(self) -> Scan:
        """Return all but the rows: of a scan that was stopped, as far as rows were handed on.

        A target that was read ahead is in the store, and not in what somebody was given.
        """
        told = {
            number: part
            for number, part in self._parts.items()
            if number < self._told or part.unread
        }
        return assembled(self.head, told)

    @property
    def left(self) -> int:
        """Return how many targets have not been read, or could not be, or in part only."""
        return len(self.head.targets) - sum(part.whole for part in self._parts.values())

    async def __aiter__(self) -> AsyncGenerator[Resource]:
        """Yield each row as soon as those before it are read."""
        room, parts = Room(), self._parts
        buffers = [
            Buffer(number, room, self._read_back, parts[number].rows if number in parts else 0)
            for number in range(len(self.head.targets))
        ]
        reading = asyncio.ensure_future(self._read(buffers))
        try:
            for buffer in buffers:
                async for row in buffer.rows():
                    self.tally.add(row)
                    yield row
                self._told += 1
            await reading
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await self._end()

    async def whole(self) -> Scan:
        """Take every row, and return the scan with all of them."""
        rows = [row async for row in self]
        return replace(self.result, resources=tuple(rows))

    async def _read(self, buffers: Sequence[Buffer]) -> None:
        """Read every target that is not read yet; buffers end, whatever happens."""
        try:
            await each(buffers, self._one, WIDTH)
        finally:
            for buffer in buffers:
                buffer.close()

    async def _one(self, buffer: Buffer) -> None:
        """Read one target, rows into its buffer and into the store."""
        if buffer.number in self._parts:
            buffer.close()
            return
        target, fresh = self.head.targets[buffer.number], list[Resource]()
        part, unknown, untagged = None, 0, 0
        ahead = self._outlook.begun(buffer.number)
        items = read_target(
            self._context, target, self._reading, ahead.more, thorough=self._thorough
        )
        try:
            async with aclosing(items):
                async for item in items:
                    if isinstance(item, Part):
                        remarks = (*item.remarks, *self._on_tags(target, untagged))
                        part = replace(item, unknown=unknown, remarks=remarks)
                        continue
                    unknown += item.verdict is Verdict.UNKNOWN
                    untagged += not item.tagged
                    fresh.append(await self._weighed(item))
                    buffer.offer(fresh[-1])
                    self._saw(ahead)
                    if len(fresh) == CHUNK:
                        await self._write(buffer, fresh)
        finally:
            await self._write(buffer, fresh, part)
        buffer.close()
        self._outlook.finished(buffer.number)
        self._tell()

    async def _write(self, buffer: Buffer, fresh: list[Resource], part: Part | None = None) -> None:
        """Keep rows; what is begun is finished, lest they be written twice."""
        rows = tuple(fresh)
        fresh.clear()
        if rows or part:
            await to_its_end(self._keep(buffer, rows, part))

    async def _keep(self, buffer: Buffer, rows: Sequence[Resource], part: Part | None) -> None:
        await self._start()
        first = buffer.written
        whole = part and replace(part, rows=first + len(rows))
        await self._context.store.add_rows(self.head.id, buffer.number, first, rows, whole)
        if whole:
            self._parts[buffer.number] = whole
        buffer.wrote(len(rows))

    async def _start(self) -> None:
        """Remember the scan's head, once, before its first rows."""
        if self.kept:
            return
        if self._starting is None:
            self._starting = asyncio.ensure_future(self._context.store.start_scan(self.head))
        await asyncio.shield(self._starting)
        self.kept = True

    async def _end(self) -> None:
        """Close what there is; stopped before anything was read, it never was a scan."""
        if self._starting is None and not self.kept and len(self._parts) < len(self.head.targets):
            return
        await self._start()
        await to_its_end(self._context.store.finish_scan(self.head))

    async def _read_back(self, target: int, first: int, most: int) -> Sequence[Resource]:
        return await self._context.store.rows(self.head.id, target, first, most)

    async def _weighed(self, row: Resource) -> Resource:
        """Return a row with what a person decided about it, and what is behind its suppression."""
        finding = row.finding if row.finding and row.finding.any_suppressed else None
        if row.verdict is not Verdict.FAILED and finding is None:
            return row
        decided = await self._decided.of(None)
        row = as_decided(row, decided, self._today)
        if finding is None:
            return row
        from hubmend.flow.hub.suppressing import weigh  # noqa: PLC0415 - most scans need it late

        decision = standing(row, decided, self._context.settings, self._today)
        return weigh(row, finding, decision, self._today)

    def _on_tags(self, target: Target, untagged: int) -> tuple[Remark, ...]:
        """Say where rules ask for tags that could not be read: they decide nothing there."""
        settings = self._context.settings
        if not untagged or not (settings.asks("tags") or settings.asks("manager")):
            return ()
        return (Remark(RemarkKind.SOURCE, str(target), UNTAGGED.format(count=untagged)),)

    async def _decisions(self, _: None) -> Mapping[str, Decision]:
        return {one.resource: one for one in await self._context.store.decisions()}

    def _saw(self, ahead: Ahead) -> None:
        """Count one more row, and say so now and then."""
        ahead.read += 1
        if ahead.read % SAID_EVERY == 1:
            self._tell()

    def _tell(self) -> None:
        passed = (self._context.clock.now() - self._began).total_seconds()
        self._context.progress.update(*self._outlook.told(passed))
