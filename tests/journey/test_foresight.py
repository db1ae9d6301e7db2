"""What the plan foresees for each special machine comes true, and nothing else goes wrong.

The sample organization's machines, one more whose stack's template sets logging, and a key for a
log group. What the plan changes is applied; what it leaves to a person is tried by force with
boto3, to see that AWS (as the sandbox simulates it) does refuse, or swallow the records.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubmend.controls.stepfunctions_1.records import VALIDATION_STREAM
from hubmend.sandbox import Sandbox
from tests.journey.aws import Witness
from tests.journey.terminal import REGIONS, Terminal, in_sandbox
from tests.journey.walk import BY_RULE, POLICY

ACCOUNT, REGION = "111122223333", "us-east-1"
LOUD = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:ledger-loud"
TEMPLATE = {
    "Resources": {
        "Loud": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": "ledger-loud",
                "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/PayoutRole",
                "DefinitionString": '{"StartAt": "P", "States": {"P": {"Type": "Succeed"}}}',
                "LoggingConfiguration": {"Level": "OFF"},
            },
        }
    }
}
SURVIVES = "survives the next deploy: the template sets no logging"
# Machines that are changed: what an approver is told of each, None where there is nothing.
CHANGED = {
    "card-authorize": SURVIVES,
    "card-capture": SURVIVES,
    "card-refund": None,
    "payout-route": "alias live",
    "statement-render": "exists and never expires: rollback leaves it",
    "chargeback-notify": None,
    "onboarding-kyc": SURVIVES,
    "feature-refresh": None,
}
# Machines that are left to a person: why, and what AWS says to who tries all the same.
ROLE_REFUSED = "The state machine IAM Role is not authorized to access the Log Destination"
LEFT = {
    "settle-nightly": ("permissions boundary without logs:CreateLogDelivery", ROLE_REFUSED),
    "settle-weekly": ("denies logs:CreateLogDelivery", ROLE_REFUSED),
    "certificate-rotate": ("belongs to AWS", ROLE_REFUSED),
    "ingest-orders": ("10 CloudWatch Logs resource policies", ROLE_REFUSED),
    "ledger-export": ("customer managed key that log delivery may not use", None),
    "ledger-loud": ("reverted at the next deploy", None),
}


@dataclass
class Seen:
    """What was seen on the way."""

    witness: Witness
    arns: dict[str, str]
    keyed: dict[str, Any]
    granted: dict[str, Any]
    plan: dict[str, Any]
    applied: dict[str, Any]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    with Sandbox(delivery_delay=0.0) as sandbox:
        yield _walk(sandbox, tmp_path_factory.mktemp("foresight"))


def _walk(sandbox: Sandbox, folder: Path) -> Seen:
    (folder / "hubmend.toml").write_text(POLICY)
    terminal, witness = in_sandbox(folder, sandbox.environment()), Witness(sandbox.environment())
    _deploy_loud(witness)
    scan = terminal.call("scan", "--regions", REGIONS, "--format", "json", code=3).document
    arns = {row["name"]: row["arn"] for row in scan["resources"]}
    failing = [row["name"] for row in scan["resources"] if row["verdict"] == "FAILED"]
    keyed, granted = _with_a_key(terminal, witness, arns)
    chosen = [arns[name] for name in failing if name not in BY_RULE]
    terminal.call("decide", *chosen, "--enable", "--by", "ana@example.com")
    terminal.call("plan", "-o", "plan.json")
    plan = json.loads((folder / "plan.json").read_text())
    applied = terminal.call("apply", "plan.json", "--yes", "--format", "json").document
    return Seen(witness, arns, keyed, granted, plan, applied)


def _deploy_loud(witness: Witness) -> None:
    """Make a machine as CloudFormation would; the emulator's own leaves it out of sight."""
    stacks = witness.client("cloudformation", ACCOUNT, REGION)
    made = stacks.create_stack(StackName="loud-1", TemplateBody=json.dumps(TEMPLATE))
    properties = TEMPLATE["Resources"]["Loud"]["Properties"]
    assert isinstance(properties, dict)
    tags = {"stack-name": "loud-1", "stack-id": made["StackId"], "logical-id": "Loud"}
    witness.client("stepfunctions", ACCOUNT, REGION).create_state_machine(
        name="ledger-loud",
        definition=properties["DefinitionString"],
        roleArn=properties["RoleArn"],
        tags=[{"key": f"aws:cloudformation:{key}", "value": tags[key]} for key in tags],
    )


