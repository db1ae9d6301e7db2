"""hubmend demo: the whole journey on the embedded AWS, with the same verbs as everywhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hubmend.cli.options import Face, common

if TYPE_CHECKING:
    from hubmend.core.plan import Plan
    from hubmend.core.resource import Scan
    from hubmend.core.run import RunResult
    from hubmend.core.verification import Verification
    from hubmend.sandbox import Sandbox
    from hubmend.wiring import Hubmend

WHO = "demo@example.com"
# Config records a change and Security Hub turns its finding about a minute later.
HUB_LAG = timedelta(minutes=2)
DELIVERY = timedelta(seconds=20)
POLICY = """\
# The policy file of the demo: where, with what defaults, and which machines are left alone.
[scope]
accounts = "all"
regions = ["us-east-1", "ap-northeast-1"]

[defaults]
level = "auto"
retention_days = 365

[[rules]]
match = { tags = { env = "dev" }, type = "STANDARD" }
decision = "suppress"
reason = "verification environment, SEC-12"
owner = "platform@example.com"
until = 2027-03-31
"""


@click.command()
@click.option("--keep", is_flag=True, help="Do not take it back; serve until interrupted.")
@click.option("--report", "out", default="report.html", help="Where to write the report.")
@common()
def demo(face: Face, *, keep: bool, out: str) -> None:
    """Watch real state machines go from FAILED to PASSED, proved by log records, and back.

    Everything happens on an embedded AWS on 127.0.0.1; no account is needed and none is touched.

    \b
    Example:
      hubmend demo --report report.html
    """
    from hubmend.cli.running import guarded, in_loop
    from hubmend.cli.sandbox import serve, started

    face.say("Starting an embedded AWS on 127.0.0.1 with a sample organization ...")
    made = guarded(face, lambda: started(0, empty=False, quotas=False))
    try:
        with _surroundings(made) as folder:
            guarded(face, lambda: in_loop(_Demo(face, made, folder, out).journey(keep=keep)))
            if keep:
                serve(face, made)
    finally:
        made.stop()


@contextmanager
def _surroundings(made: Sandbox) -> Iterator[Path]:
    """Point this process at the sandbox, with a store and a policy file of its own."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="hubmend-demo-") as folder:
        kept = {key: value for key, value in before.items() if not key.startswith("AWS_")}
        os.environ.clear()
        os.environ.update({**kept, **made.environment()})
        (Path(folder) / "hubmend.toml").write_text(POLICY, encoding="utf-8")
        try:
            yield Path(folder)
        finally:
            os.environ.clear()
            os.environ.update(before)


