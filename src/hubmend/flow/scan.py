"""scan: one row per resource of every target, with its verdict and a recommendation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.inventory import Inventory, Wanted
from hubmend.core.ordered import ordered
from hubmend.core.resource import (
    Finding,
    Remark,
    RemarkKind,
    Resource,
    Scan,
    Score,
    Source,
    Unread,
)
from hubmend.flow.context import Context
from hubmend.flow.decide import standing
from hubmend.flow.hub.suppressing import weigh
from hubmend.flow.inventory import LABELS, Reading, choose
from hubmend.flow.join import compare, join, live_arns
from hubmend.flow.naming import new_id
from hubmend.flow.unread import collapsed

WIDTH = 16
# Up to here claims are joined with the live machines, and scores asked, whatever it takes: a call
# or two per target. Beyond, that alone would be more than one call for a hundred machines.
THOROUGH = 1000
NOT_JOINED = (
    "not compared with the machines that exist now: one without a finding yet is not seen, a "
    "deleted one may be (scan --join compares)"
)

NOT_OFFERED = (
    "AWS does not offer the control in this region: machines are judged, and have no finding"
)


@dataclass(frozen=True)
class _Part:
    """What one target gave."""

    rows: tuple[Resource, ...]
    unread: Unread | None = None
    scores: tuple[Score, ...] = ()
    remarks: tuple[Remark, ...] = ()


async def scan(
    context: Context,
    targets: Sequence[Target],
    names: Mapping[str, str] | None = None,
    *,
    units: Mapping[str, tuple[str, ...]] | None = None,
    wanted: Wanted = Wanted.API,
    inventories: Sequence[Inventory] = (),
    thorough: bool = False,
    remarks: Sequence[Remark] = (),
) -> Scan:
    """Read every target, judge every resource, remember it all, and return it.

    A target that cannot be read becomes an `unread` row, a resource that cannot be read a row
    with verdict UNKNOWN; neither stops the rest. What was read before an interruption is kept.
    `units` are the accounts' organizational units, remembered with the scan for rules by `ou`.
    `thorough` compares claims with the live machines however many there are. `remarks` come first.
    """
    context = replace(context, settings=context.settings.located(units or {}))
    now = context.clock.now()
    reading = await choose(inventories, targets, wanted)
    thorough = thorough or reading.gathered.count <= THOROUGH
    result = Scan(
        id=new_id(now), at=now, control=context.control.id, source=LABELS[reading.source],
        targets=tuple(targets), resources=(), unread=(), account_names=dict(names or {}),
        source_why=reading.why, units=dict(units or {}),
    )  # fmt: skip
    decided = {one.resource: one for one in await context.store.decisions()}

    def weighed(row: Resource) -> Resource:
        return weigh(row, standing(row, decided, context.settings, now.date()), now.date())

    await context.store.start_scan(result)
    parts: list[_Part] = []
    seen = 0

    async def read(target: Target) -> _Part:
        part = await _target(context, target, reading, thorough=thorough)
        return replace(part, rows=tuple(weighed(row) for row in part.rows))

    try:
        async for part in ordered(_each(targets), read, WIDTH):
            parts.append(part)
            seen += len(part.rows)
            await context.store.add_resources(result.id, part.rows)
            context.progress.update(len(parts), len(targets), f"{seen} machines")
    finally:
        unread = tuple(part.unread for part in parts if part.unread)
        unread += tuple(  # parts come in the order of the targets; what is left was interrupted
            Unread(one.account, one.region, "not read: the scan was stopped")
            for one in targets[len(parts) :]
        )
        scores = tuple(score for part in parts for score in part.scores)
        said = _said(remarks, reading, parts, thorough=thorough)
        unread = collapsed(unread, targets)
        await context.store.finish_scan(result.id, unread, scores, said)
    rows = tuple(row for part in parts for row in part.rows)
    return replace(result, resources=rows, unread=unread, scores=scores, remarks=said)


def _said(
    known: Sequence[Remark], reading: Reading, parts: Sequence[_Part], *, thorough: bool
) -> tuple[Remark, ...]:
    """Return all there is to say, what holds for several targets once."""
    found = (one for part in parts for one in part.remarks)
    return tuple(dict.fromkeys((*known, *_on_source(reading, thorough=thorough), *found)))


def _on_source(reading: Reading, *, thorough: bool) -> tuple[Remark, ...]:
    """Say how far the source went, and what was odd in it."""
    if reading.source is Source.API:
        return ()
    said = [] if thorough else [Remark(RemarkKind.SOURCE, "", NOT_JOINED)]
    said += [
        Remark(RemarkKind.SOURCE, str(target), f"read from Step Functions: {why}")
        for target, why in reading.gathered.silent.items()
    ]
    return (*said, *reading.gathered.remarks)


async def _each(targets: Sequence[Target]) -> AsyncIterator[Target]:
    for target in targets:
        yield target


async def _target(context: Context, target: Target, reading: Reading, *, thorough: bool) -> _Part:
    if target in reading.gathered.claims:
        return await _claimed(context, target, reading, thorough=thorough)
    rows: list[Resource] = []
    try:
        parameters = Parameters(await context.hub.parameters(target))
        findings = await context.hub.findings(target) or {}
        async for row in _rows(context, target, parameters, findings):
            rows.append(row)  # noqa: PERF401 - what was read before a fault is kept
    except AwsError as error:
        if error.kind is ErrorKind.REGION_OFF:
            remark = Remark(RemarkKind.LEFT_OUT, str(target), error.reason)
            return _Part((), remarks=(remark,))
        return _Part(tuple(rows), Unread(target.account, target.region, str(error)))
    remarks = compare(rows, findings)
    if rows and not findings and not await context.hub.offered(target.region):
        remarks = (Remark(RemarkKind.SOURCE, target.region, NOT_OFFERED),)
    return _Part(tuple(rows), None, await _scores(context, target), remarks)


async def _claimed(context: Context, target: Target, reading: Reading, *, thorough: bool) -> _Part:
    """Return a target's rows from claims; being refused the live list costs no row."""
    gathered = reading.gathered
    parameters = Parameters(gathered.levels.get(target))
    live, remarks = None, []
    if thorough:
        try:
            live = await live_arns(context, target)
        except AwsError as error:
            why = f"not compared with the machines that exist now: {error}"
            remarks.append(Remark(RemarkKind.SOURCE, str(target), why))
    rows: list[Resource] = []
    async for joined in join(context, gathered.claims[target], parameters, live):
        rows += [joined.row] if joined.row else []
        remarks += [joined.remark] if joined.remark else []
    scores = await _scores(context, target) if thorough else ()
    return _Part(tuple(rows), None, scores, tuple(remarks))


async def _scores(context: Context, target: Target) -> tuple[Score, ...]:
    """Return the scores; without them a scan is whole all the same."""
    try:
        return await context.hub.scores(target) or ()
    except AwsError:
        return ()


async def _rows(
    context: Context, target: Target, parameters: Parameters, findings: Mapping[str, Finding]
) -> AsyncIterator[Resource]:
    control = context.control
    async for state in control.read(context.gateway, target):
        yield control.row(state, parameters, context.settings, findings.get(state.arn))
