"""The traffic of aliases: taken along where only logging would change, else left to a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.aws.models import Models
from hubmend.controls.stepfunctions_1.aliases import Alias, Route, Version
from hubmend.controls.stepfunctions_1.draft import Draft
from hubmend.controls.stepfunctions_1.effects import effect
from hubmend.controls.stepfunctions_1.plan import outline
from hubmend.controls.stepfunctions_1.repoint import Choice, Traffic, repoint
from hubmend.core.call import Change
from hubmend.core.control import Outline
from hubmend.core.decision import Decision
from hubmend.core.reference import filled, resolved
from hubmend.core.settings import Defaults, Settings
from tests.controls.builders import (
    ABLE,
    NOW,
    SETTINGS,
    around,
    decision,
    group,
    logging,
    machine,
    machine_arn,
    role,
)

OFF = {"level": "OFF", "includeExecutionData": False}
MOMENT = "2026-11-23T09:00:00.000000Z"
YES = decision(update_versions="yes")
_MODELS = Models()


def version(number: int, differs: str = "", told: Any = OFF) -> Version:
    return Version(f"{machine_arn()}:{number}", told, differs)


def alias(*routes: tuple[Version, int], name: str = "live", description: str = "") -> Alias:
    made = tuple(Route(one, weight) for one, weight in routes)
    return Alias(f"{machine_arn()}:{name}", made, description)


LIVE = alias((version(1), 100))


def outlined(
    *aliases: Alias, chosen: Decision = YES, settings: Settings = SETTINGS, **read: Any
) -> Outline:
    found = around(chosen, role=role(inline=ABLE), group=group(400), aliases=aliases)
    return outline(machine(**read), chosen, settings, found, (), NOW)


def operations(made: Outline) -> list[str]:
    return [change.call.operation for change in made.changes]


def routing(change: Change, way: str = "call") -> list[tuple[str, int]]:
    """What a change sets an alias to, as version number (or whose answer it is) and weight."""
    call = change.call if way == "call" else change.undo
    assert call
    return [
        (one["stateMachineVersionArn"]["answer_of"], one["weight"])
        if isinstance(one["stateMachineVersionArn"], dict)
        else (one["stateMachineVersionArn"].rsplit(":", 1)[-1], one["weight"])
        for one in call.params["routingConfiguration"]
    ]


def test_a_version_of_the_revision_just_made_is_published_and_the_alias_moved_to_it() -> None:
    made = outlined(alias((version(1), 100), description="production"))
    assert operations(made) == [
        "UpdateStateMachine", "PublishStateMachineVersion", "UpdateStateMachineAlias",
    ]  # fmt: skip
    update, publish, repointed = made.changes
    assert publish.call.params == {
        "stateMachineArn": machine_arn(),
        "revisionId": {"answer_of": update.id, "member": "revisionId"},
        "description": f"hubmend:plan={MOMENT}",
    }
    assert publish.undo
    assert publish.undo.params == {
        "stateMachineVersionArn": {"answer_of": publish.id, "member": "stateMachineVersionArn"}
    }
    assert routing(repointed) == [(publish.id, 100)]
    assert routing(repointed, "undo") == [("1", 100)]
    for call in (repointed.call, repointed.undo):
        assert call
        assert call.params["description"] == "production"
    assert repointed.title == "alias live: version 1 -> the one published (100 %)"
    assert (made.notes, made.manual) == ((), None)


def test_an_alias_without_a_description_is_given_none() -> None:
    assert "description" not in outlined(LIVE).changes[-1].call.params


@pytest.mark.parametrize(("read", "revision"), [(None, "INITIAL"), ("r-7", "r-7")])
def test_where_the_machine_logs_already_what_was_read_is_published(
    read: str | None, revision: str
) -> None:
    made = outlined(LIVE, logging=logging(), revision_id=read)
    assert operations(made) == ["PublishStateMachineVersion", "UpdateStateMachineAlias"]
    assert made.changes[0].call.params["revisionId"] == revision


def test_one_version_serves_all_aliases() -> None:
    made = outlined(LIVE, alias((version(1), 100), name="batch"))
    assert operations(made)[1:] == ["PublishStateMachineVersion", *["UpdateStateMachineAlias"] * 2]
    assert {routing(change)[0][0] for change in made.changes[2:]} == {made.changes[1].id}


FIT, LOGS, OTHER = version(1), version(2, told=logging()), version(3, "definition")


@pytest.mark.parametrize(
    ("routes", "after"),
    [
        ([(FIT, 90), (LOGS, 10)], [("new", 90), ("2", 10)]),
        ([(LOGS, 90), (FIT, 10)], [("2", 90), ("new", 10)]),
        ([(FIT, 90), (OTHER, 10)], [("new", 90), ("3", 10)]),
        ([(OTHER, 60), (FIT, 40)], [("3", 60), ("new", 40)]),
        ([(FIT, 90), (version(4), 10)], [("new", 100)]),
        ([(FIT, 100), (version(4), 0)], [("new", 100), ("4", 0)]),
        ([(FIT, 100), (OTHER, 0)], [("new", 100), ("3", 0)]),
        ([(version(4), 0), (FIT, 100)], [("4", 0), ("new", 100)]),
    ],
)
def test_only_what_carries_traffic_and_would_change_in_logging_alone_is_moved(
    routes: list[tuple[Version, int]], after: list[tuple[str, int]]
) -> None:
    made = outlined(alias(*routes))
    *_, publish, repointed = made.changes
    assert routing(repointed) == [(publish.id if to == "new" else to, w) for to, w in after]
    assert routing(repointed, "undo") == [(one.number, weight) for one, weight in routes]


@pytest.mark.parametrize(
    "routes", [[(LOGS, 100)], [(LOGS, 100), (FIT, 0)], [(LOGS, 100), (OTHER, 0)]]
)
@pytest.mark.parametrize("choice", Choice)
def test_an_alias_whose_traffic_logs_as_decided_needs_nothing(
    routes: list[tuple[Version, int]], choice: Choice
) -> None:
    made = outlined(alias(*routes), chosen=decision(update_versions=choice.value))
    assert operations(made) == ["UpdateStateMachine"]
    assert (made.notes, made.manual) == ((), None)


def test_a_version_that_differs_is_left_to_a_person_with_the_steps() -> None:
    made = outlined(alias((OTHER, 100)))
    assert operations(made) == ["UpdateStateMachine"]
    assert made.manual
    assert made.manual.reason == (
        "alias live routes to version 3, whose definition is not the machine's: publishing would "
        "change what production runs"
    )
    compare, publish, move, otherwise = made.manual.steps
    assert f"describe-state-machine --state-machine-arn {OTHER.arn}" in compare
    assert f"publish-state-machine-version --state-machine-arn {machine_arn()}" in publish
    assert f"--state-machine-alias-arn {machine_arn()}:live" in move
    told = json.loads(move.split("--routing-configuration ")[1].strip("'"))
    assert told == [{"stateMachineVersionArn": "THE_VERSION_PUBLISHED", "weight": 100}]
    assert "hubmend plan" in otherwise


def test_the_steps_for_a_person_keep_what_hubmend_moved() -> None:
    made = outlined(alias((FIT, 60), (OTHER, 30), (LOGS, 10)))
    assert made.manual
    told = json.loads(made.manual.steps[2].split("--routing-configuration ")[1].strip("'"))
    assert told == [
        {"stateMachineVersionArn": "THE_VERSION_PUBLISHED", "weight": 90},
        {"stateMachineVersionArn": LOGS.arn, "weight": 10},
    ]


def test_a_machine_that_logs_with_only_such_an_alias_is_manual_alone() -> None:
    made = outlined(alias((OTHER, 100)), logging=logging())
    assert made.changes == ()
    assert made.manual


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("ask", "stays as version 1 logs (OFF). To publish a version and repoint the alias,"),
        ("no", "stays as version 1 logs (OFF): update_versions is no"),
    ],
)  # fmt: skip
def test_unless_it_is_wanted_the_traffic_stays_and_that_is_said(choice: str, said: str) -> None:
    chosen = decision(update_versions=choice)
    made = outlined(LIVE, chosen=chosen)
    assert operations(made) == ["UpdateStateMachine"]
    assert [note.text.startswith(f"traffic through alias live {said}") for note in made.notes] == [
        True
    ]
    assert outlined(LIVE, chosen=chosen, logging=logging()).skip == (
        f"logging is already as decided; {made.notes[0].text}"
    )


@pytest.mark.parametrize(
    ("said", "policy", "moved"),
    [(None, "ask", 0), (None, "yes", 1), (None, "no", 0), ("no", "yes", 0), ("yes", "no", 1)],
)
def test_a_decision_says_more_than_the_policy_file(
    said: str | None, policy: str, moved: int
) -> None:
    settings = Settings(defaults=Defaults(update_versions=policy))
    made = outlined(LIVE, chosen=decision(update_versions=said), settings=settings)
    assert operations(made).count("UpdateStateMachineAlias") == moved


versions = st.builds(
    version,
    st.integers(1, 4),
    st.sampled_from(["", "definition", "role and tracing"]),
    st.sampled_from([OFF, {}, logging(), logging("ERROR")]),
)
weights = st.integers(0, 100)
routings = st.one_of(
    st.builds(lambda one: [(one, 100)], versions),
    st.builds(
        lambda one, other, weight: [(one, weight), (other, 100 - weight)],
        versions, versions, weights,
    ).filter(lambda routes: routes[0][0].arn != routes[1][0].arn),
)  # fmt: skip


@given(
    st.lists(routings, max_size=3),
    st.sampled_from(Choice),
    st.sampled_from([OFF, logging()]),
)
def test_whatever_the_routing_production_keeps_its_weights_and_can_go_back(
    found: list[list[tuple[Version, int]]], choice: Choice, read: dict[str, Any]
) -> None:
    aliases = [alias(*routes, name=f"a{n}") for n, routes in enumerate(found)]
    made = outlined(*aliases, chosen=decision(update_versions=choice.value), logging=read)
    for change in made.changes:
        for call in (change.call, change.undo):
            assert call
            assert _MODELS.fault(filled(call, str)) is None
            assert effect(call).read.operation.startswith(("Describe", "List", "Get"))
    moved = [one for one in made.changes if one.call.operation == "UpdateStateMachineAlias"]
    assert bool(moved) == ("PublishStateMachineVersion" in operations(made))
    for change in moved:
        was = next(one for one in aliases if one.arn == change.call.params["stateMachineAliasArn"])
        assert routing(change, "undo") == [(r.version.number, r.weight) for r in was.routes]
        assert sum(weight for _, weight in routing(change)) == 100
        assert len({to for to, _ in routing(change)}) == len(routing(change))
        stayed = {to for to, _ in routing(change)}
        for route in was.routes:
            if route.version.differs or not route.weight:
                assert (route.version.number, route.weight) in routing(change)
            elif route.version.number in stayed:
                assert route.version.logging == logging()


def test_a_reference_names_an_earlier_change_of_the_same_machine() -> None:
    made = outlined(LIVE)
    told: dict[str, dict[str, str]] = {}
    for change in made.changes:
        assert effect(resolved(change, told).call)
        told[change.id] = {"revisionId": "r", "stateMachineVersionArn": "v"}
    assert resolved(made.changes[-1], told).call.params["routingConfiguration"] == [
        {"stateMachineVersionArn": "v", "weight": 100}
    ]


def test_without_aliases_there_is_nothing_to_say() -> None:
    none: Sequence[Alias] = ()
    for choice in Choice:
        draft = Draft(machine(), ())
        assert repoint(draft, none, logging(), choice, MOMENT) == Traffic()
        assert draft.changes == []
