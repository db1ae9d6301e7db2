"""Who deploys a state machine, told from its tags, and what a direct change comes to (F§5)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hubmend.core.resource import Manager

_STACK = "aws:cloudformation:stack-name"
_LOGICAL = "aws:cloudformation:logical-id"
_SERVICE_CATALOG = "aws:servicecatalog:provisionedProductArn"
_STACK_SET = re.compile(r"StackSet-.+-[0-9a-f]{8}-[0-9a-f-]{27}")
_TERRAFORM = re.compile(r"terraform|opentofu", re.IGNORECASE)

SURVIVES = {
    "CloudFormation": "a direct change survives the next deploy only while the template sets no "
    "logging; write it into the template too",
    "Terraform (likely)": "a direct change survives only while the code has no "
    "logging_configuration block; write it into the code too",
}
for _same in ("SAM", "StackSet", "Service Catalog"):
    SURVIVES[_same] = SURVIVES["CloudFormation"]


def manager(tags: Mapping[str, str]) -> Manager:
    """Return who deploys a machine; aws: tags cannot be forged, others are hints (F§5.1)."""
    stack = tags.get(_STACK)
    if _SERVICE_CATALOG in tags:
        return Manager("Service Catalog", tags[_SERVICE_CATALOG])
    if stack:
        where = f"{stack} / {tags[_LOGICAL]}" if _LOGICAL in tags else stack
        if _STACK_SET.fullmatch(stack):
            return Manager("StackSet", where)
        sam = tags.get("stateMachine:createdBy") == "SAM"
        return Manager("SAM" if sam else "CloudFormation", where)
    if tags.get("stateMachine:createdBy") == "SAM":
        return Manager("SAM", "tag stateMachine:createdBy")
    for key, value in sorted(tags.items()):
        if _TERRAFORM.search(key) or (key.lower() == "managedby" and _TERRAFORM.search(value)):
            return Manager("Terraform (likely)", f"tag {key}={value}")
    return Manager()
