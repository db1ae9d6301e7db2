"""hubmend beside Prowler, Cloud Custodian, boto3 and the floor, on one stand-in, in one run.

    python -m bench.scan [--scene NAME] [--program NAME] [--output FILE] [--json FILE]

Prints one table per scene. Ratios within a scene are what can be compared across machines.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.contenders.programs import PROGRAMS
from bench.measuring import Measured, Scene, measure
from bench.standin.world import REGIONS, World

EVERYBODY = tuple(PROGRAMS)
SCENES: dict[str, tuple[Scene, tuple[str, ...]]] = {
    "off-5000-20ms": (
        Scene("5,000 machines in one region, 20 ms, quotas off", World(5000), 0.02),
        EVERYBODY,
    ),
    "off-17x59-20ms": (
        Scene("17 regions x 59 machines, 20 ms, quotas off", World(59, REGIONS), 0.02),
        EVERYBODY,
    ),
    "off-5000-0ms": (
        Scene("5,000 machines in one region, 0 ms, quotas off", World(5000)),
        EVERYBODY,
    ),
    "on-2000-20ms": (
        Scene("2,000 machines in one region, 20 ms, AWS's quotas", World(2000), 0.02, quotas=True),
        EVERYBODY,
    ),
    "shared-2000-20ms": (
        Scene("the same, a second client takes half of the quotas", World(2000), 0.02, True, 0.5),
        ("hubmend", "Prowler", "Cloud Custodian", "boto3, 16 threads, adaptive"),
    ),
}


def table(rows: Sequence[Measured], machines: int) -> str:
    """Return a scene's runs as a Markdown table; the ratio is to hubmend's wall time."""
    ours = next((row.wall for row in rows if row.program == "hubmend"), None)
    lines = [
        "| | wall s | ratio | CPU ms each | memory MB | calls | throttled | missed | false |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        ratio = f"{row.wall / ours:.1f}" if ours else "-"
        lines.append(
            f"| {row.program} | {row.wall:.1f} | {ratio} | {1000 * row.processor / machines:.2f} "
            f"| {row.memory:.0f} | {row.calls} | {100 * row.throttled / max(row.calls, 1):.1f} % "
            f"| {row.missed} | {row.false} |"
        )
    return "\n".join(lines)


def run(
    names: Sequence[str], programs: Sequence[str], measured: list[dict[str, object]]
) -> Iterator[str]:
    """Measure scenes one after another; yield each as Markdown, and add its runs to `measured`."""
    for name in names:
        scene, contenders = SCENES[name]
        rows = []
        for program in contenders:
            if program in programs:
                rows.append(measure(PROGRAMS[program], scene))
                print(f"  {name}: {rows[-1]}", flush=True)
                measured.append({"scene": scene.title, **asdict(rows[-1])})
        yield f"### {scene.title}\n\n{table(rows, scene.machines)}\n"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scene", action="append", choices=SCENES, help="only this scene")
    parser.add_argument("--program", action="append", choices=PROGRAMS, help="only this contender")
    parser.add_argument("--output", type=Path, help="write the tables to a file, too")
    parser.add_argument("--json", type=Path, help="add the runs to a file, for bench/plot.py")
    given = parser.parse_args()
    measured: list[dict[str, object]] = []
    parts = list(run(given.scene or list(SCENES), given.program or EVERYBODY, measured))
    head = (
        f"Measured {datetime.now(UTC):%d %B %Y} with Python {platform.python_version()} on "
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}.\n"
    )
    text = "\n".join([head, *parts])
    print(text)
    if given.output:
        given.output.write_text(text, encoding="utf-8")
    if given.json:
        before = json.loads(given.json.read_text(encoding="utf-8")) if given.json.exists() else []
        given.json.write_text(json.dumps([*before, *measured], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
