"""What the cases saw, kept for docs/safety.md where HUBMEND_FAULT_RECORD names a file."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.faults.matrix import Case
from tests.faults.run_case import Outcome

_FILE = os.environ.get("HUBMEND_FAULT_RECORD")  # read before the tests' own environment is made


def seen(one: Case, outcome: Outcome) -> None:
    """Remember what came of a case: one line, appended whole, so that workers may share a file."""
    if _FILE:
        line = json.dumps([one.fault, one.step.verb, one.step.title, outcome, one.number]) + "\n"
        with Path(_FILE).open("a", encoding="utf-8") as file:
            file.write(line)
