"""Our own reading of a role's policies and its boundary (F§3.8)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls.stepfunctions_1.rights import DOCUMENT, NEEDED, Rights, evaluate
from tests.controls.builders import document, statement

EVERY = document(statement(action="logs:*"))
ONE = "logs:CreateLogDelivery"
IF = {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}


def lacking(*statements: dict[str, Any], boundary: Any = None) -> Rights:
    return evaluate([document(*statements)], boundary, (ONE,))


ALLOWED: list[tuple[dict[str, Any], bool]] = [
    (statement(action="*"), True),
    (statement(action="logs:*"), True),
    (statement(action=ONE), True),
    (statement(action=[ONE]), True),
    (statement(action=["s3:*", "logs:*LogDelivery"]), True),
    (statement(action="logs:Create?ogDelivery"), True),
    (statement(action="LOGS:createlogdelivery"), True),
    (statement(action="logs:CreateLogDelivery?"), False),
    (statement(action="logs:[C]reateLogDelivery"), False),
    (statement(action="logs:CreateLog"), False),
    (statement(action="logs"), False),
    (statement(action=[]), False),
    (statement(action=ONE, Resource="**"), True),
    (statement(action=ONE, Resource=["arn:x", "*"]), True),
    (statement(action=ONE, Resource="arn:aws:logs:*:*:*"), False),
    (statement(action=ONE, Resource=[]), False),
    ({"Effect": "Allow", "Action": ONE}, False),
    ({"Effect": "Allow", "Resource": "*"}, False),
    ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, True),
    ({"Effect": "Allow", "NotAction": ["iam:*", "logs:Create*"], "Resource": "*"}, False),
    ({"Effect": "Allow", "Action": ONE, "NotResource": "arn:aws:logs:*:*:log-group:x"}, True),
    ({"Effect": "Allow", "Action": ONE, "NotResource": ["*"]}, False),
    (statement(action=ONE, Condition=IF), False),
    (statement(action=ONE, Condition={}), True),
    (statement("Deny", ONE), False),
    ({"Action": ONE, "Resource": "*"}, False),
]


@pytest.mark.parametrize(("one", "allowed"), ALLOWED)
def test_what_a_statement_allows(one: dict[str, Any], allowed: bool) -> None:
    assert (lacking(one).lacking == ()) is allowed


@pytest.mark.parametrize(("one", "allowed"), ALLOWED)
def test_a_boundary_is_read_by_the_same_rules(one: dict[str, Any], allowed: bool) -> None:
    rights = lacking(statement(), boundary=document(one))
    assert (rights.bounded == ()) is allowed
    assert rights.lacking == ()


def test_hubmends_own_policy_is_enough() -> None:
    assert evaluate([DOCUMENT], None) == Rights((), (), ())
    assert evaluate([DOCUMENT], None).sufficient
    assert len(NEEDED) == 8


def test_a_role_without_documents_lacks_everything() -> None:
    rights = evaluate([], None)
    assert (rights.lacking, rights.sufficient) == (NEEDED, False)


def test_rights_may_come_from_several_documents() -> None:
    halves = [document(statement(action=list(part))) for part in (NEEDED[:4], NEEDED[4:])]
    assert evaluate(halves, None).sufficient
    assert evaluate(halves[:1], None).lacking == NEEDED[4:]


def test_a_single_statement_need_not_be_in_a_list() -> None:
    assert evaluate([{"Statement": statement(action="logs:*")}], None).sufficient
    assert evaluate([{}], None).lacking == NEEDED


def test_a_deny_stands_against_any_allow_wherever_it_is() -> None:
    deny = statement("Deny", "logs:Put*")
    for rights in (
        evaluate([EVERY, document(deny)], None),
        evaluate([EVERY], document(statement(), deny)),
    ):
        assert (rights.denied, rights.sufficient) == (("logs:PutResourcePolicy",), False)
        assert rights.lacking == rights.bounded == rights.perhaps_denied == ()


def test_a_deny_on_one_resource_does_not_touch_actions_that_know_none() -> None:
    deny = statement("Deny", "logs:*", Resource="arn:aws:logs:*:*:log-group:secret")
    assert evaluate([EVERY, document(deny)], None).sufficient


def test_a_conditional_deny_is_only_possible() -> None:
    rights = evaluate([EVERY, document(statement("Deny", ONE, Condition=IF))], None)
    assert (rights.perhaps_denied, rights.denied, rights.sufficient) == ((ONE,), (), True)


def test_a_boundary_that_does_not_speak_of_logs_bounds() -> None:
    rights = evaluate([EVERY], document(statement(action="s3:*")))
    assert (rights.bounded, rights.sufficient) == (NEEDED, False)
    assert evaluate([EVERY], {}).bounded == NEEDED


actions = st.sampled_from([*NEEDED, "logs:*", "*", "logs:?ut*", "s3:*"])
statements = st.builds(
    statement,
    st.sampled_from(["Allow", "Deny"]),
    actions | st.lists(actions, max_size=3),
    Resource=st.sampled_from(["*", "arn:x"]),
)
documents = st.lists(st.lists(statements, max_size=3).map(lambda some: document(*some)), max_size=3)


@given(documents, st.none() | documents.map(lambda some: some[0] if some else document()))
def test_one_more_policy_never_takes_a_right_away(have: list[Any], boundary: Any) -> None:
    before, after = evaluate(have, boundary), evaluate([*have, DOCUMENT], boundary)
    assert after.lacking == ()
    assert (after.denied, after.bounded) == (before.denied, before.bounded)
    assert after.sufficient or after.denied or after.bounded


@given(documents, st.permutations(range(3)))
def test_the_order_of_documents_does_not_matter(have: list[Any], order: list[int]) -> None:
    turned = [have[place] for place in order if place < len(have)]
    assert evaluate(turned, None) == evaluate(have, None)
