"""Settings to adapters: the only place where ports meet what implements them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hubmend.aws.batching import BatchingGateway
from hubmend.aws.gateway import AwsGateway
from hubmend.aws.hub import SecurityHub
from hubmend.aws.inventories import inventories
from hubmend.aws.scope import resolve
from hubmend.aws.sessions import Sessions
from hubmend.controls import StepFunctions1
from hubmend.controls.stepfunctions_1.history import HistoryRow
from hubmend.core.arn import Target
from hubmend.core.decision import Decision
from hubmend.core.diagnosis import Check, Diagnosis, Health, Need
from hubmend.core.dossier import Dossier
from hubmend.core.errors import UsageError
from hubmend.core.inventory import Wanted
from hubmend.core.permission import Document, partition_of
from hubmend.core.plan import Plan
from hubmend.core.ports import Clock, Progress, Silence
from hubmend.core.resource import Scan
from hubmend.core.rollout import AS_IT_STANDS, Rollout
from hubmend.core.run import Run, RunResult
from hubmend.core.settings import Scope, Settings, load_settings
from hubmend.core.verification import Verification
from hubmend.flow import apply as apply_flow
from hubmend.flow import decide as decide_flow
from hubmend.flow import doctor as doctor_flow
from hubmend.flow import iam_policy as iam_policy_flow
from hubmend.flow import plan as plan_flow
from hubmend.flow import report as report_flow
from hubmend.flow import rollback as rollback_flow
from hubmend.flow import scan as scan_flow
from hubmend.flow import verify as verify_flow
from hubmend.flow.context import Context
from hubmend.flow.denied import AdvisingGateway
from hubmend.flow.runs import known_run
from hubmend.store import open_store

CONFIG = "hubmend.toml"


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True)
class Options:
    """What the common options of every verb say; what is not given comes from the policy file."""

    profile: str | None = None
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    config: str | None = None
    store: str | None = None


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
        """Read every target of the scope and judge every state machine.

        `source` is auto, api, hub or config; `thorough` compares what a source tells with the
        machines that exist, however many there are.
        """
        context = self._context
        found = await resolve(context.gateway, self._sessions, context.settings.scope)
        return await scan_flow.scan(
            context,
            found.targets,
            found.names,
            wanted=Wanted(source),
            inventories=await inventories(context.gateway, context.control, self._sessions.region),
            thorough=thorough,
        )

    async def doctor(self) -> Diagnosis:
        """Tell what credentials, permissions and settings allow, target by target."""
        context = self._context
        own = await context.gateway.identity()
        setting = [Check("policy file", Health.OK, self._policy_file)]
        try:
            found = await resolve(context.gateway, self._sessions, context.settings.scope)
        except UsageError as error:  # an organization that may not be asked for: told, not fatal
            step = "add what hubmend iam-policy operator prints, or list accounts and regions"
            setting.append(Check("scope", Health.MISSING, str(error), step, need=Need.SCAN))
            targets: tuple[Target, ...] = (Target(own.account, self._sessions.region),)
        else:
            targets = found.targets
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
        wish: decide_flow.Wish,
        arns: Sequence[str] = (),
        account: str | None = None,
        *,
        everywhere: bool = False,
    ) -> tuple[Decision, ...]:
        """Record a decision for state machines, or for the control in an account (or in all)."""
        return await decide_flow.decide(self._context, wish, arns, account, everywhere=everywhere)

    async def decisions(self) -> tuple[Decision, ...]:
        """Return the newest decision per resource."""
        return await self._context.store.decisions()

    async def plan(self, arns: Sequence[str] = ()) -> Plan:
        """Turn decisions into changes for the last scan's machines (or the named ones)."""
        return await plan_flow.plan(self._context, arns)

    async def apply(self, plan: Plan, rollout: Rollout = AS_IT_STANDS) -> RunResult:
        """Apply a plan as a new run; what `rollout` leaves open is as the policy file says."""
        run = await apply_flow.start(self._context, plan, rollout)
        return await apply_flow.apply(self._context, run)

    async def resume(self, run: str, rollout: Rollout = AS_IT_STANDS) -> RunResult:
        """Go on with a run that was stopped; what `rollout` leaves open is as it was begun."""
        found = await apply_flow.resumable(self._context, run)
        return await apply_flow.apply(self._context, found, rollout)

    async def verify(
        self,
        run: str,
        *,
        arns: Sequence[str] = (),
        inputs: Mapping[str, Sequence[str]] | None = None,
        wait: timedelta = timedelta(0),
    ) -> tuple[Verification, ...]:
        """Answer configuration, proof, finding and score for a run's state machines."""
        return await verify_flow.verify(self._context, run, arns=arns, inputs=inputs, wait=wait)

    async def rollback(self, run: str) -> RunResult:
        """Undo a run."""
        return await rollback_flow.rollback(self._context, await known_run(self._context, run))

    async def run(self, run: str) -> Run:
        """Return a run; raise UsageError when it is not known."""
        return await known_run(self._context, run)

    async def report(self, run: str | None = None) -> Dossier:
        """Gather what is known about one run, or about the whole scope."""
        return await report_flow.report(self._context, run)

    async def check(self, run: str | None = None) -> tuple[report_flow.ChainCheck, ...]:
        """Tell whether the chains of evidence hold."""
        return await report_flow.check(self._context, run)

    async def history(self, execution: str) -> tuple[HistoryRow, ...]:
        """Return an execution's events with the levels that write each."""
        rows: tuple[HistoryRow, ...] = await self._context.control.history(
            self._context.gateway, execution
        )
        return rows


