"""A standing rule lived through: made, at work within a day, rolled back, and ended on its day."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import hubmend
from hubmend.core.plan import Plan
from tests.journey.terminal import Terminal, in_sandbox
from tests.journey.test_hub_cycle import SandboxTime
from tests.journey.test_suppressing import OTHER, OWN, REGION, Hubs

RULE = """\
[scope]
accounts = ["{own}", "{other}"]
regions = ["{region}"]

[[rules]]
match = {{ account = "{other}" }}
decision = "suppress"
reason = "test account, SEC-12"
owner = "platform@example.com"
until = {until}
standing = true
"""
MACHINES = ("dev-1", "dev-2", "dev-3")


@pytest.fixture
def world() -> Iterator[Hubs]:
    with Hubs(empty=True) as sandbox:
        sandbox.hub.world.administrator = OWN
        sandbox.machines(OWN, "prod")
        sandbox.machines(OTHER, *MACHINES)
        for account in (OWN, OTHER):
            sandbox.hub.enable(account, REGION)
        yield sandbox


def write_policy(folder: Path, until: Any) -> None:
    text = RULE.format(own=OWN, other=OTHER, region=REGION, until=until)
    (folder / "hubmend.toml").write_text(text)


def rules(world: Hubs) -> list[dict[str, Any]]:
    return list(world.hub.world.targets[OWN, REGION].rules.values())


def test_it_is_planned_applied_at_work_within_a_day_and_rolled_back(
    world: Hubs, tmp_path: Path
) -> None:
    write_policy(tmp_path, "2099-03-31")
    terminal: Terminal = in_sandbox(tmp_path, world.environment())
    terminal.json("scan", code=1)
    shown = terminal.run("plan", "-o", "plan.json").out
    assert (
        f"+  rule        for account {OTHER}: failing findings -> SUPPRESSED until 2099-03-31"
        in shown
    )
    assert "! findings change as Security Hub next updates them, within a day" in shown
    assert "1 change for the control in 1 region, 4 skipped" in shown
    run = terminal.json("apply", "plan.json", "--yes")["run"]
    terminal.run("report", run, "-o", "report.json")
    told = json.loads((tmp_path / "report.json").read_text())["headline"]
    assert "an automation rule made in 1 account and region" in told
    assert world.statuses() == {"NEW": 4}
    assert "Nothing to change" in terminal.run("plan").out

    world.clock.advance(timedelta(days=1, minutes=1))
    world.machines(OTHER, "dev-4")
    world.clock.advance(timedelta(minutes=2))
    world.hub.observe()
    assert world.statuses() == {"SUPPRESSED": 4, "NEW": 1}
    assert world.updates() == {}
    seen = terminal.json("scan", code=1)
    assert seen["summary"]["suppressed"] == 4
    behind = [row["finding"]["suppression"] for row in seen["resources"] if row["account"] == OTHER]
    assert {(one["state"], one["owner"], one["until"]) for one in behind} == {
        ("stands", "platform@example.com", "2099-03-31")
    }
    assert terminal.json("plan")["changes"] == []
    (answer,) = terminal.json("verify", run)["resources"]
    assert answer["configuration"]["status"] == "passed"

    assert terminal.json("rollback", run, "--yes")["status"] == "rolled-back"
    assert rules(world) == []


async def live(world: Hubs, folder: Path) -> tuple[Plan, Counter[str], Plan]:
    """Put the rule in force, let its day pass, and turn it back."""
    options = hubmend.Options(
        store=f"sqlite:///{folder}/hubmend.sqlite", config=str(folder / "hubmend.toml")
    )
    async with hubmend.connect(options, clock=SandboxTime(world)) as hub:
        await hub.scan()
        assert (await hub.apply(await hub.plan())).ok
        world.clock.advance(timedelta(days=1, minutes=1))
        world.hub.observe()
        suppressed = world.statuses()
        world.clock.advance(timedelta(days=10))
        await hub.scan()
        ended = await hub.plan()
        assert (await hub.apply(ended)).ok
        world.clock.advance(timedelta(days=2))
        await hub.scan()
        return ended, suppressed, await hub.plan()


def test_once_its_day_is_past_the_rule_goes_and_the_findings_are_new_again(
    world: Hubs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_policy(tmp_path, (world.clock.now() + timedelta(days=5)).date())
    for name, value in world.environment().items():
        monkeypatch.setenv(name, value)
    ended, suppressed, after = asyncio.run(live(world, tmp_path))
    assert suppressed == {"SUPPRESSED": 3, "NEW": 1}
    assert [one.call.operation for one in ended.changes] == [
        "BatchDeleteAutomationRules", *["BatchUpdateFindings"] * 3,
    ]  # fmt: skip
    assert rules(world) == []
    assert world.statuses() == {"NEW": 4}
    assert after.changes == ()
