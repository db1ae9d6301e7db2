"""How `make test` spreads the tests over the processors: slow files first, the longest in parts.

A file stays on one worker, so that its sandbox is made once. Left to itself, pytest-xdist hands out
the files with the most tests first: the journeys, few and slow, come last and one worker waits for
the other. And one file, the fault matrix, would keep a worker for longer than all the rest takes.
(pytest-xdist 3.8's groups have no effect with pytest 9.2.)
"""

from __future__ import annotations

import re

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# Those that start servers and processes; all others take milliseconds a test.
SLOW = ("faults", "journey", "journey_iam", "sandbox", "cli", "rights", "store", "aws")
_NUMBERED = re.compile(r"tests/faults/test_matrix\.py::.*\[(\d+)\]")
PARTS = 8


class Spread(LoadFileScheduling):
    """Hands out files in the order of collection, and the numbered cases of the matrix in parts."""

    def __init__(self, config: pytest.Config, log: Producer | None = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return part(nodeid)


def part(nodeid: str) -> str:
    """Return the name of what a test is handed out with."""
    numbered = _NUMBERED.fullmatch(nodeid)
    file = nodeid.partition("::")[0]
    return f"{file} {int(numbered[1]) % PARTS}" if numbered else file


def slow_first(items: list[pytest.Item]) -> None:
    """Order tests by folder, as they come within one."""
    ranks = {name: rank for rank, name in enumerate(SLOW)}
    items.sort(key=lambda item: ranks.get(item.path.parent.name, len(SLOW)))