class _Demo:
    """The steps, in order; each prints what a person at the command line would see."""

    def __init__(self, face: Face, sandbox: Sandbox, folder: Path, out: str) -> None:
        self._face, self._sandbox, self._folder, self._out = face, sandbox, folder, out
        self._step = 0

    async def journey(self, *, keep: bool) -> None:
        """Run the whole journey; raise HubmendError when any step did not come out right."""
        from hubmend.policy import Options
        from hubmend.wiring import connect

        options = Options(
            config=str(self._folder / "hubmend.toml"),
            store=f"sqlite:///{self._folder / 'hubmend.sqlite'}",
        )
        async with connect(options) as hub:
            before = await self._scan(hub)
            plan = await self._decide_and_plan(hub, before)
            run = await self._apply(hub, plan)
            answers = await self._verify(hub, run)
            after = await self._rescan(hub)
            await self._report(hub, run)
            back = None if keep else await self._rollback(hub, run, before)
        self._summary(before, after, answers, back)

    async def _scan(self, hub: Hubmend) -> Scan:
        from hubmend.report.text import scan_table

        self._title("scan", "one row per state machine, three accounts, two regions")
        found = await hub.scan()
        self._face.show(scan_table(found))
        return found

    async def _decide_and_plan(self, hub: Hubmend, found: Scan) -> Plan:
        from hubmend.core.resource import Kind, Verdict
        from hubmend.flow.decide import Wish
        from hubmend.report.text import decisions_table, plan_text

        today = found.at.date()
        self._title("decide", "a person enables; a rule suppresses what is dev")
        chosen = [
            row.arn
            for row in found.resources
            if row.verdict is Verdict.FAILED and hub.settings.rule_for(row, today) is None
        ]
        made = await hub.decide(Wish(Kind.ENABLE, WHO, reason="audit asks for it"), chosen)
        self._face.show(decisions_table(made, today, names=found.account_names))
        self._title("plan", "each change with its undo; obstacles foreseen")
        plan = await hub.plan()
        self._face.show(plan_text(plan, names=found.account_names))
        return plan

    async def _apply(self, hub: Hubmend, plan: Plan) -> str:
        from hubmend.core.journal import Way
        from hubmend.report.text import run_text

        self._title("apply", "journalled call by call, role rights waited for")
        result = await hub.apply(plan)
        self._face.show(run_text(result, Way.APPLY, names=await hub.account_names()))
        _insist(result.ok, "apply did not change every machine of the plan")
        return result.run

    async def _verify(self, hub: Hubmend, run: str) -> tuple[Verification, ...]:
        from hubmend.report.text import verification_text

        self._title("verify", "real executions, then their log records")
        inputs = _inputs(self._sandbox.contents(), (await hub.run(run)).plan.configured)
        self._sandbox.clock.advance(HUB_LAG)
        self._face.say("(the sandbox's clock was moved 2 minutes on, for Security Hub to follow)")
        answers = await hub.verify(run, inputs=inputs, wait=DELIVERY)
        self._face.show(verification_text(await hub.run(run), answers))
        proved = all(one.proof.status in ("proved", "not-provable") for one in answers)
        _insist(proved, "log records are missing")
        return answers

    async def _rescan(self, hub: Hubmend) -> Scan:
        from hubmend.report.text import scan_table

        self._title("scan", "the same machines again")
        found = await hub.scan()
        self._face.show(scan_table(found))
        return found

    async def _report(self, hub: Hubmend, run: str) -> None:
        from hubmend.cli.report import write

        self._title("report", "for the owner and the auditor, one file")
        write(self._face, await hub.report(run), self._out)
        checked = await hub.check()
        _insist(all(one.holds for one in checked), "the chain of evidence is broken")

    async def _rollback(self, hub: Hubmend, run: str, before: Scan) -> RunResult:
        from hubmend.core.journal import Way
        from hubmend.report.text import run_text

        self._title("rollback", "everything taken back, in the safe order")
        result = await hub.rollback(run)
        self._face.show(run_text(result, Way.ROLLBACK, names=before.account_names))
        _insist(result.ok, "rollback did not restore every machine")
        now = {row.arn: row for row in (await hub.scan()).resources}
        same = all(_logging(row) == _logging(now[row.arn]) for row in before.resources)
        _insist(same, "a machine differs from before")
        return result

    def _title(self, verb: str, said: str) -> None:
        from rich.rule import Rule

        self._step += 1
        self._face.show("", Rule(f"{self._step}. hubmend {verb}: {said}", align="left"))

    def _summary(
        self,
        before: Scan,
        after: Scan,
        answers: tuple[Verification, ...],
        back: RunResult | None,
    ) -> None:
        from hubmend.report.text import journey_text

        self._title("demo", "what happened")
        self._face.show(journey_text(before, after, answers, back, str(Path(self._out).resolve())))


def _inputs(contents: list[dict[str, Any]], arns: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the sample inputs of each machine: one that succeeds, and one that fails."""
    by_place = {(row["account"], row["region"], row["machine"]): row for row in contents}
    chosen = {}
    for arn in arns:
        _, _, _, region, account, _, name = arn.split(":")
        row = by_place[account, region, name]
        given = (row["succeeds_with"], row["fails_with"])
        chosen[arn] = tuple(text for text in given if text is not None)
    return chosen


def _logging(row: Any) -> tuple[Any, ...]:
    return (row.level, row.include_execution_data, row.log_group_arn, row.verdict)


def _insist(holds: bool, otherwise: str) -> None:
    from hubmend.core.errors import HubmendError

    if not holds:
        raise HubmendError(f"the demo did not come out right: {otherwise}")
