"""UpdateStateMachine and CreateStateMachine answer AWS's errors in AWS's words (F§3.7)."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.calls import ACCOUNT, REGION, Aws, logging_to, unique

PREFIX = "Invalid Logging Configuration: "
ROLE = "The state machine IAM Role is not authorized to access the Log Destination"


def without_suffix(group: str) -> dict[str, Any]:
    logging = logging_to(group)
    destination = logging["destinations"][0]["cloudWatchLogsLogGroup"]
    destination["logGroupArn"] = destination["logGroupArn"].removesuffix(":*")
    return logging


def elsewhere(group: str, old: str, new: str) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(logging_to(group)).replace(old, new))
    return changed


def refusal(aws: Aws, arn: str, logging: dict[str, Any]) -> tuple[str, str]:
    states = aws.client("stepfunctions")
    with pytest.raises(ClientError) as caught:
        states.update_state_machine(stateMachineArn=arn, loggingConfiguration=logging)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_level_needs_exactly_one_destination(aws: Aws) -> None:
    arn, group = aws.machine(), aws.group()
    two = logging_to(group)
    two["destinations"] *= 2
    expected = ("InvalidLoggingConfiguration", f"{PREFIX}Must specify exactly one Log Destination.")
    assert refusal(aws, arn, {"level": "ALL"}) == expected
    assert refusal(aws, arn, {"level": "ALL", "destinations": []}) == expected
    assert refusal(aws, arn, two) == expected


def test_the_destination_needs_the_qualifier(aws: Aws) -> None:
    expected = f"{PREFIX}Log Group ARN must be provided with '*' qualifier."
    code, message = refusal(aws, aws.machine(), without_suffix(aws.group()))
    assert (code, message) == ("InvalidLoggingConfiguration", expected)


@pytest.mark.parametrize("change", [(REGION, "eu-west-1"), (ACCOUNT, "999988887777"), None])
def test_the_group_must_exist_in_the_same_account_and_region(
    aws: Aws, change: tuple[str, str] | None
) -> None:
    logging = elsewhere(aws.group(), *change) if change else logging_to("/no/such/group")
    code, message = refusal(aws, aws.machine(), logging)
    assert (code, message) == (
        "InvalidLoggingConfiguration",
        f"{PREFIX}Log Destination not found.",
    )


def test_an_unknown_level_is_a_validation_error(aws: Aws) -> None:
    code, message = refusal(aws, aws.machine(), logging_to(aws.group(), "VERBOSE"))
    assert code == "ValidationException"
    assert "'loggingConfiguration.level'" in message


def test_an_update_of_nothing_is_refused(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    with pytest.raises(ClientError) as caught:
        states.update_state_machine(stateMachineArn=aws.machine())
    assert caught.value.response["Error"] == {
        "Code": "MissingRequiredParameter",
        "Message": "Either the definition, the role ARN, the LoggingConfiguration, "
        "or the TracingConfiguration must be specified",
    }


def test_creation_is_checked_like_an_update(aws: Aws) -> None:
    with pytest.raises(ClientError, match="Log Destination not found"):
        aws.machine(loggingConfiguration=logging_to("/no/such/group"))


def test_off_is_accepted_empty_and_with_a_destination(aws: Aws) -> None:
    arn, group = aws.machine(), aws.group()
    states = aws.client("stepfunctions")
    off = {"level": "OFF", "includeExecutionData": False}
    assert states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"] == off
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration={})
    assert states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"] == off
    stored = logging_to(group, "OFF")
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration=stored)
    assert states.describe_state_machine(stateMachineArn=arn)["loggingConfiguration"] == stored


def test_logging_is_replaced_as_a_whole(aws: Aws) -> None:
    arn = aws.machine(loggingConfiguration=logging_to(aws.group()))
    assert "exactly one" in refusal(aws, arn, {"level": "ERROR"})[1]


def test_a_revision_is_new_on_a_change_and_kept_on_none(aws: Aws) -> None:
    arn, group = aws.machine(), aws.group()
    states = aws.client("stepfunctions")
    assert "revisionId" not in states.describe_state_machine(stateMachineArn=arn)
    change = {"stateMachineArn": arn, "loggingConfiguration": logging_to(group)}
    first = states.update_state_machine(**change)
    assert states.update_state_machine(**change)["revisionId"] == first["revisionId"]
    other = states.update_state_machine(
        stateMachineArn=arn, loggingConfiguration=logging_to(group, "ERROR")
    )
    described = states.describe_state_machine(stateMachineArn=arn)
    assert other["revisionId"] != first["revisionId"]
    assert described["revisionId"] == other["revisionId"]
    assert described["definition"]


def test_groups_outside_vendedlogs_fill_the_delivery_policy(aws: Aws) -> None:
    states, logs = aws.client("stepfunctions", "eu-west-1"), aws.client("logs", "eu-west-1")
    arn = states.create_state_machine(
        name=unique("m"),
        definition='{"StartAt":"P","States":{"P":{"Type":"Succeed"}}}',
        roleArn=aws.role(),
    )["stateMachineArn"]

    def enable(group: str) -> None:
        logs.create_log_group(logGroupName=group)
        logging = elsewhere(group, REGION, "eu-west-1")
        states.update_state_machine(stateMachineArn=arn, loggingConfiguration=logging)

    enable("/aws/vendedlogs/states/one-Logs")
    enable("/aws/vendedlogs/states/two-Logs")
    policies = logs.describe_resource_policies()["resourcePolicies"]
    assert [policy["policyName"] for policy in policies] == ["AWSLogDeliveryWrite20150319"]
    size = len(policies[0]["policyDocument"])

    def fill() -> None:
        for number in range(20):
            enable(f"/{'x' * 300}/{number}")

    with pytest.raises(ClientError) as caught:
        fill()
    assert caught.value.response["Error"]["Message"] == (
        f"{PREFIX}The CloudWatch Logs Resource Policy size was exceeded. We suggest prefixing "
        "your CloudWatch log group name with /aws/vendedlogs/states/."
    )
    grown = logs.describe_resource_policies()["resourcePolicies"][0]["policyDocument"]
    assert size < len(grown) <= 5120
    enable("/aws/vendedlogs/states/three-Logs")


def test_an_eleventh_resource_policy_is_refused(aws: Aws) -> None:
    region = "eu-central-1"
    states, logs = aws.client("stepfunctions", region), aws.client("logs", region)
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument="{}")
    logs.create_log_group(logGroupName="/aws/vendedlogs/states/x-Logs")
    logging = elsewhere("/aws/vendedlogs/states/x-Logs", REGION, region)
    with pytest.raises(ClientError) as caught:
        states.create_state_machine(
            name="full",
            definition='{"StartAt":"P","States":{"P":{"Type":"Succeed"}}}',
            roleArn=aws.role(),
            loggingConfiguration=logging,
        )
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("AccessDeniedException", ROLE)
