"""Reading one target: its rows as they come, and at the end its part of the scan.

Credentials that end meanwhile are no more than another reason why a target could not be read: the
roles of other accounts may last, and whoever renews them goes on with the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind
from hubmend.core.inventory import Listed
from hubmend.core.resource import Finding, Remark, RemarkKind, Resource, Score, Unread
from hubmend.core.scanned import Part
from hubmend.flow.context import Context
from hubmend.flow.inventory import Reading
from hubmend.flow.join import Comparison, join, live_arns

NOT_OFFERED = (
    "AWS does not offer the control in this region: machines are judged, and have no finding"
)

GO_ON = ", then run hubmend scan --resume"


@dataclass(frozen=True)
class _Asked:
    """What Security Hub says of a target beside each machine's own configuration."""

    parameters: Parameters
    findings: Mapping[str, Finding]


async def read_target(
    context: Context,
    target: Target,
    reading: Reading,
    listed: Callable[[int], None],
    *,
    thorough: bool,
) -> AsyncGenerator[Resource | Part]:
    """Yield a target's rows, and last of all its part (its `rows` not counted).

    `listed` is told how many more there are to come, as far as that is known.
    What was read before a fault is kept; the part says which. `thorough` compares claims with the
    live machines, and asks for scores where claims were told.
    """
    if target in reading.gathered.claims:
        listed(len(reading.gathered.claims[target]))
        items = _claimed(context, target, reading, thorough=thorough)
    else:
        pages = context.control.listed(context.gateway, target)
        known = pages if reading.few is None else _one_page(reading.few)
        silence = reading.gathered.silent.get(target)
        items = _live(context, target, _told(known, listed), silence)
    try:
        async with aclosing(items):
            async for item in items:
                yield item
    except (AwsError, CredentialsError) as error:
        yield _unread(target, error)


async def _one_page(listing: Sequence[Listed]) -> AsyncGenerator[Sequence[Listed]]:
    yield listing


async def _told(
    pages: AsyncIterator[Sequence[Listed]], listed: Callable[[int], None]
) -> AsyncGenerator[Sequence[Listed]]:
    async for page in pages:
        listed(len(page))
        yield page


async def _live(
    context: Context,
    target: Target,
    pages: AsyncIterator[Sequence[Listed]],
    silence: str | None,
) -> AsyncGenerator[Resource | Part]:
    """Read every machine itself; what Security Hub says of them is asked meanwhile.

    `silence` is why the source that was to tell of them told nothing.
    """
    asking = asyncio.ensure_future(_ask(context, target))
    control, compared = context.control, Comparison({})
    try:
        async for state in control.read(context.gateway, target, pages):
            asked = await asking
            compared.findings = asked.findings
            row = control.row(
                state, asked.parameters, context.settings, asked.findings.get(state.arn)
            )
            compared.see(row)
            yield row
        compared.findings = (await asking).findings
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    offered, scores = await asyncio.gather(
        _offered(context, target, alone=compared.alone), _scores(context, target)
    )
    unoffered = Remark(RemarkKind.SOURCE, target.region, NOT_OFFERED)
    remarks = compared.remarks() if offered else (unoffered,)
    if silence:
        why = Remark(RemarkKind.SOURCE, str(target), f"read from Step Functions: {silence}")
        remarks = (why, *remarks)
    yield Part(scores=scores, remarks=remarks)


async def _offered(context: Context, target: Target, *, alone: bool) -> bool:
    """Whether AWS offers the control there, asked only where no machine has a finding."""
    return not alone or await context.hub.offered(target.region)


def _unread(target: Target, error: AwsError | CredentialsError) -> Part:
    """Return the part of a target that could not be read; in a region that is off nothing runs."""
    if isinstance(error, AwsError) and error.kind is ErrorKind.REGION_OFF:
        return Part(remarks=(Remark(RemarkKind.LEFT_OUT, str(target), error.reason),))
    lost = isinstance(error, CredentialsError) or error.kind is ErrorKind.CREDENTIALS
    go_on = GO_ON if lost else ""
    return Part(unread=Unread(target.account, target.region, f"{error}{go_on}"))


async def _ask(context: Context, target: Target) -> _Asked:
    level, findings = await asyncio.gather(
        context.hub.parameters(target), context.hub.findings(target)
    )
    return _Asked(Parameters(level), findings or {})


async def _claimed(
    context: Context, target: Target, reading: Reading, *, thorough: bool
) -> AsyncGenerator[Resource | Part]:
    """Yield a target's rows from claims; being refused the live list costs no row."""
    gathered = reading.gathered
    live, remarks = None, []
    if thorough:
        try:
            live = await live_arns(context, target)
        except AwsError as error:
            why = f"not compared with the machines that exist now: {error}"
            remarks.append(Remark(RemarkKind.SOURCE, str(target), why))
    parameters = Parameters(gathered.levels.get(target))
    async for joined in join(context, target, gathered.claims[target], parameters, live):
        remarks += [joined.remark] if joined.remark else []
        if joined.row:
            yield joined.row
    scores = await _scores(context, target) if thorough else ()
    yield Part(scores=scores, remarks=tuple(remarks))


async def _scores(context: Context, target: Target) -> tuple[Score, ...]:
    """Return the scores; without them a scan is whole all the same."""
    try:
        return await context.hub.scores(target) or ()
    except (AwsError, CredentialsError):
        return ()
