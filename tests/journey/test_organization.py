"""An organization in which some accounts refuse, some never answer and one is closed.

On the stand-in of bench/, which makes as many accounts as wanted and knows the truth: everything
that can be read is exact, and everything that cannot is named (issue 5, point 5).
"""

from __future__ import annotations

import asyncio
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hubmend
from bench.measuring import Scene, counters, environment, standing_in
from bench.standin.world import REGIONS, World
from hubmend.core.errors import INCOMPLETE
from hubmend.core.resource import Remark, RemarkKind, Scan, Verdict

WORLD = World(3, REGIONS[:2], accounts=200, refusing=5, silent=2, suspended=1)
ANSWER_SECONDS = 2.0
FILES = 256  # what macOS lets a process open


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with standing_in(Scene("an organization", WORLD)) as address:
        yield address


async def scanned(options: hubmend.Options) -> Scan:
    async with hubmend.connect(options, answer=ANSWER_SECONDS) as hub:
        return await hub.scan("api")


@pytest.fixture(scope="module")
def seen(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scan]:
    store = f"sqlite:///{tmp_path_factory.mktemp('organization') / 's.sqlite'}"
    options = hubmend.Options(accounts=("all",), regions=WORLD.regions, store=store)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(address).items():
            patch.setenv(name, value)
        yield asyncio.run(scanned(options))


def test_one_account_and_region_is_read_without_asking_elsewhere(tmp_path: Path) -> None:
    with standing_in(Scene("one region", World(20))) as address:
        command = [sys.executable, "-m", "hubmend", "scan", "--format", "json"]
        store = f"sqlite:///{tmp_path / 's.sqlite'}"
        done = subprocess.run(
            command, env=environment(address) | {"HUBMEND_STORE": store}, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        calls = counters(address)["calls"]
    assert (done.returncode, done.stderr) == (1, "")
    assert len(json.loads(done.stdout)["resources"]) == 20
    # Security Hub once for each of its questions, AWS Config not at all.
    for_all = {"GetCallerIdentity", "ListAccounts", "ListStateMachines", "GetResources"}
    hub = {one for one in calls if one.startswith(("GET /", "POST /"))}
    assert calls == dict.fromkeys(for_all | hub, 1) | {"DescribeStateMachine": 20}
    assert "POST /findings" in hub


def test_everything_that_can_be_read_is_exact(seen: Scan) -> None:
    failing = {row.arn for row in seen.resources if row.verdict is Verdict.FAILED}
    assert failing == WORLD.failing()
    assert seen.count(Verdict.UNKNOWN) == 0
    read = (200 - 1 - 5) * 2 - 2
    assert len(seen.resources) == read * WORLD.machines


def test_an_account_that_refuses_is_one_row_and_a_silent_target_another(seen: Scan) -> None:
    refusing = [one for one in WORLD.ids if not WORLD.lets_in(one) and not WORLD.is_suspended(one)]
    silent = [
        (one, region)
        for one in WORLD.ids
        for region in WORLD.regions
        if WORLD.is_silent(one, region)
    ]
    assert {(one.account, one.region) for one in seen.unread} == {
        *((one, "") for one in refusing), *silent,
    }  # fmt: skip
    assert len(seen.unread) == len(refusing) + len(silent) == 7
    said = {bool(one.region): one.error for one in seen.unread}
    assert "did not answer 2 times in a row" in said[True]
    assert "role/HubmendAudit exists, trusts arn:aws:iam::111122223333:user/bench" in said[False]


def left_out(seen: Scan) -> list[Remark]:
    """Return what nothing was read of; Security Hub, which refuses here, has remarks of its own."""
    return [one for one in seen.remarks if one.kind is RemarkKind.LEFT_OUT]


def test_the_closed_account_is_said_and_does_not_count_as_unread(seen: Scan) -> None:
    (closed,) = left_out(seen)
    assert closed.subject == WORLD.ids[-1]
    assert "SUSPENDED" in closed.text
    assert seen.exit_code == INCOMPLETE


def test_no_role_is_asked_for_twice(seen: Scan, address: str) -> None:
    assert seen.unread
    assert counters(address)["calls"]["AssumeRole"] == 200 - 2  # neither our own nor the closed one


async def test_a_closed_account_that_is_listed_is_said_as_well(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(address).items():
        monkeypatch.setenv(name, value)
    listed = (WORLD.ids[0], WORLD.ids[-1])
    store = f"sqlite:///{tmp_path / 's.sqlite'}"
    seen = await scanned(hubmend.Options(accounts=listed, regions=WORLD.regions[:1], store=store))
    assert {row.account for row in seen.resources} == {WORLD.ids[0]}
    assert [one.subject for one in left_out(seen)] == [WORLD.ids[-1]]
    assert (seen.unread, seen.exit_code) == ((), 1)


def test_many_targets_at_once_need_no_more_files_than_a_process_may_open(tmp_path: Path) -> None:
    world = World(20, REGIONS, accounts=6)
    scan = [
        sys.executable, "-m", "hubmend", "scan", "--accounts", "all", "--source", "api",
        "--regions", ",".join(world.regions), "--format", "json", "--output", "scan.json",
    ]  # fmt: skip
    with standing_in(Scene("many targets", world, latency=0.05)) as address:
        variables = {**environment(address), "HUBMEND_STORE": f"sqlite:///{tmp_path / 's.sqlite'}"}
        limited = ["bash", "-c", f"ulimit -n {FILES}; exec {shlex.join(scan)}"]
        done = subprocess.run(
            limited, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "")
    document = json.loads((tmp_path / "scan.json").read_text(encoding="utf-8"))
    failing = {row["arn"] for row in document["resources"] if row["verdict"] == "FAILED"}
    assert failing == world.failing()
