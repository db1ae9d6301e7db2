"""Executions deliver AWS's records, filtered by level, redacted and late (F§3.2, F§3.3)."""

import json
import re
from typing import Any

import pytest

from hubmend.sandbox.delivery import ERROR_TYPES, FATAL_TYPES, VALIDATION_STREAM, VALIDATION_TEXT
from tests.sandbox.calls import FAILS, PASSES, PAYLOAD, Aws, logging_to


def logged(aws: Aws, definition: dict[str, Any], level: str, *, data: bool) -> list[dict[str, Any]]:
    group = aws.group()
    logging = logging_to(group, level, data=data)
    aws.run(aws.machine(definition, loggingConfiguration=logging))
    return aws.records(group)


# By hand, for two items: 1 started, 2 P, 2 map entered and started, 2 x 4 iterations,
# 2 map succeeded and exited, then FailStateEntered and ExecutionFailed.
@pytest.mark.parametrize(
    ("level", "data", "count"),
    [("ALL", True, 17), ("ALL", False, 17), ("ERROR", False, 2), ("FATAL", False, 1)],
)
def test_the_same_failing_machine_writes_what_its_level_lists(
    aws: Aws, level: str, count: int, *, data: bool
) -> None:
    assert len(logged(aws, FAILS, level, data=data)) == count


@pytest.mark.parametrize("level", ["ERROR", "FATAL"])
def test_a_green_run_writes_nothing_below_all(aws: Aws, level: str) -> None:
    assert logged(aws, PASSES, level, data=True) == []


def test_the_table_is_a_chain_of_aws_totals() -> None:
    assert FATAL_TYPES < ERROR_TYPES
    assert (len(FATAL_TYPES), len(ERROR_TYPES)) == (3, 22)


def test_records_have_aws_keys_and_strings(aws: Aws) -> None:
    group = aws.group()
    role = aws.role()
    arn = aws.machine(roleArn=role, loggingConfiguration=logging_to(group, data=True))
    execution = aws.run(arn)
    first = aws.records(group)[0]
    history = aws.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    epoch = str(round(history[0]["timestamp"].timestamp() * 1000))
    assert list(first.items()) == [
        ("id", "1"),
        ("type", "ExecutionStarted"),
        (
            "details",
            {
                "input": first["details"]["input"],
                "inputDetails": {"truncated": False},
                "roleArn": role,
            },
        ),
        ("previous_event_id", "0"),
        ("event_timestamp", epoch),
        ("execution_arn", execution),
        ("redrive_count", "0"),
    ]
    assert json.loads(first["details"]["input"]) == json.loads(PAYLOAD)


def test_numbers_inside_details_are_strings(aws: Aws) -> None:
    records = logged(aws, FAILS, "ALL", data=False)
    started = next(r for r in records if r["type"] == "MapStateStarted")
    assert started["details"] == {"length": "2"}


def test_every_history_event_is_a_record_at_all(aws: Aws) -> None:
    group = aws.group()
    execution = aws.run(aws.machine(FAILS, loggingConfiguration=logging_to(group)))
    history = aws.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    records = aws.records(group)
    assert [(str(e["id"]), e["type"]) for e in history] == [(r["id"], r["type"]) for r in records]


def test_execution_data_is_left_out_unless_asked_for(aws: Aws) -> None:
    records = logged(aws, PASSES, "ALL", data=False)
    assert not {"input", "inputDetails", "output", "outputDetails"} & {
        key for record in records for key in record["details"]
    }
    assert records[-1]["details"] == {}
    assert records[1]["details"] == {"name": "P"}


def test_a_payload_over_248_kib_is_cut(aws: Aws) -> None:
    group = aws.group()
    arn = aws.machine(loggingConfiguration=logging_to(group, data=True))
    aws.run(arn, json.dumps({"text": "x" * 250 * 1024}))
    details = aws.records(group)[0]["details"]
    assert len(details["input"]) == 248 * 1024
    assert details["inputDetails"] == {"truncated": True}


