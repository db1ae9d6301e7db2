"""Bad input, case by case: one message, the documented exit code, nothing on standard output."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.bad_input import ARN, CASES, ENABLE, FAILED, NAME, USAGE, Case
from tests.journey.terminal import Terminal, in_sandbox
from tests.sandbox.calls import REGION, Aws, unique


@pytest.fixture(scope="module")
def ground(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that knows one failing machine, a plan for it, and a run of another."""
    folder = tmp_path_factory.mktemp("ground")
    terminal = in_sandbox(folder, aws.sandbox.environment())
    aws.machine(name=NAME)
    terminal.run("scan", "--regions", REGION, code=1)
    terminal.run(*ENABLE)
    terminal.run("plan", "-o", "plan.json")
    return folder


@pytest.fixture
def there(aws: Aws, ground: Path, tmp_path: Path) -> Terminal:
    """A terminal that stands where `ground` left off, free to damage what it finds."""
    for name in ("hubmend.sqlite", "plan.json"):
        shutil.copy(ground / name, tmp_path / name)
    return in_sandbox(tmp_path, aws.sandbox.environment())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_bad_input_is_told_in_one_message(there: Terminal, case: Case) -> None:
    for name, content in case.files.items():
        raw = content if isinstance(content, bytes) else content.encode()
        (there.folder / name).write_bytes(raw)
    done = there.with_variables(**case.variables).call(*case.arguments, code=case.code)
    assert done.out == ""
    for part in case.says:
        assert part in done.err
    told = [line for line in done.err.splitlines() if line.startswith(("hubmend: ", "Error: "))]
    assert len(told) == 1


def _without_its_end(text: str) -> str:
    return text[: len(text) // 2]


def _edited(text: str) -> str:
    return text.replace('"ERROR"', '"FATAL"')


def _newer(text: str) -> str:
    return json.dumps(json.loads(text) | {"schema": "hubmend/plan/2"})


def _without_fingerprint(text: str) -> str:
    return json.dumps({k: v for k, v in json.loads(text).items() if k != "fingerprint"})


def _lacking(text: str) -> str:
    return json.dumps({k: v for k, v in json.loads(text).items() if k != "changes"})


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (_without_its_end, "is not whole JSON"),
        (_edited, "was changed after it was made"),
        (_newer, "hubmend/plan/2"),
        (_without_fingerprint, "was changed after it was made"),
        (_lacking, "is not a whole plan"),
    ],
)
def test_a_plan_that_was_touched_is_refused(
    there: Terminal, aws: Aws, damage: Callable[[str], str], says: str
) -> None:
    plan = there.folder / "plan.json"
    damaged = damage(plan.read_text())
    assert damaged != plan.read_text()
    plan.write_text(damaged)
    done = there.run("apply", "plan.json", "--yes", code=USAGE)
    assert says in done.err
    assert done.out == ""
    shown = aws.client("stepfunctions").describe_state_machine(stateMachineArn=ARN)
    assert shown["loggingConfiguration"]["level"] == "OFF"


def test_a_port_out_of_range_is_told(there: Terminal) -> None:
    assert "99999 is not in the range" in there.run("sandbox", "--port", "99999", code=USAGE).err


def test_a_taken_port_is_told(there: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = there.run("sandbox", "--port", port, code=USAGE)
    assert f"port {port} cannot be used" in done.err


@pytest.fixture
def planned(aws: Aws, terminal: Terminal) -> Iterator[tuple[Terminal, str, dict[str, Any]]]:
    """A machine of the test's own with a fresh plan, and how it was created."""
    made: dict[str, Any] = {"name": unique("stale"), "roleArn": aws.role()}
    arn = aws.machine(**made)
    terminal.run("scan", "--regions", REGION, code=1)
    terminal.run("decide", arn, "--enable", "--by", "ana")
    terminal.run("plan", arn, "-o", "plan.json")
    yield terminal, arn, made
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=arn)


def _refused(terminal: Terminal, status: str) -> str:
    done = terminal.json("apply", "plan.json", "--yes", code=FAILED)
    (row,) = done["resources"]
    assert row["status"] == status
    return str(row["error"])


def _groups(aws: Aws, made: dict[str, Any]) -> list[Any]:
    prefix = f"/aws/vendedlogs/states/{made['name']}"
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return list(found)


def test_a_machine_that_was_changed_since_the_plan_is_stale(
    aws: Aws, planned: tuple[Terminal, str, dict[str, Any]]
) -> None:
    terminal, arn, made = planned
    aws.client("stepfunctions").update_state_machine(stateMachineArn=arn, roleArn=aws.role())
    said = _refused(terminal, "stale")
    assert "since the plan was made" in said
    assert "Make the plan again" in said
    assert _groups(aws, made) == []


def test_a_machine_that_was_deleted_since_the_plan_is_told(
    aws: Aws, planned: tuple[Terminal, str, dict[str, Any]]
) -> None:
    terminal, arn, made = planned
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
    done = terminal.json("apply", "plan.json", "--yes", code=FAILED)
    assert "StateMachineDoesNotExist" in done["resources"][0]["error"]
    assert _groups(aws, made) == []


def test_a_machine_that_was_made_again_since_the_plan_is_stale(
    aws: Aws, planned: tuple[Terminal, str, dict[str, Any]]
) -> None:
    terminal, arn, made = planned
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
    assert aws.machine(**made) == arn
    assert "its created was" in _refused(terminal, "stale")
    assert _groups(aws, made) == []
