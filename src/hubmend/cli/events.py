"""hubmend events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import CSV, JSON, Face, common

if TYPE_CHECKING:
    from hubmend.report.text import EventRow

SCHEMA = "hubmend/events/1"


@click.command()
@click.option("--level", type=click.Choice(["ALL", "ERROR", "FATAL"]), help="Only this level's.")
@click.option("--execution", metavar="ARN", help="The events of one STANDARD execution.")
@common(JSON, CSV)
def events(face: Face, *, level: str | None, execution: str | None) -> None:
    """Show which event types each level writes, in general or for one execution.

    \b
    Examples:
      hubmend events --level ERROR
      hubmend events --execution arn:aws:states:us-east-1:111122223333:execution:orders:run-1
    """
    from hubmend.controls.stepfunctions_1.events import table
    from hubmend.report.text import events_table

    if execution:
        _one(face, execution, level)
        return
    known = [(name, levels) for name, levels in table() if level is None or levels[level]]
    face.emit(
        {"schema": SCHEMA, "events": [{"type": name, **levels} for name, levels in known]},
        "events",
        lambda: events_table([_row(name, levels) for name, levels in known], level=level),
    )


def _row(name: str, levels: Mapping[str, bool | None]) -> EventRow:
    from hubmend.report.text import EventRow

    writing = tuple(one for one in levels if levels[one])
    return EventRow(name, writing, unknown=tuple(one for one in levels if levels[one] is None))


def _one(face: Face, execution: str, level: str | None) -> None:
    from hubmend.cli.running import run
    from hubmend.report.text import history_table

    found = run(face, lambda hub: hub.history(execution))
    rows = [row for row in found if level is None or row.levels[level]]
    events = [{"id": row.id, "type": row.type, **row.levels} for row in rows]
    face.emit(
        {"schema": SCHEMA, "execution": execution, "events": events},
        "events",
        lambda: history_table([(row.id, row.type, row.levels) for row in rows]),
    )
