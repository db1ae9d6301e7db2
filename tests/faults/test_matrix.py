"""Every fault at every call, over HTTP, against the embedded AWS."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from hubmend.aws.gateway import AwsGateway
from hubmend.aws.sessions import Sessions
from hubmend.core.errors import Interrupted
from hubmend.core.settings import Scope
from tests.faults import record
from tests.faults.bench import Bench, Skipping, bench
from tests.faults.matrix import case
from tests.faults.run_case import Trial, run_case
from tests.faults.script import Fault, Mishap
from tests.faults.world import ACCOUNT, REGION

NUMBERS = record.asked_for(record.NUMBERS, 210)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[Bench]:
    async with bench(propagation=2.0) as made:
        yield made


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("number", NUMBERS)
async def test_whatever_goes_wrong_apply_goes_on_or_back(worker: Bench, number: int) -> None:
    one = case(number)
    record.seen(one, await run_case(worker, one))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_wrong_clock_is_told_apart_from_credentials_that_ended(worker: Bench) -> None:
    trial = Trial(worker, "clock")
    try:
        await trial.prepare(third=False)
        await trial.begin()
        worker.proxy.arm(Mishap(Fault.SKEWED, "CreateLogGroup"))
        with pytest.raises(Interrupted, match=r"this computer's clock and AWS's differ: set it"):
            await trial.apply()
    finally:
        await trial.end()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.UNAVAILABLE, Fault.THROTTLED])
async def test_the_first_question_of_all_is_asked_again_too(worker: Bench, fault: Fault) -> None:
    sessions = Sessions(None, Scope(), REGION)
    script = worker.proxy.arm(Mishap(fault, "GetCallerIdentity"))
    try:
        who = await AwsGateway(sessions, Skipping(worker.sandbox.clock).sleep).identity()
    finally:
        await sessions.close()
        worker.proxy.arm()
    assert who.account == ACCOUNT
    assert script.fired
