"""The remediate policy is enough for the whole journey, and no action of it is too much."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hubmend.controls.stepfunctions_1.permissions import DENIALS, FREE, PERMISSIONS
from hubmend.core.diagnosis import Health
from hubmend.core.permission import Document, Names, policy
from hubmend.policy import Options
from hubmend.wiring import connect
from tests.journey_iam.guard import GuardedSandbox, without
from tests.journey_iam.journey import Town, World, attach, travel

REMEDIATE = policy(PERMISSIONS, DENIALS, Document.REMEDIATE, Names())
AUDIT = policy(PERMISSIONS, DENIALS, Document.AUDIT, Names())
ROWS = [one for one in PERMISSIONS if Document.REMEDIATE in one.documents]
NEEDED = sorted({one.action for one in ROWS if not one.optional})
USEFUL = sorted({one.action for one in ROWS} - set(NEEDED))


ASKING = "iam:SimulatePrincipalPolicy"
VERSIONS = [
    "states:PublishStateMachineVersion", "states:UpdateStateMachineAlias",
    "states:DeleteStateMachineVersion",
]  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with GuardedSandbox() as sandbox:
        made = World(sandbox)
        made.begin()
        yield made


@pytest.fixture
def town(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    for name, value in {**world.sandbox.environment(), **world.user}.items():
        monkeypatch.setenv(name, value)
    made = world.town()
    yield made
    world.leave(made)


async def test_the_remediate_policy_is_enough_for_the_whole_journey(
    world: World, town: Town, tmp_path: Path
) -> None:
    world.sandbox.guard.asked.clear()
    attach(REMEDIATE)
    before = world.calls()
    told = await travel(town, tmp_path)
    assert told.whole, told.text
    made = {call for call, count in world.calls().items() if count > before[call]}
    assert made - {(one.service, one.operation) for one in PERMISSIONS} - FREE == set()
    assert told.missing == set()
    assert told.diagnosis is not None
    assert told.diagnosis.exit_code == 0
    assert world.sandbox.guard.asked >= set(NEEDED)


@pytest.mark.parametrize("action", NEEDED)
async def test_without_a_needed_action_the_journey_fails_and_names_it(
    action: str, town: Town, tmp_path: Path
) -> None:
    attach(without(REMEDIATE, action))
    told = await travel(town, tmp_path)
    assert not told.whole
    assert action in told.text
    assert action in told.missing


@pytest.mark.parametrize(
    "actions", [[one for one in USEFUL if one != ASKING], [ASKING]], ids=["all others", ASKING]
)
async def test_without_useful_actions_the_journey_goes_on_and_doctor_names_them(
    actions: list[str], town: Town, tmp_path: Path
) -> None:
    attach(without(REMEDIATE, *actions))
    told = await travel(town, tmp_path)
    assert told.whole, told.text
    assert told.missing == set(actions)


async def test_the_remediate_policy_is_enough_to_take_an_alias_along_and_back(
    world: World, town: Town, tmp_path: Path
) -> None:
    world.alias(town.orders)
    world.sandbox.guard.asked.clear()
    attach(REMEDIATE)
    told = await travel(town, tmp_path, "yes")
    assert told.whole, told.text
    assert world.sandbox.guard.asked >= {*VERSIONS, "states:ListStateMachineVersions"}


@pytest.mark.parametrize("action", VERSIONS)
async def test_without_a_right_over_versions_the_machine_fails_and_names_it(
    action: str, world: World, town: Town, tmp_path: Path
) -> None:
    world.alias(town.orders)
    attach(without(REMEDIATE, action))
    told = await travel(town, tmp_path, "yes")
    assert not told.whole
    assert action in told.text
    assert action in told.missing


async def test_the_audit_policy_is_enough_to_scan_and_plan_but_not_to_change(
    town: Town, tmp_path: Path
) -> None:
    attach(AUDIT)
    told = await travel(town, tmp_path)
    assert not told.whole
    assert "(hubmend iam-policy remediate)" in told.text
    assert told.diagnosis is not None
    assert told.diagnosis.exit_code == 1


async def test_an_organization_that_may_not_be_asked_is_told_not_fatal(
    town: Town, tmp_path: Path
) -> None:
    attach(REMEDIATE)
    store = f"sqlite:///{tmp_path / town.tag}.sqlite"
    async with connect(Options(accounts=("all",), regions=("us-east-1",), store=store)) as hub:
        found = await hub.doctor()
    [scope] = [one for one in found.checks if one.name == "scope"]
    assert scope.health is Health.MISSING
    assert "add organizations:ListAccounts (hubmend iam-policy operator)" in scope.detail
    assert found.exit_code == 3
