"""Reading one target: its rows as they come, and at the end its part of the scan.

Credentials that end meanwhile are no more than another reason why a target could not be read: the
roles of other accounts may last, and whoever renews them goes on with the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from hubmend.core.arn import Target
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind
from hubmend.core.inventory import Listed
from hubmend.core.resource import Finding, Remark, RemarkKind, Resource, Score, Unread
from hubmend.core.scanned import Part
from hubmend.flow.context import Context
from hubmend.flow.inventory import Reading
from hubmend.flow.join import Comparison, join, live_arns
from hubmend.flow.parameters import asked

T = TypeVar("T")
NOT_OFFERED = (
    "AWS does not offer the control in this region: machines are judged, and have no finding"
)
GO_ON = ", then run hubmend scan --resume"
NOT_JOINED = "not compared with the machines that exist now: {}"
LEFT_OUT = "one without a finding yet is not seen, a deleted one may be (scan --join compares)"
LOST = (
    "what Security Hub says of it ({}); its machines were read, and are judged by what they tell "
    "themselves"
)
# Of the target itself, and no matter of Security Hub's alone.
_OF_THE_TARGET = {ErrorKind.CREDENTIALS, ErrorKind.REGION_OFF}


@dataclass(frozen=True)
class _Asked:
    """What Security Hub says of a target beside each machine's own configuration.

    `lost` is why it does not say all of it, where that may be different in a minute.
    """

    parameters: Parameters
    findings: Mapping[str, Finding]
    lost: AwsError | None = None


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
        known = pages if reading.first is None else _handed_on(reading.first)
        silence = reading.gathered.silent.get(target)
        items = _live(context, target, _told(known, listed), silence)
    try:
        async with aclosing(items):
            async for item in items:
                yield item
    except (AwsError, CredentialsError) as error:
        yield _unread(target, error)


async def _handed_on(first: Sequence[Listed] | AwsError) -> AsyncGenerator[Sequence[Listed]]:
    if isinstance(first, AwsError):
        raise first
    yield first


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
    control, compared, today = context.control, Comparison({}), context.clock.now().date()
    try:
        async for state in control.read(context.gateway, target, pages):
            hub = await asking
            compared.findings = hub.findings
            row = control.row(
                state, hub.parameters, context.settings, hub.findings.get(state.arn), today
            )
            compared.see(row)
            yield row
        hub = await asking
        compared.findings = hub.findings
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    said = (
        f"read from Step Functions: {silence}" if silence else None,
        hub.parameters.fault if compared.passes else None,
    )
    remarks = tuple(Remark(RemarkKind.SOURCE, str(target), one) for one in said if one)
    yield await _part(context, target, hub, compared, remarks)


async def _part(
    context: Context,
    target: Target,
    hub: _Asked,
    compared: Comparison,
    said: tuple[Remark, ...],
) -> Part:
    """Return the part of a target whose machines were all read; `said` comes first of its remarks.

    Where Security Hub was lost on the way it is not whole, so that a resume asks again.
    """
    if hub.lost and compared.any:
        unread = Unread(target.account, target.region, LOST.format(hub.lost))
        return Part(unread=unread, remarks=(*said, *compared.remarks()))
    offered, scores = await asyncio.gather(
        _offered(context, target, alone=compared.alone), _scores(context, target)
    )
    unoffered = Remark(RemarkKind.SOURCE, target.region, NOT_OFFERED)
    remarks = compared.remarks() if offered else (unoffered,)
    return Part(scores=scores, remarks=(*said, *remarks))


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
    """Ask Security Hub about a target; raise AwsError only where it is about the target itself."""
    parameters, findings = await asyncio.gather(
        _answer(asked(context.hub, target)), _answer(context.hub.findings(target))
    )
    lost = next((one for one in (parameters, findings) if isinstance(one, AwsError)), None)
    if isinstance(parameters, AwsError):
        parameters = Parameters(known=False)
    return _Asked(parameters, {} if isinstance(findings, AwsError) else findings or {}, lost)


async def _answer(asking: Awaitable[T]) -> T | AwsError:
    try:
        return await asking
    except AwsError as error:
        if error.kind in _OF_THE_TARGET:
            raise
        return error


async def _claimed(
    context: Context, target: Target, reading: Reading, *, thorough: bool
) -> AsyncGenerator[Resource | Part]:
    """Yield a target's rows from claims; being refused the live list costs no row."""
    gathered = reading.gathered
    live, why, remarks = None, LEFT_OUT, []
    if thorough:
        try:
            live = await live_arns(context, target)
        except AwsError as error:
            why = str(error)
    if live is None:
        remarks.append(Remark(RemarkKind.SOURCE, str(target), NOT_JOINED.format(why)))
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
