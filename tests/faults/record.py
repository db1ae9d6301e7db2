"""What the cases saw, kept for docs/safety.md where HUBMEND_FAULT_RECORD names a file.

HUBMEND_FAULT_NUMBERS and HUBMEND_FAULT_KILLS hold the numbers of the cases to try, where it is not
the usual few: that is how `make soak` (soak.py) tries them all.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.matrix import Case
from tests.faults.run_case import Outcome
from tests.faults.script import KILLS, Fault

RECORD, NUMBERS, KILLED = (
    "HUBMEND_FAULT_RECORD", "HUBMEND_FAULT_NUMBERS", "HUBMEND_FAULT_KILLS",
)  # fmt: skip
_FILE = os.environ.get(RECORD)  # read before the tests' own environment is made


@dataclass(frozen=True, order=True)
class Seen:
    """What came of one case: one line of the record."""

    fault: str
    verb: str
    step: str
    outcome: str
    number: int

    @property
    def killed(self) -> bool:
        """Whether a process was killed or stopped; those cases are numbered apart."""
        return Fault(self.fault) in KILLS


def seen(one: Case, outcome: Outcome) -> None:
    """Remember what came of a case: one line, appended whole, so that workers may share a file."""
    if _FILE:
        line = json.dumps([one.fault, one.step.verb, one.step.title, outcome, one.number]) + "\n"
        with Path(_FILE).open("a", encoding="utf-8") as file:
            file.write(line)


def read(path: Path) -> tuple[Seen, ...]:
    """Return a record's lines, each case once: its last word, should it have been tried twice.

    A line that a killed writer left half is no line.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    cases: dict[tuple[bool, int], Seen] = {}
    for line in text.splitlines():
        with contextlib.suppress(json.JSONDecodeError):
            one = Seen(*json.loads(line))
            cases[one.killed, one.number] = one
    return tuple(cases.values())


def asked_for(variable: str, usual: int) -> Sequence[int]:
    """Return the numbers of the cases to try: those a variable lists, or the usual few."""
    listed = os.environ.get(variable)
    return range(usual) if listed is None else [int(one) for one in listed.split(",") if one]
