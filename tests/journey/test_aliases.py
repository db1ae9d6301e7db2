"""Traffic through aliases: taken along on request, logged from then on, brought back exactly."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hubmend.sandbox import Sandbox
from tests.journey.aws import Witness
from tests.journey.terminal import Done, Terminal, in_sandbox

REGION = "ap-northeast-1"
HERE = f"arn:aws:states:{REGION}:111122223333:stateMachine"
PAYOUT, STATEMENT = f"{HERE}:payout-route", f"{HERE}:statement-render"
GROUP = "/aws/vendedlogs/states/payout-route-Logs"
INPUT = '{"blocked": false, "score": 95}'


@dataclass
class Journey:
    """What was seen on the way."""

    witness: Witness
    before: dict[str, dict[str, Any]]
    plan: dict[str, Any]
    shown: Done
    run: str
    changed: dict[str, dict[str, Any]]
    answer: dict[str, Any]
    told: Done
    through_alias: str
    records: list[dict[str, Any]]
    rollback: dict[str, Any]
    after: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    folder = tmp_path_factory.mktemp("aliases")
    with Sandbox(delivery_delay=0.0) as sandbox:
        yield walk(
            in_sandbox(folder, sandbox.environment()), Witness(sandbox.environment()), folder
        )


def walk(terminal: Terminal, witness: Witness, folder: Path) -> Journey:
    (folder / "hubmend.toml").write_text('[defaults]\nupdate_versions = "yes"\n')
    before = seen(witness)
    terminal.call("scan", "--regions", REGION, code=1)
    terminal.call("decide", PAYOUT, STATEMENT, "--enable", "--level", "ALL", "--by", "ana")
    shown = terminal.call("plan", "-o", "plan.json", PAYOUT, STATEMENT)
    plan = json.loads((folder / "plan.json").read_text())
    run = document(terminal, "apply", "plan.json", "--yes")["run"]
    changed = seen(witness)
    states = witness.of(PAYOUT, "stepfunctions")
    started = states.start_execution(stateMachineArn=f"{PAYOUT}:live", input=INPUT)
    verify = ("verify", run, PAYOUT)
    execute = ("--execute", "--input", INPUT, "--wait", "20s", "--yes")
    answer = document(terminal, *verify, *execute)["resources"][0]
    told = terminal.call(*verify)
    return Journey(
        witness, before, plan, shown, run, changed, answer, told, str(started["executionArn"]),
        witness.records(PAYOUT, GROUP), document(terminal, "rollback", run, "--yes"), seen(witness),
    )  # fmt: skip


def document(terminal: Terminal, *arguments: str) -> Any:
    return terminal.call(*arguments, "--format", "json").document


def seen(witness: Witness) -> dict[str, dict[str, Any]]:
    """Both machines with their versions and aliases, every field AWS shows."""
    return {arn: witness.machine(arn) | witness.traffic(arn) for arn in (PAYOUT, STATEMENT)}


def routes(machine: dict[str, Any]) -> list[tuple[str, int]]:
    """Where alias `live` routes to: version number and weight."""
    (alias,) = machine["aliases"]
    return [
        (one["stateMachineVersionArn"].rsplit(":", 1)[-1], one["weight"])
        for one in alias["routingConfiguration"]
    ]


def test_the_plan_shows_the_version_and_where_each_alias_goes(journey: Journey) -> None:
    said = " ".join(journey.shown.out.split())
    assert "+ version published of the machine as it then is" in said
    assert "~ alias live: version 1 -> the one published (100 %)" in said
    assert "~ alias live: version 2 -> the one published (10 %)" in said
    assert "Undo known for all" in said


def test_a_version_of_another_definition_is_left_to_a_person(journey: Journey) -> None:
    (manual,) = journey.plan["manual"]
    assert manual["resource"] == STATEMENT
    assert "version 1, whose definition is not the machine's" in manual["reason"]
    assert routes(journey.changed[STATEMENT]) == [("1", 90), ("3", 10)]


def test_the_alias_routes_to_a_version_that_logs(journey: Journey) -> None:
    changed = journey.changed[PAYOUT]
    assert routes(changed) == [("2", 100)]
    new = changed["versions"][f"{PAYOUT}:2"]
    assert new["loggingConfiguration"]["level"] == "ALL"
    old = {**changed["versions"][f"{PAYOUT}:1"]}
    assert old.pop("loggingConfiguration")["level"] == "OFF"
    same = ("definition", "roleArn", "type", "tracingConfiguration")
    assert {key: new[key] for key in same} == {key: old[key] for key in same}


def test_production_traffic_through_the_alias_is_logged(journey: Journey) -> None:
    logged = {one["execution_arn"] for one in journey.records}
    assert journey.through_alias in logged


def test_verify_runs_the_alias_proves_it_and_says_what_it_goes_through(journey: Journey) -> None:
    answer = journey.answer
    assert answer["proof"]["status"] == "proved"
    assert journey.through_alias in answer["proof"]["executions"]
    assert len(answer["proof"]["executions"]) == 2
    assert answer["configuration"] == {
        "status": "passed", "why": "logging is on at ALL",
        "traffic": "alias live: version 2 (100 %) logs ALL",
    }  # fmt: skip
    assert "alias live: version 2 (100 %) logs ALL" in " ".join(journey.told.out.split())
    states = journey.witness.of(PAYOUT, "stepfunctions")
    for execution in answer["proof"]["executions"]:
        shown = states.describe_execution(executionArn=execution)
        assert shown["stateMachineAliasArn"] == f"{PAYOUT}:live"


def test_rollback_restores_aliases_field_by_field_and_removes_the_versions(
    journey: Journey,
) -> None:
    assert journey.rollback["status"] == "rolled-back"
    assert journey.after == journey.before
    assert routes(journey.after[STATEMENT]) == [("1", 90), ("2", 10)]


def test_where_it_is_not_asked_for_the_plan_says_what_stays_unlogged(
    journey: Journey, tmp_path: Path
) -> None:
    terminal = in_sandbox(tmp_path, journey.witness.environment)
    terminal.call("scan", "--regions", REGION, code=1)

    def planned(*wishes: str) -> str:
        wanted = ("--enable", "--level", "ALL", "--by", "ana", *wishes)
        terminal.call("decide", PAYOUT, *wanted)
        return " ".join(terminal.call("plan", PAYOUT).out.split())

    said = planned()
    assert "! traffic through alias live stays as version 1 logs (OFF)." in said
    assert "decide again with --update-versions yes" in said
    assert "alias live: version 1 -> the one" in planned("--update-versions", "yes")
    assert "update_versions is no" in planned("--update-versions", "no")
