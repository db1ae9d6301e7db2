"""Executions, versions and aliases answer as on AWS (F§3.4, F§3.6)."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.calls import FAILS, PAYLOAD, Aws, logging_to

WAITS: dict[str, Any] = {
    "StartAt": "W",
    "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}},
}


def express(aws: Aws, definition: dict[str, Any] | None = None, **creation: Any) -> str:
    return aws.machine(definition, type="EXPRESS", **creation)


def code_and_message(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_synchronous_run_answers_its_output(aws: Aws) -> None:
    arn = express(aws)
    answer = aws.client("stepfunctions").start_sync_execution(
        stateMachineArn=arn, input=PAYLOAD, name="once"
    )
    head = arn.replace(":stateMachine:", ":express:")
    assert answer["executionArn"].startswith(f"{head}:once:")
    assert answer["status"] == "SUCCEEDED"
    assert json.loads(answer["output"]) == json.loads(PAYLOAD)
    assert answer["startDate"] <= answer["stopDate"]
    assert answer["billingDetails"]["billedDurationInMilliseconds"] >= 100


def test_a_synchronous_run_answers_its_failure_and_logs_it(aws: Aws) -> None:
    group = aws.group()
    arn = express(aws, FAILS, loggingConfiguration=logging_to(group, "ERROR"))
    answer = aws.client("stepfunctions").start_sync_execution(stateMachineArn=arn, input=PAYLOAD)
    assert (answer["status"], answer["error"], answer["cause"]) == (
        "FAILED",
        "Broken",
        "on purpose",
    )
    records = aws.records(group)
    assert {record["execution_arn"] for record in records} == {answer["executionArn"]}
    assert [record["type"] for record in records] == ["FailStateEntered", "ExecutionFailed"]


def test_standard_machines_do_not_run_synchronously(aws: Aws) -> None:
    call = aws.client("stepfunctions").start_sync_execution
    assert code_and_message(call, stateMachineArn=aws.machine()) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )


def test_express_executions_cannot_be_looked_at(aws: Aws) -> None:
    states, group = aws.client("stepfunctions"), aws.group()
    arn = express(aws, loggingConfiguration=logging_to(group))
    execution = states.start_execution(stateMachineArn=arn, input=PAYLOAD)["executionArn"]
    refused = ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
    for call in (states.describe_execution, states.get_execution_history, states.stop_execution):
        assert code_and_message(call, executionArn=execution) == refused
    assert code_and_message(states.list_executions, stateMachineArn=arn) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )
    while not (records := aws.records(group, filterPattern='{ $.type = "ExecutionSucceeded" }')):
        time.sleep(0.01)
    assert records[0]["execution_arn"] == execution


@pytest.mark.parametrize("level", ["ALL", "ERROR", "FATAL"])
def test_stopping_an_execution_is_logged_at_every_level(aws: Aws, level: str) -> None:
    states, group = aws.client("stepfunctions"), aws.group()
    arn = aws.machine(WAITS, loggingConfiguration=logging_to(group, level))
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    states.stop_execution(executionArn=execution, error="Enough", cause="a test")
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        time.sleep(0.01)
    ended = states.describe_execution(executionArn=execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "Enough", "a test")
    last = aws.records(group)[-1]
    assert (last["type"], last["details"]) == (
        "ExecutionAborted",
        {"error": "Enough", "cause": "a test"},
    )


def test_an_alias_keeps_the_logging_of_its_version(aws: Aws) -> None:
    states, group = aws.client("stepfunctions"), aws.group()
    arn = aws.machine()
    version = states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    alias = states.create_state_machine_alias(
        name="live", routingConfiguration=[{"stateMachineVersionArn": version, "weight": 100}]
    )["stateMachineAliasArn"]
    states.update_state_machine(stateMachineArn=arn, loggingConfiguration=logging_to(group))
    old = states.describe_state_machine(stateMachineArn=version)
    assert old["loggingConfiguration"]["level"] == "OFF"
    through_alias = aws.run(alias)
    assert aws.records(group) == []
    described = states.describe_execution(executionArn=through_alias)
    assert described["stateMachineVersionArn"] == version
    assert described["stateMachineAliasArn"] == alias
    newer = states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    states.update_state_machine_alias(
        stateMachineAliasArn=alias,
        routingConfiguration=[{"stateMachineVersionArn": newer, "weight": 100}],
    )
    repointed = aws.run(alias)
    assert {record["execution_arn"] for record in aws.records(group)} == {repointed}
    listed = states.list_executions(stateMachineArn=arn)["executions"]
    assert [row["executionArn"] for row in listed] == [repointed, through_alias]
    only_new = states.list_executions(stateMachineArn=newer)["executions"]
    assert [row["executionArn"] for row in only_new] == [repointed]


def test_versions_are_listed_newest_first_and_not_repeated(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    arn = aws.machine()
    first = states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    again = states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    changed = states.update_state_machine(
        stateMachineArn=arn, tracingConfiguration={"enabled": True}, publish=True
    )
    second = changed["stateMachineVersionArn"]
    listed = states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert (again, [row["stateMachineVersionArn"] for row in listed]) == (first, [second, first])
    page = states.list_state_machine_versions(stateMachineArn=arn, maxResults=1)
    assert page["nextToken"]
    states.delete_state_machine_version(stateMachineVersionArn=second)
    left = states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [row["stateMachineVersionArn"] for row in left] == [first]


def test_a_revision_whose_version_was_deleted_can_be_published_again(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    arn = aws.machine()
    first = states.publish_state_machine_version(stateMachineArn=arn, description="one")
    states.delete_state_machine_version(stateMachineVersionArn=first["stateMachineVersionArn"])
    second = states.publish_state_machine_version(stateMachineArn=arn, revisionId="INITIAL")
    assert second["stateMachineVersionArn"] == f"{arn}:2"
    listed = states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
    assert [row["stateMachineVersionArn"] for row in listed] == [f"{arn}:2"]


def test_a_version_keeps_the_revision_and_description_it_was_published_with(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    arn = aws.machine()
    revision = states.update_state_machine(
        stateMachineArn=arn, tracingConfiguration={"enabled": True}
    )["revisionId"]
    version = states.publish_state_machine_version(
        stateMachineArn=arn, revisionId=revision, description="ours"
    )["stateMachineVersionArn"]
    states.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": False})
    shown = states.describe_state_machine(stateMachineArn=version)
    assert (shown["stateMachineArn"], shown["revisionId"], shown["description"]) == (
        version, revision, "ours",
    )  # fmt: skip
    assert shown["tracingConfiguration"] == {"enabled": True}


def split(aws: Aws) -> tuple[str, str, list[str]]:
    """A machine with alias `live` over its two versions, 90 to 10."""
    states, arn = aws.client("stepfunctions"), aws.machine()
    first = states.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"]
    changed = states.update_state_machine(
        stateMachineArn=arn, tracingConfiguration={"enabled": True}, publish=True
    )
    versions = [first, changed["stateMachineVersionArn"]]
    alias = states.create_state_machine_alias(
        name="live", description="production", routingConfiguration=routing(*versions)
    )
    return arn, str(alias["stateMachineAliasArn"]), versions


def routing(first: str, second: str) -> list[dict[str, Any]]:
    return [
        {"stateMachineVersionArn": first, "weight": 90},
        {"stateMachineVersionArn": second, "weight": 10},
    ]


def test_aliases_are_listed_by_machine_and_by_version_newest_first(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    arn, alias, versions = split(aws)
    only = [{"stateMachineVersionArn": versions[0], "weight": 100}]
    later = states.create_state_machine_alias(name="old", routingConfiguration=only)
    for about, expected in (
        (arn, [later["stateMachineAliasArn"], alias]),
        (versions[0], [later["stateMachineAliasArn"], alias]),
        (versions[1], [alias]),
    ):
        listed = states.list_state_machine_aliases(stateMachineArn=about)["stateMachineAliases"]
        assert [row["stateMachineAliasArn"] for row in listed] == expected
    page = states.list_state_machine_aliases(stateMachineArn=arn, maxResults=1)
    assert page["nextToken"]


def test_an_alias_keeps_its_description_when_only_its_routing_is_updated(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    _, alias, versions = split(aws)
    states.update_state_machine_alias(
        stateMachineAliasArn=alias, routingConfiguration=routing(*reversed(versions))
    )
    shown = states.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert shown["routingConfiguration"] == routing(*reversed(versions))
    assert shown["description"] == "production"


def test_an_alias_routes_to_distinct_versions_that_are_there(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    arn, alias, (first, _) = split(aws)
    for routes, code in (
        (routing(first, first), "ValidationException"),
        (routing(first, f"{arn}:9"), "ResourceNotFound"),
        (routing(first, first)[:1], "ValidationException"),
    ):
        refused, _ = code_and_message(
            states.update_state_machine_alias,
            stateMachineAliasArn=alias,
            routingConfiguration=routes,
        )
        assert refused == code


def test_a_version_is_not_deleted_while_an_alias_routes_to_it(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    _, alias, (first, second) = split(aws)
    delete = states.delete_state_machine_version
    code, message = code_and_message(delete, stateMachineVersionArn=first)
    assert code == "ConflictException"
    assert "Current list of aliases referencing this version: [live]" in message
    states.update_state_machine_alias(
        stateMachineAliasArn=alias,
        routingConfiguration=[{"stateMachineVersionArn": second, "weight": 100}],
    )
    delete(stateMachineVersionArn=first)
    code, _ = code_and_message(states.describe_state_machine, stateMachineArn=first)
    assert code == "StateMachineDoesNotExist"


def test_publishing_guards_the_revision(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    arn = aws.machine()
    code, message = code_and_message(
        states.publish_state_machine_version, stateMachineArn=arn, revisionId="stale"
    )
    assert (code, message.startswith("Failed to publish")) == ("ConflictException", True)


def test_history_is_paged_and_reversible(aws: Aws) -> None:
    states = aws.client("stepfunctions")
    execution = aws.run(aws.machine(FAILS))
    pages = states.get_paginator("get_execution_history")
    paged = [
        event
        for page in pages.paginate(executionArn=execution, PaginationConfig={"PageSize": 4})
        for event in page["events"]
    ]
    backwards = states.get_execution_history(executionArn=execution, reverseOrder=True)["events"]
    assert [e["id"] for e in paged] == list(range(1, 18))
    assert [e["id"] for e in backwards] == list(range(17, 0, -1))
    bare = states.get_execution_history(executionArn=execution, includeExecutionData=False)
    assert "input" not in bare["events"][0]["executionStartedEventDetails"]


def test_the_same_name_again_is_refused_once_ended(aws: Aws) -> None:
    arn = aws.machine()
    aws.run(arn, name="n")
    call = aws.client("stepfunctions").start_execution
    code, _ = code_and_message(call, stateMachineArn=arn, name="n", input=PAYLOAD)
    assert code == "ExecutionAlreadyExists"


def test_machines_are_listed_a_hundred_a_page(aws: Aws) -> None:
    states = aws.client("stepfunctions", "sa-east-1")
    definition = '{"StartAt":"P","States":{"P":{"Type":"Succeed"}}}'
    role = aws.role()
    for number in range(101):
        states.create_state_machine(name=f"m{number}", definition=definition, roleArn=role)
    first = states.list_state_machines()
    second = states.list_state_machines(nextToken=first["nextToken"])
    assert (len(first["stateMachines"]), len(second["stateMachines"])) == (100, 1)
    assert set(first["stateMachines"][0]) == {"stateMachineArn", "name", "type", "creationDate"}
