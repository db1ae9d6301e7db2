"""The whole journey, walked once on the sample organization; what was seen on the way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubmend.sandbox import Sandbox
from tests.journey.aws import Witness
from tests.journey.terminal import REGIONS, Done, Terminal, in_sandbox

POLICY = """\
[scope]
accounts = "all"

[[rules]]
match = { tags = { env = "dev" }, type = "STANDARD" }
decision = "suppress"
reason = "verification environment, SEC-12"
owner = "platform@example.com"
until = 2099-03-31
"""
BY_RULE = {"report-preview", "clean-orders", "train-forecast"}
RUNS = (
    ("card-authorize", '{"amount": 50}'),
    ("card-authorize", '{"amount": -1}'),
    ("payout-route", '{"blocked": false, "score": 95}'),
    ("payout-route", '{"blocked": true, "score": 10}'),
    ("statement-render", "{}"),
    ("onboarding-kyc", '{"blocked": true, "score": 10}'),
)
RECORDED = {"card-authorize", "payout-route", "onboarding-kyc"}


@dataclass
class Journey:
    """What was seen on the way; `proofs` holds the answers after each of RUNS."""

    terminal: Terminal
    witness: Witness
    contents: list[dict[str, Any]]
    before: dict[str, dict[str, Any]]
    scan: Done
    arns: dict[str, str]
    plan: dict[str, Any]
    shown: Done
    applied: dict[str, Any]
    changed: dict[str, dict[str, Any]]
    proofs: list[dict[str, Any]]
    evidence: dict[str, list[dict[str, Any]]]
    histories: dict[str, list[dict[str, Any]]]
    rescan: Done
    rollback: Done
    again: dict[str, Any]
    after: dict[str, dict[str, Any]]
    findings: tuple[dict[str, dict[str, Any]], ...]  # before, changed, after

    @property
    def run(self) -> str:
        return str(self.applied["run"])


def walk(sandbox: Sandbox, folder: Path) -> Journey:
    (folder / "hubmend.toml").write_text(POLICY)
    terminal, witness = in_sandbox(folder, sandbox.environment()), Witness(sandbox.environment())
    before, findings = witness.whole_world(), [witness.findings()]
    scan = terminal.run("scan", "--regions", REGIONS, "--format", "json", code=3)
    rows = scan.document["resources"]
    arns = {row["name"]: row["arn"] for row in rows}
    failing = [row["name"] for row in rows if row["verdict"] == "FAILED"]
    chosen = [arns[name] for name in failing if name not in BY_RULE]
    terminal.run("decide", *chosen, "--enable", "--by", "ana@example.com")
    terminal.run("decide", arns["payout-route"], "--enable", "--level", "ALL", "--by", "ana")
    shown = terminal.run("plan", "-o", "plan.json")
    plan = json.loads((folder / "plan.json").read_text())
    applied = terminal.json("apply", "plan.json", "--yes")
    changed = witness.whole_world()
    findings.append(witness.findings())
    proofs = [_prove(terminal, applied["run"], arns[name], text) for name, text in RUNS]
    evidence, histories = _look(witness, arns, proofs)
    rescan = terminal.run("scan", "--regions", REGIONS, "--format", "json", code=3)
    rollback = terminal.run("rollback", applied["run"], "--yes")
    after = witness.whole_world()
    findings.append(witness.findings())
    again = terminal.json("rollback", applied["run"], "--yes")
    return Journey(
        terminal, witness, sandbox.contents(), before, scan, arns, plan, shown, applied, changed,
        proofs, evidence, histories, rescan, rollback, again, after, tuple(findings),
    )  # fmt: skip


def _prove(terminal: Terminal, run: str, arn: str, text: str) -> dict[str, Any]:
    options = ("--execute", "--input", text, "--wait", "20s", "--yes")
    (answer,) = terminal.json("verify", run, arn, *options)["resources"]
    proof: dict[str, Any] = answer["proof"]
    assert answer["configuration"]["status"] == "passed"
    return proof


def _look(
    witness: Witness, arns: dict[str, str], proofs: list[dict[str, Any]]
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, list[dict[str, Any]]]]:
    """Read, with boto3 alone, the records of each machine and the histories of its executions."""
    evidence = {
        name: witness.records(arns[name], f"/aws/vendedlogs/states/{name}-Logs")
        for name in RECORDED
    }
    histories: dict[str, list[dict[str, Any]]] = {}
    for (name, _), proof in zip(RUNS, proofs, strict=True):
        for execution in proof["executions"]:
            if ":express:" not in execution:
                states = witness.of(arns[name], "stepfunctions")
                found = states.get_execution_history(executionArn=execution, maxResults=1000)
                histories[execution] = found["events"]
    return evidence, histories
