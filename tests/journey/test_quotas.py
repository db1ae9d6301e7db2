"""A scan of many machines under AWS's published quotas: exact, and hardly ever refused.

It takes as long as AWS makes it take: DescribeStateMachine has a bucket of 200 and 20 a second.
Where somebody else draws on that bucket, too, it takes longer and is as exact.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from hubmend.sandbox import Sandbox
from hubmend.sandbox.moto_states import states_backend
from tests.journey.terminal import in_sandbox
from tests.sandbox.calls import ACCOUNT, PASSES, REGION, Aws, logging_to

MACHINES, SHARED = 600, 300
OTHERS_REGION = "eu-west-1"


def fill(sandbox: Sandbox, region: str, count: int) -> dict[str, str]:
    """Make machines; return the verdict each deserves: every second one logs, at some level."""
    aws = Aws(sandbox)
    role, group = aws.role(), aws.group()
    backend = states_backend(ACCOUNT, region)
    found = {}
    for number in range(count):
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
def truth(many: Sandbox) -> dict[str, str]:
    return fill(many, REGION, MACHINES)


@pytest.fixture(scope="module")
def shared_truth(many: Sandbox) -> dict[str, str]:
    return fill(many, OTHERS_REGION, SHARED)


@contextmanager
def somebody_else(sandbox: Sandbox, arn: str) -> Iterator[None]:
    """Another program that describes a machine ten times a second: half of what AWS refills."""
    over, states = threading.Event(), Aws(sandbox).client("stepfunctions", OTHERS_REGION)

    def ask() -> None:
        while not over.wait(0.1):
            with suppress(ClientError):
                states.describe_state_machine(stateMachineArn=arn)

    other = threading.Thread(target=ask)
    other.start()
    try:
        yield
    finally:
        over.set()
        other.join()


def enforce_quotas(sandbox: Sandbox) -> None:
    switch = f"{sandbox.endpoint}/hubmend/quotas"
    urllib.request.urlopen(switch, b'{"enabled": true}', timeout=10).close()  # noqa: S310 - loopback


@pytest.fixture(scope="module")
def many() -> Iterator[Sandbox]:
    with Sandbox(empty=True) as sandbox:
        yield sandbox


def test_a_scan_of_600_machines_is_exact_and_under_1_percent_of_its_calls_are_throttled(
    many: Sandbox, truth: dict[str, str], tmp_path: Path
) -> None:
    before = {key: count.calls for key, count in many.counters.items()}
    enforce_quotas(many)
    terminal = in_sandbox(tmp_path, many.environment())

    document = terminal.json("scan", "--regions", REGION, code=1)

    rows = document["resources"]
    assert {row["arn"]: row["verdict"] for row in rows} == truth
    assert len(rows) == MACHINES
    assert document["unread"] == []
    calls = sum(count.calls - before.get(key, 0) for key, count in many.counters.items())
    throttled = sum(c.throttled for key, c in many.counters.items() if key[3] == REGION)
    assert calls > MACHINES
    assert throttled < calls / 100


def test_a_scan_is_as_exact_while_somebody_else_uses_half_of_the_quota(
    many: Sandbox, shared_truth: dict[str, str], tmp_path: Path
) -> None:
    enforce_quotas(many)
    terminal = in_sandbox(tmp_path, many.environment())

    with somebody_else(many, next(iter(shared_truth))):
        document = terminal.json("scan", "--regions", OTHERS_REGION, code=1)

    assert {row["arn"]: row["verdict"] for row in document["resources"]} == shared_truth
    assert document["unread"] == []
    count = many.counters["states", "DescribeStateMachine", ACCOUNT, OTHERS_REGION]
    assert count.throttled < count.calls / 20
