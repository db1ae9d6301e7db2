"""From a store's URL to an engine whose tables are ready.

SQLite: write-ahead log, synced at every commit, so that what a call returned from survives the
process and the power. We say BEGIN ourselves: writers take the write lock first (IMMEDIATE), so two
processes queue up instead of failing in the middle; readers never wait.
"""

from __future__ import annotations

import os
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from hubmend.core.errors import StoreError
from hubmend.store.faults import Place
from hubmend.store.schema import prepare

FORMS = "sqlite:///PATH (four slashes for an absolute path) or postgresql://USER@HOST/DATABASE"
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
BUSY_SECONDS = 30  # how long a SQLite writer waits for another process
CONNECT_SECONDS = 10  # how long to wait for a PostgreSQL server to answer
READING = "hubmend_reading"  # execution option of connections that only read


def open_engine(url: str) -> tuple[Engine, Place]:
    """Open the store at a URL with its tables at the newest version; raise StoreError."""
    parsed, place = _parse(url)
    try:
        engine = _sqlite(parsed, place) if parsed.drivername == "sqlite" else _postgresql(parsed)
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
    scheme, separator, rest = url.partition("://")
    if not separator:
        # What holds an @ may hold a password.
        shown = "what was given" if "@" in url else repr(url)
        like = "" if "@" in url else f"; for this path: sqlite:///{Path(url).absolute()}"
        raise StoreError(f"{shown} is not a store's URL: write {FORMS}{like}")
    if scheme == "sqlite":
        # The path is taken as it is written: SQLAlchemy 2.1 would decode percent signs in it.
        path = rest.removeprefix("/")
        if path == rest or path in ("", ":memory:") or "?" in path:
            raise StoreError(f"sqlite:// must name a file, without options: write {FORMS}")
        return URL.create("sqlite", database=path), Place(f"sqlite:///{path}")
    if scheme not in POSTGRESQL:
        raise StoreError(f"no store can be kept in {scheme!r}: write {FORMS}")
    try:
        parsed = make_url(url).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise StoreError(f"the {scheme} URL of the store cannot be read: write {FORMS}") from None
    shown = parsed.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
    return parsed, Place(shown, parsed.password)


def _postgresql(url: URL) -> Engine:
    waits = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS}
    return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=waits)


def _sqlite(url: URL, place: Place) -> Engine:
    _make_file(Path(url.database or ""), place)
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


def _make_file(path: Path, place: Place) -> None:
    """Make an empty database that only this user can read: evidence names accounts and roles."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size:
            return
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        _use_write_ahead_log(path)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise StoreError(
            f"the store {place} cannot be made: {reason}. "
            "Give a path you may write with --store or HUBMEND_STORE"
        ) from error


def _use_write_ahead_log(path: Path) -> None:
    # SQLite does not wait for others who switch the same file at this moment, so we do.
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
        finally:
            connection.close()
