"""Deploy templates to an emulator; every state machine must log, and its executions write records.

usage: deploy.py ENDPOINT TEMPLATE...
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import boto3  # the emulator's environment has it

ACCOUNT = "111122223333"
BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"  # what a template of the CDK asks for
PATIENCE = 60  # seconds, for an execution to end and for its records


class Emulator:
    """One account and region of the emulator."""

    def __init__(self, endpoint: str) -> None:
        session = boto3.Session(ACCOUNT, "test", region_name="eu-west-1")
        names = ("cloudformation", "stepfunctions", "logs", "ssm")
        self.api = {name: session.client(name, endpoint_url=endpoint) for name in names}

    def deploy(self, template: Path) -> list[str]:
        """Create a stack of a template and return the ARNs of its state machines."""
        stacks, name = self.api["cloudformation"], template.name.partition(".")[0]
        self.api["ssm"].put_parameter(Name=BOOTSTRAP, Value="21", Type="String", Overwrite=True)
        stacks.create_stack(
            StackName=name,
            TemplateBody=template.read_text(encoding="utf-8"),
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
        stacks.get_waiter("stack_create_complete").wait(
            StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": PATIENCE}
        )
        pages = stacks.get_paginator("list_stack_resources").paginate(StackName=name)
        return [
            one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
            if one["ResourceType"] == "AWS::StepFunctions::StateMachine"
        ]

    def prove(self, arn: str) -> str:
        """Run a machine; return its level and the types of the records that its group got."""
        steps = self.api["stepfunctions"]
        logging = steps.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"]
        (destination,) = logging["destinations"]
        group = destination["cloudWatchLogsLogGroup"]["logGroupArn"].split(":log-group:")[1]
        execution = steps.start_execution(stateMachineArn=arn)["executionArn"]
        types: list[str] = []
        for _ in range(PATIENCE):
            types = self.records(group.removesuffix(":*"), execution)
            if types and types[-1].startswith("Execution") and types[-1] != "ExecutionStarted":
                return f"{logging['level']}: {len(types)} records, {' '.join(types)}"
            time.sleep(1)
        raise SystemExit(f"{arn}: level {logging['level']}, and no end of its execution in {types}")

    def records(self, group: str, execution: str) -> list[str]:
        """Return the types of the events that a log group holds of an execution, in order."""
        pages = self.api["logs"].get_paginator("filter_log_events").paginate(logGroupName=group)
        found: list[dict[str, Any]] = [
            event
            for page in pages
            for one in page["events"]
            if one["message"].startswith("{")
            and (event := json.loads(one["message"])).get("execution_arn") == execution
        ]
        return [one["type"] for one in sorted(found, key=lambda one: int(one["id"]))]


def main(endpoint: str, *templates: str) -> None:
    """Deploy and prove all templates."""
    emulator = Emulator(endpoint)
    for template in map(Path, templates):
        machines = emulator.deploy(template)
        if not machines:
            raise SystemExit(f"{template}: no state machine")
        for arn in machines:
            print(f"{template.name}  {arn.rpartition(':')[2]}  {emulator.prove(arn)}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
