"""Reading a machine's role, and what AWS itself predicts of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given

from hubmend.controls.stepfunctions_1.rights import DOCUMENT, NEEDED, POLICY_NAME
from hubmend.controls.stepfunctions_1.role import INLINE_LIMIT, Role, parsed, read_role, size
from hubmend.core.errors import ErrorKind
from tests.controls.builders import ABLE, ROLE, TARGET, Scripted, document, refusal, role, statement
from tests.store.values import objects

OWN = document(statement(action="logs:*"))
BOUNDARY = "arn:aws:iam::111122223333:policy/edge"
MANAGED = "arn:aws:iam::aws:policy/Power"
FRAME = document(statement(action="s3:*"))


def iam(**changed: Any) -> Scripted:
    """IAM with one role: an inline policy, a managed one on a second page, a boundary."""
    texts = {MANAGED: quote(json.dumps(OWN)), BOUNDARY: json.dumps(FRAME)}
    answers: dict[str, Any] = {
        "GetRole": {
            "Role": {
                "Path": "/app/",
                "PermissionsBoundary": {"PermissionsBoundaryArn": BOUNDARY},
                "Tags": [{"Key": "team", "Value": "pay"}],
            }
        },
        "ListRolePolicies": [{"PolicyNames": []}, {"PolicyNames": ["own"]}],
        "GetRolePolicy": {"PolicyDocument": OWN},
        "ListAttachedRolePolicies": [
            {"AttachedPolicies": []},
            {"AttachedPolicies": [{"PolicyArn": MANAGED}]},
        ],
        "GetPolicy": {"Policy": {"DefaultVersionId": "v3"}},
        "GetPolicyVersion": lambda asked: {
            "PolicyVersion": {"Document": texts[asked["PolicyArn"]] * (asked["VersionId"] == "v3")}
        },
        "SimulatePrincipalPolicy": {"EvaluationResults": []},
    }
    return Scripted(**{**answers, **changed})


async def test_a_role_is_read_with_all_its_documents() -> None:
    gateway = iam()
    assert await read_role(gateway, TARGET, ROLE) == Role(
        arn=ROLE,
        name="PayRole",
        path="/app/",
        inline={"own": OWN},
        attached={MANAGED: OWN},
        boundary_arn=BOUNDARY,
        boundary=FRAME,
        tags={"team": "pay"},
        simulated={},
    )
    assert {target for target, _ in gateway.calls} == {TARGET}
    simulated = next(one for _, one in gateway.calls if one.operation == "SimulatePrincipalPolicy")
    assert simulated.params["ActionNames"] == list(NEEDED)
    assert json.loads(simulated.params["PolicyInputList"][0]) == DOCUMENT


async def test_a_plain_role_has_no_boundary_and_the_root_path() -> None:
    read = await read_role(iam(GetRole={"Role": {}}), TARGET, ROLE)
    assert (read.path, read.boundary, read.boundary_arn, read.tags) == ("/", None, None, {})
    assert read.rights.sufficient


@pytest.mark.parametrize(
    "operation",
    ["GetRole", "ListRolePolicies", "GetRolePolicy", "ListAttachedRolePolicies", "GetPolicy",
     "GetPolicyVersion"],
)  # fmt: skip
async def test_what_may_not_be_read_is_the_fault_of_the_role(operation: str) -> None:
    denied = refusal(ErrorKind.DENIED, f"iam:{operation}")
    read = await read_role(iam(**{operation: denied}), TARGET, ROLE)
    assert read == Role(arn=ROLE, name="PayRole", fault=str(denied))


async def test_a_simulation_that_may_not_be_asked_is_no_fault() -> None:
    denied = refusal(ErrorKind.DENIED, "iam:SimulatePrincipalPolicy")
    read = await read_role(iam(SimulatePrincipalPolicy=denied), TARGET, ROLE)
    assert (read.simulated, read.fault) == (None, None)


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({"EvalDecision": "allowed"}, None),
        ({"EvalDecision": "explicitDeny"}, "an explicit Deny"),
        ({"EvalDecision": "implicitDeny"}, "AWS's own simulation"),
        ({"EvalDecision": "implicitDeny",
          "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
         "the permissions boundary"),
        ({"EvalDecision": "explicitDeny",
          "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True}},
         "an explicit Deny"),
        ({"EvalDecision": "implicitDeny",
          "OrganizationsDecisionDetail": {"AllowedByOrganizations": False},
          "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}},
         "a service control policy of the organization"),
        ({"EvalDecision": "explicitDeny",
          "OrganizationsDecisionDetail": {"AllowedByOrganizations": True}}, "an explicit Deny"),
    ],
)  # fmt: skip
async def test_the_simulation_tells_what_stands_against_an_action(
    result: dict[str, Any], why: str | None
) -> None:
    results = [{"EvalActionName": "logs:CreateLogDelivery", **result}]
    gateway = iam(SimulatePrincipalPolicy={"EvaluationResults": results})
    read = await read_role(gateway, TARGET, ROLE)
    assert read.simulated == ({"logs:CreateLogDelivery": why} if why else {})


@given(objects)
def test_a_document_is_the_same_however_it_is_sent(value: dict[str, Any]) -> None:
    text = json.dumps(value)
    assert parsed(value) == parsed(text) == parsed(f" {text}") == parsed(quote(text)) == value


@pytest.mark.parametrize("value", [None, [], 3, "[]", "null", '"text"'])
def test_what_is_no_document_allows_nothing(value: Any) -> None:
    assert parsed(value) == {}


@pytest.mark.parametrize(
    ("path", "uneditable"),
    [
        ("/", False),
        ("/app/", False),
        ("/aws-service-role/states.amazonaws.com/", True),
        ("/aws-reserved/sso.amazonaws.com/", True),
    ],
)
def test_roles_of_aws_cannot_be_edited(path: str, uneditable: bool) -> None:
    assert role(path=path).uneditable is uneditable


def test_inline_policies_share_one_limit_and_hubmends_own_makes_room_for_itself() -> None:
    room = INLINE_LIMIT - size(DOCUMENT) - size(document(statement(action="")))
    filled = document(statement(action="x" * room))
    assert role(inline={"own": filled}).has_room
    assert role(inline={"own": filled, POLICY_NAME: DOCUMENT}).has_room
    assert not role(inline={"own": filled, "other": {}}).has_room
    assert role(inline={"own": {}, POLICY_NAME: DOCUMENT}).inline_size == len("{}")


def test_white_space_does_not_count() -> None:
    assert size({"a": "b c"}) == len('{"a":"bc"}')


def test_rights_count_inline_and_attached_documents() -> None:
    assert role(attached=ABLE).rights.sufficient
    assert role(inline=ABLE).rights.sufficient
    assert not role(inline=ABLE, boundary=FRAME).rights.sufficient
