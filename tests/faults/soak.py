"""make soak: thousands of cases, a chunk at a time; stopped, it goes on where it was.

Each chunk is a pytest process of its own, so that memory does not add up. What came of a case is
kept in a record named after the code it was tried on: after a change everything is tried anew. A
case that fails is told and the others go on; the next `make soak` tries again what is left. Once
all is tried the tables of docs/safety.md are written.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults import page
from tests.faults.matrix import KILL_CELLS
from tests.faults.record import KILLED, NUMBERS, RECORD, read

ROOT = Path(__file__).parents[2]
CHUNK = 250


def main(arguments: Sequence[str]) -> int:
    """Try what is left; return 0 once everything was tried and the tables are written."""
    asked = _asked(arguments)
    record = asked.folder / f"faults-{_code()}.jsonl"
    asked.folder.mkdir(exist_ok=True)
    left = list(untried(record, asked.cases, asked.kills))
    print(f"soak: {sum(len(numbers) for _, numbers in left)} cases to try; {record}", flush=True)
    began, tried = time.monotonic(), 0
    for position, (variable, numbers) in enumerate(left):
        _try(record, variable, numbers)
        tried += len(numbers)
        pace = (time.monotonic() - began) / tried
        more = sum(len(numbers) for _, numbers in left[position + 1 :])
        print(f"soak: {more} to go, about {more * pace / 60:.0f} minutes", flush=True)
    if list(untried(record, asked.cases, asked.kills)):
        print("soak: some cases failed, see above; `make soak` tries those again")
        return 1
    page.main(record)
    print("soak: all tried; docs/safety.md is written again")
    return 0


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.soak", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="how many faults")
    parser.add_argument("--kills", type=int, default=len(KILL_CELLS), help="how many kills")
    parser.add_argument("--folder", type=Path, default=ROOT / ".venv", help="where the record is")
    return parser.parse_args(arguments)


def _code() -> str:
    """Return a name for the code that is tried."""
    digest = hashlib.sha256()
    for path in sorted((*(ROOT / "src").rglob("*.py"), *(ROOT / "tests/faults").glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def untried(record: Path, cases: int, kills: int) -> Iterator[tuple[str, Sequence[int]]]:
    """Yield what is to be tried yet, as (variable, numbers) chunk by chunk."""
    tried = {(one.killed, one.number) for one in read(record)}
    for variable, killed, count in ((NUMBERS, False, cases), (KILLED, True, kills)):
        numbers = [number for number in range(count) if (killed, number) not in tried]
        for first in range(0, len(numbers), CHUNK):
            yield variable, numbers[first : first + CHUNK]


def _try(record: Path, variable: str, numbers: Sequence[int]) -> None:
    """Run one chunk; what fails is told by pytest and stays out of the record."""
    name = "test_matrix.py" if variable == NUMBERS else "test_kill.py"
    command = ["-m", "pytest", "-q", "-n", "auto", "--no-cov", f"tests/faults/{name}"]
    environment = {**os.environ, RECORD: str(record), variable: ",".join(map(str, numbers))}
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=False)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("soak: stopped; `make soak` goes on from here")
    except ValueError as error:  # fewer cases than the tables have cells
        sys.exit(f"soak: {error}")
