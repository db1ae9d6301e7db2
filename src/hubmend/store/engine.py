"""From a store's URL to an engine whose tables are ready.

SQLite: write-ahead log, synced at every commit, so that what a call returned from survives the
process and the power. We say BEGIN ourselves: writers take the write lock first (IMMEDIATE), so two
processes queue up instead of failing in the middle; readers never wait.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from hubmend.core.errors import StoreError
from hubmend.store.faults import Place
from hubmend.store.place import BUSY_SECONDS, FORMS, make_file, sqlite_path
from hubmend.store.schema import prepare

CONNECT_SECONDS = 10  # how long to wait for a PostgreSQL server to answer
READING = "hubmend_reading"  # execution option of connections that only read


def open_engine(url: str) -> tuple[Engine, Place]:
    """Open the store at a URL with its tables at the newest version; raise StoreError."""
    parsed, place = _parse(url)
    try:
        engine = _sqlite(parsed) if parsed.drivername == "sqlite" else _postgresql(parsed)
    except ImportError:
        raise StoreError(
            f"the store {place} needs the PostgreSQL driver: pip install 'hubmend[postgres]'"
        ) from None
    try:
        prepare(engine, place)
    except BaseException as error:
        engine.dispose()
        if isinstance(error, SQLAlchemyError):
            raise place.failed(error) from error
        raise
    return engine, place


def _parse(url: str) -> tuple[URL, Place]:
    path = sqlite_path(url)
    if path is not None:
        return URL.create("sqlite", database=path), Place(f"sqlite:///{path}")
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        scheme = url.partition("://")[0]
        raise StoreError(f"the {scheme} URL of the store cannot be read: write {FORMS}") from None
    shown = parsed.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
    return parsed, Place(shown, parsed.password)


def _postgresql(url: URL) -> Engine:
    waits = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=waits)


def _sqlite(url: URL) -> Engine:
    make_file(url.database or "")
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _sqlite_connection)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connection(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    # A damaged byte in a text must break the chain of evidence, not the reading of it.
    connection.text_factory = partial(str, encoding="utf-8", errors="surrogateescape")
    connection.execute("PRAGMA synchronous=FULL")


def _sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
