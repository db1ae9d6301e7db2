"""When the first row of a scan is there, beside one list call of the AWS CLI, in one run.

    python -m bench.first_row [--rounds N]

Both on the same stand-in, in turn, 100 machines in one region.
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


def measure(latency: float, rounds: int) -> tuple[float, float]:
    """Return the medians of hubmend and of the AWS CLI, taken in turn."""
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/store.sqlite"
        ours = [str(HUBMEND), "scan", "--format", "csv", "--store", store]
        theirs = [str(PEERS / "awscli/bin/aws"), "stepfunctions", "list-state-machines"]
        scene = Scene("100 machines", World(100), latency)
        with standing_in(scene) as address:
            variables = {**environment(address), "HOME": folder}
            pairs = [
                (seconds_to_first_row(ours, variables), seconds_to_first_row(theirs, variables))
                for _ in range(rounds + 1)
            ][1:]  # the first compiles Python's files
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    print("| latency | hubmend's first row | AWS CLI, one list call | ratio |\n|---|---|---|---|")
    for latency in LATENCIES:
        ours, theirs = measure(latency, given.rounds)
        print(
            f"| {1000 * latency:.0f} ms | {ours:.2f} s | {theirs:.2f} s | {ours / theirs:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
