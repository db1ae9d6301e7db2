"""Whoever alters the database behind hubmend's back is found out, and nothing crashes over it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from hubmend.core.errors import StoreError
from hubmend.core.evidence import broken_at
from hubmend.core.scanned import Part
from hubmend.store.engine import open_engine
from hubmend.store.sql import SqlStore
from tests.store import values

Open = Callable[[str], SqlStore]

CHAIN = "run-1"
MIDDLE = 1


def alter(url: str, statement: str, **parameters: Any) -> None:
    """Change the database as somebody with its password could."""
    engine, _ = open_engine(url)
    with engine.begin() as connection:
        assert connection.execute(text(statement), parameters).rowcount == 1
    engine.dispose()


async def three_entries(store: SqlStore) -> None:
    for number in range(3):
        at = values.NOW + timedelta(seconds=number)
        await store.append(CHAIN, at, "called", {"number": number, "to": "pay"})


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("chain", "run-1", "run-2"),
        ("at", "2026", "2025"),
        ("at", "2026-", "2026_"),
        ("at", "T", " "),
        ("kind", "called", "callee"),
        ("body", "pay", "pax"),
        ("body", "pay", "pa\u00fc"),
        ("body", '"to"', '"to '),
        ("body", '"number":1', '"number": 1'),
        ("body", "{", "["),
        ("previous", "sha256:", "sha257:"),
        ("hash", "sha256:", "sha257:"),
    ],
)
async def test_an_altered_text_breaks_the_chain_where_it_stands(
    url: str, sql_store: SqlStore, column: str, old: str, new: str
) -> None:
    await three_entries(sql_store)
    statement = f"UPDATE evidence SET {column} = replace({column}, :old, :new) WHERE seq = :seq"  # noqa: S608 - our own columns
    alter(url, statement, old=old, new=new, seq=MIDDLE)
    assert broken_at(await sql_store.entries(CHAIN)) == MIDDLE


@pytest.mark.parametrize("moved", [-1, 7])
async def test_a_moved_entry_breaks_the_chain(url: str, sql_store: SqlStore, moved: int) -> None:
    await three_entries(sql_store)
    alter(url, "UPDATE evidence SET seq = :moved WHERE seq = :seq", moved=moved, seq=MIDDLE)
    assert broken_at(await sql_store.entries(CHAIN)) is not None


async def test_a_missing_entry_breaks_the_chain(url: str, sql_store: SqlStore) -> None:
    await three_entries(sql_store)
    alter(url, "DELETE FROM evidence WHERE seq = :seq", seq=MIDDLE)
    assert broken_at(await sql_store.entries(CHAIN)) == MIDDLE


async def test_a_cut_off_end_leaves_a_chain_without_its_closing_entry(
    url: str, sql_store: SqlStore
) -> None:
    await three_entries(sql_store)
    closing = await sql_store.append(CHAIN, values.NOW, "closed", {})
    alter(url, "DELETE FROM evidence WHERE seq = :seq", seq=closing.seq)
    entries = await sql_store.entries(CHAIN)
    assert broken_at(entries) is None
    assert entries[-1].kind != "closed"


async def test_what_follows_an_altered_entry_cannot_mend_the_chain(
    url: str, sql_store: SqlStore
) -> None:
    await three_entries(sql_store)
    alter(url, "UPDATE evidence SET body = '{' WHERE seq = :seq", seq=2)
    await sql_store.append(CHAIN, values.NOW, "called", {})
    assert broken_at(await sql_store.entries(CHAIN)) == 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    column=st.sampled_from(["at", "kind", "body", "previous", "hash"]),
    place=st.integers(min_value=0),
    new=st.tuples(st.binary(min_size=1, max_size=1), st.sampled_from(["TEXT", "BLOB"])),
)
async def test_any_byte_altered_anywhere_breaks_the_chain(
    tmp_path: Path, opened: Open, column: str, place: int, new: tuple[bytes, str]
) -> None:
    byte, kind = new
    path = tmp_path / "store.sqlite"
    store = opened(f"sqlite:///{path}")
    if not await store.chains():
        await three_entries(store)
    connection = sqlite3.connect(path)
    query = f"SELECT CAST({column} AS BLOB) FROM evidence WHERE seq = {MIDDLE}"  # noqa: S608 - our own columns
    (whole,) = connection.execute(query).fetchone()
    place %= len(whole)
    damaged = whole[:place] + byte + whole[place + 1 :]
    update = f"UPDATE evidence SET {column} = CAST(? AS {{}}) WHERE seq = {MIDDLE}"  # noqa: S608 - our own columns
    with connection:
        connection.execute(update.format(kind), (damaged,))
    found = broken_at(await store.entries(CHAIN))
    with connection:
        connection.execute(update.format("TEXT"), (whole,))
    connection.close()
    store.close()
    assert found == (None if (damaged, kind) == (whole, "TEXT") else MIDDLE)


async def test_a_position_that_is_no_number_breaks_the_chain(tmp_path: Path, opened: Open) -> None:
    store = opened(f"sqlite:///{tmp_path / 'store.sqlite'}")
    await three_entries(store)
    alter(str(store), "UPDATE evidence SET seq = 'x' WHERE seq = :seq", seq=MIDDLE)
    assert broken_at(await store.entries(CHAIN)) is not None
    with pytest.raises(StoreError, match="the end of the evidence run-1 is damaged"):
        await store.append(CHAIN, values.NOW, "called", {})


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE scans SET body = '{'", "scan scan-1 is damaged"),
        ("UPDATE scans SET body = '[]'", "scan scan-1 is damaged"),
        ("UPDATE scans SET ending = '{}'", "scan scan-1 is damaged.*missing key 'remarks'"),
        ("UPDATE parts SET body = '[]'", "target 0 of scan scan-1 is damaged"),
        ("UPDATE resources SET body = 'x'", "stateMachine:pay in scan scan-1 is damaged"),
        ("UPDATE decisions SET body = '{}'", "the decision about arn:.*missing key 'id'"),
        ("UPDATE runs SET plan = 'x'", "run run-1 is damaged"),
        ("UPDATE runs SET plan = replace(plan, 'Step', 'Stop')", "run run-1 is damaged"),
        ("UPDATE runs SET status = 'fine'", "run run-1 is damaged.*'fine'"),
        ("UPDATE runs SET started = 'x'", "run run-1 is damaged"),
    ],
)
async def test_a_damaged_row_is_named(
    url: str, sql_store: SqlStore, statement: str, named: str
) -> None:
    await sql_store.start_scan(values.scan())
    await sql_store.add_rows("scan-1", 0, 0, [values.resource()], Part(1))
    await sql_store.finish_scan(values.scan())
    await sql_store.add_decisions([values.decision()])
    await sql_store.add_run(values.run())
    alter(url, statement)
    with pytest.raises(StoreError, match=named):  # noqa: PT012 - one of the three reads it
        await sql_store.last_scan()
        await sql_store.decisions()
        await sql_store.runs()
