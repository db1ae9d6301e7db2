"""Settings to adapters: the only place where ports meet what implements them.

A verb is imported when it is called: a scan need not wait for all that apply and verify need.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from hubmend.aws.batching import BatchingGateway
from hubmend.aws.gateway import AwsGateway
from hubmend.aws.hub import SecurityHub
from hubmend.aws.inventories import inventories
from hubmend.aws.scope import Resolved, resolve
from hubmend.aws.sessions import ANSWER_SECONDS, Sessions
from hubmend.controls import StepFunctions1
from hubmend.core.arn import Target
from hubmend.core.decision import Decision
from hubmend.core.errors import UsageError
from hubmend.core.inventory import Wanted
from hubmend.core.ports import Clock, Progress, Silence, SystemClock
from hubmend.core.resource import Scan
from hubmend.core.rollout import AS_IT_STANDS, Rollout
from hubmend.core.settings import Settings
from hubmend.flow.context import Context
from hubmend.flow.denied import AdvisingGateway
from hubmend.policy import Options, describe, policy_file, read_settings
from hubmend.store import late_store

if TYPE_CHECKING:
    from hubmend.controls.stepfunctions_1.history import HistoryRow
    from hubmend.core.diagnosis import Diagnosis
    from hubmend.core.dossier import Dossier
    from hubmend.core.journal import Way
    from hubmend.core.plan import Plan
    from hubmend.core.run import Run, RunResult
    from hubmend.core.verification import Verification
    from hubmend.flow.decide import Wish
    from hubmend.flow.inventory import First
    from hubmend.flow.policy import Review
    from hubmend.flow.report import ChainCheck
    from hubmend.flow.scan import Scanning


ASKED_SECONDS = 0.012  # until the first questions are on their way: measured, on a slow machine


class Hubmend:
    """The verbs, on one set of credentials, one store and one policy file."""

    def __init__(self, context: Context, sessions: Sessions, policy_file: str = "") -> None:
        self._context, self._sessions = context, sessions
        self._policy_file = policy_file

    @property
    def settings(self) -> Settings:
        """Return the policy file's settings."""
        return self._context.settings

    async def scan(self, source: str = "auto", *, thorough: bool = False) -> Scan:
        """Read every target of the scope, judge every state machine, and return them all.

        `source` is auto, api, hub or config; `thorough` compares what a source tells with the
        machines that exist, however many there are.
        """
        return await (await self.scanning(source, thorough=thorough)).whole()

    async def scanning(
        self, source: str = "auto", *, thorough: bool = False, resume: bool = False
    ) -> Scanning:
        """Begin a scan whose rows are taken one by one: memory does not grow with its scope.

        With `resume` it goes on with the newest scan instead, in the scope of that one.
        """
        context, region, wanted = self._context, self._sessions.region, Wanted(source)
        found, first = (None, None) if resume else await self._resolved(wanted)
        from hubmend.flow import scan as scan_flow

        here = Target((await context.gateway.identity()).account, region)
        sources = inventories(context.gateway, context.control, here)
        asked = scan_flow.Asked(wanted, sources, thorough, found.remarks if found else (), first)
        if found is None:
            return await scan_flow.resume(context, asked)
        return await scan_flow.begin(
            context, found.targets, found.names, units=found.units, asked=asked
        )

    async def _resolved(self, wanted: Wanted) -> tuple[Resolved, First]:
        """Return what the scope comes to, and its machines where they are few (`list_first`)."""
        from hubmend.flow.inventory import list_first

        context, sessions = self._context, self._sessions
        scope, units = context.settings.scope, context.settings.asks_units
        found, first, _ = await asyncio.gather(
            resolve(context.gateway, sessions, scope, units=units),
            list_first(context, sessions.region, wanted),
            self._get_ready(),
        )
        return found, first

    async def _get_ready(self) -> None:
        """Import and read what a scan needs next, while AWS answers the first questions."""
        await asyncio.sleep(ASKED_SECONDS)
        await asyncio.to_thread(import_module, "hubmend.flow.scan")
        await self._sessions.prepare("securityhub", "resourcegroupstaggingapi")

    async def doctor(self) -> Diagnosis:
        """Tell what credentials, permissions and settings allow, target by target."""
        from hubmend.flow import doctor as doctor_flow

        context = self._context
        own = await context.gateway.identity()
        setting = [doctor_flow.policy_file(self._policy_file)]
        targets: tuple[Target, ...] = (Target(own.account, self._sessions.region),)
        try:
            found = await resolve(context.gateway, self._sessions, context.settings.scope)
        except UsageError as error:  # an organization that may not be asked for: told, not fatal
            setting.append(doctor_flow.no_scope(error))
        else:
            targets = found.targets
            setting += doctor_flow.left_out(found.remarks)
        return await doctor_flow.doctor(context, targets, setting)

    async def last_scan(self) -> Scan | None:
        """Return the newest scan in the store."""
        return await self._context.store.last_scan()

    async def account_names(self) -> Mapping[str, str]:
        """Return the names of accounts as the newest scan knows them, for people."""
        scan = await self.last_scan()
        return scan.account_names if scan else {}

    async def decide(
        self,
        wish: Wish,
        arns: Sequence[str] = (),
        account: str | None = None,
        *,
        everywhere: bool = False,
    ) -> tuple[Decision, ...]:
        """Record a decision for state machines, or for the control in an account (or in all)."""
        from hubmend.flow import decide as decide_flow

        return await decide_flow.decide(self._context, wish, arns, account, everywhere=everywhere)

    async def policy(self) -> Review:
        """Return what each rule of the policy file catches on the last scan."""
        from hubmend.flow.policy import review

        context, today = self._context, self._context.clock.now().date()
        decisions = await context.store.decisions()
        return review(context.settings, await self.last_scan(), today, decisions)

    async def decisions(self) -> tuple[Decision, ...]:
        """Return the newest decision per resource."""
        return await self._context.store.decisions()

    async def plan(self, arns: Sequence[str] = (), *, source_root: str | None = None) -> Plan:
        """Turn decisions into changes for the last scan's machines (or the named ones).

        With `source_root`, the files below it are searched for what stacks deploy, and the plan
        holds the patch of each.
        """
        from hubmend.flow import plan as plan_flow

        made = await plan_flow.plan(self._context, arns)
        if source_root is None:
            return made
        from hubmend.files import FileTree
        from hubmend.flow.source_patch import with_source

        context = self._context
        return with_source(
            made, FileTree(), [source_root], context.settings.defaults, context.progress
        )

    async def apply(self, plan: Plan, rollout: Rollout = AS_IT_STANDS) -> RunResult:
        """Apply a plan as a new run; what `rollout` leaves open is as the policy file says."""
        from hubmend.flow import apply as apply_flow

        run = await apply_flow.start(self._context, plan, rollout)
        return await apply_flow.apply(self._context, run)

    async def resume(self, run: str, rollout: Rollout = AS_IT_STANDS) -> RunResult:
        """Go on with a run that was stopped; what `rollout` leaves open is as it was begun."""
        from hubmend.flow import apply as apply_flow

        found = await apply_flow.resumable(self._context, run)
        return await apply_flow.apply(self._context, found, rollout)

    async def left(self, run: str, way: Way) -> Plan:
        """Return what of a run has still to be made, or to be taken back, as a plan."""
        from hubmend.core.journal import Way
        from hubmend.flow import apply as apply_flow
        from hubmend.flow.runs import known_run, left

        find = apply_flow.resumable if way is Way.APPLY else known_run
        return await left(self._context, await find(self._context, run), way)

    async def announce(self, plan: Plan) -> RunResult | None:
        """Set the findings of a plan's machines NOTIFIED, as a run; None where there are none."""
        from hubmend.flow.hub import telling as telling_flow

        return await telling_flow.announce(self._context, plan)

    async def conclude(self, result: RunResult) -> RunResult | None:
        """Note on the findings of a run's machines what was done, as a run of its own."""
        from hubmend.flow.hub import telling as telling_flow

        return await telling_flow.conclude(self._context, await self.run(result.run), result)

    async def verify(
        self,
        run: str,
        *,
        arns: Sequence[str] = (),
        inputs: Mapping[str, Sequence[str]] | None = None,
        wait: timedelta = timedelta(0),
    ) -> tuple[Verification, ...]:
        """Answer configuration, proof, finding and score for a run's state machines."""
        from hubmend.flow import verify as verify_flow

        return await verify_flow.verify(self._context, run, arns=arns, inputs=inputs, wait=wait)

    async def rollback(self, run: str) -> RunResult:
        """Undo a run, and the notes that `conclude` left of it in Security Hub."""
        from hubmend.flow.hub import telling as telling_flow

        return await telling_flow.take_back(self._context, await self.run(run))

    async def run(self, run: str) -> Run:
        """Return a run; raise UsageError when it is not known."""
        from hubmend.flow.runs import known_run

        return await known_run(self._context, run)

    async def report(self, run: str | None = None) -> Dossier:
        """Gather what is known about one run, or about the whole scope."""
        from hubmend.flow import report as report_flow

        return await report_flow.report(self._context, run)

    async def check(self, run: str | None = None) -> tuple[ChainCheck, ...]:
        """Tell whether the chains of evidence hold."""
        from hubmend.flow import report as report_flow

        return await report_flow.check(self._context, run)

    async def history(self, execution: str) -> tuple[HistoryRow, ...]:
        """Return an execution's events with the levels that write each."""
        context = self._context
        rows: tuple[HistoryRow, ...] = await context.control.history(context.gateway, execution)
        return rows


