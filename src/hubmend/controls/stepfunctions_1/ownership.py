"""Who deploys a state machine, told from its tags (F§5.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hubmend.core.resource import Manager

STACK = "aws:cloudformation:stack-name"
STACK_ID = "aws:cloudformation:stack-id"
LOGICAL = "aws:cloudformation:logical-id"
_SERVICE_CATALOG = "aws:servicecatalog:provisionedProductArn"
_STACK_SET = re.compile(r"StackSet-.+-[0-9a-f]{8}-[0-9a-f-]{27}")
_TERRAFORM = re.compile(r"terraform|opentofu", re.IGNORECASE)

TERRAFORM = "Terraform (likely)"


def manager(tags: Mapping[str, str]) -> Manager:
    """Return who deploys a machine; aws: tags cannot be forged, others are hints (F§5.1)."""
    stack = tags.get(STACK)
    if _SERVICE_CATALOG in tags:
        return Manager("Service Catalog", tags[_SERVICE_CATALOG])
    if stack:
        where = f"{stack} / {tags[LOGICAL]}" if LOGICAL in tags else stack
        if _STACK_SET.fullmatch(stack):
            return Manager("StackSet", where)
        if tags.get("stateMachine:createdBy") == "SAM":
            return Manager("SAM", where)
        stage = tags.get("STAGE")  # a convention of the Serverless Framework, no proof
        likely = stage and stack.endswith(f"-{stage}")
        return Manager("Serverless Framework (likely)" if likely else "CloudFormation", where)
    if tags.get("stateMachine:createdBy") == "SAM":
        return Manager("SAM", "tag stateMachine:createdBy")
    for key, value in sorted(tags.items()):
        if _TERRAFORM.search(key) or (key.lower() == "managedby" and _TERRAFORM.search(value)):
            return Manager(TERRAFORM, f"tag {key}={value}")
    return Manager()
