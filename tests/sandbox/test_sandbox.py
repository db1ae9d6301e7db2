"""The sandbox starts, tells who calls, paces, and leaves nothing behind."""

import json
import os
import socket
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from hubmend.sandbox import Sandbox, SandboxInUseError
from tests.sandbox.calls import ACCOUNT, PAYLOAD, REGION, Aws


def control(sandbox: Sandbox, path: str, content: dict[str, Any] | None = None) -> Any:
    data = json.dumps(content).encode() if content is not None else None
    with urllib.request.urlopen(f"{sandbox.endpoint}/hubmend/{path}", data, timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def test_the_operator_lives_in_the_home_account(aws: Aws) -> None:
    identity = aws.client("sts").get_caller_identity()
    assert identity["Account"] == ACCOUNT
    assert identity["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/sandbox-operator"


def test_an_unknown_key_is_the_operator(aws: Aws) -> None:
    assert aws.client("sts", key="testing").get_caller_identity()["Account"] == ACCOUNT


def test_an_assumed_role_acts_in_its_own_account(aws: Aws) -> None:
    credentials = aws.client("sts").assume_role(
        RoleArn="arn:aws:iam::222233334444:role/HubmendAudit", RoleSessionName="audit"
    )["Credentials"]
    there = boto3.client(
        "stepfunctions",
        region_name=REGION,
        endpoint_url=aws.sandbox.endpoint,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    arn = there.create_state_machine(
        name="there",
        definition='{"StartAt":"P","States":{"P":{"Type":"Succeed"}}}',
        roleArn="arn:aws:iam::222233334444:role/any",
    )["stateMachineArn"]
    assert ":222233334444:" in arn
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("stepfunctions", "list_state_machines", "ExpiredTokenException"),
        ("sts", "get_caller_identity", "ExpiredToken"),
        ("securityhub", "describe_hub", "ExpiredTokenException"),
    ],
)
def test_an_expired_key_is_refused_in_the_service_protocol(
    aws: Aws, service: str, call: str, code: str
) -> None:
    client = aws.client(service, key="EXPIREDKEY0000000000")
    with pytest.raises(ClientError) as caught:
        getattr(client, call)()
    assert caught.value.response["Error"]["Code"] == code


def test_the_clock_moves_over_http(aws: Aws) -> None:
    before = datetime.fromisoformat(control(aws.sandbox, "clock")["now"])
    after = datetime.fromisoformat(control(aws.sandbox, "clock", {"advance": 3600})["now"])
    assert 3600 <= (after - before).total_seconds() < 3700
    with pytest.raises(urllib.error.HTTPError):
        control(aws.sandbox, "clock", {"advance": -1})


def test_calls_are_counted_by_account_and_region(aws: Aws) -> None:
    aws.client("stepfunctions", "eu-west-2").list_state_machines()
    count = aws.sandbox.counters["states", "ListStateMachines", ACCOUNT, "eu-west-2"]
    assert (count.calls, count.throttled) == (1, 0)
    assert {
        "service": "states",
        "operation": "ListStateMachines",
        "account": ACCOUNT,
        "region": "eu-west-2",
        "calls": 1,
        "throttled": 0,
    } in control(aws.sandbox, "counters")["counters"]


def test_quotas_throttle_when_asked_for(aws: Aws) -> None:
    control(aws.sandbox, "quotas", {"enabled": True})
    try:
        logs = aws.client("logs", "eu-west-2")
        codes = []
        for _ in range(100):
            with pytest.raises(ClientError) as caught:
                logs.put_retention_policy(logGroupName="none", retentionInDays=1)
            codes.append(caught.value.response["Error"])
        assert {"Code": "ThrottlingException", "Message": "Rate exceeded"} in codes
        assert codes[0]["Code"] == "ResourceNotFoundException"
    finally:
        control(aws.sandbox, "quotas", {"enabled": False})
    count = aws.sandbox.counters["logs", "PutRetentionPolicy", ACCOUNT, "eu-west-2"]
    assert 0 < count.throttled < count.calls


def test_a_second_sandbox_in_the_process_is_refused(aws: Aws) -> None:
    assert aws.sandbox.endpoint
    with pytest.raises(SandboxInUseError, match="already runs in this process"):
        Sandbox(empty=True).start()


def test_sdk_tasks_reach_the_sandbox(aws: Aws) -> None:
    definition = {
        "StartAt": "Who",
        "States": {
            "Who": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:sts:getCallerIdentity",
                "End": True,
            }
        },
    }
    execution = aws.run(aws.machine(definition), PAYLOAD)
    described = aws.client("stepfunctions").describe_execution(executionArn=execution)
    assert json.loads(described["output"])["Account"] == ACCOUNT


def test_the_environment_points_every_sdk_here(aws: Aws) -> None:
    environment = aws.sandbox.environment()
    assert environment["AWS_ENDPOINT_URL"] == aws.sandbox.endpoint
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"]
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert os.environ["MOTO_PORT"] == aws.sandbox.endpoint.rpartition(":")[2]
    assert socket.gethostbyname("localhost") == "127.0.0.1"
