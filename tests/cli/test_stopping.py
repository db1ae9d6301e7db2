"""Ctrl-C at any moment, once or again and again: exit code 3, one sentence, nothing untrue."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measuring import Scene, environment, standing_in
from bench.standin.world import REGIONS, World
from tests.journey.terminal import Done, Terminal

WORLD = World(60, REGIONS[:4], accounts=40)
SCAN = ("scan", "--accounts", "all", "--regions", ",".join(WORLD.regions), "--source", "api")
GO_ON = "what was read so far is kept. Go on with: hubmend scan --resume"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with standing_in(Scene("an organization", WORLD, latency=0.1)) as address:
        yield address


@pytest.fixture
def terminal(address: str, tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, environment(address))


def interrupted(
    terminal: Terminal, process: subprocess.Popen[str], times: int = 1, gap: float = 0.0
) -> Done:
    """Press Ctrl-C so often, and look the process over."""
    for _ in range(times):
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            time.sleep(gap)
    return terminal.finish(process, 3)


# From click's import to the SDK's; Python's own start before that is not hubmend's.
@pytest.mark.parametrize("imported", ["click", "hubmend.cli.scan", "botocore", "hubmend.wiring"])
def test_while_it_starts_ctrl_c_ends_it_at_once(terminal: Terminal, imported: str) -> None:
    watched = terminal.with_variables(PYTHONVERBOSE="1")
    with watched.running(*SCAN) as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith(f"import '{imported}'"):
                break
        done = interrupted(terminal, process)
    # After the last import the verb may be at work already.
    assert re.search(
        r"^hubmend: stopped by the user(; nothing was read yet)?$", done.err, re.MULTILINE
    )
    assert done.out == ""


@pytest.mark.parametrize("gap", [0.0, 0.005, 0.05])
def test_pressed_again_and_again_the_document_is_whole_and_claims_nothing(
    terminal: Terminal, gap: float
) -> None:
    out = terminal.folder / "out.json"
    with terminal.running(*SCAN, "--format", "json", "--output", out) as process:
        while process.poll() is None and not (out.exists() and '"arn"' in out.read_text()):
            time.sleep(0.01)
        time.sleep(1)  # more targets are read, and one is being told
        done = interrupted(terminal, process, 6, gap)
    document = json.loads(out.read_text())
    accounts = {(one["account"], one["region"]) for one in document["resources"]}
    unread = {(one["account"], one["region"]) for one in document["unread"]}
    scope = {(one["account"], one["region"]) for one in document["scope"]["targets"]}
    assert accounts | unread == scope
    for target in accounts - unread:
        rows = [r for r in document["resources"] if (r["account"], r["region"]) == target]
        assert len(rows) == WORLD.machines
    assert done.err == f"hubmend: stopped by the user; {GO_ON}\n"


def test_before_anything_was_read_nothing_is_promised(tmp_path: Path) -> None:
    with standing_in(Scene("slow", World(1, REGIONS[:1]), latency=1.5)) as address:
        terminal = Terminal(tmp_path, environment(address))
        with terminal.running("scan", "--format", "json", "--regions", REGIONS[0]) as process:
            time.sleep(2.0)
            done = interrupted(terminal, process)
        assert done.err == "hubmend: stopped by the user; nothing was read yet\n"
        assert "no scan to resume" in terminal.run("scan", "--resume", code=2).err
