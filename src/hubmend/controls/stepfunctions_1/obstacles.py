"""What stands in the way of a change, foreseen before anyone approves it. Pure.

Each obstacle is a Manual outcome with the exact steps, never a call that fails later (F§3.8 to
F§3.11). The first one found is told; the plan is made again when it is out of the way.
"""

from __future__ import annotations

import json
import re

from hubmend.controls.stepfunctions_1.deployed import declares_group
from hubmend.controls.stepfunctions_1.destination import VENDED
from hubmend.controls.stepfunctions_1.keys import Found, group_key, machine_key
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.ownership import TERRAFORM, manager
from hubmend.controls.stepfunctions_1.rights import DOCUMENT, POLICY_NAME
from hubmend.controls.stepfunctions_1.role import INLINE_LIMIT
from hubmend.controls.stepfunctions_1.survey import Surroundings
from hubmend.core.plan import Manual

POLICIES_LIMIT, POLICY_CHARACTERS = 10, 5_120
_ENTRY_OVERHEAD = 30
AGAIN = "make the plan again: hubmend plan -o plan.json"
_STATEMENT = json.dumps(DOCUMENT["Statement"][0])


def obstacle(machine: Machine, around: Surroundings) -> Manual | None:
    """Return what a person must do first; None when nothing stands in the way."""
    for look in (_name, _role, _group, _group_key, _resource_policies, _key):
        found = look(machine, around)
        if found:
            return Manual(machine.arn, found[0], (*found[1], AGAIN))
    return None


def _name(machine: Machine, _: Surroundings) -> Found:
    if re.fullmatch(r"[0-9A-Za-z_-]+", machine.name):
        return None
    return (
        "its name has characters with which CloudWatch logging does not work",
        ("recreate the machine with a name of letters, digits, - and _",),
    )


def _role(_: Machine, around: Surroundings) -> Found:
    role = around.role
    if role.fault:
        return (
            f"its role {role.name} could not be read: {role.fault}",
            (
                (
                    "allow the audit role iam:GetRole, ListRolePolicies, GetRolePolicy, "
                    "ListAttachedRolePolicies, GetPolicy and GetPolicyVersion"
                ),
            ),
        )
    rights = role.rights
    if rights.bounded:
        return (
            f"its role {role.name} is under a permissions boundary without {rights.bounded[0]}",
            (f"ask the owner of {role.boundary_arn} to add the statement {_STATEMENT}",),
        )
    if rights.denied:
        return (
            f"a policy of its role {role.name} denies {rights.denied[0]}",
            (f"ask the role's owner to take {', '.join(rights.denied)} out of the Deny",),
        )
    if role.simulated:
        action, why = next(iter(role.simulated.items()))
        return (
            f"its role {role.name} would still be refused {action} by {why}",
            (f"ask whoever owns {why} to allow {', '.join(role.simulated)}",),
        )
    return None if rights.sufficient else _unpatchable(around)


def _unpatchable(around: Surroundings) -> Found:
    role = around.role
    if role.uneditable:
        return (
            f"its role {role.name} ({role.path}) belongs to AWS and lacks log delivery rights",
            (
                (
                    "give the machine a role of its own with the statement "
                    f"{_STATEMENT} (states:UpdateStateMachine, roleArn)"
                ),
            ),
        )
    if not role.has_room:
        return (
            (
                f"the inline policies of its role {role.name} leave no room for {POLICY_NAME}: "
                f"{role.inline_size} of {INLINE_LIMIT} characters are used"
            ),
            (f"attach a managed policy with the statement {_STATEMENT} to the role",),
        )
    hint = manager(role.tags)
    if hint.kind == TERRAFORM and role.has_other_inline:
        return (
            (
                f"its role {role.name} and the inline policies it has are likely Terraform's "
                f"({hint.evidence}): where inline_policy blocks hold them, the next apply removes "
                "any other, and logging breaks later"
            ),
            (f"add the statement to the role's Terraform code and apply it: {_STATEMENT}",),
        )
    return None


def _group(machine: Machine, around: Surroundings) -> Found:
    name, group = around.destination.name, around.group
    declared = declares_group(machine, around.deployed, name)
    if around.group_fault:
        return (
            f"log group {name} could not be looked up: {around.group_fault}",
            ("allow the audit role logs:DescribeLogGroups",),
        )
    if group is None and around.destination.must_exist:
        return (
            f"log group {name} does not exist",
            ((f"create it (aws logs create-log-group --log-group-name {name}), or decide again "
             "with --log-group new"),),
        )  # fmt: skip
    if group is None and declared:
        return (
            (
                f"log group {name} is declared by its stack ({declared}) and not there yet: "
                "made beforehand, it would make the stack's next deploy fail"
            ),
            ("deploy the stack, which makes it, or decide again with another --log-group",),
        )
    if group is not None and group.log_class != "STANDARD":
        return (
            f"log group {name} has class {group.log_class}, whose records cannot be read back",
            ("decide again with --log-group new, or name a group of class STANDARD",),
        )
    return None


def _resource_policies(_: Machine, around: Surroundings) -> Found:
    policies, present = around.policies, around.delivery_policy
    if policies is None or _covered(around):
        return None
    if present is None and len(policies) >= POLICIES_LIMIT:
        return (
            (
                f"the account has {len(policies)} CloudWatch Logs resource policies in this "
                "region, the most AWS allows: log delivery cannot add its own"
            ),
            (
                (
                    "back up and merge or delete resource policies that are no longer needed: "
                    "aws logs describe-resource-policies, aws logs delete-resource-policy"
                ),
            ),
        )
    grown = len(present or "") + len(around.destination.arn) + _ENTRY_OVERHEAD
    if present is not None and grown > POLICY_CHARACTERS:
        return (
            (
                "the resource policy AWSLogDeliveryWrite20150319 has no room for another log "
                f"group ({len(present)} of {POLICY_CHARACTERS} characters)"
            ),
            (f"decide again with a log group under {VENDED}states/, which needs no entry",),
        )
    return None


def _covered(around: Surroundings) -> bool:
    """Whether the delivery policy speaks of the group already; vended names share one entry."""
    text, name = around.delivery_policy or "", around.destination.name
    return f":log-group:{name}:" in text or (name.startswith(VENDED) and f"{VENDED}*" in text)


def _key(machine: Machine, around: Surroundings) -> Found:
    return machine_key(machine, around.role, around.key_policy)


def _group_key(machine: Machine, around: Surroundings) -> Found:
    if around.new_key is None:
        return None
    return group_key(around.new_key, around.destination.arn.removesuffix(":*"), machine.target)
