"""Scans in SQL: a head, its rows in the order they were read, and an ending once it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from hubmend.core.codec import canonical, encode
from hubmend.core.errors import StoreError
from hubmend.core.resource import Remark, Resource, Scan, Score, Unread
from hubmend.store import tables
from hubmend.store.documents import build, damaged, parse

BATCH = 1000


def start(connection: Connection, scan: Scan) -> None:
    """Write the head of a scan."""
    if _known(connection, scan.id):
        raise StoreError(f"scan {scan.id} is already in the store: give the new scan its own id")
    body = encode(scan)
    for kept_elsewhere in ("resources", "unread", "scores", "remarks"):
        del body[kept_elsewhere]
    row = {"id": scan.id, "at": encode(scan.at), "body": canonical(body)}
    connection.execute(insert(tables.scans).values(row))


def add(connection: Connection, scan: str, rows: Sequence[Resource]) -> None:
    """Write rows after those the scan already has."""
    if not _known(connection, scan):
        raise unknown(scan)
    mine = tables.resources.c.scan == scan
    last = connection.scalar(select(func.max(tables.resources.c.position)).where(mine))
    first = 0 if last is None else last + 1
    values = [
        {"scan": scan, "position": position, "arn": row.arn, "body": canonical(row)}
        for position, row in enumerate(rows, first)
    ]
    for offset in range(0, len(values), BATCH):
        connection.execute(insert(tables.resources), values[offset : offset + BATCH])


def finish(
    connection: Connection,
    scan: str,
    unread: Sequence[Unread],
    scores: Sequence[Score],
    remarks: Sequence[Remark],
) -> None:
    """Write the ending: from now on the scan is whole."""
    ending = canonical({"unread": unread, "scores": scores, "remarks": remarks})
    change = update(tables.scans).where(tables.scans.c.id == scan).values(ending=ending)
    if not connection.execute(change).rowcount:
        raise unknown(scan)


def last(connection: Connection, before: datetime | None) -> Scan | None:
    """Return the newest whole scan; one that was cut off is never taken for the whole truth."""
    scans = tables.scans
    query = select(scans.c.id, scans.c.body, scans.c.ending).where(scans.c.ending.is_not(None))
    if before is not None:
        query = query.where(scans.c.at < encode(before))
    found = connection.execute(
        query.order_by(scans.c.at.desc(), scans.c.id.desc()).limit(1)
    ).first()
    if found is None:
        return None
    what = f"scan {found.id}"
    head, ending = parse(found.body, what), parse(found.ending, what)
    if not isinstance(head, dict) or not isinstance(ending, dict):
        raise damaged(what, "it is not an object")
    return build(Scan, {**head, **ending, "resources": _rows(connection, found.id)}, what)


def unknown(scan: str) -> StoreError:
    """Return the error for a scan that was never started here."""
    return StoreError(f"scan {scan} is not in this store: start it before adding to it")


def _known(connection: Connection, scan: str) -> bool:
    query = select(tables.scans.c.id).where(tables.scans.c.id == scan)
    return connection.scalar(query) is not None


def _rows(connection: Connection, scan: str) -> list[object]:
    rows = tables.resources
    query = select(rows.c.arn, rows.c.body).where(rows.c.scan == scan).order_by(rows.c.position)
    return [parse(row.body, f"{row.arn} in scan {scan}") for row in connection.execute(query)]
