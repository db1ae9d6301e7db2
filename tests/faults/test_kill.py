"""kill -9 or Ctrl-C at a call of a real `hubmend` process: the next one goes on, or back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from hubmend.core.errors import INCOMPLETE, UsageError
from hubmend.core.plan import dump_plan
from hubmend.core.ports import SystemClock
from hubmend.core.run import ResourceStatus
from hubmend.flow import apply as apply_flow
from hubmend.flow.leases import RUN_LENGTH
from hubmend.sandbox import SandboxClock
from tests.faults import record
from tests.faults.bench import Bench, bench, is_hasty
from tests.faults.matrix import Case, Verb, kill_case
from tests.faults.run_case import Outcome, Trial, after_apply, after_rollback, applied
from tests.faults.script import STOPS, Fault, Mishap
from tests.faults.world import REGION, picture

NUMBERS = record.asked_for(record.KILLED, 12)
SOAKING = record.KILLED in os.environ
# The last heartbeat of the dead was at most this long ago, and a little more on a busy machine.
SINCE_BEAT = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker() -> AsyncIterator[Bench]:
    async with bench(propagation=0.0) as made:
        yield made


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("number", NUMBERS)
async def test_a_killed_run_is_finished_or_undone_by_the_next_process(
    worker: Bench, number: int, tmp_path: Path
) -> None:
    one = kill_case(number)
    trial = Trial(worker, f"kill-{number}", hasty=is_hasty(one), clock=SandboxClock())
    try:
        await trial.prepare(third=one.third, canary=one.canary)
        record.seen(one, await _killed(trial, one, tmp_path))
    finally:
        await trial.end()


async def _killed(trial: Trial, one: Case, folder: Path) -> Outcome:
    if one.step.verb is Verb.APPLY:
        first = ["--canary", "1"] if one.canary else []
        await _kill(trial, one, ["apply", _plan_file(trial, folder), *first])
        (trial.run,) = await trial.store.runs()
        outcome = await after_apply(trial, one, good=False)
    else:
        await trial.begin()
        await applied(trial, one)
        await _kill(trial, one, ["rollback", trial.run.id])
        outcome = await after_rollback(trial, one, good=False)
    if one.fault not in STOPS:  # the stopped gave its leases back
        # Whoever comes next lets the lease of the dead end before it touches anything.
        assert trial.waited >= RUN_LENGTH.total_seconds() - SINCE_BEAT
    return outcome


@pytest.mark.asyncio(loop_scope="module")
async def test_while_a_killed_runs_lease_is_fresh_a_second_operator_is_refused(
    worker: Bench, tmp_path: Path
) -> None:
    trial = Trial(worker, "leased", clock=SandboxClock())
    try:
        await trial.prepare(third=False)
        await _hubmend_killed(
            trial,
            ["apply", _plan_file(trial, tmp_path)],
            Mishap(Fault.KILLED_AFTER, "PutRolePolicy"),
        )
        (first,) = await trial.store.runs()
        halfway = picture()

        second = await apply_flow.start(trial.process(), trial.plan)
        result = await apply_flow.apply(trial.process(), second)

        assert {one.status for one in result.resources} == {ResourceStatus.SKIPPED}
        assert all(f"run {first.id} is working on it" in str(one.error) for one in result.resources)
        assert picture() == halfway
        trial.run = first
        assert (await trial.resume()).ok
        trial.hold_end()
    finally:
        await trial.end()


@pytest.mark.skipif(not SOAKING, reason="takes the 20 seconds of a lease: make soak")
@pytest.mark.asyncio(loop_scope="module")
async def test_a_run_whose_process_is_alive_is_not_taken_over(
    worker: Bench, tmp_path: Path
) -> None:
    trial = Trial(worker, "alive", clock=SandboxClock())
    try:
        await trial.prepare(third=False)
        worker.proxy.arm(Mishap(Fault.SILENT_BEFORE, "CreateLogGroup"))
        child = await _hubmend(trial, ["apply", _plan_file(trial, tmp_path)])
        while not worker.proxy.script.fired:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0.05)
        (trial.run,) = await trial.store.runs()
        trial.clock = SystemClock()
        with pytest.raises(UsageError, match="another hubmend process is working on run"):
            await trial.rollback()
        assert picture()["groups"].keys() == trial.start["groups"].keys()
        child.send_signal(signal.SIGKILL)
        await child.wait()
    finally:
        await trial.end()


def _plan_file(trial: Trial, folder: Path) -> str:
    path = folder / "plan.json"
    path.write_text(json.dumps(dump_plan(trial.plan)), encoding="utf-8")
    return str(path)


async def _kill(trial: Trial, one: Case, verb: list[str]) -> None:
    await _hubmend_killed(trial, verb, *one.mishaps)


async def _hubmend_killed(trial: Trial, verb: list[str], *mishaps: Mishap) -> None:
    """Run a verb as a process of its own that is killed where the script says."""
    proxy = trial.bench.proxy
    script = proxy.arm(*mishaps)
    child = await _hubmend(trial, verb)
    proxy.victim = child.pid
    code = await child.wait()
    assert script.fired
    if script.fired[0].fault in STOPS:
        assert code == INCOMPLETE
    else:
        assert code == -signal.SIGKILL, "it came to its end unhurt"
    await trial.calm()


async def _hubmend(trial: Trial, verb: list[str]) -> asyncio.subprocess.Process:
    # Measured code would be slower to start, and the killed tell nothing.
    environment = {name: value for name, value in os.environ.items() if "COV" not in name}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hubmend", *verb, "--yes", "--quiet",
        "--store", trial.url, "--regions", REGION,
        env=environment,
    )  # fmt: skip