def _with_a_key(
    terminal: Terminal, witness: Witness, arns: dict[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Plan one machine's log group with a key, before and after the step the plan asks for."""
    kyc = arns["onboarding-kyc"]
    key = witness.machine(arns["ledger-export"])["encryptionConfiguration"]["kmsKeyId"]
    terminal.call("decide", kyc, "--enable", "--kms-key", key, "--by", "ana@example.com")
    keyed = terminal.call("plan", kyc, "--format", "json").document
    kms = witness.client("kms", ACCOUNT, REGION)
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    asked = json.loads(keyed["manual"][0]["steps"][0].split(": ", 1)[1])
    policy["Statement"].append(asked)
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(policy))
    return keyed, terminal.call("plan", kyc, "--format", "json").document


def _name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


def test_each_machine_has_the_outcome_that_is_foreseen_for_it(seen: Seen) -> None:
    logging = [
        change for change in seen.plan["changes"]
        if change["call"]["operation"] == "UpdateStateMachine"
    ]  # fmt: skip
    assert {_name(change["resource"]) for change in logging} == CHANGED.keys()
    manual = {_name(one["resource"]): one["reason"] for one in seen.plan["manual"]}
    assert manual.keys() == LEFT.keys()
    for name, (why, _) in LEFT.items():
        assert why in manual[name]
    assert "ledger-close" in {_name(one["resource"]) for one in seen.plan["skipped"]}


def test_an_approver_is_told_what_each_change_comes_to(seen: Seen) -> None:
    notes = {
        name: " ".join(one["text"] for one in seen.plan["notes"] if one["resource"] == arn)
        for name, arn in seen.arns.items()
    }
    for name, told in CHANGED.items():
        assert (told or "") in notes[name]
        assert told is not None or notes[name] == ""


def test_who_deploys_a_machine_is_in_the_plan_as_data(seen: Seen) -> None:
    owners = {
        _name(one["resource"]): (one["kind"], one["stack"], one["logical_id"], one["next_deploy"])
        for one in seen.plan["owners"]
    }
    assert owners["card-capture"] == ("CloudFormation", "pay-7", "CardCapture", "keeps")
    assert owners["onboarding-kyc"] == ("SAM", "onboarding", "KycStateMachine", "keeps")
    assert owners["ledger-loud"] == ("CloudFormation", "loud-1", "Loud", "reverts")


def test_no_machine_without_a_foreseen_problem_failed(seen: Seen) -> None:
    assert seen.applied["status"] == "done"
    done = {_name(one["arn"]): one["status"] for one in seen.applied["resources"]}
    assert {name for name, status in done.items() if status != "done"} == set()
    assert done.keys() == CHANGED.keys() | BY_RULE


def test_no_permission_was_missing_and_none_was_said_to_be(seen: Seen) -> None:
    assert "missing" not in seen.plan


@pytest.mark.parametrize("name", [name for name, (_, refusal) in LEFT.items() if refusal])
def test_what_was_left_to_a_person_aws_refuses_indeed(seen: Seen, name: str) -> None:
    with pytest.raises(ClientError, match=LEFT[name][1]):
        _force(seen, name)


def test_a_key_without_the_grant_swallows_every_record(seen: Seen) -> None:
    group = _force(seen, "ledger-export")
    assert _streams_after_a_run(seen, "ledger-export", group) <= {VALIDATION_STREAM}
    with_grant = "/aws/vendedlogs/states/ledger-archive-Logs"
    assert len(_streams_after_a_run(seen, "ledger-archive", with_grant)) > 1


def _streams_after_a_run(seen: Seen, name: str, group: str) -> set[str]:
    arn = seen.arns[name]
    states, logs = (seen.witness.of(arn, service) for service in ("stepfunctions", "logs"))
    run = states.start_execution(stateMachineArn=arn, input='{"open_transfers": 2}')
    deadline = time.monotonic() + 20
    while states.describe_execution(executionArn=run["executionArn"])["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    found = logs.describe_log_streams(logGroupName=group)["logStreams"]
    return {one["logStreamName"] for one in found}


def _force(seen: Seen, name: str) -> str:
    """Turn logging on all the same, past hubmend; answer the log group."""
    arn, group = seen.arns[name], f"/aws/vendedlogs/states/{name}-forced"
    _, _, _, region, account, *_ = arn.split(":")
    seen.witness.of(arn, "logs").create_log_group(logGroupName=group)
    where = f"arn:aws:logs:{region}:{account}:log-group:{group}:*"
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": where}}]
    seen.witness.of(arn, "stepfunctions").update_state_machine(
        stateMachineArn=arn, loggingConfiguration={"level": "ALL", "destinations": destinations}
    )
    return group


def test_a_key_that_cloudwatch_logs_may_not_use_is_foreseen_and_its_step_is_enough(
    seen: Seen,
) -> None:
    (manual,) = seen.keyed["manual"]
    assert "does not let CloudWatch Logs use it" in manual["reason"]
    assert seen.keyed["changes"] == []
    assert seen.granted["manual"] == []
    created = seen.granted["changes"][0]["call"]
    assert (created["operation"], "kmsKeyId" in created["params"]) == ("CreateLogGroup", True)


def test_permissions_that_are_missing_are_in_the_plan_before_any_call(
    seen: Seen, tmp_path: Path
) -> None:
    user = _user_without(seen.witness, "iam:PutRolePolicy", "iam:PassRole")
    terminal = in_sandbox(tmp_path, {**seen.witness.environment, **user})
    kyc = seen.arns["onboarding-kyc"]
    terminal.call("scan", "--regions", REGION, "--format", "json", code=3)
    terminal.call("decide", kyc, "--enable", "--level", "ALL", "--by", "ana@example.com")
    done = terminal.call("plan", kyc, "-o", "plan.json")
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert [one["action"] for one in plan["missing"]] == ["iam:PassRole"]
    assert plan["missing"][0]["resources"] == [f"arn:aws:iam::{ACCOUNT}:role/KycRole"]
    assert "1 permission is missing in account" in done.out
    assert "hubmend iam-policy remediate" in done.out.splitlines()[-1]


def _user_without(witness: Witness, *actions: str) -> dict[str, str]:
    iam = witness.client("iam")
    iam.create_user(UserName="half")
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": list(actions), "Resource": "*"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="half", PolicyName="half", PolicyDocument=document)
    key = iam.create_access_key(UserName="half")["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }  # fmt: skip
