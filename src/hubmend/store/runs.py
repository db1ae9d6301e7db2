"""Runs in SQL: where each stands, with the plan document it applies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hubmend.core.codec import canonical, encode
from hubmend.core.errors import PlanError, StoreError
from hubmend.core.plan import dump_plan, load_plan
from hubmend.core.run import Run, RunStatus
from hubmend.store import tables
from hubmend.store.documents import build, damaged


def add(connection: Connection, run: Run) -> None:
    """Write a run with its whole plan."""
    if get(connection, run.id) is not None:
        raise StoreError(
            f"run {run.id} is already in the store: go on with it (hubmend apply --resume {run.id})"
        )
    row = {
        "id": run.id,
        "started": encode(run.started),
        "finished": encode(run.finished),
        "status": run.status.value,
        "plan": canonical(dump_plan(run.plan)),
    }
    connection.execute(insert(tables.runs).values(row))


def set_status(
    connection: Connection, run: str, status: RunStatus, finished: datetime | None
) -> None:
    """Write where a run stands."""
    change = update(tables.runs).where(tables.runs.c.id == run)
    change = change.values(status=status.value, finished=encode(finished))
    if not connection.execute(change).rowcount:
        raise StoreError(f"run {run} is not in this store: see which are with hubmend report")


def get(connection: Connection, run: str) -> Run | None:
    """Return one run."""
    row = connection.execute(select(tables.runs).where(tables.runs.c.id == run)).first()
    return None if row is None else _run(row)


def every(connection: Connection) -> tuple[Run, ...]:
    """Return all runs, oldest first."""
    query = select(tables.runs).order_by(tables.runs.c.started, tables.runs.c.id)
    return tuple(_run(row) for row in connection.execute(query))


def _run(row: Row[Any]) -> Run:
    what = f"run {row.id}"
    try:
        plan = load_plan(row.plan, f"the plan of {what}")
    except (PlanError, TypeError) as error:
        raise damaged(what, str(error)) from None
    return Run(
        row.id,
        plan,
        build(RunStatus, row.status, what),
        build(datetime, row.started, what),
        None if row.finished is None else build(datetime, row.finished, what),
    )
