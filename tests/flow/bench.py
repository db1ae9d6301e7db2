"""A whole context over fakes, and the short ways of the tests through the verbs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hubmend.aws.hub import SecurityHub
from hubmend.controls import StepFunctions1
from hubmend.core import journal
from hubmend.core.arn import Target
from hubmend.core.evidence import Entry, broken_at
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind, Scan
from hubmend.core.run import ResourceStatus, Run, RunResult, RunStatus
from hubmend.core.settings import Settings
from hubmend.flow import apply as apply_flow
from hubmend.flow.context import Context
from hubmend.flow.decide import Wish, decide
from hubmend.flow.plan import plan
from hubmend.flow.rollback import rollback
from hubmend.flow.scan import begin
from tests.fakes.aws import FakeAws
from tests.fakes.faults import Fault, Killed, Mishaps
from tests.fakes.hub import FakeHub
from tests.fakes.store import MemoryStore
from tests.fakes.world import ACCOUNT, REGION

T = TypeVar("T")
HERE = Target(ACCOUNT, REGION)


class MortalStore(MemoryStore):
    """A store that can no longer be reached once the process is dead.

    `last_words` kills the process at its n-th entry of evidence from now: before it is written
    when negative, after it when positive.
    """

    def __init__(self, mishaps: Mishaps) -> None:
        super().__init__()
        self._mishaps = mishaps
        self.last_words = 0
        self._written = 0

    async def append(self, chain: str, at: datetime, kind: str, body: Mapping[str, Any]) -> Entry:
        self._mishaps.breathe()
        self._written += 1
        if self._written == -self.last_words:
            self._die()
        entry = await super().append(chain, at, kind, body)
        if self._written == self.last_words:
            self._die()
        return entry

    async def set_run_status(self, run: str, status: RunStatus, finished: datetime | None) -> None:
        self._mishaps.breathe()
        await super().set_run_status(run, status, finished)

    async def lease(self, resource: str, holder: str, now: datetime, until: datetime) -> str | None:
        self._mishaps.breathe()
        return await super().lease(resource, holder, now, until)

    async def release(self, resource: str, holder: str) -> None:
        self._mishaps.breathe()
        await super().release(resource, holder)

    def die_at(self, entry: int) -> None:
        self.last_words, self._written = entry, 0

    def _die(self) -> None:
        self.last_words = 0
        self._mishaps.dead = True
        raise Killed


class Watcher:
    """Progress, remembered."""

    def __init__(self) -> None:
        self.said: list[tuple[int, int | None, str]] = []
        self.left: float | None = None

    def update(self, done: int, total: int | None, text: str, left: float | None = None) -> None:
        self.said.append((done, total, text))
        self.left = left


class Bench:
    """One fake AWS, one store, and the verbs on them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.aws = FakeAws()
        self.clock = self.aws.clock
        self.store = MortalStore(self.aws.mishaps)
        self.hub = FakeHub()
        self.progress = Watcher()
        self.context = Context(
            StepFunctions1(), self.aws, self.store, self.hub, self.clock, self.progress,
            settings or Settings(),
        )  # fmt: skip

    def with_security_hub(self, *targets: Target, consolidated: bool = True) -> None:
        """Turn Security Hub on, and let scans read it as they do outside the tests."""
        for target in targets or (HERE,):
            self.aws.security_hub.hub.enable(
                target.account, target.region, consolidated=consolidated
            )
        control = self.context.control
        real = SecurityHub(self.aws, control.id, control.asff_type)
        self.context = replace(self.context, hub=real)

    def with_settings(self, settings: Settings) -> None:
        self.context = replace(self.context, settings=settings)

    async def scan(self, *targets: Target) -> Scan:
        self.clock.advance(1)
        return await scan(self.context, targets or (HERE,))

    async def enable(self, *arns: str, level: str = "ALL", **wish: Any) -> None:
        """Scan, and decide to enable the named machines (or all there are)."""
        seen = await self.scan()
        chosen = arns or [row.arn for row in seen.resources]
        await decide(self.context, Wish(Kind.ENABLE, "ann", level=level, **wish), chosen)

    async def suppress(self, *arns: str, days: int = 30, **wish: Any) -> None:
        """Scan, and decide to leave the named machines (or all there are) for so many days."""
        seen = await self.scan()
        chosen = arns or [row.arn for row in seen.resources]
        until = self.clock.now().date() + timedelta(days=days)
        said = {"reason": "test only", **wish}
        await decide(self.context, Wish(Kind.SUPPRESS, "ann", until=until, **said), chosen)

    async def plan(self, *arns: str) -> Plan:
        return await plan(self.context, arns)

    async def begin(self, made: Plan) -> Run:
        self.clock.advance(1)
        return await apply_flow.start(self.context, made)

    async def apply(self, made: Plan) -> RunResult:
        return await apply_flow.apply(self.context, await self.begin(made))

    async def resume(self, run: str) -> RunResult:
        return await apply_flow.apply(self.context, await apply_flow.resumable(self.context, run))

    async def rollback(self, run: str) -> RunResult:
        found = await self.store.run(run)
        assert found
        return await rollback(self.context, found)

    async def endure(
        self, work: Callable[[], Awaitable[RunResult]], faults: Mapping[int, Fault] | None = None
    ) -> RunResult | BaseException:
        """Do a piece of work while things go wrong; return what it came to, whatever it is."""
        mishaps = self.aws.mishaps
        mishaps.plan(dict(faults or {}))

        async def whole() -> RunResult:
            return await work()

        mishaps.victim = asyncio.ensure_future(whole())
        try:
            return await mishaps.victim
        except (Exception, asyncio.CancelledError, Killed) as error:  # noqa: BLE001 - it is the answer
            return error
        finally:
            mishaps.victim = None
            mishaps.revive()

    async def status(self, run: str) -> RunStatus:
        found = await self.store.run(run)
        assert found
        return found.status

    def outcomes(self, run: str) -> list[tuple[str, str, str]]:
        """Return (way, change, outcome) of every answered call, in order."""
        return [
            (entry.body["way"], entry.body["change"], entry.body["outcome"])
            for entry in self.store.chain_entries[run]
            if entry.kind == journal.CALL_AFTER
        ]

    def journalled(self, run: str) -> set[str]:
        """Return the resources with at least one call in a run's journal."""
        kinds = (journal.CALL_BEFORE, journal.CALL_AFTER)
        entries = self.store.chain_entries.get(run, [])
        return {str(entry.body["resource"]) for entry in entries if entry.kind in kinds}

    def chain_holds(self, run: str) -> bool:
        return broken_at(self.store.chain_entries[run]) is None


async def scan(context: Context, targets: Sequence[Target], **more: Any) -> Scan:
    """Scan to the end; `more` is what `begin` takes beside."""
    return await (await begin(context, targets, **more)).whole()


def statuses(result: RunResult) -> dict[str, ResourceStatus]:
    """Return what became of each machine, by name."""
    return {one.arn.rsplit(":", 1)[-1]: one.status for one in result.resources}


def error_of(result: RunResult, name: str) -> str:
    """Return what is said of one machine."""
    (found,) = (one for one in result.resources if one.arn.endswith(f":{name}"))
    return found.error or ""


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine from a property, whose function must not be one."""

    async def whole() -> T:
        return await work()

    return asyncio.run(whole())


def names(arns: Sequence[str]) -> list[str]:
    return [arn.rsplit(":", 1)[-1] for arn in arns]
