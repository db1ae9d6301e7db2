"""What a machine's own stack says of it, and what a direct change therefore comes to (F§5.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.ownership import (
    LOGICAL,
    STACK,
    STACK_ID,
    TERRAFORM,
    manager,
)
from hubmend.controls.stepfunctions_1.rights import DOCUMENT
from hubmend.controls.stepfunctions_1.role import Role
from hubmend.controls.stepfunctions_1.template import Declared, Template
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError
from hubmend.core.plan import Manual, NextDeploy, Owner
from hubmend.core.ports import Gateway

_CDK_PATH = "aws:cdk:path"
_STAGES = ("Original", "Processed")  # as written, then with macros and transforms carried out

_DEPLOY = {
    "StackSet": "update the StackSet with it",
    "Service Catalog": "update the product in Service Catalog with it, and what was provisioned",
}


@dataclass(frozen=True)
class Deployed:
    """The template of a machine's stack; `fault` says why there is none to look at."""

    template: Template | None = None
    fault: str = ""


async def read_deployed(gateway: Gateway, machine: Machine) -> Deployed | None:
    """Read the template of the stack that owns a machine, None where no stack does.

    The stage after all transforms is asked for only when the written one does not show the machine.
    """
    tags = machine.tags
    if STACK not in tags:
        return None
    stack, found = tags.get(STACK_ID, tags[STACK]), None
    try:
        for stage in _STAGES:
            found = await read_template(gateway, machine.target, stack, stage)
            declared = found.declared(tags.get(LOGICAL))
            if declared and declared.sets_logging is not None:
                break
    except AwsError as error:
        return Deployed(found, str(error))
    return Deployed(found)


async def read_template(
    gateway: Gateway, target: Target, stack: str, stage: str = "Original"
) -> Template:
    """Read a stack's template; `stack` is its name or id. Raise AwsError where it may not be."""
    call = Call("cloudformation", "GetTemplate", {"StackName": stack, "TemplateStage": stage})
    answer = await gateway.read(target, call)
    return Template(answer.get("TemplateBody") or "")


def owner(machine: Machine, deployed: Deployed | None) -> Owner | None:
    """Return who deploys a machine and what its next deploy does to a direct change. Pure."""
    found, tags = manager(machine.tags), machine.tags
    if not found.kind:
        return None
    declared = _declared(machine, deployed)
    cdk = declared is not None and _CDK_PATH in declared.metadata
    return Owner(
        resource=machine.arn,
        kind="CDK" if cdk and found.kind == "CloudFormation" else found.kind,
        evidence=found.evidence,
        next_deploy=_next_deploy(declared),
        stack=tags.get(STACK),
        stack_id=tags.get(STACK_ID),
        logical_id=tags.get(LOGICAL),
    )


def owner_note(found: Owner, deployed: Deployed | None) -> str:
    """Return what an approver should know of an owner whose next deploy takes nothing back."""
    if found.next_deploy is NextDeploy.KEEPS:
        return (
            "survives the next deploy: the template sets no logging; write it into the template too"
        )
    by = f"deployed by {found.kind} ({found.evidence})"
    if found.kind == TERRAFORM:
        return (
            f"{by}: a direct change survives only while the code has no logging_configuration "
            "block; write it into the code too"
        )
    fault = deployed.fault if deployed else ""
    unread = f" (it could not be read: {fault})" if fault else ""
    return (
        f"{by}: a direct change survives the next deploy only while the template sets no "
        f"logging{unread}; write it into the template too"
    )


def reverted(
    machine: Machine, deployed: Deployed | None, wanted: Mapping[str, Any], role: Role
) -> Manual | None:
    """Return what to do instead where the template sets logging and would take a change back."""
    declared = _declared(machine, deployed)
    if declared is None or _next_deploy(declared) is not NextDeploy.REVERTS:
        return None
    stack, logical_id = machine.tags[STACK], machine.tags[LOGICAL]
    group = wanted["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    setting = {
        "Level": wanted["level"],
        "IncludeExecutionData": wanted["includeExecutionData"],
        "Destinations": [{"CloudWatchLogsLogGroup": {"LogGroupArn": group}}],
    }
    deploy = _DEPLOY.get(manager(machine.tags).kind, f"deploy stack {stack}")
    grant = f"give role {role.name} the statement {json.dumps(DOCUMENT['Statement'][0])}"
    return Manual(
        machine.arn,
        (
            f"the template of its stack {stack} sets its logging: a direct change would be "
            "reverted at the next deploy that touches it"
        ),
        (
            (
                f"in that template, set {declared.logging_key} of {logical_id} to "
                f"{json.dumps(setting)}, with the log group in the template or made beforehand"
            ),
            *(() if role.fault or role.rights.sufficient else (grant,)),
            f"{deploy}, then scan again: hubmend scan",
        ),
    )


def declares_group(machine: Machine, deployed: Deployed | None, name: str) -> str | None:
    """Return the logical id under which the machine's own stack declares a log group's name."""
    if deployed is None or deployed.template is None:
        return None
    target = machine.target
    pseudo = {
        "StackName": machine.tags.get(STACK, ""),
        "AccountId": target.account,
        "Region": target.region,
        "Partition": machine.partition,
    }
    return deployed.template.log_groups(pseudo).get(name)


def _declared(machine: Machine, deployed: Deployed | None) -> Declared | None:
    template = deployed.template if deployed else None
    return template.declared(machine.tags.get(LOGICAL)) if template else None


def _next_deploy(declared: Declared | None) -> NextDeploy:
    sets = declared.sets_logging if declared else None
    if sets is None:
        return NextDeploy.NOT_KNOWN
    return NextDeploy.REVERTS if sets else NextDeploy.KEEPS
