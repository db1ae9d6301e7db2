"""hubmend check beside Checkov (Terraform) and cfn-lint (templates), over one corpus, in one run.

    python -m bench.check CORPUS [--checkov PROGRAM] [--cfn-lint PROGRAM]

Wall seconds, processor seconds and peak memory of each program and its children. Checkov and
cfn-lint look only at the part they can judge; hubmend looks at all of it, five times, of which the
median counts, since half a second is short enough to fall into a busy moment.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders.programs import HUBMEND, PEERS

RULE = "CKV_AWS_285"  # Checkov's check of Step Functions logging
TEMPLATE = (b"AWS::Serverless::StateMachine", b"AWS::StepFunctions::StateMachine")


@dataclass(frozen=True)
class Taken:
    """What a program took; memory in MB."""

    name: str
    what: str
    wall: float
    processor: float
    memory: float


def taken(name: str, what: str, command: Sequence[str]) -> Taken:
    """Run a program over the corpus; its exit code tells of findings, so any will do."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    return Taken(name, what, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def templates(corpus: Path) -> list[str]:
    """Return the CloudFormation and SAM templates that hold a state machine."""
    kinds = ("*.yaml", "*.yml", "*.json", "*.template")
    paths = sorted(path for kind in kinds for path in corpus.rglob(kind))
    return [str(path) for path in paths if any(word in path.read_bytes() for word in TEMPLATE)]


def terraform(corpus: Path) -> list[str]:
    """Return the folders with Terraform files that name a state machine."""
    named = (path for path in corpus.rglob("*.tf") if b"aws_sfn_state_machine" in path.read_bytes())
    return sorted({str(path.parent) for path in named})


def table(rows: Sequence[Taken]) -> str:
    """Return a Markdown table; the ratio is to hubmend's wall time."""
    ours = rows[0].wall
    lines = ["| | looks at | wall s | ratio | CPU s | memory MB |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {row.name} | {row.what} | {row.wall:.2f} | {row.wall / ours:.1f} "
        f"| {row.processor:.2f} | {row.memory:.0f} |"
        for row in rows
    ]
    return "\n".join(lines)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--checkov", default=str(PEERS / "checkov/bin/checkov"))
    parser.add_argument("--cfn-lint", default=str(Path(sys.executable).with_name("cfn-lint")))
    given = parser.parse_args()
    files, folders = templates(given.corpus), terraform(given.corpus)
    command = [str(HUBMEND), "check", str(given.corpus), "--format", "json"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False)  # writes bytecode, warms disks
    ours = sorted(
        (taken("hubmend check", "the whole corpus", command) for _ in range(5)),
        key=lambda one: one.wall,
    )
    directories = [word for folder in folders for word in ("-d", folder)]
    rows = [
        ours[2],
        taken("Checkov", f"{len(folders)} Terraform folders, one check",
              [given.checkov, *directories, "--check", RULE, "--quiet", "--compact",
               "--skip-download"]),
        taken("cfn-lint", f"{len(files)} templates", [given.cfn_lint, *files]),
    ]  # fmt: skip
    print(table(rows))


if __name__ == "__main__":
    main()
