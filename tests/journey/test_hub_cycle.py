"""The full cycle in Security Hub, on the sample organization and on its clock.

Of 24 machines some are enabled, some suppressed until a day, and one account does without the
control; the scores are held against the sandbox's own, and the day passes. It is lived through
once, by a fixture; each test looks at one part of what happened.
"""

from __future__ import annotations

import asyncio
import io
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from rich.console import Console

import hubmend
from hubmend.core.plan import Plan
from hubmend.core.ports import SystemClock
from hubmend.core.resource import Kind, Resource, Scan, SuppressionState, Verdict
from hubmend.report.headline import headline
from hubmend.report.text.scan import scan_table
from hubmend.sandbox import Sandbox
from hubmend.sandbox.hub import HubSimulation
from hubmend.sandbox.hub.target import Target
from hubmend.sandbox.organization import Built
from hubmend.sandbox.wire import Simulation

OWN, DATA, PLATFORM = "111122223333", "222233334444", "333344445555"
FIRST, SECOND = "ap-northeast-1", "us-east-1"
ACCOUNTS, REGIONS = (OWN, DATA, PLATFORM), (FIRST, SECOND)
CONTROL = "StepFunctions.1"
ENABLED = {"card-authorize", "card-capture", "card-refund", "payout-route", "statement-render",
           "chargeback-notify", "onboarding-kyc"}  # fmt: skip
SUPPRESSED = {"settle-nightly", "settle-weekly", "ledger-export", "report-preview",
              "certificate-rotate"}  # fmt: skip
DISABLED = {"ingest-orders", "clean-orders", "train-forecast", "feature-refresh"}
DAYS = 30
Scores = dict[tuple[str, str, str], tuple[int | None, str]]


class Hubs(Sandbox):
    """The sample organization, whose Security Hub a test can look into."""

    hub: HubSimulation

    def _simulations(self, built: Built) -> list[Simulation]:
        made = super()._simulations(built)
        (self.hub,) = (one for one in made if isinstance(one, HubSimulation))
        return made


class SandboxTime(SystemClock):
    """hubmend's clock set by the sandbox's, so that both see the day pass."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._clock = sandbox.clock

    def now(self) -> datetime:
        return self._clock.now()


@dataclass
class Seen:
    """One scan, and the scores as computed from the findings at that moment."""

    scan: Scan
    truth: Scores

    @property
    def scores(self) -> Scores:
        return {
            (one.account, one.region, one.standard): (one.percent, one.control_status)
            for one in self.scan.scores
        }

    def status(self, account: str, region: str) -> set[str]:
        return {told for key, (_, told) in self.scores.items() if key[:2] == (account, region)}

    def machines(self, names: set[str]) -> list[Resource]:
        found = [row for row in self.scan.resources if row.name in names]
        assert len(found) == len(names)
        return found

    def workflows(self, names: set[str]) -> set[str]:
        return {row.finding.workflow_status for row in self.machines(names) if row.finding}


@dataclass
class Cycle:
    """All that happened, in order."""

    until: date
    before: Seen
    plan: Plan
    after: Seen
    expired: Seen
    back: Plan
    told: str
    end: Seen


async def live(sandbox: Hubs, store: str) -> Cycle:
    options = hubmend.Options(store=store, accounts=ACCOUNTS, regions=REGIONS)
    until = sandbox.clock.now().date() + timedelta(days=DAYS)
    async with hubmend.connect(options, clock=SandboxTime(sandbox)) as hub:

        async def look() -> Seen:
            sandbox.clock.advance(timedelta(minutes=5))
            scan = await hub.scan("api")
            return Seen(scan, truth(sandbox, scan))

        async def carry_out() -> tuple[Plan, str]:
            plan = await hub.plan()
            result = await hub.apply(plan)
            assert result.ok
            return plan, headline(await hub.report(result.run))

        before = await look()
        await hub.decide(hubmend.Wish(Kind.ENABLE, "ana"), arns(before, ENABLED))
        wish = hubmend.Wish(Kind.SUPPRESS, "ana", "waits for its owner", until)
        await hub.decide(wish, arns(before, SUPPRESSED))
        await hub.decide(hubmend.Wish(Kind.DISABLE_CONTROL, "bob", "SEC-12", until), account=DATA)
        plan, _ = await carry_out()
        after = await look()
        sandbox.clock.advance(timedelta(days=DAYS + 1))
        expired = await look()
        back, told = await carry_out()
        return Cycle(until, before, plan, after, expired, back, told, await look())


def arns(seen: Seen, names: set[str]) -> list[str]:
    return [row.arn for row in seen.machines(names)]


def truth(sandbox: Hubs, scan: Scan) -> Scores:
    """The scores of each target alone; the administrator's view of all is another (F§2.9)."""
    found: Scores = {}
    for place in scan.targets:
        key = (place.account, place.region)
        target = sandbox.hub.world.targets[key]
        for standard, statuses in statuses_of(target).items():
            counted = [one for one in statuses.values() if one in {"Passed", "Failed", "Unknown"}]
            percent = math.floor(100 * counted.count("Passed") / len(counted) + 0.5)
            found[(*key, standard)] = (percent, statuses[CONTROL])
    return found


