"""Suppressing through the command line: two accounts, two standards, both finding styles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hubmend.sandbox import Sandbox
from hubmend.sandbox.hub import HubSimulation
from hubmend.sandbox.moto_states import states_backend
from hubmend.sandbox.organization import Built
from hubmend.sandbox.wire import Simulation
from tests.journey.terminal import Terminal, in_sandbox
from tests.sandbox.calls import PASSES

OWN, OTHER, REGION = "111122223333", "222233334444", "us-east-1"
HOME, AWAY = 90, 20  # machines: 90 findings, and 2 x 20 where they are not consolidated
FEW = 13  # calls for 130 findings: a tenth, and three are usual
UPDATE = ("securityhub", "BatchUpdateFindings")


class Hubs(Sandbox):
    """An empty sandbox whose Security Hub tests can reach into."""

    hub: HubSimulation

    def _simulations(self, built: Built) -> list[Simulation]:
        made = super()._simulations(built)
        (self.hub,) = (one for one in made if isinstance(one, HubSimulation))
        return made

    def machines(self, account: str, *names: str) -> None:
        """Make machines in any account, behind the API: their role need not exist then."""
        for name in names:
            states_backend(account, REGION).create_state_machine(
                name=name,
                definition=json.dumps(PASSES),
                roleArn=f"arn:aws:iam::{account}:role/r",
                tags=[],
                loggingConfiguration={"level": "OFF", "includeExecutionData": False},
                sm_type="STANDARD",
            )
        self.hub.observe()

    def findings(self) -> list[dict[str, Any]]:
        return [
            one.asff
            for target in self.hub.world.targets.values()
            for one in target.findings.values()
            if one.control == "StepFunctions.1" and one.active and one.subject.startswith("arn:")
        ]

    def statuses(self) -> Counter[str]:
        return Counter(one["Workflow"]["Status"] for one in self.findings())

    def updates(self) -> dict[str, int]:
        """How often findings were written, by account."""
        return {
            account: count.calls
            for (service, operation, account, _), count in self.counters.items()
            if (service, operation) == UPDATE
        }


@pytest.fixture
def world() -> Iterator[Hubs]:
    with Hubs(empty=True) as sandbox:
        sandbox.machines(OWN, *(f"m{number:03}" for number in range(HOME)))
        sandbox.machines(OTHER, *(f"n{number:03}" for number in range(AWAY)))
        sandbox.hub.enable(OWN, REGION)
        sandbox.hub.enable(OTHER, REGION, consolidated=False)
        yield sandbox


@pytest.fixture
def terminal(world: Hubs, tmp_path: Path) -> Terminal:
    (tmp_path / "hubmend.toml").write_text(
        f'[scope]\naccounts = ["{OWN}", "{OTHER}"]\nregions = ["{REGION}"]\n'
    )
    return in_sandbox(tmp_path, world.environment())


def suppress(terminal: Terminal, days: int = 30) -> dict[str, Any]:
    """Decide about every failing machine, and plan."""
    rows = terminal.json("scan", code=1)["resources"]
    arns = [row["arn"] for row in rows if row["verdict"] == "FAILED"]
    until = (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
    terminal.run("decide", *arns, "--suppress", "--reason", "test only", "--until", until,
                 "--by", "ana")  # fmt: skip
    planned: dict[str, Any] = terminal.json("plan", "-o", "plan.json")
    return planned


def test_seven_of_130_refused_are_told_the_rest_done_and_a_second_apply_finishes(
    world: Hubs, terminal: Terminal
) -> None:
    planned = suppress(terminal)
    findings = world.findings()
    assert len(planned["changes"]) == len(findings) == 130
    before = {one["Id"]: one["Workflow"] for one in findings}
    refused = [one["Id"] for one in findings if one["AwsAccountId"] == OWN][:7]
    world.hub.fail_updates(refused, "InternalFailure")

    done = terminal.run("apply", "plan.json", "--yes", "--format", "json", code=1)
    failed = [one for one in done.document["resources"] if one["status"] == "failed"]
    assert len(failed) == 7
    assert all("InternalFailure" in one["error"] for one in failed)
    assert world.statuses() == {"SUPPRESSED": 123, "NEW": 7}
    # 90 findings of one payload are one call; two findings per machine are one after the other. A
    # busy machine may part a batch (aws/batching.py waits half a second); tests/aws counts exactly.
    first = world.updates()
    assert sum(first.values()) <= FEW

    world.hub.fail_updates(refused, None)
    run = done.document["run"]
    assert terminal.json("apply", "--resume", run, "--yes")["status"] == "done"
    assert world.statuses() == {"SUPPRESSED": 130}
    assert 1 <= world.updates()[OWN] - first[OWN] <= 7
    assert world.updates()[OTHER] == first[OTHER]

    answers = terminal.json("verify", run)["resources"]
    assert {one["finding"]["status"] for one in answers} == {"suppressed"}
    assert {one["configuration"]["status"] for one in answers} == {"not-changed"}
    assert {one["proof"]["status"] for one in answers} == {"not-provable"}
    assert terminal.json("scan")["summary"]["suppressed"] == HOME + AWAY
    told = terminal.run("verify", run).out
    assert "110 machines not changed" in told

    assert terminal.json("rollback", run, "--yes")["status"] == "rolled-back"
    assert {one["Id"]: one["Workflow"] for one in world.findings()} == before
    assert not any(one.get("UserDefinedFields") for one in world.findings())


def test_the_plan_and_the_report_say_what_is_written(world: Hubs, terminal: Terminal) -> None:
    suppress(terminal)
    shown = terminal.run("plan", "-o", "plan.json").out
    assert "finding     NEW -> SUPPRESSED until" in shown
    assert "(pci-dss) NEW -> SUPPRESSED" in shown
    run = terminal.json("apply", "plan.json", "--yes")["run"]
    terminal.run("report", run, "-o", "report.json")
    headline = json.loads((terminal.folder / "report.json").read_text())["headline"]
    assert "changed none of 110 failing state machines" in headline
    assert "110 suppressed in Security Hub by a dated decision" in headline
    assert world.statuses() == {"SUPPRESSED": 130}


def test_the_control_is_disabled_for_one_account_and_enabled_again(
    world: Hubs, terminal: Terminal
) -> None:
    terminal.json("scan", code=1)
    terminal.run("decide", "--account", OTHER, "--disable-control", "--reason", "no logs here",
                 "--by", "bob")  # fmt: skip
    shown = terminal.run("plan", "-o", "plan.json").out
    assert "StepFunctions.1 in pci-dss 4.0.1: ENABLED -> DISABLED" in shown
    assert "2 changes for the control in 1 region" in shown
    run = terminal.json("apply", "plan.json", "--yes")["run"]
    assert world.hub.control_status(OTHER, REGION, "StepFunctions.1") == "Disabled"
    (answer,) = terminal.json("verify", run)["resources"]
    assert answer["configuration"]["status"] == "passed"
    terminal.run("report", run, "-o", "report.json")
    headline = json.loads((terminal.folder / "report.json").read_text())["headline"]
    assert "the control disabled in 1 account and region" in headline
    assert terminal.json("rollback", run, "--yes")["status"] == "rolled-back"
    assert world.hub.control_status(OTHER, REGION, "StepFunctions.1") == "Failed"


def test_owners_are_told_that_a_plan_waits_and_it_is_taken_back(
    world: Hubs, terminal: Terminal
) -> None:
    arn = next(row["arn"] for row in terminal.json("scan", code=1)["resources"])
    terminal.run("decide", arn, "--enable", "--by", "ana")
    done = terminal.run("plan", arn, "--notify", "--yes", "--format", "json")
    assert done.document["schema"] == "hubmend/plan/1"
    assert "Told on the findings of 1 of 1 machines" in done.err
    assert world.statuses() == {"NOTIFIED": 1, "NEW": 129}
    run = done.err.rsplit("hubmend rollback ", 1)[1].split(")")[0]
    terminal.run("rollback", run, "--yes")
    assert world.statuses() == {"NEW": 130}
