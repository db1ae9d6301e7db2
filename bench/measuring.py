"""One measured run of one contender against one stand-in: seconds, processor, memory, truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.contenders.programs import Program
from bench.standin.world import World

ROOT = Path(__file__).parent.parent
LONGEST_SECONDS = 900


@dataclass(frozen=True)
class Scene:
    """What is scanned, and under which conditions; `latency` in seconds.

    `rival` is the part of the quotas a second client takes.
    """

    title: str
    world: World
    latency: float = 0.0
    quotas: bool = False
    rival: float = 0.0

    @property
    def machines(self) -> int:
        """Return how many machines there are in all."""
        return self.world.machines * len(self.world.regions) * self.world.accounts

    @property
    def arguments(self) -> list[str]:
        """Return the stand-in's arguments."""
        world = self.world
        words = {
            "machines": world.machines, "regions": len(world.regions), "accounts": world.accounts,
            "refusing": world.refusing, "silent": world.silent, "suspended": world.suspended,
            "latency": self.latency, "rival": self.rival,
        }  # fmt: skip
        given = [word for name, value in words.items() for word in (f"--{name}", str(value))]
        return [*given, *(["--quotas"] if self.quotas else [])]


@dataclass(frozen=True)
class Measured:
    """What a run took and how right it was; memory in MB, the others in seconds or counts."""

    program: str
    wall: float
    processor: float
    memory: float
    calls: int
    throttled: int
    missed: int
    false: int
    exit_code: int

    @property
    def right(self) -> bool:
        """Whether every verdict was the truth."""
        return not self.missed and not self.false


@contextmanager
def standing_in(scene: Scene) -> Iterator[str]:
    """Run the stand-in for a scene; give its address."""
    command = [sys.executable, "-m", "bench.standin.server", *scene.arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def counters(address: str) -> dict[str, dict[str, int]]:
    """Return what was asked of a stand-in so far."""
    with urllib.request.urlopen(f"{address}/counters") as answer:  # noqa: S310 - our own, on loopback
        found: dict[str, dict[str, int]] = json.load(answer)
    return found


def environment(address: str) -> dict[str, str]:
    """Return the environment of a contender: nothing of the developer's own AWS."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "AKIA111122223333AAAA",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def measure(program: Program, scene: Scene, extra: Sequence[str] = ()) -> Measured:
    """Run one contender on a fresh stand-in and compare its verdicts with the truth."""
    with tempfile.TemporaryDirectory() as name, standing_in(scene) as address:
        folder = Path(name)
        command = [*program.command(scene.world.regions, scene.quotas, folder), *extra]
        wall, processor, memory, code = _run(command, {**environment(address), "HOME": name})
        asked = counters(address)
        try:
            said = program.failing(folder)
        except (OSError, ValueError):
            said = set()
    truth = scene.world.failing()
    return Measured(
        program.name, wall, processor, memory, sum(asked["calls"].values()),
        sum(asked["throttled"].values()), len(truth - said), len(said - truth), code,
    )  # fmt: skip


def _run(command: Sequence[str], variables: dict[str, str]) -> tuple[float, float, float, int]:
    """Return seconds, processor seconds and peak MB of a command and its children, and its code."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, cwd=variables["HOME"], env=variables,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode
