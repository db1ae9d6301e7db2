"""The journey on a plain moto server: nothing of ours simulated, nothing of ours needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubmend.sandbox import Sandbox
from tests.journey.aws import Witness
from tests.journey.terminal import in_sandbox
from tests.sandbox.calls import ACCOUNT, FAILS, PAYLOAD, REGION, Aws, logging_to, unique


@pytest.fixture(scope="module")
def plain() -> Iterator[Aws]:
    with Sandbox(simulate=False, empty=True) as sandbox:
        yield Aws(sandbox)


def test_scan_plan_apply_verify_and_rollback_on_a_plain_moto_server(
    plain: Aws, tmp_path: Path
) -> None:
    terminal = in_sandbox(tmp_path, plain.sandbox.environment())
    witness = Witness(plain.sandbox.environment())
    role = plain.role({"Effect": "Allow", "Action": "states:*", "Resource": "*"})
    group = plain.group()
    off = plain.machine(FAILS, name=unique("off"), roleArn=role, tags=[{"key": "a", "value": "b"}])
    express = plain.machine(FAILS, name=unique("fast"), roleArn=role, type="EXPRESS")
    on = plain.machine(name=unique("on"), loggingConfiguration=logging_to(group))
    before = witness.whole_world([ACCOUNT], [REGION])

    rows = terminal.json("scan", "--regions", REGION, code=1)["resources"]
    verdicts = {row["arn"]: row["verdict"] for row in rows}
    assert verdicts == {off: "FAILED", express: "FAILED", on: "PASSED"}

    terminal.run("decide", off, express, "--enable", "--level", "ALL", "--by", "ana")
    terminal.run("plan", "-o", "plan.json")
    applied = terminal.json("apply", "plan.json", "--yes")
    assert {one["status"] for one in applied["resources"]} == {"done"}
    for arn in (off, express):
        assert witness.machine(arn)["loggingConfiguration"]["level"] == "ALL"

    run = applied["run"]
    answers = _verified(terminal.json("verify", run, off, "--execute", "--input", PAYLOAD, "--yes"))
    assert answers[off]["configuration"]["status"] == "passed"
    # moto delivers no record: hubmend must never call that proved.
    assert answers[off]["proof"]["status"] in ("pending", "not-provable")
    assert answers[off]["proof"]["why"]
    assert answers[off]["proof"]["found"] == 0
    assert answers[off]["finding"]["status"] in ("not-available", "pending")

    restored = terminal.json("rollback", run, "--yes")
    assert restored["status"] == "rolled-back"
    assert witness.whole_world([ACCOUNT], [REGION]) == before


def _verified(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["arn"]: one for one in document["resources"]}
