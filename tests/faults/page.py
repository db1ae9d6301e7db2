"""The tables of docs/safety.md, from what the cases saw.

`make soak` makes the record and writes them between the page's two marks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.matrix import CELLS, KILL_CELLS, STEPS, Verb
from tests.faults.record import Seen, read
from tests.faults.run_case import Outcome
from tests.faults.script import Fault

PAGE = Path(__file__).parents[2] / "docs" / "safety.md"
BEGIN, END = "<!-- made by make soak: begin -->\n", "<!-- made by make soak: end -->\n"

Outcomes = Mapping[tuple[str, str, str], set[str]]  # by (fault, verb, step)


def main(record: Path) -> None:
    """Write the tables of the page again."""
    lines = read(record)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{tables(lines)}{END}{after}", encoding="utf-8")


def tables(lines: Sequence[Seen]) -> str:
    """Return both tables with their captions; raise ValueError where a cell was not tried."""
    seen: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in lines:
        seen[one.fault, one.verb, one.step].add(one.outcome)
    missing = [
        f"{fault}: {step.verb}, {step.title}"
        for fault, step in (*CELLS, *KILL_CELLS)
        if (fault, step.verb, step.title) not in seen
    ]
    if missing:
        raise ValueError(f"not tried: {missing[0]} and {len(missing) - 1} more; run make soak")
    kills = sum(one.killed for one in lines)
    return (
        f"\nSeen in {len(lines) - kills:,} cases of faults and {kills:,} of processes killed or "
        "stopped. No machine, role or log group was left changed without a journal entry that "
        "names it, no snapshot was lost, and no change took effect twice.\n"
        f"\n### When it strikes during apply\n\n{_table(Verb.APPLY, seen)}"
        f"\n### When it strikes during rollback\n\n{_table(Verb.ROLLBACK, seen)}\n"
    )


def header(verb: Verb) -> list[str]:
    """Return the columns of a verb's table."""
    return ["what goes wrong", *(step.title for step in STEPS if step.verb is verb)]


def _table(verb: Verb, seen: Outcomes) -> str:
    rows = [header(verb), ["---"] * len(header(verb))]
    rows += [
        [fault, *(_cell(seen[fault, verb, step.title]) for step in STEPS if step.verb is verb)]
        for fault in Fault
    ]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(outcomes: set[str]) -> str:
    return ", ".join(one for one in Outcome if one in outcomes)
