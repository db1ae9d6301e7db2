"""A process that stood still (a closed laptop, a stopped container) and wakes up in mid-run."""

from __future__ import annotations

import pytest

from hubmend.controls import StepFunctions1
from hubmend.core.errors import Interrupted
from hubmend.core.ports import Silence
from hubmend.core.settings import Settings
from hubmend.flow.context import Context
from hubmend.flow.leases import RUN_LENGTH, Hold
from tests.fakes.aws import FakeAws
from tests.fakes.clock import FakeClock
from tests.fakes.hub import FakeHub
from tests.fakes.store import MemoryStore


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def context(clock: FakeClock) -> Context:
    return Context(
        StepFunctions1(), FakeAws(clock), MemoryStore(), FakeHub(), clock, Silence(), Settings()
    )


async def test_it_goes_on_when_nobody_took_the_run_meanwhile(
    context: Context, clock: FakeClock
) -> None:
    sleeper = Hold(context, "run")
    await sleeper.take()
    clock.advance(RUN_LENGTH.total_seconds() * 10)
    await sleeper.check()
    await sleeper.check()


async def test_it_stops_when_another_process_works_on_the_run(
    context: Context, clock: FakeClock
) -> None:
    sleeper, other = Hold(context, "run"), Hold(context, "run")
    await sleeper.take()
    clock.advance(RUN_LENGTH.total_seconds())
    await other.take()
    with pytest.raises(Interrupted, match="has taken run"):
        await sleeper.check()
    await other.check()


async def test_it_stops_when_another_process_worked_on_the_run_and_is_through(
    context: Context, clock: FakeClock
) -> None:
    sleeper, other = Hold(context, "run"), Hold(context, "run")
    await sleeper.take()
    clock.advance(RUN_LENGTH.total_seconds())
    await other.take()
    await other.release()
    for _ in range(2):
        with pytest.raises(Interrupted, match="has taken run"):
            await sleeper.check()


async def test_it_stops_when_another_process_died_on_the_run(
    context: Context, clock: FakeClock
) -> None:
    sleeper, other = Hold(context, "run"), Hold(context, "run")
    await sleeper.take()
    clock.advance(RUN_LENGTH.total_seconds())
    await other.take()
    clock.advance(RUN_LENGTH.total_seconds() * 10)
    with pytest.raises(Interrupted, match="has taken run"):
        await sleeper.check()
