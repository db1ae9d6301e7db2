"""The tables' version, and the way from one to the next."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, text

from hubmend.core.codec import canonical
from hubmend.core.errors import StoreError
from hubmend.core.resource import Remark, RemarkKind, Score, Unread
from hubmend.store import open_store
from hubmend.store.engine import open_engine
from hubmend.store.schema import HEAD, VERSION_TABLE, prepare
from hubmend.store.sql import SqlStore
from hubmend.store.tables import metadata
from tests.store import values

Open = Callable[[str], SqlStore]


def test_the_head_that_is_looked_for_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", "hubmend.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_the_migrations_make_the_tables_that_are_used(url: str) -> None:
    engine, _ = open_engine(url)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_migrations_lead_an_old_store_to_the_tables_of_a_new_one(url: str) -> None:
    engine = as_of_first_tables(url)
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}")) == HEAD  # noqa: S608 - our constant
    engine.dispose()


async def test_a_scan_kept_before_targets_had_parts_is_read_as_it_was(
    url: str, opened: Open
) -> None:
    as_of_first_tables(url).dispose()
    unread, score = Unread("1", "r", "denied"), Score("1", "r", "FSBP", 91, "FAILED")
    old = replace(values.scan(), resources=(values.resource(),), unread=(unread,), scores=(score,))
    store = opened(url)
    await store.start_scan(old)
    await store.add_rows(old.id, 0, 0, old.resources)
    ending = canonical({"unread": old.unread, "scores": old.scores, "remarks": []})
    engine, _ = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE scans SET ending = :ending"), {"ending": ending})
    engine.dispose()
    assert await store.last_scan() == old
    begun = await store.begun_scan()
    assert begun is not None
    assert (begun.head.id, begun.done) == (old.id, {})


async def test_remarks_that_were_kept_in_the_ending_are_those_of_the_scan(
    url: str, opened: Open
) -> None:
    scope, source = (Remark(RemarkKind.SOURCE, "", said) for said in ("of scope", "of source"))
    store, old = opened(url), replace(values.scan(), remarks=(scope,))
    await store.start_scan(old)
    await store.finish_scan(old)
    engine, _ = open_engine(url)
    with engine.begin() as connection:
        ending = canonical({"remarks": [source]})
        connection.execute(text("UPDATE scans SET ending = :ending"), {"ending": ending})
    engine.dispose()
    last, begun = await store.last_scan(), await store.begun_scan()
    assert last is not None
    assert begun is not None
    assert last.remarks == begun.head.remarks == (scope, source)


def as_of_first_tables(url: str) -> Engine:
    """Make a store as the first hubmend left it, and have it opened, so that it is upgraded."""
    engine, place = open_engine(url)
    with engine.begin() as connection:
        for table in (*metadata.sorted_tables, Table(VERSION_TABLE, MetaData())):
            table.drop(connection)
        config = Config()
        config.set_main_option("script_location", "hubmend.store:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    prepare(engine, place)
    return engine


def test_a_store_of_a_newer_hubmend_is_refused(url: str, opened: Open) -> None:
    opened(url).close()
    engine, _ = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608 - our constant
    engine.dispose()
    with pytest.raises(StoreError, match=r"newer hubmend \(its tables are at 9999"):
        open_store(url)


def test_a_store_at_head_opens_without_alembic(tmp_path: Path, opened: Open) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    opened(url)
    code = (
        "import sys; from hubmend.store import open_store; "
        "open_store(sys.argv[1]).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code, url], check=False).returncode == 0


def test_threads_that_open_a_new_store_at_once_all_succeed(url: str) -> None:
    together = threading.Barrier(4)
    failures: list[Exception] = []

    def open_one() -> None:
        together.wait()
        try:
            open_store(url).close()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
