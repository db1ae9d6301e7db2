"""Whoever decides in Security Hub and changes no machine: audit and decide together, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hubmend.controls.stepfunctions_1.permissions import DENIALS, PERMISSIONS
from hubmend.core.errors import HubmendError
from hubmend.core.permission import Document, Names, policy
from hubmend.core.resource import Kind
from hubmend.flow.decide import Wish
from hubmend.policy import Options
from hubmend.wiring import Hubmend, connect
from tests.journey_iam.guard import ACCOUNT, REGION, GuardedSandbox, without
from tests.journey_iam.journey import Hurried, Told, Town, World, attach, hear

CHANGES = [
    "securityhub:BatchDeleteAutomationRules",
    "securityhub:BatchUpdateFindings",
    "securityhub:BatchUpdateStandardsControlAssociations",
    "securityhub:CreateAutomationRule",
    "securityhub:UpdateSecurityControl",
    "securityhub:UpdateStandardsControl",
]
RULES = [
    "securityhub:BatchGetAutomationRules",
    "securityhub:GetAdministratorAccount",
    "securityhub:ListAutomationRules",
]
STANDING = """
[[rules]]
match = {{ account = "{account}", name = "{name}*" }}
decision = "suppress"
reason = "test only"
owner = "ana"
until = 2099-01-01
standing = true
"""


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
    hub = world.client("securityhub")
    left = [one["RuleArn"] for one in hub.list_automation_rules()["AutomationRulesMetadata"]]
    if left:
        hub.batch_delete_automation_rules(AutomationRulesArns=left)


def allowed() -> dict[str, Any]:
    documents = [
        policy(PERMISSIONS, DENIALS, kind, Names()) for kind in (Document.AUDIT, Document.DECIDE)
    ]
    return {**documents[0], "Statement": [one for each in documents for one in each["Statement"]]}


async def travel(world: World, town: Town, folder: Path) -> Told:
    """Suppress, have suppressed, disable and set, and take it all back."""
    told, policy_file = Told(), folder / "hubmend.toml"
    policy_file.write_text(STANDING.format(account=ACCOUNT, name=f"idle-{town.tag}"))
    store = f"sqlite:///{folder / 'hubmend.sqlite'}"
    options = Options(regions=(REGION,), store=store, config=str(policy_file))
    async with connect(options, clock=Hurried()) as hub:
        try:
            told.whole = await _verbs(hub, told, world, town)
        except HubmendError as error:
            told.lines.append(str(error))
    return told


async def _verbs(hub: Hubmend, told: Told, world: World, town: Town) -> bool:
    await hub.scan()
    leave = Wish(Kind.SUPPRESS, "ana", "test only", until=date(2099, 1, 1))
    await hub.decide(leave, [town.quiet])
    await hub.decide(Wish(Kind.SET_PARAMETER, "ana", "audit", level="ERROR"), account=ACCOUNT)
    await hub.decide(Wish(Kind.DISABLE_CONTROL, "ana", "no logs"), account=ACCOUNT)
    plan = await hub.plan()
    told.lines += [one.reason for one in plan.skipped]
    applied = await hub.apply(plan)
    hear(told, applied)
    world.sandbox.clock.advance(31)  # the parameter is UPDATING until then
    back = await hub.rollback(applied.run)
    hear(told, back)
    world.sandbox.clock.advance(31)
    operations = {change.call.operation for change in plan.changes}
    return applied.ok and back.ok and len(operations) == 4


async def test_audit_and_decide_are_enough_to_decide_in_security_hub(
    world: World, town: Town, tmp_path: Path
) -> None:
    attach(allowed())
    told = await travel(world, town, tmp_path)
    assert told.whole, told.text


@pytest.mark.parametrize("action", CHANGES)
async def test_without_an_action_of_decide_the_change_fails_and_names_it(
    action: str, world: World, town: Town, tmp_path: Path
) -> None:
    attach(without(allowed(), action))
    told = await travel(world, town, tmp_path)
    assert not told.whole
    assert action in told.text


@pytest.mark.parametrize("action", RULES)
async def test_without_the_right_to_see_automation_rules_none_is_made_and_it_is_named(
    action: str, world: World, town: Town, tmp_path: Path
) -> None:
    # One that is there, so that rules are also looked at.
    other = {
        "RuleName": "theirs", "RuleOrder": 1, "Description": "theirs",
        "Criteria": {"ComplianceStatus": [{"Value": "WARNING", "Comparison": "EQUALS"}]},
        "Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {"Confidence": 1}}],
    }  # fmt: skip
    world.client("securityhub").create_automation_rule(**other)
    attach(without(allowed(), action))
    told = await travel(world, town, tmp_path)
    assert not told.whole
    assert f"add {action} (hubmend iam-policy decide); its findings are suppressed one" in told.text
