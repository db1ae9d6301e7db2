"""Stopped half way, by Ctrl-C or killed outright: the journal is whole, and tells how to go on."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.measuring import Scene, counters, environment, standing_in
from bench.standin.world import REGIONS, World
from hubmend.sandbox import Sandbox
from tests.journey.aws import Witness
from tests.journey.terminal import Done, Terminal, in_sandbox, stop_when
from tests.sandbox.calls import ACCOUNT, REGION, Aws, unique

MACHINES = 3
WITHOUT_RIGHTS = {"Effect": "Allow", "Action": "states:*", "Resource": "*"}
# Entries of the journal: at the first calls, among the log groups, and while roles propagate.
POINTS = (2, 7, 14, 19)


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    # New rights take a while to be felt, so that apply has something to wait for.
    with Sandbox(empty=True, delivery_delay=0.0, propagation=4.0) as sandbox:
        yield Aws(sandbox)


@dataclass(frozen=True)
class Ground:
    """Machines of one test's own, with a plan to enable them and what was there before."""

    terminal: Terminal
    witness: Witness
    arns: tuple[str, ...]
    before: dict[str, Any]

    def world(self) -> dict[str, Any]:
        """What is about these machines: themselves, their roles, their log groups."""
        names = [arn.rsplit(":", 1)[-1] for arn in self.arns]
        roles = [self.witness.machine(arn)["roleArn"] for arn in self.arns]
        return {
            key: value
            for key, value in self.witness.whole_world([ACCOUNT], [REGION]).items()
            if key in roles or any(name in key for name in names)
        }

    def levels(self) -> set[str]:
        return {self.witness.machine(a)["loggingConfiguration"]["level"] for a in self.arns}

    def entries(self) -> int:
        """How many entries the journal of the run has."""
        if not self.terminal.store.exists():
            return 0
        with closing(sqlite3.connect(self.terminal.store, timeout=30)) as database:
            sql = "SELECT count(*) FROM evidence WHERE chain <> 'decisions'"
            return int(database.execute(sql).fetchone()[0])

    def run(self) -> str:
        with closing(sqlite3.connect(self.terminal.store, timeout=30)) as database:
            return str(database.execute("SELECT id FROM runs").fetchone()[0])

    def stopped(self, entries: int, how: int) -> Done | None:
        """Apply, and stop it once the journal has so many entries; None when it was killed."""
        with self.terminal.running("apply", "plan.json", "--yes") as process:
            stop_when(process, lambda: self.entries() >= entries, how)
            return None if how == signal.SIGKILL else self.terminal.finish(process, 3)


Make = Callable[[Path], Ground]


@pytest.fixture
def make(aws: Aws) -> Make:
    """Make machines that share a role without rights, scanned, decided and planned."""

    def ground(folder: Path) -> Ground:
        terminal = in_sandbox(folder, aws.sandbox.environment())
        role = aws.role(WITHOUT_RIGHTS)
        arns = tuple(aws.machine(name=unique("stop"), roleArn=role) for _ in range(MACHINES))
        made = Ground(terminal, Witness(aws.sandbox.environment()), arns, {})
        made.before.update(made.world())
        terminal.call("scan", "--regions", REGION, code=1)
        terminal.call("decide", *arns, "--enable", "--level", "ERROR", "--by", "ana")
        terminal.call("plan", *arns, "-o", "plan.json")
        return made

    return ground


@pytest.fixture
def ground(make: Make, tmp_path: Path) -> Ground:
    return make(tmp_path)


def test_ctrl_c_in_apply_leaves_a_whole_journal_and_says_how_to_go_on(ground: Ground) -> None:
    done = ground.stopped(14, signal.SIGINT)
    assert done
    run = ground.run()
    assert "stopped by the user" in done.err
    assert f"hubmend apply --resume {run}" in done.err
    assert f"hubmend rollback {run}" in done.err
    assert done.out == ""
    assert "holds" in ground.terminal.call("report", run, "--check").out

    went_on = ground.terminal.call("apply", "--resume", run)
    assert re.match(rf"Going on with run {run}: \d+ changes to \d machines?: about ", went_on.err)
    assert ground.levels() == {"ERROR"}
    unanswered = ground.terminal.call("rollback", run, code=2)
    assert re.search(r"Undo \d+ changes to 3 machines of run .*: add --yes", unanswered.err)
    ground.terminal.call("rollback", run, "--yes")
    assert ground.world() == ground.before


