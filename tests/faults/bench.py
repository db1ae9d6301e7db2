"""One embedded AWS, the proxy before it, and hubmend processes that reach it only through that."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs

import pytest

from hubmend.aws.gateway import AwsGateway
from hubmend.aws.sessions import Sessions
from hubmend.controls import StepFunctions1
from hubmend.core import journal
from hubmend.core.arn import Target
from hubmend.core.plan import Plan
from hubmend.core.ports import Clock, Silence
from hubmend.core.resource import Kind
from hubmend.core.settings import Scope, Settings
from hubmend.flow.context import Context
from hubmend.flow.decide import Wish, decide
from hubmend.flow.plan import plan
from hubmend.sandbox import Sandbox, SandboxClock
from hubmend.store import open_store
from hubmend.store.sql import SqlStore
from tests.fakes.hub import FakeHub
from tests.faults.matrix import Case
from tests.faults.proxy import Proxy
from tests.faults.script import SILENT
from tests.faults.world import ACCOUNT, DECIDED_DAYS, REGION, World, picture
from tests.flow.bench import scan

HERE = Target(ACCOUNT, REGION)
HASTY_SECONDS, PATIENT_SECONDS = 0.4, 30.0
# Stores sync every entry to disk; where there is a disk in memory that costs nothing.
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - TemporaryDirectory makes a private folder in it
MEMORY = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
SUBJECTS = {"logGroupName", "stateMachineArn", "RoleName"}


class Skipping:
    """A clock whose waits pass at once and take the embedded AWS along; only heartbeats wait.

    A heartbeat that never waits would do nothing but beat.
    """

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self.waited = 0.0

    def now(self) -> datetime:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        task = asyncio.current_task()
        if task is not None and getattr(task.get_coro(), "__name__", "") == "beat":
            await asyncio.sleep(seconds)
            return
        self.waited += seconds
        self._clock.advance(seconds)
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Bench:
    """What the cases of one worker share."""

    sandbox: Sandbox
    proxy: Proxy
    patient: Sessions
    hasty: Sessions
    planning: AwsGateway  # not through the proxy, and shared: it is no part of a case
    folder: Path

    def store_url(self, name: str) -> str:
        """Return the URL of a new store of its own (a copy: making tables takes longer)."""
        path = self.folder / f"{name}.sqlite"
        shutil.copy(self.folder / "empty.sqlite", path)
        return f"sqlite:///{path}"

    def process(self, store: SqlStore, clock: Clock, *, hasty: bool = False) -> Context:
        """Return what one more hubmend process on this machine would work with."""
        sessions = self.hasty if hasty else self.patient
        gateway = AwsGateway(sessions, clock.sleep, now=lambda: clock.now().timestamp())
        return Context(StepFunctions1(), gateway, store, FakeHub(), clock, Silence(), Settings())

    async def planned(self, store: SqlStore, clock: Clock, world: World) -> Plan:
        """Scan, decide for every machine, and plan."""
        context = replace(self.process(store, clock), gateway=self.planning)
        await scan(context, (HERE,))
        new = [arn for arn in (world.fresh, world.renewed) if arn]
        await decide(context, Wish(Kind.ENABLE, "ann", level="ALL"), new)
        wish = Wish(Kind.ENABLE, "ann", level="ERROR", log_group=world.group,
                    retention_days=DECIDED_DAYS)  # fmt: skip
        await decide(context, wish, (world.joining,))
        return await plan(context)


@asynccontextmanager
async def bench(*, propagation: float) -> AsyncIterator[Bench]:
    """Start everything; put everything back. New rights are felt `propagation` seconds later."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(empty=True, propagation=propagation))
        folder = Path(stack.enter_context(TemporaryDirectory(dir=MEMORY)))
        open_store(f"sqlite:///{folder / 'empty.sqlite'}").close()
        env = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in sandbox.environment().items():
            env.setenv(name, value)
        async with Proxy(sandbox.endpoint, picture) as proxy, AsyncExitStack() as opened:

            def sessions(answer: float) -> Sessions:
                made = Sessions(None, Scope(), REGION, answer)
                opened.push_async_callback(made.close)
                return made

            direct = sessions(PATIENT_SECONDS)
            env.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
            patient, hasty = sessions(PATIENT_SECONDS), sessions(HASTY_SECONDS)
            yield Bench(sandbox, proxy, patient, hasty, AwsGateway(direct), folder)


def subject(operation: str, body: bytes) -> str:
    """Return what a change is about: operation and machine, group or role."""
    params = json.loads(body) if body.startswith(b"{") else {
        name: values[0] for name, values in parse_qs(body.decode()).items()
    }  # fmt: skip
    return f"{operation} {' '.join(str(params[key]) for key in sorted(SUBJECTS & params.keys()))}"


class Witness:
    """Sees, on a connection of its own, that a change was in the journal before it was made."""

    def __init__(self, url: str) -> None:
        self._path = url.removeprefix("sqlite:///")
        self.unannounced: list[str] = []

    def __call__(self, operation: str, body: bytes) -> None:
        seen = subject(operation, body)
        if seen not in self.announced():
            self.unannounced.append(seen)

    def announced(self) -> set[str]:
        """Return the subject of every call that the journal announces."""
        connection = sqlite3.connect(self._path)
        try:
            query = "select body from evidence where kind = ?"
            rows = connection.execute(query, (journal.CALL_BEFORE,)).fetchall()
        finally:
            connection.close()
        calls = [json.loads(text)["call"] for (text,) in rows]
        return {subject(one["operation"], json.dumps(one["params"]).encode()) for one in calls}


def is_hasty(case: Case) -> bool:
    """Whether a case needs a client that gives up soon."""
    return any(mishap.fault in SILENT for mishap in (*case.mishaps, *case.relapse))