def read_settings(options: Options) -> Settings:
    """Read the policy file and lay the options over it; raise UsageError when it is wrong."""
    path = policy_file(options)
    settings = Settings() if path is None else load_settings(_text(path), str(path))
    scope = settings.scope
    return replace(
        settings,
        scope=replace(
            scope,
            accounts=_split(options.accounts) or scope.accounts,
            regions=_split(options.regions) or scope.regions,
        ),
    )


def policy_file(options: Options) -> Path | None:
    """Return the policy file that is read, None where there is none and none was named."""
    name = options.config or os.environ.get("HUBMEND_CONFIG")
    path = Path(name or CONFIG)
    return None if name is None and not path.is_file() else path


def iam_policy(
    options: Options,
    kind: Document,
    *,
    partition: str | None = None,
    log_groups: Sequence[str] = (),
) -> iam_policy_flow.IamPolicy:
    """Return the least privilege of one kind; asks nothing of AWS and opens no store.

    The partition is that of the first region given or configured where it is not said.
    """
    settings = read_settings(options)
    listed = [one for one in settings.scope.regions if one != "all"]
    region = next(iter(listed), os.environ.get("AWS_REGION", ""))
    return iam_policy_flow.iam_policy(
        StepFunctions1(), settings, kind, partition or partition_of(region), log_groups
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the policy file {path} cannot be read: {error}") from None


def _split(values: Sequence[str]) -> tuple[str, ...]:
    """Accept both --regions a --regions b and --regions a,b."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _check_accounts(scope: Scope) -> None:
    for account in scope.accounts:
        if account != "all" and not (account.isdigit() and len(account) == 12):  # noqa: PLR2004
            raise UsageError(f'{account!r} is not an account id: expected 12 digits, or "all"')


@asynccontextmanager
async def connect(
    options: Options | None = None,
    *,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Hubmend]:
    """Open the store and the way to AWS, and close both at the end.

    Nothing is asked of AWS before the first verb that needs it. Raise UsageError or StoreError
    when the options or the policy file are wrong.
    """
    options = options or Options()
    settings = read_settings(options)
    _check_accounts(settings.scope)
    listed = [one for one in settings.scope.regions if one != "all"]
    sessions = Sessions(options.profile, settings.scope, listed[0] if listed else None)
    for region in listed:
        sessions.check_region(region)
    store = open_store(options.store or os.environ.get("HUBMEND_STORE"))
    connected = AwsGateway(sessions, raised=settings.quotas)
    control = StepFunctions1()
    gateway = AdvisingGateway(BatchingGateway(connected), control.permissions)
    context = Context(
        control=control,
        gateway=gateway,
        store=store,
        hub=SecurityHub(gateway, control.id, control.asff_type),
        clock=clock or SystemClock(),
        progress=progress or Silence(),
        settings=settings,
    )
    try:
        yield Hubmend(context, sessions, _told(policy_file(options), settings))
    finally:
        await connected.close()
        store.close()


def _told(path: Path | None, settings: Settings) -> str:
    """Return what there is of a policy file, for `doctor`."""
    if path is None:
        return f"none (no {CONFIG} here): defaults hold, nothing is decided by rule"
    return f"{path.absolute()} is valid; rules in it: {len(settings.rules)}"