def test_ctrl_c_in_apply_can_be_rolled_back_to_the_start(ground: Ground) -> None:
    done = ground.stopped(10, signal.SIGINT)
    assert done
    back = ground.terminal.json("rollback", ground.run(), "--yes")
    assert back["status"] == "rolled-back"
    assert ground.world() == ground.before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "killed"])
def test_a_scan_that_was_stopped_goes_on_where_it_was(tmp_path: Path, how: signal.Signals) -> None:
    # On the stand-in of bench/: more targets than are read at once, so that it is stopped midway.
    world = World(20, REGIONS[:4], accounts=40)
    with standing_in(Scene("an organization", world, latency=0.02)) as address:
        terminal = Terminal(tmp_path, environment(address))
        scope = ("--accounts", "all", "--regions", ",".join(world.regions), "--source", "api")
        with terminal.running("scan", *scope, "--format", "json") as process:
            stop_when(process, lambda: _targets_read(terminal.store) > 0, how)
            done = terminal.finish(process, 3) if how == signal.SIGINT else None
        before = _targets_read(terminal.store)
        asked = counters(address)["calls"]["ListStateMachines"]
        resumed = terminal.json("scan", "--resume", code=1)
        again = counters(address)["calls"]["ListStateMachines"] - asked
        whole = terminal.json("scan", *scope, code=1)
    if done:
        assert "Go on with: hubmend scan --resume" in done.err
        told = Counter((one["account"], one["region"]) for one in done.document["resources"])
        unread = done.document["unread"]
        stopped = {(one["account"], one["region"]) for one in unread}
        assert all(one["error"].endswith("was stopped") for one in unread)
        # Read ahead of the rows is in the store and not in the document: never claimed there.
        for one in whole["scope"]["targets"]:
            target = one["account"], one["region"]
            assert target in stopped or told[target] == world.machines
        assert len(stopped) >= len(whole["scope"]["targets"]) - before
    assert 0 < again == len(whole["scope"]["targets"]) - before
    for key in ("resources", "summary", "unread", "scores"):
        assert resumed[key] == whole[key], key
    assert resumed["scope"]["targets"] == whole["scope"]["targets"]


def _targets_read(store: Path) -> int:
    """How many targets of a scan are whole in a store."""
    if not store.exists():
        return 0
    with closing(sqlite3.connect(store, timeout=30)) as database:
        made = database.execute("SELECT name FROM sqlite_master WHERE name = 'parts'").fetchone()
        return int(database.execute("SELECT count(*) FROM parts").fetchone()[0]) if made else 0


def test_killed_at_any_point_apply_resumes_or_rolls_back_to_the_start(
    make: Make, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each run is killed at its point; the lease of the dead process ends meanwhile for all."""
    ways = ("resume", "rollback")
    grounds = {
        (point, way): make(tmp_path_factory.mktemp(f"killed-{point}-{way}"))
        for point, way in zip(POINTS, ways * 2, strict=True)
    }
    with ThreadPoolExecutor(len(grounds)) as pool:
        killed = [
            pool.submit(one.stopped, point, signal.SIGKILL) for (point, _), one in grounds.items()
        ]
        assert [one.result() for one in killed] == [None] * len(killed)
        ended = {key: pool.submit(_finish, one, key[1]) for key, one in grounds.items()}
    for (point, way), one in grounds.items():
        document = ended[point, way].result()
        wanted = "done" if way == "resume" else "rolled-back"
        assert document["status"] == wanted, (point, document)
        assert "holds" in one.terminal.call("report", one.run(), "--check").out
        if way == "resume":
            assert one.levels() == {"ERROR"}
            one.terminal.call("rollback", one.run(), "--yes")
        assert one.world() == one.before, (point, way)


def _finish(ground: Ground, way: str) -> dict[str, Any]:
    run = ground.run()
    arguments = ("apply", "--resume", run) if way == "resume" else ("rollback", run, "--yes")
    document: dict[str, Any] = ground.terminal.json(*arguments)
    return document


def test_an_interrupted_run_can_be_reported(ground: Ground) -> None:
    ground.stopped(8, signal.SIGINT)
    ground.terminal.call("report", ground.run(), "-o", "report.json")
    document = json.loads((ground.terminal.folder / "report.json").read_text())
    assert re.search("interrupted", json.dumps(document))
    ground.terminal.call("rollback", ground.run(), "--yes")
    assert ground.world() == ground.before
