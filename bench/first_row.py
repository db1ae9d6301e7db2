"""When the first row of a scan is there, beside one list call of the AWS CLI, in one run.

    python -m bench.first_row [--rounds N] [--aws PATH]

All on the same stand-in, in turn, 100 machines in one region. The AWS CLI on PyPI is version 1; of
version 2, which has to be installed by other means, PATH is the program.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import tempfile
import time

from bench.contenders.programs import HUBMEND, PEERS
from bench.measuring import Scene, environment, standing_in
from bench.standin.world import World

LATENCIES = (0.0, 0.02)
ROW = b"machine-0000"


def seconds_to_first_row(command: list[str], variables: dict[str, str]) -> float:
    """Return how long a command takes until a machine's name is printed."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        line = next((line for line in process.stdout if ROW in line), None)
        taken = time.perf_counter() - began
        process.stdout.read()
    assert line, f"{command[0]} printed no machine"
    return taken


def measure(latency: float, rounds: int, clis: list[str]) -> list[float]:
    """Return the medians of hubmend and of each AWS CLI, taken in turn."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/store.sqlite"
        commands = [
            [str(HUBMEND), "scan", "--format", "csv", "--store", store],
            *([cli, "stepfunctions", "list-state-machines"] for cli in clis),
        ]
        scene = Scene("100 machines", World(100), latency)
        with standing_in(scene) as address:
            variables = {**environment(address), "HOME": folder}
            taken = [
                [seconds_to_first_row(command, variables) for command in commands]
                for _ in range(rounds + 1)
            ][1:]  # the first compiles Python's files
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def version(cli: str) -> str:
    """Return what an AWS CLI calls itself, e.g. aws-cli/2.36.7."""
    said = subprocess.run([cli, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.split()[0]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--aws", action="append", default=[], help="one more AWS CLI")
    given = parser.parse_args()
    clis = [str(PEERS / "awscli/bin/aws"), *given.aws]
    names = [version(cli) for cli in clis]
    head = ["latency", "hubmend's first row", *(f"{one}, one list call" for one in names), "ratios"]
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for latency in LATENCIES:
        ours, *theirs = measure(latency, given.rounds, clis)
        ratios = ", ".join(f"{ours / one:.2f}" for one in theirs)
        cells = [f"{1000 * latency:.0f} ms", *(f"{one:.3f} s" for one in (ours, *theirs)), ratios]
        print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
