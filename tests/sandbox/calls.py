"""The AWS calls that sandbox tests keep making."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config

from hubmend.sandbox import Sandbox
from hubmend.sandbox.rights import DELIVERY_ACTIONS

REGION = "us-east-1"
ACCOUNT = "111122223333"
PASSES: dict[str, Any] = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
FAILS: dict[str, Any] = {
    "StartAt": "P",
    "States": {
        "P": {"Type": "Pass", "Result": {"a": 1}, "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemsPath": "$$.Execution.Input.items",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "I",
                "States": {"I": {"Type": "Pass", "End": True}},
            },
            "Next": "F",
        },
        "F": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"},
    },
}
PAYLOAD = '{"items": [1, 2], "card": "4000"}'


def logging_to(group: str, level: str = "ALL", *, data: bool = False) -> dict[str, Any]:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    return {
        "level": level,
        "includeExecutionData": data,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}],
    }


def unique(stem: str) -> str:
    return f"{stem}-{uuid.uuid4().hex[:8]}"


@dataclass(frozen=True)
class Aws:
    """The sandbox through boto3, with the steps tests share."""

    sandbox: Sandbox

    def client(self, service: str, region: str = REGION, key: str | None = None) -> Any:
        environment = self.sandbox.environment()
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.sandbox.endpoint,
            aws_access_key_id=key or environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
        )

    def role(self, *statements: dict[str, Any], **creation: str) -> str:
        """A role with an inline policy, felt at once; without statements it may deliver logs."""
        iam, name = self.client("iam"), unique("role")
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **creation)
        allow = {"Effect": "Allow", "Action": list(DELIVERY_ACTIONS), "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": list(statements) or [allow]}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document))
        self.sandbox.clock.advance(10)
        return str(arn["Role"]["Arn"])

    def group(self) -> str:
        name = f"/aws/vendedlogs/states/{unique('g')}-Logs"
        self.client("logs").create_log_group(logGroupName=name)
        return name

    def machine(self, definition: dict[str, Any] | None = None, **creation: Any) -> str:
        creation.setdefault("name", unique("m"))
        creation.setdefault("roleArn", creation.get("roleArn") or self.role())
        answer = self.client("stepfunctions").create_state_machine(
            definition=json.dumps(definition or PASSES), **creation
        )
        return str(answer["stateMachineArn"])

    def run(self, arn: str, payload: str = PAYLOAD, **start: Any) -> str:
        """Run a STANDARD execution to its end; answers its ARN."""
        states = self.client("stepfunctions")
        execution = states.start_execution(stateMachineArn=arn, input=payload, **start)
        execution_arn = str(execution["executionArn"])
        while states.describe_execution(executionArn=execution_arn)["status"] == "RUNNING":
            time.sleep(0.01)
        return execution_arn

    def records(self, group: str, **filters: Any) -> list[dict[str, Any]]:
        """Every execution record of a group, once delivery has had its time."""
        self.sandbox.clock.advance(1)
        pages = self.client("logs").get_paginator("filter_log_events")
        return [
            json.loads(event["message"])
            for page in pages.paginate(
                logGroupName=group, **{"logStreamNamePrefix": "states/", **filters}
            )
            for event in page["events"]
        ]
