"""Several processes on one store, processes that are killed, and stores that share a database."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hubmend.core.evidence import broken_at
from hubmend.store.sql import SqlStore
from tests.store import values

Open = Callable[[str], SqlStore]

APPENDER = Path(__file__).with_name("appender.py")
CHAIN = "run-1"


@contextmanager
def appending(url: str, count: int) -> Iterator[subprocess.Popen[str]]:
    command: list[str | Path] = [sys.executable, APPENDER, url, CHAIN, str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process


async def test_two_processes_that_open_a_new_store_at_once_make_one_unbroken_chain(
    url: str, opened: Open
) -> None:
    with appending(url, 30) as one, appending(url, 30) as other:
        said = [*one.communicate()[0].split(), *other.communicate()[0].split()]
    assert (one.returncode, other.returncode) == (0, 0)
    entries = await opened(url).entries(CHAIN)
    assert broken_at(entries) is None
    assert sorted(map(int, said)) == [entry.seq for entry in entries] == list(range(60))


async def test_a_killed_process_loses_nothing_that_append_returned_from(
    url: str, opened: Open
) -> None:
    with appending(url, 1_000_000) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(20)]
        process.kill()
        said += map(int, process.stdout.read().splitlines())
    store = opened(url)
    entries = await store.entries(CHAIN)
    assert broken_at(entries) is None
    assert set(said) <= {entry.seq for entry in entries}
    following = await store.append(CHAIN, entries[-1].at, "resumed", {})
    assert broken_at([*entries, following]) is None


async def test_stores_that_share_a_database_make_one_unbroken_chain(url: str, opened: Open) -> None:
    stores = [opened(url) for _ in range(3)]
    await asyncio.gather(
        *(
            store.append(CHAIN, values.NOW, "called", {"number": number})
            for number in range(20)
            for store in stores
        )
    )
    entries = await stores[0].entries(CHAIN)
    assert broken_at(entries) is None
    assert len(entries) == 60


async def test_of_two_operators_one_takes_over_a_dead_holders_lease(url: str, opened: Open) -> None:
    one, other = opened(url), opened(url)
    dead, now = values.NOW, values.NOW + timedelta(hours=1)
    until = now + timedelta(minutes=5)
    for number in range(10):
        resource = f"{values.ARN}-{number}"
        await one.lease(resource, "dead", dead, dead)
        answers = await asyncio.gather(
            one.lease(resource, "ana", now, until), other.lease(resource, "bo", now, until)
        )
        assert tuple(answers) in ((None, "ana"), ("bo", None))
