"""hubmend's reading of a role's policies agrees with moto's enforcement of them.

moto is a second reader that hubmend had no part in. Where moto reads less than IAM does, the
documents are not generated here: `?`, letter case of actions and NotResource (moto knows none of
them), conditions (hubmend counts no conditional Allow, on purpose). Those are in tests/controls.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from moto.iam.access_control import IAMPolicy, PermissionResult

from hubmend.controls.stepfunctions_1.rights import DOCUMENT, NEEDED, evaluate

ACTIONS = (
    *NEEDED,
    "logs:*",
    "logs:*LogDelivery",
    "logs:Create*",
    "logs:*Deliver*",
    "logs:Describe*",
    "logs:Put*",
    "logs:PutLogEvents",
    "s3:GetObject",
    "s3:*",
    "*",
    "l*s:C*y",
)
RESOURCES = ("*", "arn:aws:logs:us-east-1:111122223333:log-group:orders:*", "arn:aws:s3:::b/*")


def one_or_more(values: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """A single string, or a list: IAM accepts both."""
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=4)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    named = draw(st.sampled_from(("Action", "Action", "Action", "NotAction")))
    return {
        "Effect": draw(st.sampled_from(("Allow", "Allow", "Deny"))),
        named: draw(one_or_more(ACTIONS)),
        "Resource": draw(one_or_more(RESOURCES) | st.just("*")),
    }


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    several = draw(st.booleans())
    found = draw(st.lists(statements(), min_size=1, max_size=4)) if several else draw(statements())
    return {"Version": "2012-10-17", "Statement": found}


def moto_permits(documents: list[dict[str, Any]], action: str) -> bool:
    """What moto's enforcement says of an action on every resource, over all policies of a role."""
    results = [IAMPolicy(json.dumps(one)).is_action_permitted(action, "*") for one in documents]
    return PermissionResult.DENIED not in results and PermissionResult.PERMITTED in results


@settings(max_examples=400, deadline=None)
@given(st.lists(documents(), max_size=3))
def test_hubmend_reads_a_roles_policies_as_moto_enforces_them(found: list[dict[str, Any]]) -> None:
    rights = evaluate(found, None)
    refused = {*rights.lacking, *rights.denied}
    assert refused == {action for action in NEEDED if not moto_permits(found, action)}


@settings(max_examples=200, deadline=None)
@given(st.lists(documents(), max_size=2), documents())
def test_a_boundary_bounds_as_moto_would_read_it(
    found: list[dict[str, Any]], boundary: dict[str, Any]
) -> None:
    rights = evaluate(found, boundary)
    for action in NEEDED:
        permitted = moto_permits(found, action) and moto_permits([boundary], action)
        refused = action in (*rights.lacking, *rights.denied, *rights.bounded)
        assert permitted is not refused


@settings(max_examples=100, deadline=None)
@given(st.lists(documents(), max_size=3))
def test_adding_hubmends_policy_is_enough_unless_something_denies(
    found: list[dict[str, Any]],
) -> None:
    before, after = evaluate(found, None), evaluate([*found, dict(DOCUMENT)], None)
    assert after.sufficient is (not before.denied)
    assert not after.lacking
