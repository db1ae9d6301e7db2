"""Evidence in SQL: each entry as columns, checked byte for byte when it is read.

The chain is serialised by its primary key (chain, seq): of two writers that saw the same end, one
is refused by the database and tries again behind the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from hubmend.core.codec import canonical, encode
from hubmend.core.evidence import START, Entry, link
from hubmend.store import tables
from hubmend.store.documents import damaged

# What stands in for a part that cannot be read back. No hash is empty, so the chain breaks there.
NO_HASH = ""
NO_MOMENT = datetime.fromtimestamp(0, UTC)
NO_POSITION = -1


def append(
    connection: Connection, chain: str, at: datetime, kind: str, body: Mapping[str, Any]
) -> Entry:
    """Write the next entry of a chain and return it as it will be read."""
    table = tables.evidence
    query = select(table.c.seq, table.c.hash).where(table.c.chain == chain)
    last = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
    if last is not None and not isinstance(last.seq, int):
        raise damaged(f"the end of the evidence {chain}", f"its position is {last.seq!r}")
    text = canonical(body)
    entry = link(
        chain,
        last.seq + 1 if last else 0,
        at.astimezone(UTC),
        kind,
        json.loads(text),
        last.hash if last else START,
    )
    row = {
        "chain": chain,
        "seq": entry.seq,
        "at": encode(at),
        "kind": kind,
        "body": text,
        "previous": entry.previous,
        "hash": entry.hash,
    }
    connection.execute(insert(table).values(row))
    return entry


def entries(connection: Connection, chain: str) -> tuple[Entry, ...]:
    """Return a chain, oldest first; an entry that cannot be read back breaks it in its place."""
    table = tables.evidence
    query = select(table).where(table.c.chain == chain).order_by(table.c.seq)
    return tuple(_entry(row) for row in connection.execute(query))


def chains(connection: Connection) -> tuple[str, ...]:
    """Return the names of all chains, ordered."""
    return tuple(sorted(connection.scalars(select(tables.evidence.c.chain).distinct())))


def _entry(row: Row[Any]) -> Entry:
    at, body = _moment(row.at), _body(row.body)
    whole = isinstance(row.seq, int) and all(
        isinstance(text, str) for text in (row.kind, row.previous, row.hash)
    )
    if whole and at is not None and body is not None:
        return Entry(row.chain, row.seq, at, row.kind, body, row.previous, row.hash)
    seq = row.seq if isinstance(row.seq, int) else NO_POSITION
    stored = {name: repr(value) for name, value in row._mapping.items()}  # noqa: SLF001 - public despite its name
    told = {"damaged": True, "stored": stored}
    return Entry(row.chain, seq, at or NO_MOMENT, str(row.kind), told, str(row.previous), NO_HASH)


def _moment(text: Any) -> datetime | None:
    """Return the moment only if the text is exactly how hubmend writes it."""
    try:
        at = datetime.fromisoformat(text)
        return at if encode(at) == text else None
    except (TypeError, ValueError, OverflowError):
        return None


def _body(text: Any) -> dict[str, Any] | None:
    """Return the body only if the text is the canonical one, which the hash covers."""
    try:
        body = json.loads(text)
        return body if isinstance(body, dict) and canonical(body) == text else None
    except (TypeError, ValueError, RecursionError):
        return None
