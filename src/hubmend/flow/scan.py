"""scan: one row per resource of every target, with its verdict and a recommendation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError
from hubmend.core.ordered import ordered
from hubmend.core.resource import Finding, Resource, Scan, Score, Unread
from hubmend.flow.context import Context
from hubmend.flow.decide import standing
from hubmend.flow.hub.suppressing import weigh
from hubmend.flow.naming import new_id

WIDTH = 16


@dataclass(frozen=True)
class _Part:
    """What one target gave."""

    rows: tuple[Resource, ...]
    unread: Unread | None
    scores: tuple[Score, ...]


async def scan(
    context: Context, targets: Sequence[Target], names: Mapping[str, str] | None = None
) -> Scan:
    """Read every target, judge every resource, remember it all, and return it.

    A target that cannot be read becomes an `unread` row, a resource that cannot be read a row
    with verdict UNKNOWN; neither stops the rest. What was read before an interruption is kept.
    """
    now = context.clock.now()
    result = Scan(
        id=new_id(now), at=now, control=context.control.id, source="Step Functions",
        targets=tuple(targets), resources=(), unread=(), account_names=dict(names or {}),
    )  # fmt: skip
    decided = {one.resource: one for one in await context.store.decisions()}

    def weighed(row: Resource) -> Resource:
        return weigh(row, standing(row, decided, context.settings, now.date()), now.date())

    await context.store.start_scan(result)
    parts: list[_Part] = []
    seen = 0
    try:
        async for read in ordered(_each(targets), lambda t: _target(context, t), WIDTH):
            part = replace(read, rows=tuple(weighed(row) for row in read.rows))
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
        await context.store.finish_scan(result.id, unread, scores)
    rows = tuple(row for part in parts for row in part.rows)
    return replace(result, resources=rows, unread=unread, scores=scores)


async def _each(targets: Sequence[Target]) -> AsyncIterator[Target]:
    for target in targets:
        yield target


async def _target(context: Context, target: Target) -> _Part:
    rows: list[Resource] = []
    try:
        parameters = Parameters(await context.hub.parameters(target))
        findings = await context.hub.findings(target) or {}
        async for row in _rows(context, target, parameters, findings):
            rows.append(row)  # noqa: PERF401 - what was read before a fault is kept
    except AwsError as error:
        return _Part(tuple(rows), Unread(target.account, target.region, str(error)), ())
    return _Part(tuple(rows), None, await _scores(context, target))


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
