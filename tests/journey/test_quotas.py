"""A scan of many machines under AWS's published quotas: exact, and hardly ever refused.

It takes as long as AWS makes it take: DescribeStateMachine has a bucket of 200 and 20 a second.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubmend.sandbox import Sandbox
from hubmend.sandbox.moto_states import states_backend
from tests.journey.terminal import in_sandbox
from tests.sandbox.calls import ACCOUNT, PASSES, REGION, Aws, logging_to

MACHINES = 600


@pytest.fixture(scope="module")
def truth(many: Sandbox) -> dict[str, str]:
    """The verdict each machine deserves: every second one logs, at one level or another."""
    aws = Aws(many)
    role, group = aws.role(), aws.group()
    backend = states_backend(ACCOUNT, REGION)
    found = {}
    for number in range(MACHINES):
        level = ("ALL", "ERROR", "FATAL")[number % 3] if number % 2 else "OFF"
        machine = backend.create_state_machine(
            name=f"machine-{number:03}",
            definition=json.dumps(PASSES),
            roleArn=role,
            tags=[],
            loggingConfiguration=logging_to(group, level) if level != "OFF" else None,
            sm_type="EXPRESS" if number % 5 else "STANDARD",
        )
        found[str(machine.arn)] = "FAILED" if level == "OFF" else "PASSED"
    return found


@pytest.fixture(scope="module")
def many() -> Iterator[Sandbox]:
    with Sandbox(empty=True) as sandbox:
        yield sandbox


def test_a_scan_of_600_machines_is_exact_and_under_1_percent_of_its_calls_are_throttled(
    many: Sandbox, truth: dict[str, str], tmp_path: Path
) -> None:
    before = {key: count.calls for key, count in many.counters.items()}
    switch = f"{many.endpoint}/hubmend/quotas"
    urllib.request.urlopen(switch, b'{"enabled": true}', timeout=10).close()  # noqa: S310 - loopback
    terminal = in_sandbox(tmp_path, many.environment())

    document = terminal.json("scan", "--regions", REGION, code=1)

    rows = document["resources"]
    assert {row["arn"]: row["verdict"] for row in rows} == truth
    assert len(rows) == MACHINES
    assert document["unread"] == []
    calls = sum(count.calls - before.get(key, 0) for key, count in many.counters.items())
    throttled = sum(count.throttled for count in many.counters.values())
    assert calls > MACHINES
    assert throttled < calls / 100
