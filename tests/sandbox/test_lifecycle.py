"""Starting and stopping a sandbox: the port, moto's state, its settings and the environment."""

import os
import socket

import pytest

from hubmend.sandbox import Sandbox
from tests.sandbox.calls import REGION, Aws


def test_stopping_frees_the_port_and_forgets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_PORT", "1")
    with Sandbox(empty=True) as first:
        port = int(first.endpoint.rpartition(":")[2])
        Aws(first).group()
    assert os.environ["MOTO_PORT"] == "1"
    with Sandbox(empty=True, port=port) as second:
        assert second.endpoint.endswith(f":{port}")
        groups = Aws(second).client("logs").describe_log_groups()["logGroups"]
        assert groups == []
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_taken_port_is_an_error_and_leaves_no_sandbox_behind() -> None:
    taken = socket.create_server(("127.0.0.1", 0))
    sandbox = Sandbox(empty=True, port=taken.getsockname()[1])
    with taken, pytest.raises(OSError, match="in use"):
        sandbox.start()
    with Sandbox(empty=True) as after:
        assert after.endpoint


def test_a_stopped_sandbox_has_no_endpoint() -> None:
    sandbox = Sandbox(empty=True)
    with pytest.raises(RuntimeError, match="call start"):
        assert sandbox.endpoint
    sandbox.stop()


def test_plain_moto_accepts_what_the_simulation_refuses() -> None:
    with Sandbox(empty=True, simulate=False) as plain:
        states = Aws(plain).client("stepfunctions", REGION)
        arn = states.create_state_machine(
            name="m",
            definition='{"StartAt":"P","States":{"P":{"Type":"Succeed"}}}',
            roleArn="arn:aws:iam::111122223333:role/none",
        )["stateMachineArn"]
        states.update_state_machine(stateMachineArn=arn, loggingConfiguration={"level": "ALL"})
        assert states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"] == {
            "level": "ALL"
        }
