"""Opening a store: where it may be, and what is said when it cannot be opened."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from hubmend.core.decision import Decision
from hubmend.core.errors import StoreError
from hubmend.store import default_url, late_store, open_store
from hubmend.store.engine import open_engine
from hubmend.store.faults import Place
from hubmend.store.sql import SqlStore
from tests.store import values
from tests.store.postgres import USER, Server

Open = Callable[[str], SqlStore]

SECRET = "tr0ub4dor"
NOBODY = 65534


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url).close()
    return str(caught.value)


def test_the_default_store_is_in_the_users_state_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert default_url() == f"sqlite:///{tmp_path}/state/hubmend/hubmend.sqlite"


@pytest.mark.parametrize("state", ["", "relative/folder"])
def test_without_a_state_folder_the_default_store_is_under_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_url() == f"sqlite:///{tmp_path}/.local/state/hubmend/hubmend.sqlite"


def test_without_any_home_another_place_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home(_: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", classmethod(no_home))
    with pytest.raises(StoreError, match="Set HUBMEND_STORE or give --store"):
        default_url()


async def test_opening_nothing_named_opens_the_default_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    store = open_store(None)
    await store.add_run(values.run())
    store.close()
    assert (tmp_path / "state" / "hubmend" / "hubmend.sqlite").is_file()


def test_only_its_user_may_read_a_new_store(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "deep" / "folder" / "store.sqlite"
    opened(f"sqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


async def test_a_store_reopens_with_what_it_had(url: str, opened: Open) -> None:
    first = opened(url)
    await first.add_run(values.run())
    first.close()
    assert await opened(url).runs() == (values.run(),)


def test_a_path_with_percent_signs_and_spaces_is_only_a_path(tmp_path: Path, opened: Open) -> None:
    path = tmp_path / "100%20 sure" / "store.sqlite"
    opened(f"sqlite:///{path}")
    assert path.is_file()


def test_sqlite_is_synced_at_every_commit(tmp_path: Path) -> None:
    engine, _ = open_engine(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert connection.scalar(text("PRAGMA busy_timeout")) == 30_000
    engine.dispose()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
async def test_a_postgresql_url_may_be_spelled_as_is_usual(
    postgres: Server, opened: Open, scheme: str
) -> None:
    with postgres.database() as url:
        store = opened(url.replace("postgresql", scheme, 1))
        assert await store.runs() == ()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("store.sqlite", r"'store.sqlite' is not a store's URL.*sqlite:////\S+/store.sqlite"),
        ("/var/lib/store.sqlite", "for this path: sqlite:////var/lib/store.sqlite"),
        ("", "is not a store's URL"),
        ("mysql://host/hubmend", "no store can be kept in 'mysql'"),
        ("postgresql+asyncpg://host/hubmend", "no store can be kept in 'postgresql.asyncpg'"),
        ("postgresql://host:port/hubmend", "the postgresql URL of the store cannot be read"),
        ("sqlite://", "must name a file"),
        ("sqlite:///:memory:", "must name a file"),
        ("sqlite://host/store.sqlite", "must name a file"),
        ("sqlite:///store.sqlite?mode=ro", "must name a file, without options"),
    ],
)
def test_what_is_no_url_of_a_store_is_refused_with_the_right_form(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        open_store(url)


@contextmanager
def unused_port() -> Iterator[int]:
    """Hold a port at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.mark.parametrize("form", ["ana:{}@127.0.0.1:{}/db", "ana@127.0.0.1:{1}/db?password={0}"])
def test_no_password_is_shown_when_the_server_refuses(form: str) -> None:
    with unused_port() as port:
        said = refusal("postgresql://" + form.format(SECRET, port))
    assert "Check that the server runs" in said
    assert f"127.0.0.1:{port}/db" in said
    assert SECRET not in said


