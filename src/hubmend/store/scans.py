"""Scans in SQL: a head, for each target its rows and then its part, and an ending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hubmend.core.codec import canonical, encode
from hubmend.core.errors import StoreError
from hubmend.core.resource import Remark, Resource, Scan
from hubmend.core.scanned import Begun, Part, assembled
from hubmend.store import tables
from hubmend.store.documents import build, damaged, parse

BATCH = 1000
STRIDE = 2**32  # rows a target may have; AWS allows 150,000 state machines in one (F§4.1)


@dataclass(frozen=True)
class _Ending:
    """Says that a scan ended; an older hubmend kept the remarks here, which the head has now."""

    remarks: tuple[Remark, ...]


def position(target: int, row: int) -> int:
    """Return where a target's row stands: targets are read side by side, and kept in order."""
    return target * STRIDE + row


def start(connection: Connection, scan: Scan) -> None:
    """Write the head of a scan."""
    if _known(connection, scan.id):
        raise StoreError(f"scan {scan.id} is already in the store: give the new scan its own id")
    row = {"id": scan.id, "at": encode(scan.at), "body": _body(scan)}
    connection.execute(insert(tables.scans).values(row))


def add(
    connection: Connection,
    scan: str,
    target: int,
    first: int,
    rows: Sequence[Resource],
    part: Part | None,
) -> None:
    """Write a target's rows from number `first` on, and its part once it is whole."""
    if not _known(connection, scan):
        raise unknown(scan)
    if first == 0:
        _clear(connection, scan, target)
    values = [
        {"scan": scan, "position": number, "arn": row.arn, "body": canonical(row)}
        for number, row in enumerate(rows, position(target, first))
    ]
    for offset in range(0, len(values), BATCH):
        connection.execute(insert(tables.resources), values[offset : offset + BATCH])
    if part is not None:
        own = {"scan": scan, "target": target, "body": canonical(part)}
        connection.execute(insert(tables.parts).values(own))


def some(
    connection: Connection, scan: str, target: int, first: int, most: int
) -> tuple[Resource, ...]:
    """Return a target's rows from number `first` on."""
    rows = tables.resources.c
    begin, end = position(target, first), position(target, first + most)
    query = select(rows.arn, rows.body).where(
        rows.scan == scan, rows.position >= begin, rows.position < end
    )
    found = connection.execute(query.order_by(rows.position))
    return tuple(_resource(scan, row) for row in found)


def finish(connection: Connection, scan: Scan) -> None:
    """Write the head anew, and the ending: from now on it is a scan others see."""
    new = {"body": _body(scan), "ending": canonical(_Ending(()))}
    change = update(tables.scans).where(tables.scans.c.id == scan.id).values(new)
    if not connection.execute(change).rowcount:
        raise unknown(scan.id)


def begun(connection: Connection) -> Begun | None:
    """Return the newest scan's head and parts."""
    scans = tables.scans.c
    query = select(scans.id, scans.body, scans.ending).order_by(scans.at.desc(), scans.id.desc())
    found = connection.execute(query.limit(1)).first()
    return found and Begun(_head(found), _parts(connection, found.id))


def last(connection: Connection, before: datetime | None) -> Scan | None:
    """Return the newest scan that ended; one that was cut off is never taken for the truth."""
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
    ending = _object(found.ending, what)
    if "unread" in ending:  # written before targets had parts of their own
        head = {**_object(found.body, what), **ending, "resources": []}
        scan = build(Scan, head, what)
    else:
        scan = assembled(_head(found), _parts(connection, found.id))
    return replace(scan, resources=_rows(connection, found.id))


def unknown(scan: str) -> StoreError:
    """Return the error for a scan that was never started here."""
    return StoreError(f"scan {scan} is not in this store: start it before adding to it")


def _known(connection: Connection, scan: str) -> bool:
    query = select(tables.scans.c.id).where(tables.scans.c.id == scan)
    return connection.scalar(query) is not None


def _clear(connection: Connection, scan: str, target: int) -> None:
    rows, parts = tables.resources.c, tables.parts.c
    own = (rows.position >= position(target, 0), rows.position < position(target + 1, 0))
    connection.execute(delete(tables.resources).where(rows.scan == scan, *own))
    own_part = (parts.scan == scan, parts.target == target)
    connection.execute(delete(tables.parts).where(*own_part))


def _body(scan: Scan) -> str:
    """Return a head as it is kept: the rest of a scan has rows of its own."""
    body = encode(replace(scan, resources=()))
    for kept_elsewhere in ("resources", "unread", "scores"):
        del body[kept_elsewhere]
    return canonical(body)


def _head(found: Any) -> Scan:
    what = f"scan {found.id}"
    head = build(Scan, {**_object(found.body, what), "resources": [], "unread": []}, what)
    ending = {"remarks": []} if found.ending is None else _object(found.ending, what)
    if "unread" in ending:  # written before targets had parts of their own
        return head
    return replace(head, remarks=(*head.remarks, *build(_Ending, ending, what).remarks))


def _parts(connection: Connection, scan: str) -> dict[int, Part]:
    parts = tables.parts.c
    query = select(parts.target, parts.body).where(parts.scan == scan)
    whats = ((row, f"target {row.target} of scan {scan}") for row in connection.execute(query))
    return {row.target: build(Part, parse(row.body, what), what) for row, what in whats}


def _rows(connection: Connection, scan: str) -> tuple[Resource, ...]:
    rows = tables.resources.c
    query = select(rows.arn, rows.body).where(rows.scan == scan).order_by(rows.position)
    return tuple(_resource(scan, row) for row in connection.execute(query))


def _resource(scan: str, row: Any) -> Resource:
    what = f"{row.arn} in scan {scan}"
    return build(Resource, parse(row.body, what), what)


def _object(text: str, what: str) -> dict[str, Any]:
    value = parse(text, what)
    if not isinstance(value, dict):
        raise damaged(what, "it is not an object")
    return value
