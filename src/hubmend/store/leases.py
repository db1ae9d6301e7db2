"""Leases in SQL: who may change a resource now.

Taking one over is an update that only fits the lease as it was read: of two holders that both saw
it free, the database lets one through.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, delete, insert, select, update

from hubmend.core.codec import encode
from hubmend.store import tables


def take(
    connection: Connection, resource: str, holder: str, now: datetime, until: datetime
) -> str | None:
    """Take or renew a lease; return the other holder when it is refused."""
    table = tables.leases
    found = connection.execute(select(table).where(table.c.resource == resource)).first()
    if found is None:
        row = {"resource": resource, "holder": holder, "until": encode(until)}
        connection.execute(insert(table).values(row))
        return None
    if found.holder != holder and found.until > encode(now):
        return str(found.holder)
    as_read = and_(
        table.c.resource == resource, table.c.holder == found.holder, table.c.until == found.until
    )
    change = update(table).where(as_read).values(holder=holder, until=encode(until))
    if connection.execute(change).rowcount:
        return None
    return take(connection, resource, holder, now, until)


def release(connection: Connection, resource: str, holder: str) -> None:
    """Give a lease back, if this holder has it."""
    table = tables.leases
    mine = and_(table.c.resource == resource, table.c.holder == holder)
    connection.execute(delete(table).where(mine))
