"""The sample organization holds one of each case, and its workflows run as they say."""

import json
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from hubmend.sandbox import Sandbox

ACCOUNTS = {
    "111122223333": "payments-prod",
    "222233334444": "data-dev",
    "333344445555": "shared-services",
}


@pytest.fixture(scope="module")
def sample() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def client(sample: Sandbox, service: str, account: str, region: str) -> Any:
    where: dict[str, Any] = {"region_name": region, "endpoint_url": sample.endpoint}
    environment = sample.environment()
    base = {
        "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
    }
    role = f"arn:aws:iam::{account}:role/HubmendAudit"
    credentials = boto3.client("sts", **where, **base).assume_role(
        RoleArn=role, RoleSessionName="sample"
    )["Credentials"]
    return boto3.client(
        service,
        **where,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
    )


def arn_of(row: dict[str, Any]) -> str:
    return f"arn:aws:states:{row['region']}:{row['account']}:stateMachine:{row['machine']}"


def outcome(sample: Sandbox, row: dict[str, Any], payload: str) -> str:
    states = client(sample, "stepfunctions", row["account"], row["region"])
    start = {"stateMachineArn": arn_of(row), "input": payload}
    if row["type"] == "EXPRESS":
        return str(states.start_sync_execution(**start)["status"])
    execution = states.start_execution(**start)["executionArn"]
    while (run := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.02)
    return str(run["status"])


def test_the_organization_names_its_three_accounts(sample: Sandbox) -> None:
    organizations = client(sample, "organizations", "111122223333", "us-east-1")
    listed = organizations.list_accounts()["Accounts"]
    assert {account["Id"]: account["Name"] for account in listed} == ACCOUNTS


def test_every_machine_is_where_the_contents_say(sample: Sandbox) -> None:
    rows = sample.contents()
    assert len(rows) == 24
    for account in ACCOUNTS:
        for region in ("us-east-1", "ap-northeast-1"):
            states = client(sample, "stepfunctions", account, region)
            found = {
                machine["name"]: machine["type"]
                for machine in states.list_state_machines()["stateMachines"]
            }
            assert found == {
                row["machine"]: row["type"]
                for row in rows
                if (row["account"], row["region"]) == (account, region)
            }


def test_verdicts_are_mixed(sample: Sandbox) -> None:
    verdicts = Counter(row["expected"].split(":")[0].split(",")[0] for row in sample.contents())
    assert verdicts == {"FAILED": 16, "PASSED": 7, "UNKNOWN": 1}
    levels = Counter(row["level"] for row in sample.contents())
    assert levels == {"OFF": 17, "ALL": 4, "ERROR": 2, "FATAL": 1}


def test_each_workflow_succeeds_and_fails_as_its_inputs_say(sample: Sandbox) -> None:
    workflows = {row["succeeds_with"]: row for row in sample.contents()}
    for row in workflows.values():
        assert outcome(sample, row, row["succeeds_with"]) == "SUCCEEDED"
        if row["fails_with"] is not None:
            assert outcome(sample, row, row["fails_with"]) == "FAILED"


@pytest.mark.parametrize("included", ["ALL_DATA", "METADATA_ONLY"])
def test_ledger_close_cannot_be_read(sample: Sandbox, included: str) -> None:
    states = client(sample, "stepfunctions", "111122223333", "us-east-1")
    row = next(row for row in sample.contents() if row["machine"] == "ledger-close")
    with pytest.raises(ClientError, match=r"HubmendAudit/sample is not authorized to perform: kms"):
        states.describe_state_machine(stateMachineArn=arn_of(row), includedData=included)


