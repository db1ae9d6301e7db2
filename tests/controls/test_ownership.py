"""Who deploys a machine, from its tags (F§5.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls.stepfunctions_1.ownership import manager
from hubmend.core.resource import Manager

STACK = "aws:cloudformation:stack-name"
LOGICAL = "aws:cloudformation:logical-id"
CATALOG = "aws:servicecatalog:provisionedProductArn"
SET = "StackSet-base-0a1b2c3d-1111-2222-3333-444455556666"


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, Manager()),
        ({"env": "prod", "ManagedBy": "the platform team"}, Manager()),
        ({STACK: "pay-7"}, Manager("CloudFormation", "pay-7")),
        ({STACK: "pay-7", LOGICAL: "Card"}, Manager("CloudFormation", "pay-7 / Card")),
        ({STACK: "pay-prod", "STAGE": "prod"},
         Manager("Serverless Framework (likely)", "pay-prod")),
        ({STACK: "pay", "STAGE": "prod"}, Manager("CloudFormation", "pay")),
        ({STACK: "pay-7", "stateMachine:createdBy": "SAM"}, Manager("SAM", "pay-7")),
        ({"stateMachine:createdBy": "SAM"}, Manager("SAM", "tag stateMachine:createdBy")),
        ({"stateMachine:createdBy": "me"}, Manager()),
        ({STACK: SET, LOGICAL: "M"}, Manager("StackSet", f"{SET} / M")),
        ({STACK: SET, "stateMachine:createdBy": "SAM"}, Manager("StackSet", SET)),
        ({STACK: "StackSet-mine"}, Manager("CloudFormation", "StackSet-mine")),
        ({CATALOG: "arn:pp", STACK: "SC-1"}, Manager("Service Catalog", "arn:pp")),
        ({"terraform": "true"}, Manager("Terraform (likely)", "tag terraform=true")),
        ({"ManagedBy": "Terraform"}, Manager("Terraform (likely)", "tag ManagedBy=Terraform")),
        ({"managedby": "OpenTofu"}, Manager("Terraform (likely)", "tag managedby=OpenTofu")),
        ({"note": "terraform"}, Manager()),
        ({STACK: "s", "terraform": "true"}, Manager("CloudFormation", "s")),
    ],
)  # fmt: skip
def test_tags_tell_who_deploys(tags: dict[str, str], expected: Manager) -> None:
    assert manager(tags) == expected


@given(st.dictionaries(st.sampled_from([STACK, LOGICAL, CATALOG, "terraform", "x"]), st.text()))
def test_a_manager_is_named_only_with_its_evidence(tags: dict[str, str]) -> None:
    found = manager(tags)
    assert found.kind or not found.evidence
    assert found.kind == "" or any(value in found.evidence for value in tags.values())
