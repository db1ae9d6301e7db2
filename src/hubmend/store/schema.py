"""The version of a store's tables, and Alembic's way to the newest one.

Only a store of an older hubmend needs Alembic: one at HEAD is used as it is, and an empty one gets
today's tables at once, which a test holds equal to what the migrations make.
Two processes may open a new store at once: SQLite lets one in at a time; in PostgreSQL the second
to create a table fails, looks again, and finds the work done.
"""

from __future__ import annotations

import threading

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    inspect,
    text,
)
from sqlalchemy.exc import IntegrityError, ProgrammingError

from hubmend.core.errors import StoreError
from hubmend.store.faults import Place
from hubmend.store.tables import metadata

HEAD = "0002"  # a test holds this equal to Alembic's head
VERSION_TABLE = "hubmend_version"
# As Alembic keeps it.
_VERSION = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
ATTEMPTS = 5

# Alembic keeps its context in module globals.
_alembic = threading.Lock()


def prepare(engine: Engine, place: Place) -> None:
    """Bring the tables to HEAD; raise StoreError when they are newer, or not hubmend's."""
    with engine.connect() as connection:
        if _version(connection) == HEAD:
            return
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with _alembic, engine.begin() as connection:
                _upgrade(connection, place)
        except (IntegrityError, ProgrammingError):
            if attempt == ATTEMPTS:
                raise
        else:
            return


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608 - our constant
    return None if version is None else str(version)


def _upgrade(connection: Connection, place: Place) -> None:
    version = _version(connection)
    if version == HEAD:
        return
    if version is None:
        _refuse_foreign(connection, place)
        metadata.create_all(connection)
        _VERSION.create(connection)
        connection.execute(_VERSION.insert().values(version_num=HEAD))
        return
    # Late on purpose: only old stores need Alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "hubmend.store:migrations")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise StoreError(
            f"the store {place} was written by a newer hubmend (its tables are at {version}, this "
            f"one knows {HEAD}): upgrade hubmend, or give another store with --store"
        ) from None


def _refuse_foreign(connection: Connection, place: Place) -> None:
    found = set(inspect(connection).get_table_names())
    # A SQLite file belongs to one program; a PostgreSQL schema may hold others' tables beside ours.
    foreign = found if connection.dialect.name == "sqlite" else found & set(metadata.tables)
    if foreign:
        raise StoreError(
            f"the store {place} holds another program's table {min(foreign)!r}: "
            "give hubmend a file or a database of its own with --store"
        )
