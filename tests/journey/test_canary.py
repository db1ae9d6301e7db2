"""apply --canary and --max-failures through the command line: one machine first, then the rest."""

from __future__ import annotations

import json
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hubmend.core.lanes import Width
from hubmend.flow import apply as apply_flow
from hubmend.sandbox import Sandbox
from tests.journey.aws import Witness
from tests.journey.terminal import Terminal, in_sandbox, stop_when
from tests.sandbox.calls import REGION, Aws, unique

MACHINES = 3
WITHOUT_RIGHTS = {"Effect": "Allow", "Action": "states:*", "Resource": "*"}
OFF = {"level": "OFF", "includeExecutionData": False}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    with Sandbox(empty=True, delivery_delay=0.0, propagation=1.0) as sandbox:
        yield Aws(sandbox)


@dataclass(frozen=True)
class Ground:
    """Machines that share a role without rights, planned; the first in the plan is the canary."""

    aws: Aws
    terminal: Terminal
    witness: Witness
    arns: tuple[str, ...]

    def logging(self) -> list[dict[str, Any]]:
        return [dict(self.witness.machine(arn)["loggingConfiguration"]) for arn in self.arns]

    def levels(self) -> list[str]:
        return [one["level"] for one in self.logging()]

    def run(self) -> str:
        with closing(sqlite3.connect(self.terminal.store, timeout=30)) as database:
            return str(database.execute("SELECT id FROM runs").fetchone()[0])

    def canary_is_on(self) -> bool:
        return self.levels()[0] == "ALL"

    def beside(self, work: Callable[[], object], *arguments: str, code: int) -> Any:
        """Run a command; once the canary is on, do something else beside it. Return its answer."""
        with self.terminal.running(*arguments, "--format", "json") as process:

            def watch() -> None:
                while process.poll() is None and not self.canary_is_on():
                    stopped.wait(0.05)
                work()

            stopped, watcher = threading.Event(), threading.Thread(target=watch)
            watcher.start()
            done = self.terminal.finish(process, code)
            watcher.join()
        return done.document


@pytest.fixture
def ground(aws: Aws, tmp_path: Path) -> Ground:
    terminal = in_sandbox(tmp_path, aws.sandbox.environment())
    role = aws.role(WITHOUT_RIGHTS)
    made = [aws.machine(name=unique("canary"), roleArn=role) for _ in range(MACHINES)]
    terminal.call("scan", "--regions", REGION, code=None)
    terminal.call("decide", *made, "--enable", "--level", "ALL", "--by", "ana")
    terminal.call("plan", *made, "-o", "plan.json")
    changes = json.loads((tmp_path / "plan.json").read_text())["changes"]
    arns = tuple(dict.fromkeys(one["resource"] for one in changes))
    assert set(arns) == set(made)
    return Ground(aws, terminal, Witness(aws.sandbox.environment()), arns)


def test_records_of_real_traffic_prove_the_canary_and_the_rest_follows(ground: Ground) -> None:
    first = ground.arns[0]
    answer = ground.beside(
        lambda: ground.aws.run(first),
        *("apply", "plan.json", "--canary", "1", "--canary-wait", "60s", "--yes"),
        code=0,
    )
    assert answer["status"] == "done"
    assert answer["canary"]["status"] == "passed"
    (told,) = answer["canary"]["answers"]
    assert (told["arn"], told["configuration"], told["proof"]) == (first, "passed", "proved")
    assert ground.levels() == ["ALL"] * MACHINES


def test_without_traffic_the_canary_is_told_to_be_unproved_and_the_rest_follows(
    ground: Ground,
) -> None:
    done = ground.terminal.call("apply", "plan.json", "--canary", "1", "--yes")
    assert "Canary of 1 machine: passed" in done.out
    assert "not-provable" in done.out
    assert "no execution has run since the change" in done.out
    assert ground.levels() == ["ALL"] * MACHINES


def test_a_canary_that_fails_stops_the_run_which_is_resumed_once_it_is_good(
    ground: Ground,
) -> None:
    states = ground.witness.of(ground.arns[0], "stepfunctions")
    planned: list[dict[str, Any]] = []

    def meddle() -> None:
        planned.append(ground.logging()[0])
        states.update_state_machine(stateMachineArn=ground.arns[0], loggingConfiguration=OFF)

    options = ("--canary", "1", "--canary-wait", "8s", "--yes")
    answer = ground.beside(meddle, "apply", "plan.json", *options, code=1)
    run = answer["run"]
    assert (answer["status"], answer["canary"]["status"]) == ("failed", "failed")
    assert [one["status"] for one in answer["resources"]] == ["failed", "skipped", "skipped"]
    assert ground.levels() == ["OFF"] * MACHINES

    shown = ground.terminal.call("apply", "--resume", run, code=1).out
    assert "Next: hubmend plan -o plan.json" in shown  # unless somebody puts it back, as below
    assert f"hubmend rollback {run}" in shown
    assert ground.levels() == ["OFF"] * MACHINES

    states.update_state_machine(stateMachineArn=ground.arns[0], loggingConfiguration=planned[0])
    resumed = ground.terminal.json("apply", "--resume", run)
    assert resumed["canary"]["status"] == "passed"
    assert ground.levels() == ["ALL"] * MACHINES


def test_killed_while_it_waits_for_the_canary_the_resume_verifies_it_first(
    ground: Ground,
) -> None:
    options = ("--canary", "1", "--canary-wait", "1h", "--yes")
    with ground.terminal.running("apply", "plan.json", *options) as process:
        stop_when(process, ground.canary_is_on, signal.SIGKILL)
    assert ground.levels() == ["ALL", "OFF", "OFF"]
    answer = ground.terminal.json("apply", "--resume", ground.run(), "--canary-wait", "0s")
    assert (answer["status"], answer["canary"]["status"]) == ("done", "passed")
    assert ground.levels() == ["ALL"] * MACHINES
    assert "holds" in ground.terminal.call("report", ground.run(), "--check").out


def test_once_so_many_failed_no_other_machine_is_begun_and_the_resume_goes_on(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apply_flow, "CAREFUL", Width(1, 1))  # one machine after the other
    states = ground.witness.of(ground.arns[1], "stepfunctions")
    states.delete_state_machine(stateMachineArn=ground.arns[1])
    done = ground.terminal.call(
        "apply", "plan.json", "--max-failures", "1", "--yes", "--format", "json", code=1
    )
    statuses = [one["status"] for one in done.document["resources"]]
    assert statuses == ["done", "failed", "skipped"]
    assert "--max-failures" in done.document["resources"][2]["error"]
    resumed = ground.terminal.json(
        "apply", "--resume", done.document["run"], "--max-failures", "0", code=1
    )
    assert [one["status"] for one in resumed["resources"]] == ["done", "failed", "done"]
