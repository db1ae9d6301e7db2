"""Output that goes nowhere: told in a sentence, before a long scan, and never a success."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measuring import Scene, environment, standing_in
from bench.standin.world import REGIONS, World
from tests.journey.terminal import Terminal

MACHINES = 200
SCAN = f"scan --regions {REGIONS[0]} --source api"
FULL, CLOSED = "No space left on device", "it is closed"
GO_ON = "what was read so far is kept. Go on with: hubmend scan --resume"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with standing_in(Scene("one region", World(MACHINES, REGIONS[:1]))) as address:
        yield address


@pytest.fixture
def terminal(address: str, tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, environment(address))


def shell(terminal: Terminal, words: str) -> tuple[int, str]:
    """Run hubmend as a shell does, redirections included; its exit code, and standard error."""
    command = f"{shlex.quote(sys.executable)} -m hubmend {words}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", command], cwd=terminal.folder, env=terminal.environment,
        capture_output=True, text=True, timeout=terminal.longest, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "fault in hubmend" not in done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("form", ["table", "json", "csv", "sarif", "asff", "ocsf"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_read(
    terminal: Terminal, form: str
) -> None:
    code, said = shell(terminal, f"{SCAN} --format {form} --output none/x")
    assert code == 2
    assert said == "hubmend: none/x cannot be written: No such file or directory\n"
    assert not terminal.store.exists()


@pytest.mark.parametrize("words", ["--help", "--version", "scan --help", "events", SCAN])
@pytest.mark.parametrize(("where", "why"), [(">/dev/full", FULL), (">&-", CLOSED)])
def test_standard_output_that_cannot_be_written_is_wrong_usage(
    terminal: Terminal, words: str, where: str, why: str
) -> None:
    code, said = shell(terminal, f"{words} {where}")
    assert code == 2
    assert said.startswith(f"hubmend: standard output cannot be written: {why}")
    assert said.count("\n") == 1


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_full_disk_is_told_before_anything_is_read(terminal: Terminal, form: str) -> None:
    code, said = shell(terminal, f"{SCAN} --format {form} --output /dev/full")
    assert code == 2
    assert said == f"hubmend: /dev/full cannot be written: {FULL}; nothing was read yet\n"


def test_a_full_disk_at_the_end_of_a_scan_leaves_the_scan(terminal: Terminal) -> None:
    code, said = shell(terminal, f"{SCAN} --format asff --output /dev/full")
    assert code == 2
    assert "all in scope was read before, and is kept" in said


@pytest.mark.parametrize("words", [f"{SCAN} --quiet", f"{SCAN} --format csv --output rows.csv"])
def test_what_needs_no_standard_output_runs_without(terminal: Terminal, words: str) -> None:
    assert shell(terminal, f"{words} >&- 2>&-") == (1, "")


def test_a_scan_whose_reader_left_is_incomplete_and_can_be_gone_on_with(tmp_path: Path) -> None:
    world = World(MACHINES, REGIONS[:2], accounts=40)
    with standing_in(Scene("an organization", world, latency=0.02)) as address:
        terminal = Terminal(tmp_path, environment(address))
        scope = f"--accounts all --regions {','.join(world.regions)} --source api"
        code, said = shell(terminal, f"scan {scope} --format csv | head -1")
        resumed = terminal.json("scan", "--resume", code=1)
    assert code == 3
    assert said == f"hubmend: standard output was closed before all was written; {GO_ON}\n"
    assert len(resumed["resources"]) == MACHINES * 2 * 40


@pytest.mark.parametrize("words", ["events --format json", "iam-policy audit", "scan --help"])
def test_whoever_stops_reading_is_no_success(terminal: Terminal, words: str) -> None:
    code, said = shell(terminal, f"{words} 2>err | exec 0<&- sleep 0.01")
    del said
    assert code == 3
    assert (terminal.folder / "err").read_text().endswith("closed before all was written\n")


def test_messages_nobody_can_read_change_nothing(terminal: Terminal) -> None:
    assert shell(terminal, f"{SCAN} --format json >rows.json 2>/dev/full")[0] == 1
    assert json.loads((terminal.folder / "rows.json").read_text())["summary"]
    assert shell(terminal, "no-such-command 2>/dev/full")[0] == 2
    assert shell(terminal, "no-such-command 2>&-")[0] == 2