@pytest.mark.parametrize(
    "url",
    [
        f"ana:{SECRET}@host/db",
        f"mysql://ana:{SECRET}@host/db",
        f"postgresql://ana:{SECRET}@host:port/db",
        f"sqlite://ana:{SECRET}@host/db",
    ],
)
def test_no_password_is_shown_when_the_url_is_wrong(url: str) -> None:
    assert SECRET not in refusal(url)


def test_a_missing_database_is_named(postgres: Server) -> None:
    said = refusal(postgres.url("nowhere"))
    assert 'database "nowhere" does not exist. Create it first' in said


def test_a_user_without_rights_is_told_which_are_missing(postgres: Server) -> None:
    with postgres.database() as url, postgres.guest() as guest:
        said = refusal(url.replace(f"{USER}@", f"{guest}@"))
    assert "permission denied" in said
    assert "Grant this user the rights to create and write tables" in said


def test_without_the_driver_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    said = refusal(f"postgresql://ana:{SECRET}@host/db")
    assert "pip install 'hubmend[postgres]'" in said
    assert SECRET not in said


def test_no_password_is_shown_even_if_the_driver_repeats_it() -> None:
    said = str(Place("postgresql://ana:***@host/db", SECRET).failed(ValueError(f"{SECRET}: no")))
    assert said.startswith("the store postgresql://ana:***@host/db failed: ***: no. ")


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    said = refusal(f"sqlite:///{path}")
    assert str(path) in said
    assert "some other file" in said
    assert path.read_text() == "not a database " * 100


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "browser.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    assert "another program's table 'bookmarks'" in refusal(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_another_programs_tables_of_the_same_name_are_not_taken(postgres: Server) -> None:
    with postgres.database() as url:
        engine, _ = open_engine(url)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE hubmend_version"))
        engine.dispose()
        assert "another program's table" in refusal(url)


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    said = refusal(f"sqlite:///{tmp_path}")
    assert str(tmp_path) in said
    assert "unable to open" in said


def test_a_place_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = refusal(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}")
    assert f"{tmp_path / 'file' / 'store.sqlite'} cannot be made" in said
    assert "--store" in said


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Make a folder everyone may use: into pytest's own, only its owner may."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


async def test_a_store_that_may_not_be_written_is_named(open_folder: Path, opened: Open) -> None:
    path = open_folder / "store.sqlite"
    opened(f"sqlite:///{path}").close()
    path.chmod(0o444)
    with without_root():
        store = opened(f"sqlite:///{path}")
        with pytest.raises(StoreError, match="You may not write it"):
            await store.add_run(values.run())
        store.close()


@contextmanager
def without_root() -> Iterator[None]:
    """Give up root's right to write everywhere, for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_neither_the_package_nor_the_store_package_imports_sqlalchemy() -> None:
    code = "import hubmend, hubmend.store, sys; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("opened", [False, True])
def test_that_nobody_decided_anything_is_told_without_opening_the_store(
    tmp_path: Path, opened: bool
) -> None:
    if opened:
        open_store(f"sqlite:///{tmp_path}/s").close()
    program = (
        "import asyncio, sys; from hubmend.store import late_store; "
        f"store = late_store('sqlite:///{tmp_path}/s'); "
        "print(asyncio.run(store.decisions()), 'sqlalchemy' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert told.stdout == b"() False\n"


def test_a_store_opened_late_tells_what_was_decided(tmp_path: Path) -> None:
    url, decision = f"sqlite:///{tmp_path}/s", values.decision("m")

    async def told() -> Sequence[Decision]:
        late = late_store(url)
        try:
            return await late.decisions()
        finally:
            late.close()

    store = open_store(url)
    asyncio.run(store.add_decisions([decision]))
    store.close()
    assert asyncio.run(told()) == (decision,)


def test_a_file_that_is_no_database_is_told_of_by_opening_it(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("this is no database, whatever its name says " * 99)
    with pytest.raises(StoreError):
        asyncio.run(late_store(f"sqlite:///{tmp_path}/s").decisions())
