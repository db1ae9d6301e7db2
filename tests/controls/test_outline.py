"""The changes for one machine: in order, only where needed, each with its undo."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.aws.models import Models
from hubmend.controls.stepfunctions_1.deployed import Deployed
from hubmend.controls.stepfunctions_1.effects import effect
from hubmend.controls.stepfunctions_1.keys import Key
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.plan import MACHINE_TAG, PLAN_TAG, outline
from hubmend.controls.stepfunctions_1.rights import DOCUMENT, POLICY_NAME
from hubmend.controls.stepfunctions_1.survey import Surroundings
from hubmend.controls.stepfunctions_1.template import Template
from hubmend.core.call import Call, Change
from hubmend.core.control import Outline
from hubmend.core.decision import Decision
from hubmend.core.plan import NextDeploy
from hubmend.core.settings import Defaults, Settings
from tests.controls.builders import (
    ABLE,
    GROUP,
    KEY,
    NOW,
    SETTINGS,
    around,
    decision,
    document,
    group,
    logging,
    machine,
    role,
    statement,
)

_MODELS = Models()
OLD = document(statement(action="logs:CreateLogDelivery"))


def outlined(
    read: Machine | None = None,
    chosen: Decision | None = None,
    found: Surroundings | None = None,
    planned: Sequence[Change] = (),
    settings: Settings = SETTINGS,
) -> Outline:
    chosen = chosen or decision()
    found = found or around(chosen, settings)
    return outline(read or machine(), chosen, settings, found, planned, NOW)


def operations(outlined: Outline) -> list[str]:
    return [change.call.operation for change in outlined.changes]


def undos(outlined: Outline) -> list[tuple[str, dict[str, Any]]]:
    found = [change.undo for change in outlined.changes]
    return [(undo.operation, dict(undo.params)) for undo in found if undo]


def notes(outlined: Outline) -> str:
    return "\n".join(note.text for note in outlined.notes)


ROLE_POLICY = {"RoleName": "PayRole", "PolicyName": POLICY_NAME}
OFF = {"level": "OFF", "includeExecutionData": False}


@pytest.mark.parametrize("level", ["OFF", None])
def test_a_decision_to_enable_that_names_no_level_to_log_at_is_left_to_a_person(
    level: str | None,
) -> None:
    made = outlined(chosen=decision(level=level))
    assert made.changes == ()
    assert made.manual
    assert made.manual.reason == f"no level to turn its logging on at is known (found: {level})"
    assert "decide one: hubmend decide arn:" in made.manual.steps[0]


def test_where_nothing_is_there_everything_is_made_in_order_with_its_undo() -> None:
    made = outlined()
    assert operations(made) == [
        "CreateLogGroup", "PutRetentionPolicy", "PutRolePolicy", "UpdateStateMachine",
    ]  # fmt: skip
    assert undos(made) == [
        ("DeleteLogGroup", {"logGroupName": GROUP}),
        ("DeleteRetentionPolicy", {"logGroupName": GROUP}),
        ("DeleteRolePolicy", ROLE_POLICY),
        ("UpdateStateMachine",
         {"stateMachineArn": machine().arn, "loggingConfiguration": OFF}),
    ]  # fmt: skip
    create, retention, policy, update = (change.call.params for change in made.changes)
    assert create["tags"] == {
        PLAN_TAG: "2026-11-23T09:00:00.000000Z", MACHINE_TAG: machine().arn,
    }  # fmt: skip
    assert retention["retentionInDays"] == 365
    assert json.loads(policy["PolicyDocument"]) == DOCUMENT
    assert update["loggingConfiguration"] == logging("ALL")
    assert [change.id for change in made.changes] == ["c1", "c2", "c3", "c4"]
    assert {change.resource for change in made.changes} == {machine().arn}
    assert made.changes[-1].title == "logging OFF -> ALL, execution data off"
    assert made.changes[-1].reason == "decided by ana@example.com"
    assert made.changes[2].reason.startswith("the role lacks logs:CreateLogDelivery")
    assert made.notes == ()


def test_where_all_is_there_only_the_machine_is_changed() -> None:
    made = outlined(found=around(role=role(inline=ABLE), group=group(400)))
    assert operations(made) == ["UpdateStateMachine"]


def test_a_machine_as_decided_is_skipped_even_if_something_stands_in_the_way() -> None:
    made = outlined(machine(logging=logging()), found=around(role=role(fault="x")))
    assert made == Outline(skip="logging is already as decided")


def test_an_obstacle_makes_the_whole_machine_manual() -> None:
    made = outlined(found=around(role=role(fault="x")))
    assert made.manual is not None
    assert made.changes == ()


@pytest.mark.parametrize(
    ("read", "undo"),
    [
        ({}, OFF),
        ({"level": "OFF"}, {"level": "OFF"}),
        (logging("OFF", "/old"), logging("OFF", "/old")),
        (logging("ERROR", data=True), logging("ERROR", data=True)),
    ],
)
def test_the_undo_restores_the_whole_configuration_as_it_was_read(
    read: dict[str, Any], undo: dict[str, Any]
) -> None:
    made = outlined(machine(logging=read))
    assert undos(made)[-1][1]["loggingConfiguration"] == undo


def test_what_a_decision_leaves_open_comes_from_the_policy_file() -> None:
    settings = Settings(
        defaults=Defaults(
            include_execution_data=True, retention_days=30, kms_key=KEY, log_group="/shared"
        )
    )
    made = outlined(settings=settings)
    create, retention, _, update = (change.call.params for change in made.changes)
    assert (create["logGroupName"], create["kmsKeyId"]) == ("/shared", KEY)
    assert made.changes[0].title == f"log group /shared with key {KEY}"
    assert retention["retentionInDays"] == 30
    assert update["loggingConfiguration"] == logging("ALL", "/shared", data=True)
    assert made.changes[-1].title.endswith("execution data on")
    chosen = decision(
        include_execution_data=False, retention_days=90, kms_key="", log_group="new", reason="audit"
    )
    made = outlined(chosen=chosen, settings=settings)
    create, retention, _, update = (change.call.params for change in made.changes)
    assert "kmsKeyId" not in create
    assert retention["retentionInDays"] == 90
    assert update["loggingConfiguration"] == logging("ALL", "/shared")
    assert made.changes[-1].reason == "audit"


def test_an_older_policy_of_hubmend_is_replaced_and_restored() -> None:
    made = outlined(found=around(role=role(inline={POLICY_NAME: OLD})))
    ((operation, params),) = [one for one in undos(made) if one[0] == "PutRolePolicy"]
    assert operation == "PutRolePolicy"
    assert json.loads(params.pop("PolicyDocument")) == OLD
    assert params == ROLE_POLICY


@pytest.mark.parametrize(
    ("decided", "there", "undo"),
    [
        (None, None, None),
        (None, 30, None),
        (30, 30, None),
        (30, None, ("DeleteRetentionPolicy", {"logGroupName": GROUP})),
        (30, 90, ("PutRetentionPolicy", {"logGroupName": GROUP, "retentionInDays": 90})),
    ],
)
def test_the_retention_of_an_existing_group_changes_only_when_decided(
    decided: int | None, there: int | None, undo: Any
) -> None:
    chosen = decision(retention_days=decided)
    made = outlined(chosen=chosen, found=around(chosen, group=group(there)))
    assert "CreateLogGroup" not in operations(made)
    assert [one for one in undos(made) if "Retention" in one[0]] == ([undo] if undo else [])


SHARED = "/shared"
TO_SHARED = decision(log_group=SHARED)


def together(*outlines: tuple[Machine, Decision, Surroundings]) -> list[Outline]:
    made: list[Outline] = []
    for read, chosen, found in outlines:
        planned = [change for one in made for change in one.changes]
        made.append(outline(read, chosen, SETTINGS, found, planned, NOW))
    return made


def test_machines_that_share_a_role_and_a_group_make_each_once_and_wait_for_it() -> None:
    first, second = together(
        (machine(), TO_SHARED, around(TO_SHARED)),
        (machine("next"), TO_SHARED, around(TO_SHARED)),
    )
    assert operations(second) == ["UpdateStateMachine"]
    group_change, _, role_change, _ = first.changes
    assert second.changes[0].needs == (group_change.id, role_change.id)
    assert second.changes[0].id == "c5"


def test_another_group_or_role_or_region_is_its_own() -> None:
    far = machine(arn=machine().arn.replace("us-east-1", "eu-west-1"))
    there = around(TO_SHARED, role=role(name="Other"))
    first, second = together((machine(), TO_SHARED, around(TO_SHARED)), (far, TO_SHARED, there))
    assert operations(first) == operations(second)
    same_role = together((machine(), TO_SHARED, around(TO_SHARED)), (far, TO_SHARED, around()))[1]
    assert "PutRolePolicy" not in operations(same_role)  # a role is the account's, not the region's
    foreign = machine(arn=machine().arn.replace("111122223333", "444455556666"))
    namesake = together((machine(), TO_SHARED, around(TO_SHARED)), (foreign, TO_SHARED, around()))
    assert "PutRolePolicy" in operations(namesake[1])


@pytest.mark.parametrize(
    ("days", "there", "changes"),
    [
        ((30, 30), None, [30]),
        ((30, 60), None, [30, 60]),
        ((None, 60), None, [60]),
        ((30, None), None, [30]),
        ((30, 60), group(7), [30, 60]),
        ((30, 30), group(7), [30]),
        ((30, 7), group(7), [30, 7]),
        ((None, None), group(7), []),
    ],
)
def test_two_decisions_about_the_retention_of_one_group_follow_each_other(
    days: tuple[int | None, int | None], there: Any, changes: list[int]
) -> None:
    able = role(inline=ABLE)
    chosen = [decision(log_group=SHARED, retention_days=one) for one in days]
    made = together(
        *(
            (machine(f"m{place}"), one, around(one, group=there, role=able))
            for place, one in enumerate(chosen)
        )
    )
    puts = [
        change
        for one in made
        for change in one.changes
        if change.call.operation == "PutRetentionPolicy"
    ]
    expected = changes if there or days[0] else [365, *changes]
    assert [one.call.params["retentionInDays"] for one in puts] == expected
    for before, after in pairwise(puts):
        assert after.undo is not None
        assert after.undo.params["retentionInDays"] == before.call.params["retentionInDays"]
        assert before.id in after.needs


@pytest.mark.parametrize(
    ("read", "chosen", "found", "text"),
    [
        (machine(tags={"aws:cloudformation:stack-name": "pay-7"}), decision(), None,
         "deployed by CloudFormation (pay-7): a direct change survives"),
        (None, decision(), around(role=role(tags={"aws:cloudformation:stack-name": "r"})),
         "role PayRole belongs to stack r: the added policy stays"),
        (machine(tags={"terraform": "yes"}), decision(), None, "no logging_configuration block"),
        (None, decision(), around(notes=("its aliases could not be read",)),
         "its aliases could not be read"),
        (None, decision(), around(role=role(inline={
            **ABLE, "d": document(statement("Deny", "logs:Put*", Condition={"Bool": {}}))})),
         "a conditional Deny in its role may refuse logs:PutResourcePolicy"),
        (None, decision("FATAL"), None, "CT.STEPFUNCTIONS.PR.1"),
        (None, decision(include_execution_data=True), None, "personal data"),
        (None, decision(retention_days=30), None, "CloudWatch.16"),
        (None, decision(), around(group=group()),
         f"log group {GROUP} exists and never expires: rollback leaves it"),
        (None, decision(), around(group=group(400, protected=True,
                                              tags={"aws:cloudformation:stack-name": "logs"})),
         f"log group {GROUP} exists and belongs to stack logs, has deletion protection"),
        (None, decision(), around(new_key=Key(KEY, KEY, "Enabled")),
         f"whether CloudWatch Logs may use key {KEY} could not be read"),
    ],
)  # fmt: skip
def test_an_approver_is_told(
    read: Machine | None, chosen: Decision, found: Surroundings | None, text: str
) -> None:
    assert text in notes(outlined(read, chosen, found))


@pytest.mark.parametrize(
    ("read", "found"),
    [
        (machine(tags={"env": "prod"}), None),
        (None, around(role=role(inline=ABLE, tags={"aws:cloudformation:stack-name": "r"}))),
        (None, around(group=group(400))),
    ],
)
def test_what_needs_no_telling_is_not_told(
    read: Machine | None, found: Surroundings | None
) -> None:
    assert outlined(read, decision("ERROR", retention_days=400), found).notes == ()


def test_a_machine_whose_template_sets_logging_is_manual_and_its_owner_is_told() -> None:
    tags = {"aws:cloudformation:stack-name": "pay-7", "aws:cloudformation:logical-id": "Pay"}
    declared = {"Type": "x", "Properties": {"LoggingConfiguration": {"Level": "ALL"}}}
    deployed = Deployed(Template({"Resources": {"Pay": declared}}))
    made = outlined(machine(tags=tags), found=around(deployed=deployed))
    assert made.changes == ()
    assert made.manual is not None
    assert "reverted at the next deploy" in made.manual.reason
    assert made.owner is not None
    assert made.owner.next_deploy is NextDeploy.REVERTS


def test_a_key_named_by_its_alias_is_used_by_its_arn() -> None:
    found = around(new_key=Key("alias/logs", KEY, "Enabled", policy={}))
    made = outlined(chosen=decision(kms_key="alias/logs"), found=found)
    assert made.manual is not None  # its policy grants nothing
    unread = replace(found, new_key=Key("alias/logs", KEY, "Enabled"))
    made = outlined(chosen=decision(kms_key="alias/logs"), found=unread)
    assert made.changes[0].call.params["kmsKeyId"] == KEY


machines = st.builds(
    lambda configured, kind: machine(logging=configured, type=kind),
    st.sampled_from([{}, OFF, logging("ERROR"), logging("OFF", "/old"), logging("ALL", data=True)]),
    st.sampled_from(["STANDARD", "EXPRESS"]),
)
chosen_ones = st.builds(
    decision,
    st.sampled_from(["ALL", "ERROR", "FATAL"]),
    include_execution_data=st.sampled_from([None, True, False]),
    retention_days=st.sampled_from([None, 1, 365]),
    kms_key=st.sampled_from([None, "", KEY]),
    log_group=st.sampled_from([None, "new", SHARED]),
)
inlines = st.sampled_from([{}, ABLE, {POLICY_NAME: OLD}])


def after(state: dict[str, Any], call: Call) -> dict[str, Any]:
    """What a small world is after a call: enough of AWS to see that undos restore."""
    params, done = dict(call.params), dict(state)
    name = str(params.get("logGroupName", params.get("PolicyName", "machine")))
    if call.operation.startswith(("DeleteLogGroup", "DeleteRolePolicy")):
        del done[name]
    elif call.operation == "DeleteRetentionPolicy":
        done[name] = None
    elif call.operation == "PutRetentionPolicy":
        done[name] = params["retentionInDays"]
    elif call.operation == "CreateLogGroup":
        assert name not in done
        done[name] = None
    elif call.operation == "PutRolePolicy":
        done[name] = json.loads(params["PolicyDocument"])
    else:
        done[name] = params["loggingConfiguration"]
    return done


@given(machines, chosen_ones, inlines, st.sampled_from([None, group(), group(30)]))
def test_undoing_in_reverse_leads_back_to_the_start(
    read: Machine, chosen: Decision, inline: dict[str, Any], there: Any
) -> None:
    found = around(chosen, role=role(inline=inline), group=there)
    made = outlined(read, chosen, found)
    start: dict[str, Any] = {"machine": read.logging or OFF, **inline}
    if there:
        start[found.destination.name] = there.retention_days
    state = start
    for change in made.changes:
        state = after(state, change.call)
    for change in reversed(made.changes):
        assert change.undo is not None
        state = after(state, change.undo)
    assert state == start


@given(machines, chosen_ones, inlines, st.sampled_from([None, group(), group(30)]))
def test_every_call_and_undo_is_well_formed_and_can_be_seen_to_have_happened(
    read: Machine, chosen: Decision, inline: dict[str, Any], there: Any
) -> None:
    made = outlined(read, chosen, around(chosen, role=role(inline=inline), group=there))
    calls = [one for change in made.changes for one in (change.call, change.undo) if one]
    for call in calls:
        assert _MODELS.fault(call) is None
        assert _MODELS.fault(effect(call).read) is None
