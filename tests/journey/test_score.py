"""The score before, now and after a plan, held against the sandbox's own computation of it."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

import hubmend
from hubmend.core.resource import Kind, Scan
from tests.journey.test_sources import FAR, HOME, OTHER, REGION, OpenSandbox, machine
from tests.sandbox.calls import Aws

STANDARDS = {
    "fsbp": "standards/aws-foundational-security-best-practices/v/1.0.0",
    "pci": "standards/pci-dss/v/4.0.1",
}
TARGETS = [(account, region) for account in (HOME, OTHER) for region in (REGION, FAR)]


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenSandbox]:
    """Two accounts on their own, two regions, two standards, both finding styles."""
    with OpenSandbox() as started:
        for name, value in started.environment().items():
            monkeypatch.setenv(name, value)
        started.hub.world.administrator = None
        role = Aws(started).role()
        for account, region in TARGETS:
            machine(account, region, "off", role=role)
            machine(account, region, "on", "ALL")
            started.hub.enable(account, region, consolidated=account == HOME)
        yield started


def truth(sandbox: OpenSandbox) -> dict[tuple[str, str, str], tuple[int | None, str]]:
    """The sandbox's own scores and statuses, which hubmend never asks for."""
    found = {}
    for account, region in TARGETS:
        url = f"{sandbox.endpoint}/hubmend/score?account={account}&region={region}"
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            told = json.load(answer)
        for key, standard in STANDARDS.items():
            status = told["controls"]["StepFunctions.1"]
            found[account, region, standard] = (told["scores"][key], status)
    return found


def of_scan(seen: Scan) -> dict[tuple[str, str, str], tuple[int | None, str]]:
    return {
        (one.account, one.region, one.standard): (one.percent, one.control_status)
        for one in seen.scores
    }


def test_before_projected_and_after_are_what_an_independent_computation_says(
    sandbox: OpenSandbox,
) -> None:
    async def work() -> tuple[Scan, Any, Scan]:
        options = hubmend.Options(accounts=(HOME, OTHER), regions=(REGION, FAR))
        async with hubmend.connect(options) as hub:
            before = await hub.scan("api")
            assert of_scan(before) == truth(sandbox)
            failing = [row for row in before.resources if row.verdict.value == "FAILED"]
            enable = [row.arn for row in failing if row.account == HOME]
            suppress = [row.arn for row in failing if row.account == OTHER]
            await hub.decide(hubmend.Wish(Kind.ENABLE, "ann"), enable)
            wish = hubmend.Wish(Kind.SUPPRESS, "ann", "test account", date(2099, 1, 1))
            await hub.decide(wish, suppress)
            plan = await hub.plan()
            run = await hub.apply(plan)
            assert run.ok, run
            sandbox.clock.advance(timedelta(minutes=5))
            return before, plan, await hub.scan("api")

    before, plan, after = asyncio.run(work())
    assert {status for _, status in of_scan(before).values()} == {"Failed"}
    assert of_scan(after) == truth(sandbox)
    projected = {
        (one.account, one.region, one.standard): (one.after, one.status_after)
        for one in plan.scores
    }
    assert projected == of_scan(after)
    assert {status for _, status in projected.values()} == {"Passed"}


def test_suppressing_everything_is_no_data_and_not_a_success(sandbox: OpenSandbox) -> None:
    for target in sandbox.hub.world.targets.values():
        for finding in target.findings.values():
            if finding.control == "StepFunctions.1":
                finding.asff["Workflow"]["Status"] = "SUPPRESSED"

    async def work() -> Scan:
        options = hubmend.Options(accounts=(HOME, OTHER), regions=(REGION, FAR))
        async with hubmend.connect(options) as hub:
            return await hub.scan("api")

    seen = asyncio.run(work())
    assert of_scan(seen) == truth(sandbox)
    assert {one.control_status for one in seen.scores} == {"No data"}


def test_a_disabled_control_leaves_the_score_at_once(sandbox: OpenSandbox) -> None:
    async def work() -> tuple[Any, Scan]:
        options = hubmend.Options(accounts=(HOME, OTHER), regions=(REGION, FAR))
        async with hubmend.connect(options) as hub:
            await hub.scan("api")
            wish = hubmend.Wish(Kind.DISABLE_CONTROL, "ann", "SEC-12")
            await hub.decide(wish, account=OTHER)
            plan = await hub.plan()
            assert (await hub.apply(plan)).ok
            return plan, await hub.scan("api")

    plan, after = asyncio.run(work())
    assert of_scan(after) == truth(sandbox)
    elsewhere = {key: told for key, told in of_scan(after).items() if key[0] == OTHER}
    assert {status for _, status in elsewhere.values()} == {"Disabled"}
    assert {one.status_after for one in plan.scores} == {"Disabled"}