def test_a_stack_is_found_by_its_machine(sample: Sandbox) -> None:
    cloudformation = client(sample, "cloudformation", "111122223333", "ap-northeast-1")
    row = next(row for row in sample.contents() if row["machine"] == "card-authorize")
    found = cloudformation.describe_stack_resources(PhysicalResourceId=arn_of(row))
    members = {r["LogicalResourceId"]: r["StackName"] for r in found["StackResources"]}
    assert members == {"CardAuthorize": "pay-7", "CardCapture": "pay-7"}
    template = cloudformation.get_template(StackName="pay-7")["TemplateBody"]
    assert "CardAuthorize:" in template
    assert cloudformation.describe_stacks(StackName="pay-7")["Stacks"][0]["StackId"]
    states = client(sample, "stepfunctions", "111122223333", "ap-northeast-1")
    tags = states.list_tags_for_resource(resourceArn=arn_of(row))["tags"]
    assert {"key": "aws:cloudformation:stack-name", "value": "pay-7"} in tags


def test_cases_that_block_enabling_block_it(sample: Sandbox) -> None:
    blocked = ["settle-nightly", "settle-weekly", "certificate-rotate", "ingest-orders"]
    for row in (row for row in sample.contents() if row["machine"] in blocked):
        where = (row["account"], row["region"])
        group = f"/aws/vendedlogs/states/{row['machine']}-Logs"
        client(sample, "logs", *where).create_log_group(logGroupName=group)
        arn = f"arn:aws:logs:{row['region']}:{row['account']}:log-group:{group}:*"
        destination = {"cloudWatchLogsLogGroup": {"logGroupArn": arn}}
        with pytest.raises(ClientError, match="not authorized to access the Log Destination"):
            client(sample, "stepfunctions", *where).update_state_machine(
                stateMachineArn=arn_of(row),
                loggingConfiguration={"level": "ALL", "destinations": [destination]},
            )


def test_special_cases_are_in_place(sample: Sandbox) -> None:
    states = client(sample, "stepfunctions", "111122223333", "ap-northeast-1")
    rows = {row["machine"]: arn_of(row) for row in sample.contents()}
    aliases = states.list_state_machine_aliases(stateMachineArn=rows["payout-route"])
    assert [a["stateMachineAliasArn"] for a in aliases["stateMachineAliases"]] == [
        f"{rows['payout-route']}:live"
    ]
    off = states.describe_state_machine(stateMachineArn=rows["chargeback-notify"])
    assert off["loggingConfiguration"]["level"] == "OFF"
    assert off["loggingConfiguration"]["destinations"]
    logs = client(sample, "logs", "111122223333", "ap-northeast-1")
    kept = logs.describe_log_groups(logGroupNamePrefix="/aws/vendedlogs/states/statement-render")
    assert kept["logGroups"][0]["storedBytes"] > 0
    assert "retentionInDays" not in kept["logGroups"][0]
    full = client(sample, "logs", "222233334444", "ap-northeast-1").describe_resource_policies()
    assert len(full["resourcePolicies"]) == 10
    shared = {
        states.describe_state_machine(stateMachineArn=rows[name])["roleArn"]
        for name in ("card-authorize", "card-capture", "card-refund")
    }
    assert len(shared) == 1
    assert json.loads(sample.contents()[0]["succeeds_with"])


def test_security_hub_shows_the_whole_organization_at_home(sample: Sandbox) -> None:
    hub = client(sample, "securityhub", "111122223333", "ap-northeast-1")
    control = [{"Value": "StepFunctions.1", "Comparison": "EQUALS"}]
    pages = hub.get_paginator("get_findings").paginate(
        Filters={"ComplianceSecurityControlId": control}
    )
    findings = [finding for page in pages for finding in page["Findings"]]
    statuses = Counter(finding["Compliance"]["Status"] for finding in findings)
    assert statuses == {"FAILED": 17, "PASSED": 7}
    assert {finding["AwsAccountName"] for finding in findings} == set(ACCOUNTS.values())


def test_the_score_is_told_over_http(sample: Sandbox) -> None:
    where = "account=111122223333&region=ap-northeast-1"
    with urllib.request.urlopen(  # noqa: S310 - loopback
        f"{sample.endpoint}/hubmend/score?{where}", timeout=10
    ) as answer:
        assert json.load(answer)