def statuses_of(target: Target) -> dict[str, dict[str, str]]:
    """Status of each control per standard, from nothing but ASFF and associations (F§1.6)."""
    seen: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for finding in (one.asff for one in target.findings.values()):
        compliance = finding["Compliance"]
        control = compliance["SecurityControlId"]
        for standard in compliance["AssociatedStandards"]:
            held = seen[standard["StandardsId"]].setdefault(control, set())
            if finding["RecordState"] == "ACTIVE" and finding["Workflow"]["Status"] != "SUPPRESSED":
                held.add(compliance["Status"])
    off = {one for one, held in target.associations.items() if held.status == "DISABLED"}
    found = {}
    for standard in target.standards():
        controls = {name: status_of(told) for name, told in seen[standard.id].items()}
        controls |= {name: "Disabled" for key, name in off if key == standard.key}
        found[standard.id] = controls
    return found


def status_of(compliance: set[str]) -> str:
    if "FAILED" in compliance:
        return "Failed"
    if compliance & {"WARNING", "NOT_AVAILABLE"}:
        return "Unknown"
    return "Passed" if compliance else "No data"


@pytest.fixture(scope="module")
def cycle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cycle]:
    store = f"sqlite:///{tmp_path_factory.mktemp('cycle')}/hubmend.sqlite"
    with Hubs(delivery_delay=0.0) as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        yield asyncio.run(live(sandbox, store))


@pytest.mark.parametrize("moment", ["before", "after", "expired", "end"])
def test_the_scores_are_what_an_independent_computation_says(cycle: Cycle, moment: str) -> None:
    seen: Seen = getattr(cycle, moment)
    assert len(seen.scan.resources) == 24
    assert len(seen.scores) == 12
    assert seen.scores == seen.truth


def test_the_plan_foresaw_the_scores(cycle: Cycle) -> None:
    for plan, seen in ((cycle.plan, cycle.after), (cycle.back, cycle.end)):
        foreseen = {
            (one.account, one.region, one.standard): (one.after, one.status_after)
            for one in plan.scores
        }
        assert foreseen
        assert foreseen == {key: told for key, told in seen.scores.items() if key in foreseen}


def test_what_was_decided_shows_in_the_findings_and_the_status(cycle: Cycle) -> None:
    assert cycle.before.workflows(ENABLED | SUPPRESSED | DISABLED) == {"NEW"}
    assert cycle.after.workflows(ENABLED) == {"RESOLVED"}  # by Security Hub: they pass
    assert cycle.after.workflows(SUPPRESSED) == {"SUPPRESSED"}
    assert {row.verdict for row in cycle.after.machines(ENABLED)} == {Verdict.PASSED}
    assert {row.verdict for row in cycle.after.machines(SUPPRESSED)} == {Verdict.FAILED}
    assert cycle.before.status(OWN, FIRST) == {"Failed"}
    assert cycle.after.status(OWN, FIRST) == {"Passed"}
    assert cycle.after.status(DATA, FIRST) == cycle.after.status(DATA, SECOND) == {"Disabled"}
    assert cycle.after.status(PLATFORM, FIRST) == {"No data"}  # all suppressed: no success


def test_after_the_day_the_suppressions_are_listed_as_ended(cycle: Cycle) -> None:
    behind = [row.finding.suppression for row in cycle.after.machines(SUPPRESSED) if row.finding]
    assert {one.state for one in behind if one} == {SuppressionState.STANDS}
    ended = [row.finding.suppression for row in cycle.expired.machines(SUPPRESSED) if row.finding]
    why = f"it expired on {cycle.until}"
    assert len(ended) == len(SUPPRESSED)
    assert {(one.state, one.why) for one in ended if one} == {(SuppressionState.ENDED, why)}
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(scan_table(cycle.expired.scan))
    assert why in console.export_text()


def test_the_next_plan_turns_them_back_and_the_status_fails_again(cycle: Cycle) -> None:
    title = f"finding SUPPRESSED -> NEW: it expired on {cycle.until}"
    written = [one for one in cycle.back.changes if one.call.operation == "BatchUpdateFindings"]
    assert [one.title for one in written] == [title] * len(SUPPRESSED)
    assert {one.resource for one in written} == set(arns(cycle.end, SUPPRESSED))
    assert cycle.end.workflows(SUPPRESSED) == {"NEW"}
    assert cycle.end.status(OWN, FIRST) == cycle.end.status(PLATFORM, FIRST) == {"Failed"}


def test_the_next_plan_enables_the_control_again(cycle: Cycle) -> None:
    assert cycle.expired.status(DATA, FIRST) == {"Disabled"}
    others = [one for one in cycle.back.changes if one.call.operation != "BatchUpdateFindings"]
    assert {(one.account, one.region) for one in others} == {(DATA, FIRST), (DATA, SECOND)}
    assert all(one.title.endswith(": DISABLED -> ENABLED") for one in others)
    assert all(one.reason.endswith(f"expired on {cycle.until}") for one in others)
    assert len(others) == 4  # two standards in each region
    assert "5 suppressions taken back" in cycle.told
    assert "the control enabled again in 2 accounts and regions" in cycle.told
    assert cycle.end.status(DATA, FIRST) == cycle.end.status(DATA, SECOND) == {"Failed"}
