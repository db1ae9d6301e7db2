"""What the proof says when records are withheld, late, or hold what they should not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

import hubmend
from hubmend.cli.verify import exit_code
from hubmend.core.ports import SystemClock
from hubmend.core.verification import ProofAnswer, ProofStatus
from hubmend.sandbox import Sandbox
from tests.sandbox.calls import ACCOUNT, FAILS, PAYLOAD, REGION, Aws, unique

# Delivery takes up to 3 minutes, and an EXPRESS execution without an ending up to 5 before that.
BEYOND_PATIENCE = timedelta(minutes=10)
# Of a run within seconds of the change silence proves nothing (F§3.5): it is made long before.
A_WHILE_AGO = timedelta(minutes=-5)
KINDS: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("standard", 5, {}),
    ("express", 2, {"type": "EXPRESS"}),
    ("data", 1, {}),
)
Which = Callable[[dict[str, Any]], bool]


class MovableClock(SystemClock):
    """The machine's time, some while from now or, negative, ago."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead


@dataclass
class World:
    """One sandbox with machines that were enabled at ALL a while ago, each for one test."""

    aws: Aws
    options: hubmend.Options
    spare: dict[str, list[str]]
    run: str = ""


@dataclass
class Bench:
    """A connection on a clock that tests move."""

    world: World
    hub: hubmend.Hubmend
    clock: MovableClock

    async def proof(
        self, arn: str, ahead: timedelta = timedelta(0), execute: str | None = None
    ) -> ProofAnswer:
        return (await self.verified(arn, ahead, execute)).proof

    async def verified(
        self, arn: str, ahead: timedelta = timedelta(0), execute: str | None = None
    ) -> hubmend.Verification:
        self.clock.ahead = ahead
        inputs = {arn: [execute]} if execute else None
        wait = timedelta(seconds=60 if execute else 0)  # a run takes its time on a busy machine
        run = self.world.run
        (answer,) = await self.hub.verify(run, arns=[arn], inputs=inputs, wait=wait)
        return answer

    async def proved(self, kind: str) -> str:
        """A machine with one run, all of whose records are there."""
        arn = self.world.spare[kind].pop()
        whole = await self.proof(arn, execute=PAYLOAD)
        assert (whole.status, whole.missing) == (ProofStatus.PROVED, ())
        return arn


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    store = f"sqlite:///{tmp_path_factory.mktemp('proof') / 'hubmend.sqlite'}"
    options = hubmend.Options(regions=(REGION,), store=store)
    with Sandbox(empty=True, delivery_delay=0.0) as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        aws = Aws(sandbox)
        role = aws.role()
        spare = {
            kind: [
                aws.machine(FAILS, name=unique(kind), roleArn=role, **creation) for _ in range(n)
            ]
            for kind, n, creation in KINDS
        }
        made = World(aws, options, spare)
        made.run = asyncio.run(_enabled(made))
        yield made


async def _enabled(world: World) -> str:
    clock = MovableClock()
    clock.ahead = A_WHILE_AGO
    async with hubmend.connect(world.options, clock=clock) as hub:
        await hub.scan()
        for kind, arns in world.spare.items():
            data = True if kind == "data" else None
            wish = hubmend.Wish(
                hubmend.Kind.ENABLE, "ana", level="ALL", include_execution_data=data
            )
            await hub.decide(wish, arns)
        result = await hub.apply(await hub.plan())
        assert result.ok
        return result.run


@pytest.fixture
async def bench(world: World) -> AsyncIterator[Bench]:
    clock = MovableClock()
    async with hubmend.connect(world.options, clock=clock) as hub:
        yield Bench(world, hub, clock)


