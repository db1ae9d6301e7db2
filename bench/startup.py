"""How long `hubmend --help` takes, beside a bare interpreter started in the same run.

The ratio is what counts: it holds across machines, milliseconds do not. The programs are started
in turn, so that a busy moment of the machine touches all of them, and the median is taken. click
alone is measured too: it is the part of the figure that hubmend did not write.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

GOAL = 3.0
HUBMEND = Path(sys.executable).with_name("hubmend")
BARE, HELP = "python -c pass", "hubmend --help"
PROGRAMS = {
    BARE: [sys.executable, "-c", "pass"],
    "import click": [sys.executable, "-c", "import click"],
    "import hubmend": [sys.executable, "-c", "import hubmend"],
    HELP: [str(HUBMEND), "--help"],
}


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def medians(rounds: int) -> dict[str, float]:
    """Return the median seconds of each program."""
    for command in PROGRAMS.values():
        seconds(command)  # the first run writes bytecode; it is not measured
    taken: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for _ in range(rounds):
        for name, command in PROGRAMS.items():
            taken[name].append(seconds(command))
    return {name: statistics.median(times) for name, times in taken.items()}


def table(measured: dict[str, float]) -> str:
    """Return the figures as a Markdown table, as docs/performance.md has it."""
    lines = ["| Program | Median | Ratio |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {one * 1000:.1f} ms | {one / measured[BARE]:.2f} |"
        for name, one in measured.items()
    ]
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=21)
    rounds = options.parse_args().rounds
    measured = medians(rounds)
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {python}, {sys.platform}, median of {rounds} starts each\n")
    print(table(measured))
    print(f"\n{HELP} is to take at most {GOAL:.0f} times {BARE}.")


if __name__ == "__main__":
    main()
