"""A plan says whose answer holds a value, and the value is filled in when it is known."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.call import Call, Change
from hubmend.core.codec import encode
from hubmend.core.reference import Reference, filled, references, resolved

VERSION = Reference("c5", "stateMachineVersionArn")
ROUTING = [{"version": encode(VERSION), "weight": 90}, {"version": "v1", "weight": 10}]
CALL = Call("stepfunctions", "UpdateStateMachineAlias", {"alias": "live", "routing": ROUTING})
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def change(call: Call = CALL, undo: Call | None = None) -> Change:
    return Change("c6", "arn", "1", "r", call, undo, "")


def test_a_reference_is_filled_in_wherever_it_stands() -> None:
    undo = Call("stepfunctions", "Delete", {"version": encode(VERSION)})
    made = resolved(change(undo=undo), {"c5": {"stateMachineVersionArn": "v2", "other": 1}})
    assert made.call.params["routing"] == [
        {"version": "v2", "weight": 90}, {"version": "v1", "weight": 10},
    ]  # fmt: skip
    assert made.undo == Call("stepfunctions", "Delete", {"version": "v2"})
    assert references(made.call) == ()


def test_what_is_not_known_yet_stays_a_reference() -> None:
    unknown: list[dict[str, dict[str, str]]] = [{}, {"c5": {}}, {"c4": {VERSION.member: "v2"}}]
    for answers in unknown:
        assert resolved(change(), answers) == change()
    assert references(CALL) == (VERSION,)
    assert str(VERSION) == "(stateMachineVersionArn answered to c5)"


@given(st.dictionaries(st.text(), plain))
def test_parameters_without_references_are_left_as_they_are(params: dict[str, Any]) -> None:
    call = Call("s", "o", params)
    assert filled(call, str) == call
    assert references(call) == ()
