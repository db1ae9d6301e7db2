"""hubmend events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hubmend.cli.options import JSON, Face, common

if TYPE_CHECKING:
    from hubmend.controls.stepfunctions_1.history import HistoryRow


@click.command()
@click.option("--level", type=click.Choice(["ALL", "ERROR", "FATAL"]), help="Only this level's.")
@click.option("--execution", metavar="ARN", help="The events of one STANDARD execution.")
@common(JSON)
def events(face: Face, *, level: str | None, execution: str | None) -> None:
    """Show which event types each level writes, in general or for one execution.

    \b
    Examples:
      hubmend events --level ERROR
      hubmend events --execution arn:aws:states:us-east-1:111122223333:execution:orders:run-1
    """
    from hubmend.controls.stepfunctions_1.events import table
    from hubmend.report.text import EventRow, events_table

    if execution:
        _one(face, execution, level)
        return
    known = table()
    if face.format == JSON:
        rows = [
            {"type": name, **levels} for name, levels in known if level is None or levels[level]
        ]
        face.document({"schema": "hubmend/events/1", "events": rows})
        return
    shown = [EventRow(name, tuple(one for one in levels if levels[one])) for name, levels in known]
    face.show(events_table(shown, level=level))


def _one(face: Face, execution: str, level: str | None) -> None:
    from hubmend.cli.running import run

    found = run(face, lambda hub: hub.history(execution))
    rows = [row for row in found if level is None or row.levels[level]]
    if face.format == JSON:
        document = [{"id": row.id, "type": row.type, **row.levels} for row in rows]
        face.document({"schema": "hubmend/events/1", "execution": execution, "events": document})
        return
    face.show(_table(rows))


def _table(rows: list[HistoryRow]) -> Any:
    """Return the history with a column per level and what each would hold in all."""
    from hubmend.report.text import history_table

    return history_table([(row.id, row.type, row.levels) for row in rows])
