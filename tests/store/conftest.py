"""Stores to test with: the fake, SQLite in a folder, and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from hubmend.core.ports import Store
from hubmend.store import open_store
from hubmend.store.sql import SqlStore
from tests.fakes.store import MemoryStore
from tests.store.postgres import Server, serving


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of a store that does not exist yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.sqlite'}"
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as lent:
        yield lent


@pytest.fixture
def opened() -> Iterator[Callable[[str], SqlStore]]:
    """Open stores that are closed when the test ends."""
    with ExitStack() as stack:

        def open_one(url: str) -> SqlStore:
            store = open_store(url)
            stack.callback(store.close)
            return store

        yield open_one


@pytest.fixture
def sql_store(url: str, opened: Callable[[str], SqlStore]) -> SqlStore:
    return opened(url)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(
    request: pytest.FixtureRequest, tmp_path: Path, opened: Callable[[str], SqlStore]
) -> Iterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "sqlite":
        yield opened(f"sqlite:///{tmp_path / 'store.sqlite'}")
    else:
        server: Server = request.getfixturevalue("postgres")
        with server.database() as url:
            yield opened(url)
