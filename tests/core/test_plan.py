"""A stored plan is the same plan, or it is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.codec import canonical, fingerprint
from hubmend.core.errors import USAGE, PlanError
from hubmend.core.plan import (
    SCHEMA,
    Manual,
    NextDeploy,
    Note,
    Owner,
    Plan,
    Skipped,
    dump_plan,
    load_plan,
)
from tests.store.values import ARN, decision, plans

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CREATE = Call("logs", "CreateLogGroup", {"logGroupName": "g", "days": 1, "deep": {"list": [1, 2]}})
CHANGE = Change(
    id="c1",
    resource=ARN,
    account="111122223333",
    region="us-east-1",
    call=CREATE,
    undo=Call("logs", "DeleteLogGroup", {"logGroupName": "g"}),
    reason="needed",
    title="log group g",
    needs=("c0",),
)
PLAN = Plan(
    created=NOW,
    control="StepFunctions.1",
    changes=(CHANGE,),
    skipped=(Skipped("s", "suppressed"),),
    manual=(Manual("m", "boundary", ("ask", "again")),),
    notes=(Note("n", "watch"),),
    decisions=(decision(),),
    snapshots={ARN: {"logging": {"level": "OFF"}}},
)


def text_of(document: Any) -> str:
    return json.dumps(document)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value in a document, containers included."""
    yield path
    pairs: Any = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    for key, inner in pairs:
        yield from leaves(inner, (*path, key))


PATHS = [path for path in leaves(dump_plan(PLAN)) if path]


def parent_of(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        document = document[key]
    return document


@given(plans)
def test_a_stored_plan_is_the_same_plan(plan: Plan) -> None:
    back = load_plan(text_of(dump_plan(plan)))
    assert back == plan
    assert back.fingerprint == plan.fingerprint == dump_plan(plan)["fingerprint"]


def test_a_plan_file_begins_with_its_schema_and_fingerprint() -> None:
    assert list(dump_plan(PLAN))[:3] == ["schema", "fingerprint", "created"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_leaving_out_any_part_of_a_plan_is_seen(path: tuple[Any, ...]) -> None:
    document = dump_plan(PLAN)
    del parent_of(document, path)[path[-1]]
    with pytest.raises(PlanError):
        load_plan(text_of(document))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize("other", [None, True, 0, "changed", [], {}])
def test_changing_any_part_of_a_plan_is_seen(path: tuple[Any, ...], other: Any) -> None:
    document = dump_plan(PLAN)
    parent = parent_of(document, path)
    if canonical(parent[path[-1]]) == canonical(other):
        other = "another"
    parent[path[-1]] = deepcopy(other)
    with pytest.raises(PlanError):
        load_plan(text_of(document))


def test_an_edited_plan_says_so_and_that_nothing_was_applied() -> None:
    document = dump_plan(PLAN)
    document["changes"][0]["reason"] = "because"
    with pytest.raises(PlanError, match="was changed after it was made") as refused:
        load_plan(text_of(document), "plan.json")
    assert "plan.json" in str(refused.value)
    assert "Nothing was applied" in str(refused.value)
    assert refused.value.exit_code == USAGE


def test_leaving_out_an_empty_list_is_seen_although_it_reads_the_same() -> None:
    document = dump_plan(Plan(NOW, "StepFunctions.1", ()))
    del document["notes"]
    with pytest.raises(PlanError, match="was changed"):
        load_plan(text_of(document))


@given(st.integers(0, len(text_of(dump_plan(PLAN))) - 1))
def test_a_plan_cut_off_anywhere_is_refused(length: int) -> None:
    with pytest.raises(PlanError, match="cut off"):
        load_plan(text_of(dump_plan(PLAN))[:length])


def test_a_truncated_plan_says_how_to_make_it_again() -> None:
    with pytest.raises(PlanError, match="hubmend plan -o"):
        load_plan("{", "plan.json")


@pytest.mark.parametrize("text", ["[]", "null", "3", '"plan"', "{}", '{"schemas": 1}'])
def test_what_is_no_plan_at_all_is_named_so(text: str) -> None:
    with pytest.raises(PlanError, match="is not a hubmend plan: it has no schema"):
        load_plan(text)


@pytest.mark.parametrize("schema", ["hubmend/plan/2", "hubmend/run/1", None, 1, []])
def test_a_plan_of_another_schema_is_refused_by_name(schema: Any) -> None:
    with pytest.raises(PlanError, match=f"reads '{SCHEMA}'"):
        load_plan(text_of({**dump_plan(PLAN), "schema": schema}))


@pytest.mark.parametrize(
    "text",
    [
        '{"schema": NaN}',
        '{"schema": 1e999}',
        "9" * 5000,
        "[" * 100_000,
        "\ufffd\x00",
        b"\xff\xfe{\x00".decode("utf-16-le", "replace"),
        "\ufeff{}",
    ],
    ids=["nan", "infinite", "huge number", "nested", "binary", "utf-16", "byte order mark"],
)
def test_text_that_is_no_json_is_refused_without_a_traceback(text: str) -> None:
    with pytest.raises(PlanError):
        load_plan(text)


@given(st.text())
def test_any_text_is_a_plan_error(text: str) -> None:
    with pytest.raises(PlanError):
        load_plan(text)


def test_a_shapeless_plan_names_the_path_of_the_fault() -> None:
    with pytest.raises(PlanError, match=r"is not a whole plan: \$.changes: expected a list"):
        load_plan(text_of({**dump_plan(PLAN), "changes": 3}))


def test_the_refusal_of_an_edited_plan_does_not_tell_the_fingerprint_that_would_pass() -> None:
    edited = replace(PLAN, control="StepFunctions.2")
    document = {**dump_plan(edited), "fingerprint": PLAN.fingerprint}
    with pytest.raises(PlanError, match="was changed after it was made") as refused:
        load_plan(text_of(document))
    assert edited.fingerprint not in str(refused.value)


def test_the_fingerprint_covers_the_schema_too() -> None:
    body = {key: value for key, value in dump_plan(PLAN).items() if key != "fingerprint"}
    assert PLAN.fingerprint == fingerprint(body)
    assert PLAN.fingerprint != fingerprint({**body, "schema": "hubmend/plan/2"})


def test_a_plan_knows_its_resources_in_order_and_the_changes_of_each() -> None:
    other = Change("c2", "b", "1", "r", CREATE, None, "")
    again = Change("c3", ARN, "1", "r", CREATE, None, "")
    plan = Plan(NOW, "StepFunctions.1", (CHANGE, other, again))
    assert plan.resources == (ARN, "b")
    assert plan.of(ARN) == (CHANGE, again)
    assert CHANGE.target == Target("111122223333", "us-east-1")
    assert str(CREATE) == "logs:CreateLogGroup"


def test_a_plan_that_needs_no_later_key_is_the_plan_of_an_earlier_version() -> None:
    assert "owners" not in dump_plan(PLAN)
    owner = Owner("m", "CDK", "pay-7", NextDeploy.KEEPS, "pay-7", None, "Pay")
    owned = replace(PLAN, owners=(owner,))
    assert dump_plan(owned)["owners"][0]["next_deploy"] == "keeps"
    assert load_plan(text_of(dump_plan(owned))) == owned
    assert owned.fingerprint != PLAN.fingerprint