def test_streams_are_named_for_machine_and_hour(aws: Aws) -> None:
    group = aws.group()
    arn = aws.machine(loggingConfiguration=logging_to(group))
    aws.run(arn)
    aws.records(group)
    name = arn.rpartition(":")[2]
    streams = aws.client("logs").describe_log_streams(logGroupName=group)["logStreams"]
    names = {stream["logStreamName"] for stream in streams} - {VALIDATION_STREAM}
    assert len(names) == 1
    assert re.fullmatch(rf"states/{name}/\d{{4}}-\d\d-\d\d-\d\d/[0-9a-f]{{8}}", names.pop())


def test_turning_logging_on_leaves_one_validation_stream(aws: Aws) -> None:
    group = aws.group()
    arn = aws.machine(loggingConfiguration=logging_to(group))
    states, logs = aws.client("stepfunctions"), aws.client("logs")
    for level in ("OFF", "ERROR"):
        states.update_state_machine(
            stateMachineArn=arn, loggingConfiguration=logging_to(group, level)
        )
    events = logs.get_log_events(logGroupName=group, logStreamName=VALIDATION_STREAM)["events"]
    assert [event["message"] for event in events] == [VALIDATION_TEXT]


def test_records_are_readable_only_after_the_delay(aws: Aws) -> None:
    group = aws.group()
    logs = aws.client("logs")
    aws.run(aws.machine(loggingConfiguration=logging_to(group)))
    streams = logs.describe_log_streams(logGroupName=group)["logStreams"]
    assert [stream["logStreamName"] for stream in streams] == [VALIDATION_STREAM]
    assert len(aws.records(group)) == 4


def test_a_deleted_group_loses_records_and_the_run_succeeds(aws: Aws) -> None:
    group = aws.group()
    arn = aws.machine(loggingConfiguration=logging_to(group))
    aws.client("logs").delete_log_group(logGroupName=group)
    execution = aws.run(arn)
    states = aws.client("stepfunctions")
    assert states.describe_execution(executionArn=execution)["status"] == "SUCCEEDED"
    aws.sandbox.clock.advance(1)
    prefix = {"logGroupNamePrefix": group}
    assert aws.client("logs").describe_log_groups(**prefix)["logGroups"] == []


@pytest.mark.parametrize(("granted", "records"), [(True, 4), (False, 0)])
def test_a_customer_key_needs_a_grant_for_delivery(
    aws: Aws, records: int, *, granted: bool
) -> None:
    service = "delivery.logs.amazonaws.com" if granted else "events.amazonaws.com"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "kms:Decrypt*",
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    key = aws.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": key}
    group = aws.group()
    arn = aws.machine(loggingConfiguration=logging_to(group), encryptionConfiguration=encryption)
    aws.run(arn)
    described = aws.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
    assert described["encryptionConfiguration"] == encryption
    assert len(aws.records(group)) == records


def test_patterns_find_one_run_among_several(aws: Aws) -> None:
    group = aws.group()
    arn = aws.machine(FAILS, loggingConfiguration=logging_to(group))
    wanted, _ = aws.run(arn), aws.run(arn)
    by_field = aws.records(group, filterPattern=f'{{ $.execution_arn = "{wanted}" }}')
    by_phrase = aws.records(group, filterPattern=f'"{wanted}"')
    both = f'{{ $.execution_arn = "{wanted}" && $.type = "*Failed" }}'
    assert len(by_field) == 17
    assert by_phrase == by_field
    assert [r["type"] for r in aws.records(group, filterPattern=both)] == ["ExecutionFailed"]


def test_a_group_with_several_streams_starts_with_an_empty_page(aws: Aws) -> None:
    group = aws.group()
    aws.run(aws.machine(loggingConfiguration=logging_to(group)))
    aws.sandbox.clock.advance(1)
    logs = aws.client("logs")
    first = logs.filter_log_events(logGroupName=group)
    assert first["events"] == []
    second = logs.filter_log_events(logGroupName=group, nextToken=first["nextToken"], limit=3)
    third = logs.filter_log_events(logGroupName=group, nextToken=second["nextToken"], limit=3)
    assert (len(second["events"]), len(third["events"])) == (3, 2)
    assert "nextToken" not in third
