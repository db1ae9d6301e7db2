"""Who deploys a machine, from its tags (F§5.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls.stepfunctions_1.ownership import SURVIVES, manager
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
)
def test_tags_tell_who_deploys(tags: dict[str, str], expected: Manager) -> None:
    assert manager(tags) == expected


@given(st.dictionaries(st.sampled_from([STACK, LOGICAL, CATALOG, "terraform", "x"]), st.text()))
def test_any_tags_have_an_owner_that_is_explained_or_none(tags: dict[str, str]) -> None:
    assert manager(tags).kind in {"", *SURVIVES}
