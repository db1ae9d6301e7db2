"""What a machine's own stack says of it, and what a direct change comes to (F§5.2)."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.controls.stepfunctions_1.deployed import (
    Deployed,
    owner,
    owner_note,
    read_deployed,
    read_template,
    reverted,
)
from hubmend.controls.stepfunctions_1.rights import NEEDED
from hubmend.controls.stepfunctions_1.template import Template
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.plan import NextDeploy, Owner
from tests.controls.builders import (
    ABLE,
    GROUP,
    TARGET,
    Scripted,
    group_arn,
    logging,
    machine,
    machine_arn,
    refusal,
    role,
)

STACK_ID = "arn:aws:cloudformation:us-east-1:111122223333:stack/pay-7/1"
STACKED = {
    "aws:cloudformation:stack-name": "pay-7",
    "aws:cloudformation:stack-id": STACK_ID,
    "aws:cloudformation:logical-id": "Pay",
}
OWNED = machine(tags=STACKED)
DENIED = refusal(ErrorKind.DENIED, "cloudformation:GetTemplate")


def template(
    *properties: str, kind: str = "AWS::StepFunctions::StateMachine", **more: Any
) -> Template:
    declared = {"Type": kind, "Properties": dict.fromkeys(properties, "x"), **more}
    return Template({"Resources": {"Pay": declared}})


SILENT, LOUD = Deployed(template("RoleArn")), Deployed(template("LoggingConfiguration"))
CDK = Deployed(template(Metadata={"aws:cdk:path": "Pay/Pay"}))
UNREAD = Deployed(fault="AccessDenied")


def stages(original: Any, processed: Any = None) -> Scripted:
    def answer(params: Any) -> Any:
        body = original if params["TemplateStage"] == "Original" else processed
        return body if isinstance(body, AwsError) else {"TemplateBody": body}

    return Scripted(GetTemplate=answer)


async def test_a_machine_of_no_stack_has_no_template_and_nothing_is_asked() -> None:
    gateway = stages({})
    assert await read_deployed(gateway, machine()) is None
    assert gateway.calls == []


async def test_the_template_as_written_is_enough_where_it_shows_the_machine() -> None:
    gateway = stages(SILENT.template and SILENT.template.body)
    assert await read_deployed(gateway, OWNED) == SILENT
    [(target, call)] = gateway.calls
    assert target == TARGET
    assert call.params == {"StackName": STACK_ID, "TemplateStage": "Original"}


@pytest.mark.parametrize("original", ["", {"Resources": {"Other": {"Type": "x"}}},
                                      template("Fn::Transform").body])  # fmt: skip
async def test_a_machine_made_by_a_macro_is_looked_for_in_what_came_of_it(original: Any) -> None:
    assert LOUD.template is not None
    assert await read_deployed(stages(original, LOUD.template.body), OWNED) == LOUD


async def test_a_template_that_may_not_be_read_is_said() -> None:
    assert await read_deployed(stages(DENIED), OWNED) == Deployed(None, str(DENIED))


async def test_a_stack_without_its_id_is_asked_for_by_name() -> None:
    gateway = stages("")
    assert (await read_template(gateway, TARGET, "pay-7")).body == ""
    by_name = machine(tags={"aws:cloudformation:stack-name": "pay-7"})
    assert await read_deployed(stages("", ""), by_name) == Deployed(Template(""))


@pytest.mark.parametrize(
    ("tags", "deployed", "kind", "next_deploy"),
    [
        (STACKED, SILENT, "CloudFormation", NextDeploy.KEEPS),
        (STACKED, LOUD, "CloudFormation", NextDeploy.REVERTS),
        (STACKED, CDK, "CDK", NextDeploy.KEEPS),
        (STACKED, UNREAD, "CloudFormation", NextDeploy.NOT_KNOWN),
        (STACKED, Deployed(Template("")), "CloudFormation", NextDeploy.NOT_KNOWN),
        ({**STACKED, "stateMachine:createdBy": "SAM"}, CDK, "SAM", NextDeploy.KEEPS),
        ({"terraform": "yes"}, None, "Terraform (likely)", NextDeploy.NOT_KNOWN),
    ],
)
def test_an_owner_is_told_with_what_its_next_deploy_does(
    tags: dict[str, str], deployed: Deployed | None, kind: str, next_deploy: NextDeploy
) -> None:
    found = owner(machine(tags=tags), deployed)
    assert found is not None
    assert (found.kind, found.next_deploy) == (kind, next_deploy)


def test_the_stack_and_the_logical_id_are_kept_as_data() -> None:
    assert owner(OWNED, SILENT) == Owner(
        machine_arn(), "CloudFormation", "pay-7 / Pay", NextDeploy.KEEPS, "pay-7", STACK_ID, "Pay"
    )


def test_a_machine_nobody_deploys_has_no_owner() -> None:
    assert owner(machine(), None) is None


@pytest.mark.parametrize(
    ("tags", "deployed", "said"),
    [
        (STACKED, SILENT, "survives the next deploy: the template sets no logging"),
        (STACKED, UNREAD, "sets no logging (it could not be read: AccessDenied); write it"),
        (STACKED, Deployed(Template("")), "deployed by CloudFormation (pay-7 / Pay): a direct"),
        ({"terraform": "yes"}, None, "no logging_configuration block"),
        ({"stateMachine:createdBy": "SAM"}, None, "only while the template sets no logging"),
    ],
)  # fmt: skip
def test_an_approver_is_told_what_a_direct_change_comes_to(
    tags: dict[str, str], deployed: Deployed | None, said: str
) -> None:
    found = owner(machine(tags=tags), deployed)
    assert found is not None
    assert said in owner_note(found, deployed)


@pytest.mark.parametrize("deployed", [None, SILENT, UNREAD, CDK])
def test_what_the_next_deploy_does_not_take_back_may_be_changed(deployed: Deployed | None) -> None:
    assert reverted(OWNED, deployed, logging(), role()) is None


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("AWS::StepFunctions::StateMachine", "LoggingConfiguration"),
        ("AWS::Serverless::StateMachine", "Logging"),
    ],
)
def test_a_template_that_sets_logging_is_changed_by_hand(kind: str, key: str) -> None:
    manual = reverted(OWNED, Deployed(template(key, kind=kind)), logging("ERROR"), role())
    assert manual is not None
    assert "the template of its stack pay-7 sets its logging" in manual.reason
    setting, grant, deploy = manual.steps
    assert f"set {key} of Pay to " in setting
    assert '"Level": "ERROR"' in setting
    assert group_arn(GROUP) in setting
    assert NEEDED[0] in grant
    assert deploy.startswith("deploy stack pay-7")


@pytest.mark.parametrize("able", [role(inline=ABLE), role(fault="AccessDenied")])
def test_a_role_that_needs_nothing_more_or_is_not_known_has_no_step(able: Any) -> None:
    manual = reverted(OWNED, LOUD, logging(), able)
    assert manual is not None
    assert len(manual.steps) == 2


@pytest.mark.parametrize(
    ("tags", "step"),
    [
        ({"aws:servicecatalog:provisionedProductArn": "arn:pp"}, "update the product in Service"),
        ({"aws:cloudformation:stack-name": "StackSet-a-0a1b2c3d-1111-2222-3333-444455556666"},
         "update the StackSet"),
    ],
)  # fmt: skip
def test_a_stack_that_something_else_deploys_is_deployed_there(
    tags: dict[str, str], step: str
) -> None:
    manual = reverted(machine(tags={**STACKED, **tags}), LOUD, logging(), role(inline=ABLE))
    assert manual is not None
    assert manual.steps[-1].startswith(step)