@asynccontextmanager
async def connect(
    options: Options | None = None,
    *,
    progress: Progress | None = None,
    clock: Clock | None = None,
    answer: float = ANSWER_SECONDS,
) -> AsyncIterator[Hubmend]:
    """Open the store and the way to AWS, and close both at the end.

    Nothing is asked of AWS before the first verb that needs it. `answer` is how many seconds AWS
    may take for an answer. Raise UsageError or StoreError when the options or the policy file are
    wrong.
    """
    options = options or Options()
    settings = read_settings(options)
    listed = [one for one in settings.scope.regions if one != "all"]
    sessions = Sessions(options.profile, settings.scope, listed[0] if listed else None, answer)
    for region in listed:
        sessions.check_region(region)
    store = late_store(options.store or os.environ.get("HUBMEND_STORE"))
    connected = AwsGateway(sessions, raised=settings.quotas)
    control = StepFunctions1()
    gateway = AdvisingGateway(BatchingGateway(connected), control.permissions)
    context = Context(
        control=control,
        gateway=gateway,
        store=store.as_store(),
        hub=SecurityHub(gateway, control.id, control.asff_type),
        clock=clock or SystemClock(),
        progress=progress or Silence(),
        settings=settings,
    )
    try:
        yield Hubmend(context, sessions, describe(policy_file(options), settings))
    finally:
        await connected.close()
        store.close()
