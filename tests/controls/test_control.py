"""The record of the control: what moved, what is as planned, what will pass, executions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend import controls
from hubmend.controls import StepFunctions1
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.core.call import Call, Change
from hubmend.core.codec import canonical
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.resource import Verdict
from tests.controls.builders import (
    ACCOUNT,
    NOW,
    REGION,
    ROLE,
    SETTINGS,
    TARGET,
    Scripted,
    around,
    decision,
    group_arn,
    logging,
    machine,
    machine_arn,
    role,
)
from tests.store.values import resource

CONTROL = StepFunctions1()
TODAY = NOW.date()


def stored(read: Machine) -> Any:
    return json.loads(canonical(CONTROL.snapshot(read)))


machines = st.builds(
    machine,
    logging=st.sampled_from([{}, {"level": "OFF"}, logging(), logging("ERROR", data=True)]),
    revision_id=st.none() | st.uuids().map(str),
    role_arn=st.sampled_from([ROLE, f"{ROLE}2"]),
    type=st.sampled_from(["STANDARD", "EXPRESS"]),
    encryption=st.sampled_from([{}, {"type": "AWS_OWNED_KEY"}]),
    created=st.sampled_from(["2026-01-01T00:00:00.000000Z", "2026-01-02T00:00:00.000000Z"]),
    tags=st.dictionaries(st.text(), st.text(), max_size=2),
)


@given(machines, st.dictionaries(st.text(), st.text(), max_size=2))
def test_a_machine_has_not_moved_by_itself_nor_by_its_tags(read: Machine, tags: Any) -> None:
    assert CONTROL.moved(stored(read), replace(read, tags=tags)) is None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"logging": logging()}, "its logging was"),
        ({"revision_id": "r2"}, "its revision id was None, now it is r2"),
        ({"role_arn": f"{ROLE}2"}, "its role arn was"),
        ({"type": "EXPRESS"}, "its type was STANDARD, now it is EXPRESS"),
        ({"created": "2026-02-02T00:00:00.000000Z"}, "its created was"),
        ({"encryption": {"type": "CUSTOMER_MANAGED_KMS_KEY"}}, "its encryption was"),
    ],
)
def test_any_change_that_matters_is_named(changed: dict[str, Any], said: str) -> None:
    moved = CONTROL.moved(stored(machine()), replace(machine(), **changed))
    assert moved is not None
    assert moved.startswith(said)


def test_a_snapshot_without_the_logging_counts_as_off() -> None:
    snapshot = {**stored(machine()), "logging": None}
    assert CONTROL.moved(snapshot, machine()) is None


def update(configured: dict[str, Any]) -> Change:
    params = {"stateMachineArn": machine_arn(), "loggingConfiguration": configured}
    call = Call("stepfunctions", "UpdateStateMachine", params)
    return Change("c2", machine_arn(), ACCOUNT, REGION, call, None, "")


GROUP_MADE = Change("c1", machine_arn(), ACCOUNT, REGION, Call("logs", "X", {}), None, "")


@pytest.mark.parametrize(
    ("configured", "differs"),
    [
        (logging(), None),
        (logging("ERROR"), f"level is ERROR to {group_arn()}, planned was ALL"),
        ({}, "level is OFF to no log group, planned was ALL"),
    ],
)
def test_what_differs_from_the_plan_is_told(
    configured: dict[str, Any], differs: str | None
) -> None:
    changes = (GROUP_MADE, update(logging()))
    assert CONTROL.as_planned(changes, machine(logging=configured)) == differs


def test_changes_that_set_no_logging_say_nothing_of_the_machine() -> None:
    assert CONTROL.as_planned((GROUP_MADE,), machine()) is None


@pytest.mark.parametrize(
    ("operation", "kind", "reason", "passes"),
    [
        ("UpdateStateMachine", ErrorKind.ROLE_DENIED, "not authorized", True),
        ("UpdateStateMachine", ErrorKind.CONFLICT, "", True),
        ("UpdateStateMachine", ErrorKind.INVALID,
         "Invalid Logging Configuration: Log Destination not found.", True),
        ("UpdateStateMachine", ErrorKind.INVALID,
         "Invalid Logging Configuration: Must specify exactly one Log Destination.", False),
        ("UpdateStateMachine", ErrorKind.DENIED, "", False),
        ("CreateLogGroup", ErrorKind.CONFLICT, "", True),
        ("CreateLogGroup", ErrorKind.ROLE_DENIED, "", False),
        ("CreateLogGroup", ErrorKind.EXISTS, "", False),
    ],
)  # fmt: skip
def test_only_what_takes_time_to_be_seen_will_pass(
    operation: str, kind: ErrorKind, reason: str, passes: bool
) -> None:
    call = Call("x", operation, {})
    assert CONTROL.will_pass(call, AwsError(kind, "code", reason)) is passes


@pytest.mark.parametrize(
    ("kind", "operation", "answer", "status"),
    [
        ("STANDARD", "StartExecution", {"executionArn": "e"}, "RUNNING"),
        ("EXPRESS", "StartSyncExecution", {"executionArn": "e", "status": "FAILED"}, "FAILED"),
    ],
)
async def test_an_execution_is_started_as_its_type_wants(
    kind: str, operation: str, answer: dict[str, str], status: str
) -> None:
    gateway = Scripted(**{operation: answer})
    started = await CONTROL.execute(gateway, machine(type=kind), "verify-1", "{}")
    assert started == ("e", status)
    params = {"stateMachineArn": machine_arn(), "name": "verify-1", "input": "{}"}
    assert gateway.calls == [(TARGET, Call("stepfunctions", operation, params))]


def test_a_decision_that_cannot_be_meant_is_refused() -> None:
    CONTROL.check(resource(), decision(), SETTINGS)
    with pytest.raises(UsageError):
        CONTROL.check(resource(), decision(log_group="a b"), SETTINGS)


def test_what_the_control_is_about_can_be_read() -> None:
    assert CONTROL.explain().startswith(f"# [{CONTROL.id}] {CONTROL.title}")


def test_the_record_answers_as_its_parts_do() -> None:
    assert CONTROL.verdict(machine(), Parameters())[0] is Verdict.FAILED
    assert CONTROL.row(machine(), Parameters(), SETTINGS, None, TODAY).verdict is Verdict.FAILED
    made = CONTROL.outline(machine(), decision(), SETTINGS, around(), (), NOW)
    assert CONTROL.effect(made.changes[0].call).read.operation == "DescribeLogGroups"


async def test_the_record_reads_as_its_parts_do() -> None:
    described = {
        "stateMachineArn": machine_arn(), "name": "pay", "roleArn": ROLE, "creationDate": NOW,
    }  # fmt: skip
    gateway = Scripted(
        ListStateMachines={"stateMachines": [{"stateMachineArn": machine_arn(), "name": "pay"}]},
        GetResources={},
        DescribeStateMachine=described,
        ListTagsForResource={},
        DescribeLogGroups={},
        DescribeResourcePolicies={},
        ListStateMachineAliases={"stateMachineAliases": []},
        GetRole={"Role": {"Path": "/app/"}},
        ListRolePolicies={"PolicyNames": []},
        ListAttachedRolePolicies={"AttachedPolicies": []},
        SimulatePrincipalPolicy={},
        GetExecutionHistory={"events": []},
    )
    one = await CONTROL.read_one(gateway, machine_arn())
    pages = CONTROL.listed(gateway, TARGET)
    assert [read async for read in CONTROL.read(gateway, TARGET, pages)] == [one]
    found = await CONTROL.survey(gateway, one, decision(), SETTINGS)
    assert found == around(role=role(simulated={}))
    execution = "arn:aws:states:us-east-1:111122223333:execution:pay:run-1"
    assert await CONTROL.history(gateway, execution) == ()


def test_the_controls_are_told_by_their_records_names() -> None:
    assert controls.StepFunctions1.id == "StepFunctions.1"
    with pytest.raises(AttributeError, match="no attribute 'Ec2_1'"):
        _ = controls.Ec2_1
