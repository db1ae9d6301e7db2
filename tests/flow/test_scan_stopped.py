"""A scan that is stopped claims nothing it did not tell, and knows what of it is kept."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.resource import Verdict
from hubmend.core.scanned import STOPPED
from hubmend.flow.scan import begin, resume
from tests.flow.bench import HERE, Bench
from tests.flow.test_scan import DENIED, THERE, hold, stopped, until_read


async def test_before_its_first_row_a_scan_claims_nothing() -> None:
    """Whoever is interrupted twice asks for the result before the iteration was closed."""
    scanning = await begin(Bench().context, [HERE, THERE])
    assert [(one.account, one.error) for one in scanning.result.unread] == [
        (HERE.account, STOPPED),
        (THERE.account, STOPPED),
    ]
    assert scanning.tally.exit_code(scanning.result.unread) == 3


async def test_a_target_that_was_read_ahead_is_not_told_until_its_rows_are() -> None:
    bench = Bench()
    for target in (HERE, THERE):
        bench.aws.machine("m", account=target.account, region=target.region)
    scanning = await begin(bench.context, [HERE, THERE])
    async with aclosing(aiter(scanning)) as rows:
        await anext(rows)
        for _ in range(1000):
            if scanning.left == 0:
                break
            await asyncio.sleep(0)
        during = scanning.result
    assert [one.account for one in during.unread] == [HERE.account, THERE.account]
    assert scanning.result.unread == during.unread
    kept = await bench.store.last_scan()
    assert kept is not None
    assert (len(kept.resources), kept.unread) == (2, ())


async def test_why_a_target_could_not_be_read_is_told_wherever_the_scan_was_stopped() -> None:
    bench = Bench()
    bench.aws.machine("m")
    hold(bench, HERE)
    bench.aws.refused = {"ListStateMachines": DENIED}
    scanning = await begin(bench.context, [HERE, THERE])
    work = asyncio.ensure_future(scanning.whole())
    await until_read(bench)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert [one.error for one in scanning.result.unread] == [STOPPED, str(DENIED)]


async def test_a_scan_is_kept_from_its_first_row_on() -> None:
    bench = Bench()
    bench.aws.machine("near")
    hold(bench, THERE)
    scanning = await begin(bench.context, [HERE, THERE])
    assert (scanning.kept, scanning.left) == (False, 2)
    work = asyncio.ensure_future(scanning.whole())
    await until_read(bench)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (scanning.kept, scanning.left) == (True, 1)


async def test_a_scan_stopped_before_its_first_row_is_not_kept() -> None:
    bench = Bench()
    hold(bench, HERE)
    scanning = await begin(bench.context, [HERE])
    work = asyncio.ensure_future(scanning.whole())
    for _ in range(20):
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (scanning.kept, scanning.left) == (False, 1)


async def test_a_resumed_scan_is_kept_from_the_start() -> None:
    bench = Bench()
    await stopped(bench)
    scanning = await resume(bench.context)
    assert (scanning.kept, scanning.left) == (True, 1)


async def test_a_target_with_a_machine_that_could_not_be_read_is_left_for_a_resume() -> None:
    bench = Bench()
    bench.aws.machine("m")
    bench.aws.refused = {
        "DescribeStateMachine": AwsError(ErrorKind.UNCERTAIN, "InternalFailure", "busy", "states:X")
    }
    scanning = await begin(bench.context, [HERE])
    assert [row.verdict async for row in scanning] == [Verdict.UNKNOWN]
    assert (scanning.kept, scanning.left) == (True, 1)
