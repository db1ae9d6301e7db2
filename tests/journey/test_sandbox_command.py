"""`hubmend sandbox`: what it prints is all that another terminal needs."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.journey.aws import Witness
from tests.journey.terminal import Done, Terminal, in_sandbox


@contextmanager
def serving(
    folder: Path, *options: str
) -> Iterator[tuple[dict[str, str], str, subprocess.Popen[str]]]:
    """Run a sandbox; lends what it says to export, what it printed, and its process."""
    with Terminal(folder).running("sandbox", *options) as process:
        assert process.stdout
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Next: "):
                break
        said = "".join(lines)
        yield dict(re.findall(r"^ *export (\w+)=(\S+)$", said, re.MULTILINE)), said, process


def stopped(process: subprocess.Popen[str], how: int) -> Done:
    process.send_signal(how)
    return Terminal(Path()).finish(process)


def test_its_exports_are_enough_for_hubmend_and_any_sdk(tmp_path: Path) -> None:
    with serving(tmp_path) as (environment, said, process):
        terminal = in_sandbox(tmp_path, environment)
        (command,) = re.findall(r"^Next: hubmend (.+)$", said, re.MULTILINE)
        document = terminal.json(*command.split(), code=3)
        assert len(document["resources"]) == 24
        assert all(row["name"] in said for row in document["resources"])
        arn = next(row["arn"] for row in document["resources"] if row["name"] == "fraud-screen")
        assert Witness(environment).machine(arn)["loggingConfiguration"]["level"] == "ALL"
        done = stopped(process, signal.SIGINT)
    assert done.err == "stopped; nothing is left behind\n"


@pytest.mark.parametrize("options", [("--empty",), ("--empty", "--plain", "--quotas")])
def test_an_empty_one_holds_nothing_and_ends_when_told(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    with serving(tmp_path, *options) as (environment, said, process):
        assert "It is empty" in said
        document = in_sandbox(tmp_path, environment).json("scan")
        assert document["resources"] == []
        assert stopped(process, signal.SIGTERM).err.startswith("stopped")
