"""Decisions in SQL: every one is kept, the last one written about a resource stands."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, and_, func, insert, select

from hubmend.core.codec import canonical
from hubmend.core.decision import Decision
from hubmend.store import tables
from hubmend.store.documents import build, parse


def add(connection: Connection, decisions: Sequence[Decision]) -> None:
    """Write decisions, each after those about the same resource."""
    ends: dict[str, int] = {}
    rows = []
    for decision in decisions:
        resource = decision.resource
        if resource not in ends:
            ends[resource] = _end(connection, resource)
        ends[resource] += 1
        rows.append({"resource": resource, "seq": ends[resource], "body": canonical(decision)})
    if rows:
        connection.execute(insert(tables.decisions), rows)


def newest(connection: Connection) -> tuple[Decision, ...]:
    """Return the decision that stands for each resource, ordered by resource."""
    table = tables.decisions
    ends = select(table.c.resource, func.max(table.c.seq).label("seq")).group_by(table.c.resource)
    end = ends.subquery()
    same = and_(table.c.resource == end.c.resource, table.c.seq == end.c.seq)
    rows = connection.execute(select(table.c.resource, table.c.body).join(end, same)).all()
    # Sorted here, since databases order text by locales of their own.
    return tuple(
        build(Decision, parse(row.body, what), what)
        for row in sorted(rows, key=lambda row: row.resource)
        for what in (f"the decision about {row.resource}",)
    )


def _end(connection: Connection, resource: str) -> int:
    mine = tables.decisions.c.resource == resource
    last = connection.scalar(select(func.max(tables.decisions.c.seq)).where(mine))
    return -1 if last is None else int(last)
