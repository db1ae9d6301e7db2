"""Every kind of fault at every call of apply and of rollback: the way on and the way back.

The heart of the product: whatever happened, `rollback` restores the start and `resume` comes to
the end, and no call that took effect is made a second time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from hubmend.core.errors import Interrupted
from hubmend.core.run import ResourceStatus, RunResult, RunStatus
from tests.fakes.faults import ENDINGS, REFUSALS, Fault, Killed
from tests.fakes.world import logs_to
from tests.flow.bench import Bench, statuses

SHARED = "/app/shared"
CHANGES = 10
ENTRIES = 27  # of evidence, in a clean apply of the world below


@dataclass
class Prepared:
    """A world with its plan, and its picture before and after a clean apply."""

    bench: Bench
    run: str
    start: dict[str, Any]

    async def apply(self) -> RunResult:
        return await self.bench.resume(self.run)

    async def rollback(self) -> RunResult:
        return await self.bench.rollback(self.run)

    def picture(self) -> dict[str, Any]:
        return self.bench.aws.world.picture()

    def check_evidence(self) -> None:
        """Every machine that differs from its start has an entry; the chain holds."""
        now = self.picture()["machines"]
        moved = {arn for arn, logging in self.start["machines"].items() if now[arn] != logging}
        assert moved <= self.bench.journalled(self.run)
        assert self.bench.chain_holds(self.run)

    def effects(self) -> Counter[str]:
        return Counter(f"{call}{sorted(call.params.items())}" for call in self.bench.aws.calls)


async def prepare() -> Prepared:
    """Two machines on a role without rights, one of them to an existing group; one that logs.

    The traffic of the last goes through a weighted alias, which is to be taken along.
    """
    bench = Bench()
    role, able = bench.aws.role("shared"), bench.aws.role("able", rights=True)
    bench.aws.group(SHARED, retention=30)
    bench.aws.machine("first", role)
    second = bench.aws.machine("second", role, kind="EXPRESS")
    with_alias = bench.aws.machine("third", able, logs_to(SHARED, "ERROR"))
    bench.aws.alias(with_alias, "live", 90, 10, description="production")
    bench.aws.machine("fourth", role)
    await bench.enable()
    await bench.enable(second.arn, log_group=SHARED, retention_days=90)
    seen = await bench.store.last_scan()
    assert seen
    third, fourth = (row.arn for row in seen.resources[2:])
    await bench.enable(third, log_group=SHARED, update_versions="yes")
    await bench.enable(fourth, log_group=SHARED, level="FATAL")
    made = await bench.plan()
    assert len(made.changes) == CHANGES
    started = await bench.begin(made)
    return Prepared(bench, started.id, bench.aws.world.picture())


async def finished_picture() -> dict[str, Any]:
    prepared = await prepare()
    assert (await prepared.apply()).ok
    return prepared.picture()


async def test_the_world_of_these_tests_takes_as_many_entries_as_they_try() -> None:
    prepared = await prepare()
    before = len(prepared.bench.store.chain_entries[prepared.run])
    await prepared.apply()
    after = len(prepared.bench.store.chain_entries[prepared.run])
    assert after - before == 2 * CHANGES + 4 + 1
    assert after - before < ENTRIES


every_fault = pytest.mark.parametrize("fault", Fault)
every_call = pytest.mark.parametrize("call", range(1, CHANGES + 1))


@every_fault
@every_call
async def test_a_fault_in_apply_can_be_rolled_back(fault: Fault, call: int) -> None:
    prepared = await prepare()
    await prepared.bench.endure(prepared.apply, {call: fault})
    prepared.check_evidence()

    result = await prepared.rollback()

    assert result.status is RunStatus.ROLLED_BACK
    assert prepared.picture() == prepared.start
    assert max(prepared.effects().values(), default=0) <= 1
    prepared.check_evidence()


@every_fault
@every_call
async def test_a_fault_in_apply_can_be_resumed(fault: Fault, call: int) -> None:
    prepared = await prepare()
    await prepared.bench.endure(prepared.apply, {call: fault})

    result = await prepared.apply()

    assert result.ok
    assert prepared.picture() == await finished_picture()
    assert set(prepared.effects().values()) == {1}
    assert sum(prepared.effects().values()) == CHANGES
    prepared.check_evidence()


@every_fault
@every_call
async def test_a_fault_in_rollback_is_made_good_by_rolling_back_again(
    fault: Fault, call: int
) -> None:
    prepared = await prepare()
    assert (await prepared.apply()).ok
    await prepared.bench.endure(prepared.rollback, {call: fault})
    prepared.check_evidence()

    result = await prepared.rollback()

    assert result.status is RunStatus.ROLLED_BACK
    assert prepared.picture() == prepared.start
    assert set(prepared.effects().values()) == {1}
    assert sum(prepared.effects().values()) == 2 * CHANGES


@pytest.mark.parametrize("fault", REFUSALS)
@every_call
async def test_a_refused_call_fails_its_machine_and_says_why(fault: Fault, call: int) -> None:
    prepared = await prepare()
    result = await prepared.bench.endure(prepared.apply, {call: fault})
    assert isinstance(result, RunResult)
    assert result.status is RunStatus.FAILED
    assert ResourceStatus.FAILED in statuses(result).values()
    assert all(one.error for one in result.resources if one.status is not ResourceStatus.DONE)


@pytest.mark.parametrize("fault", [Fault.LOST_ANSWER, Fault.LOST_REQUEST])
@every_call
async def test_a_lost_answer_is_settled_by_reading_again(fault: Fault, call: int) -> None:
    prepared = await prepare()
    result = await prepared.bench.endure(prepared.apply, {call: fault})
    assert isinstance(result, RunResult)
    assert result.ok
    assert set(prepared.effects().values()) == {1}


@pytest.mark.parametrize("fault", ENDINGS)
@every_call
async def test_a_run_that_is_stopped_says_how_to_go_on(fault: Fault, call: int) -> None:
    prepared = await prepare()
    error = await prepared.bench.endure(prepared.apply, {call: fault})
    status = await prepared.bench.status(prepared.run)
    if fault in (Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
        assert isinstance(error, Killed)
        assert status is RunStatus.RUNNING
    else:
        assert isinstance(error, Interrupted)
        assert f"hubmend apply --resume {prepared.run}" in str(error)
        assert f"hubmend rollback {prepared.run}" in str(error)
        assert status is RunStatus.INTERRUPTED
        assert not prepared.bench.store.leases


@pytest.mark.parametrize("way_on", ["resume", "rollback"])
@pytest.mark.parametrize("when", [-1, 1])
@pytest.mark.parametrize("entry", range(1, ENTRIES))
async def test_a_process_killed_while_it_writes_its_journal_loses_nothing(
    entry: int, when: int, way_on: str
) -> None:
    prepared = await prepare()
    prepared.bench.store.die_at(entry * when)
    await prepared.bench.endure(prepared.apply)
    prepared.bench.store.die_at(0)
    prepared.check_evidence()
    if way_on == "resume":
        assert (await prepared.apply()).ok
        assert prepared.picture() == await finished_picture()
        assert set(prepared.effects().values()) == {1}
    else:
        assert (await prepared.rollback()).status is RunStatus.ROLLED_BACK
        assert prepared.picture() == prepared.start
        assert max(prepared.effects().values(), default=0) <= 1
    prepared.check_evidence()


@pytest.mark.parametrize("when", [-1, 1])
@pytest.mark.parametrize("entry", range(1, ENTRIES))
async def test_a_rollback_killed_while_it_writes_its_journal_is_finished_by_the_next(
    entry: int, when: int
) -> None:
    prepared = await prepare()
    await prepared.apply()
    prepared.bench.store.die_at(entry * when)
    await prepared.bench.endure(prepared.rollback)
    prepared.bench.store.die_at(0)
    result = await prepared.rollback()
    assert result.status is RunStatus.ROLLED_BACK
    assert prepared.picture() == prepared.start
    assert set(prepared.effects().values()) == {1}
    prepared.check_evidence()