def rewrite(arn: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    """Pass every record of a machine's group through `change`; None takes the record away."""
    from moto.logs.models import logs_backends  # noqa: PLC0415 - the sandbox has loaded it by now

    name = arn.rsplit(":", 1)[-1]
    group = logs_backends[ACCOUNT][REGION].groups[f"/aws/vendedlogs/states/{name}-Logs"]
    for stream, held in group.streams.items():
        if not stream.startswith("states/"):
            continue
        for event in list(held.events):
            changed = change(json.loads(event.message))
            if changed is None:
                held.events.remove(event)
            else:
                event.message = json.dumps(changed)


def withhold(arn: str, which: Which) -> None:
    rewrite(arn, lambda record: None if which(record) else record)


async def test_a_withheld_record_is_awaited_first_and_then_missing(bench: Bench) -> None:
    arn = await bench.proved("standard")
    withhold(arn, lambda record: record["id"] == "4")

    early = await bench.proof(arn)
    assert early.status is ProofStatus.PENDING
    assert "on their way" in early.why

    answer = await bench.verified(arn, BEYOND_PATIENCE)
    late = answer.proof
    assert late.status is ProofStatus.MISSING
    assert exit_code((answer,)) == 1
    assert late.found == late.expected - 1
    assert [text.split()[0] for text in late.missing] == ["4"]
    assert "never arrived" in late.why


async def test_a_machine_none_of_whose_records_arrived_misses_them_all(bench: Bench) -> None:
    arn = await bench.proved("standard")
    withhold(arn, lambda _: True)
    late = await bench.proof(arn, BEYOND_PATIENCE)
    assert late.status is ProofStatus.MISSING
    assert late.found == 0
    assert len(late.missing) == late.expected > 0


async def test_a_record_that_differs_from_the_history_counts_as_missing(bench: Bench) -> None:
    arn = await bench.proved("standard")
    rewrite(arn, lambda one: one | {"type": "PassStateExited"} if one["id"] == "1" else one)
    late = await bench.proof(arn, BEYOND_PATIENCE)
    assert late.missing == ("1 ExecutionStarted",)


@pytest.mark.parametrize(
    ("withheld", "missing"),
    [("3", "3 (gap)"), ("last", "ExecutionFailed")],
)
async def test_an_express_record_is_missed_in_the_middle_and_at_the_end(
    bench: Bench, withheld: str, missing: str
) -> None:
    arn = await bench.proved("express")
    endings = ("ExecutionFailed",)
    withhold(
        arn,
        lambda one: one["type"] in endings if withheld == "last" else one["id"] == withheld,
    )
    late = await bench.proof(arn, BEYOND_PATIENCE)
    assert late.status is ProofStatus.MISSING
    assert any(missing in text for text in late.missing)


async def test_a_payload_in_the_log_is_told_while_execution_data_is_off(bench: Bench) -> None:
    arn = await bench.proved("standard")
    rewrite(arn, lambda one: one | {"details": {**one["details"], "input": PAYLOAD}})
    leaked = await bench.proof(arn)
    assert leaked.status is ProofStatus.MISSING
    assert "holds execution data although it is off" in leaked.why


async def test_execution_data_is_there_once_it_is_asked_for(bench: Bench) -> None:
    arn = bench.world.spare["data"].pop()
    proof = await bench.proof(arn, execute=PAYLOAD)
    assert proof.status is ProofStatus.PROVED
    assert any("4000" in text for text in proof.records)


class Postman(SystemClock):
    """Delivers what was held back when somebody waits, instead of waiting."""

    def __init__(self, deliver: Callable[[], None]) -> None:
        self._deliver = deliver

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - no time needs to pass
        self._deliver()


async def test_records_that_come_late_are_waited_for(bench: Bench) -> None:
    arn = await bench.proved("standard")
    logs = bench.world.aws.client("logs")
    group = f"/aws/vendedlogs/states/{arn.rsplit(':', 1)[-1]}-Logs"
    late = [one for one in bench.world.aws.records(group) if int(one["id"]) > 3]
    withhold(arn, lambda one: one in late)
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="states/")

    def deliver() -> None:
        while late:
            one = late.pop(0)
            logs.put_log_events(
                logGroupName=group,
                logStreamName=streams["logStreams"][0]["logStreamName"],
                logEvents=[{"timestamp": int(one["event_timestamp"]), "message": json.dumps(one)}],
            )

    assert (await bench.proof(arn)).status is ProofStatus.PENDING
    async with hubmend.connect(bench.world.options, clock=Postman(deliver)) as hub:
        (answer,) = await hub.verify(bench.world.run, arns=[arn], wait=timedelta(minutes=1))
    assert answer.proof.status is ProofStatus.PROVED
    assert not late
