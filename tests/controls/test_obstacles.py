"""What stands in the way is told with its steps, before anyone approves (F§3.8 to F§3.11)."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.controls.stepfunctions_1.deployed import Deployed
from hubmend.controls.stepfunctions_1.keys import Key
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.obstacles import POLICY_CHARACTERS, obstacle
from hubmend.controls.stepfunctions_1.rights import NEEDED
from hubmend.controls.stepfunctions_1.survey import DELIVERY_POLICY, Surroundings
from hubmend.controls.stepfunctions_1.template import Template
from tests.controls.builders import (
    ABLE,
    GROUP,
    KEY,
    around,
    decision,
    document,
    group,
    group_arn,
    machine,
    role,
    statement,
)

FULL = {f"p{number}": 10 for number in range(10)}
ELSEWHERE = decision(log_group="/mine")
WILD = "arn:aws:logs:us-east-1:111122223333:log-group:/aws/vendedlogs/*:log-stream:*"
LONG = "x" * POLICY_CHARACTERS
BOUNDARY = "arn:aws:iam::111122223333:policy/edge"
ENCRYPTED = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY}
DELIVERY = {"Service": "delivery.logs.amazonaws.com"}
GRANT = statement(action="kms:Decrypt", Principal=DELIVERY)
SOURCE = {"StringEquals": {"kms:EncryptionContext:SourceArn": "arn:aws:logs:us-east-1:1:*"}}


def by_role(**changed: Any) -> Surroundings:
    return around(role=role(**changed))


WAYS_CLEAR: dict[str, Surroundings] = {
    "nothing there yet": around(),
    "a role with rights": by_role(inline=ABLE),
    "a role of AWS that has the rights": by_role(path="/aws-service-role/x/", inline=ABLE),
    "a conditional Deny": by_role(
        inline={**ABLE, "d": document(statement("Deny", "logs:*", Condition={"Bool": {}}))}
    ),
    "a role of Terraform without inline policies": by_role(tags={"terraform": "yes"}),
    "a role of Terraform with hubmend's policy alone": by_role(
        tags={"terraform": "yes"}, inline={"hubmend-log-delivery": document()}
    ),
    "a role of Terraform that has the rights": by_role(tags={"terraform": "yes"}, inline=ABLE),
    "AWS predicts no refusal": by_role(simulated={}),
    "resource policies that may not be read": around(policies=None),
    "nine resource policies": around(policies=dict(list(FULL.items())[1:])),
    "ten, with the delivery policy among them": around(policies=FULL, delivery_policy=WILD),
    "a full delivery policy that covers vended names": around(
        policies=FULL, delivery_policy=WILD + LONG
    ),
    "a full delivery policy that names the group": around(
        ELSEWHERE, policies=FULL, delivery_policy=f"{group_arn('/mine')}log-stream:*{LONG}"
    ),
    "a delivery policy with room": around(ELSEWHERE, policies=FULL, delivery_policy="short"),
    "a group that is there": around(group=group()),
    "a group chosen by ARN that is there": around(
        decision(log_group=group_arn("/mine")), group=group()
    ),
}


@pytest.mark.parametrize("around_it", WAYS_CLEAR.values(), ids=WAYS_CLEAR)
def test_nothing_stands_in_the_way_of(around_it: Surroundings) -> None:
    assert obstacle(machine(), around_it) is None


IN_THE_WAY: dict[str, tuple[Surroundings, str, str]] = {
    "an unreadable role": (
        by_role(fault="AccessDenied"),
        "its role PayRole could not be read: AccessDenied", "iam:GetRole",
    ),
    "a boundary": (
        by_role(inline=ABLE, boundary=document(), boundary_arn=BOUNDARY),
        f"is under a permissions boundary without {NEEDED[0]}",
        f"ask the owner of {BOUNDARY} to add the statement",
    ),
    "a Deny": (
        by_role(inline={"d": document(statement("Deny", "logs:Put*"))}),
        "a policy of its role PayRole denies logs:PutResourcePolicy",
        "take logs:PutResourcePolicy out of the Deny",
    ),
    "a predicted refusal": (
        by_role(inline=ABLE, simulated={NEEDED[1]: "a service control policy", NEEDED[2]: "x"}),
        f"would still be refused {NEEDED[1]} by a service control policy",
        f"to allow {NEEDED[1]}, {NEEDED[2]}",
    ),
    "a role of AWS": (
        by_role(path="/aws-reserved/sso.amazonaws.com/"),
        "(/aws-reserved/sso.amazonaws.com/) belongs to AWS and lacks log delivery rights",
        "give the machine a role of its own",
    ),
    "a role without room": (
        by_role(inline={"big": document(statement(action="x" * 10_000))}),
        "leave no room for hubmend-log-delivery: 100", "attach a managed policy",
    ),
    "a role that Terraform may hold whole": (
        by_role(tags={"terraform": "yes"}, inline={"work": document()}),
        "the next apply removes any other", "add the statement to the role's Terraform code",
    ),
    "a group that may not be looked up": (
        around(group_fault="AccessDenied"),
        f"log group {GROUP} could not be looked up: AccessDenied", "logs:DescribeLogGroups",
    ),
    "a group chosen by ARN that is not there": (
        around(decision(log_group=group_arn("/mine"))),
        "log group /mine does not exist", "aws logs create-log-group --log-group-name /mine",
    ),
    "a group its own stack declares": (
        around(deployed=Deployed(Template({"Resources": {"Logs": {
            "Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": GROUP}}}}))),
        f"log group {GROUP} is declared by its stack (Logs) and not there yet",
        "deploy the stack, which makes it",
    ),
    "a new group's key": (
        around(new_key=Key(KEY, missing=True, fault="gone")), "cannot be found: gone", "--kms-key",
    ),
    "a group of another class": (
        around(group=group(log_class="INFREQUENT_ACCESS")),
        "has class INFREQUENT_ACCESS, whose records cannot be read back", "--log-group new",
    ),
    "ten resource policies": (
        around(policies=FULL),
        "the account has 10 CloudWatch Logs resource policies",
        "aws logs delete-resource-policy",
    ),
    "a full delivery policy": (
        around(ELSEWHERE, policies={DELIVERY_POLICY: 5000}, delivery_policy="x" * 5_070),
        "no room for another log group (5070 of 5120 characters)", "/aws/vendedlogs/states/",
    ),
    "a full delivery policy of a similar name": (
        around(
            ELSEWHERE, policies=FULL, delivery_policy=group_arn("/mine-too") + "x" * 5_100
        ),
        "no room for another log group", "/aws/vendedlogs/states/",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("around_it", "reason", "step"), IN_THE_WAY.values(), ids=IN_THE_WAY)
def test_what_stands_in_the_way_is_told_with_steps(
    around_it: Surroundings, reason: str, step: str
) -> None:
    manual = obstacle(machine(), around_it)
    assert manual is not None
    assert reason in manual.reason
    assert any(step in one for one in manual.steps)
    assert manual.steps[-1].startswith("make the plan again")
    assert manual.resource == machine().arn


@pytest.mark.parametrize(("over", "stands"), [(0, False), (1, True)])
def test_the_delivery_policy_may_be_filled_to_its_last_character(over: int, stands: bool) -> None:
    entry = len(group_arn("/mine")) + 30  # its ARN, and what stands around it in the document
    text = "x" * (POLICY_CHARACTERS - entry + over)
    found = around(ELSEWHERE, policies={DELIVERY_POLICY: len(text)}, delivery_policy=text)
    assert (obstacle(machine(), found) is not None) is stands


@pytest.mark.parametrize("name", ["zahlungsläufe", "a.b", "a b", "支払"])
def test_a_name_cloudwatch_does_not_know_is_told(name: str) -> None:
    manual = obstacle(machine(name), around())
    assert manual is not None
    assert "its name has characters" in manual.reason


def encrypted() -> Machine:
    return machine(encryption=ENCRYPTED)


def with_key(policy: Any, **documents: Any) -> Surroundings:
    return around(key_policy=policy, role=role(inline={**ABLE, **documents}))


GENERATES = document(statement(action="kms:GenerateDataKey", Condition=SOURCE))
ALL_OF_KMS = document(statement(action=["kms:*"]))
ANYTHING = document(statement())


@pytest.mark.parametrize(
    "around_it",
    [
        with_key(document(GRANT), own2=GENERATES),
        with_key(document(statement(action="kms:Decrypt*", Principal=DELIVERY)), own2=ALL_OF_KMS),
        with_key(document(statement(Principal=DELIVERY)), own2=ANYTHING),
        with_key({"Statement": GRANT}, own2=GENERATES),
        around(key_policy=document(GRANT), role=role(attached={**ABLE, "own2": GENERATES})),
    ],
)
def test_a_key_that_log_delivery_may_use_is_no_obstacle(around_it: Surroundings) -> None:
    assert obstacle(encrypted(), around_it) is None


@pytest.mark.parametrize(
    ("policy", "documents", "steps"),
    [
        (None, {}, ["key", "role"]),
        (document(), {}, ["key", "role"]),
        (document(GRANT), {}, ["role"]),
        (document(GRANT), {"x": document(statement(action="kms:Decrypt"))}, ["role"]),
        (document(GRANT), {"x": document(statement("Deny", "kms:*"))}, ["role"]),
        (document(GRANT), {"x": document(statement(action="kms:*", Condition={"Bool": {}}))},
         ["role"]),
        (document(GRANT), {"x": {"Statement": {"Effect": "Allow", "Resource": "*"}}}, ["role"]),
        (document(statement(Principal={"AWS": "*"})), {"x": GENERATES}, ["key"]),
        (document(statement(action="kms:Encrypt", Principal=DELIVERY)), {"x": GENERATES}, ["key"]),
        (document(statement("Deny", "kms:*", Principal=DELIVERY)), {"x": GENERATES}, ["key"]),
    ],
)  # fmt: skip
def test_a_key_that_log_delivery_may_not_use_is_told_with_the_statements_to_add(
    policy: Any, documents: dict[str, Any], steps: list[str]
) -> None:
    manual = obstacle(encrypted(), with_key(policy, **documents))
    assert manual is not None
    assert "customer managed key" in manual.reason
    begins = {"key": f"add to the policy of key {KEY}: {{", "role": "add to role PayRole: {"}
    said = [next(name for name, text in begins.items() if one.startswith(text))
            for one in manual.steps[:-1]]  # fmt: skip
    assert said == steps
    if "role" in steps:
        assert '"arn:aws:logs:us-east-1:111122223333:*"' in manual.steps[-2]


def test_the_first_obstacle_is_told_and_not_the_others() -> None:
    manual = obstacle(machine(), around(role=role(fault="x"), group_fault="y"))
    assert manual is not None
    assert "role" in manual.reason
