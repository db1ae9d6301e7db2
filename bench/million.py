"""How time and memory of one scan grow: a million machines over 3,000 targets.

    python -m bench.million [--machines N] [--output FILE]

Samples the scanning process from outside while it runs; --output keeps the samples for bench.plot.
No quotas: what is measured is hubmend, not AWS's pace.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.contenders.programs import FREE, HUBMEND
from bench.measuring import Scene, counters, environment, standing_in
from bench.standin.world import REGIONS, World

ACCOUNTS, TENTHS = 1000, 10
PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class Sample:
    """How far a scan was: seconds, machines described, MB resident now and at its most."""

    seconds: float
    machines: int
    memory: float
    peak: float


def samples(process: subprocess.Popen[bytes], address: str) -> Iterator[Sample]:
    """Look at a scan every other second until it ends."""
    began = time.perf_counter()
    while process.poll() is None:
        time.sleep(PAUSE_SECONDS)
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
            kb = {key: int(status.split(f"{key}:")[1].split()[0]) for key in ("VmRSS", "VmHWM")}
        except (OSError, IndexError):  # it ended meanwhile
            return
        described = counters(address)["calls"].get("DescribeStateMachine", 0)
        now = time.perf_counter() - began
        yield Sample(now, described, kb["VmRSS"] / 1024, kb["VmHWM"] / 1024)


def run(world: World, folder: Path) -> tuple[list[Sample], int, int]:
    """Scan a world; return the samples, and how many rows are missed and false."""
    (folder / "hubmend.toml").write_text(FREE, encoding="utf-8")
    output = folder / "scan.csv"
    command = [
        str(HUBMEND), "scan", "--accounts", "all", "--regions", ",".join(world.regions),
        "--source", "api", "--format", "csv", "--output", str(output),
        "--store", f"sqlite:///{folder}/store.sqlite", "--config", str(folder / "hubmend.toml"),
    ]  # fmt: skip
    seen: list[Sample] = []
    with standing_in(Scene("million", world)) as address:
        variables = {**environment(address), "HOME": str(folder)}
        with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL) as process:
            for sample in samples(process, address):
                seen.append(sample)
                show(sample)
    assert process.returncode == 1, f"exit {process.returncode}"
    return seen, *_compared(output, world)


def _compared(output: Path, world: World) -> tuple[int, int]:
    """Count the machines that were missed, and those that are judged wrong or twice."""
    seen = bytearray(len(world.ids) * len(world.regions) * world.machines)
    accounts = {account: number for number, account in enumerate(world.ids)}
    regions = {region: number for number, region in enumerate(world.regions)}
    false = 0
    with output.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            _, _, _, region, account, _, name = line.rsplit(",", 1)[-1].strip().split(":")
            number = int(name.rsplit("-", 1)[-1])
            place = (accounts[account] * len(regions) + regions[region]) * world.machines + number
            failed = ",FAILED," in line
            false += failed is not world.fails(number) or seen[place]
            seen[place] = 1
    return seen.count(0), false


def show(sample: Sample) -> None:
    """Say how far it is, on one line that is written over."""
    if sys.stdout.isatty():
        print(f"\r{sample.machines:>9,} machines  {sample.seconds:6.0f} s  {sample.memory:4.0f} MB",
              end="", flush=True)  # fmt: skip


def table(seen: list[Sample], total: int) -> str:
    """Return one row for each tenth of the machines."""
    lines = ["", "| machines | seconds | seconds for this tenth | memory MB |", "|---|---|---|---|"]
    before = 0.0
    for tenth in range(1, TENTHS + 1):
        wanted = total * tenth // TENTHS
        found = next((one for one in seen if one.machines >= wanted), seen[-1])
        lines.append(
            f"| {found.machines:,} | {found.seconds:.0f} | {found.seconds - before:.0f} "
            f"| {found.memory:.0f} |"
        )
        before = found.seconds
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=1_000_000)
    parser.add_argument("--output", type=Path, help="write the samples as JSON")
    given = parser.parse_args()
    regions = REGIONS[:3]
    world = World(round(given.machines / ACCOUNTS / len(regions)), regions, ACCOUNTS)
    total = world.machines * ACCOUNTS * len(regions)
    print(f"{total:,} machines over {ACCOUNTS * len(regions):,} targets, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        seen, missed, false = run(world, Path(folder))
    print(table(seen, total))
    ended, peak = seen[-1].seconds, seen[-1].peak
    print(f"\nLast row after {ended:.0f} s; peak {peak:.0f} MB; {missed} missed, {false} false")
    if given.output:
        given.output.write_text(json.dumps([asdict(one) for one in seen]), encoding="utf-8")


if __name__ == "__main__":
    main()
