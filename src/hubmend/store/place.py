"""What a store's URL means, and the file of a SQLite store: told at once, without SQLAlchemy."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from hubmend.core.errors import StoreError

FORMS = "sqlite:///PATH (four slashes for an absolute path) or postgresql://USER@HOST/DATABASE"
POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
BUSY_SECONDS = 30  # how long a SQLite writer waits for another process


def sqlite_path(url: str) -> str | None:
    """Return the path of a SQLite store's URL, None of a PostgreSQL one; raise StoreError."""
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
        return path
    if scheme not in POSTGRESQL:
        raise StoreError(f"no store can be kept in {scheme!r}: write {FORMS}")
    return None


def make_file(name: str) -> None:
    """Make an empty database that only this user can read: evidence names accounts and roles."""
    path = Path(name)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size:
            return
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        _use_write_ahead_log(path)
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise StoreError(
            f"the store sqlite:///{name} cannot be made: {reason}. "
            "Give a path you may write with --store or HUBMEND_STORE"
        ) from error


def undecided(name: str) -> bool:
    """Whether a SQLite store holds no decision, as far as it can be read at once."""
    try:
        with closing(sqlite3.connect(name, timeout=0)) as connection:
            made = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'decisions'"
            if connection.execute(made).fetchone() is None:
                return True
            return connection.execute("SELECT 1 FROM decisions LIMIT 1").fetchone() is None
    except sqlite3.Error:
        return False  # opening it says what is wrong


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
