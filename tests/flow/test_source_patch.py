"""From live to source: what a stack deploys is found by its logical id, and patched for review."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hubmend.core.decision import Decision
from hubmend.core.errors import UsageError
from hubmend.core.plan import NextDeploy, Owner, Plan
from hubmend.core.ports import Silence
from hubmend.core.resource import Kind, Verdict
from hubmend.core.settings import Defaults
from hubmend.flow.source_patch import declares, with_source
from hubmend.iac.source import Machine
from tests.fakes.sources import FakeTree, Lines

ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:orders"
NOW = datetime(2026, 11, 24, tzinfo=UTC)
OWNER = Owner(
    ARN, "CloudFormation", "pay / Orders", NextDeploy.KEEPS, stack="pay", logical_id="Orders"
)
PLAN = Plan(
    NOW, "StepFunctions.1", (),
    decisions=(Decision("d1", ARN, Kind.ENABLE, "mika", NOW, level="ALL"),), owners=(OWNER,),
)  # fmt: skip


def sourced(files: dict[str, str], plan: Plan = PLAN, language: Lines | None = None) -> Plan:
    languages = [language or Lines()]
    return with_source(plan, FakeTree(files), ["infra"], Defaults(), Silence(), languages)


def test_the_patch_of_the_file_that_declares_it_is_attached() -> None:
    made = sourced(
        {"infra/a.lines": "machine Other on\n", "infra/b.lines": "\nmachine Orders off\n"}
    )
    (patch,) = made.patches
    assert (patch.resource, patch.path, patch.line) == (ARN, "infra/b.lines", 2)
    assert patch.diff.startswith("--- a/infra/b.lines\n+++ b/infra/b.lines\n")
    assert "\n+on Orders\n" in patch.diff
    assert made.notes == ()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"infra/a.lines": "machine Other off\n"}, "no source under infra declares Orders"),
        (
            {"infra/a.lines": "machine Orders off\n", "infra/b.lines": "machine Orders off\n"},
            "Orders is declared more than once, choose yourself: infra/a.lines:1, infra/b.lines:1",
        ),
        (
            {"infra/a.lines": "machine Orders on\n"},
            "its source, infra/a.lines:1, sets logging already: deploy it",
        ),
        (
            {"infra/a.lines": "machine Orders var\n"},
            "its source, infra/a.lines:1, cannot be judged: as it says",
        ),
    ],
    ids=["nowhere", "twice", "on", "unknown"],
)
def test_why_there_is_no_patch_is_said(files: dict[str, str], said: str) -> None:
    made = sourced(files)
    assert made.patches == ()
    assert [(note.resource, note.text) for note in made.notes] == [(ARN, said)]


def test_a_patch_that_is_refused_says_why() -> None:
    made = sourced({"infra/a.lines": "machine Orders off\n"}, language=Lines(doubt="it differs"))
    assert [note.text for note in made.notes] == ["Orders: not patched: it differs"]


def test_without_anything_a_stack_owns_no_file_is_read() -> None:
    plan = replace(PLAN, owners=(replace(OWNER, logical_id=None),))
    assert sourced({}, plan) == plan


def test_a_root_that_does_not_exist_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="infra does not exist"):
        sourced({"elsewhere/a.lines": ""})


@pytest.mark.parametrize(
    ("kind", "name", "logical_id", "same"),
    [
        ("cloudformation", "Orders", "Orders", True),
        ("sam", "Orders", "Orders1A2B3C4D", False),
        ("cdk-typescript", "Orders", "Orders1A2B3C4D", True),
        ("cdk-python", "order-flow", "ApiorderflowE01570F2", True),
        ("cdk-python", "Orders", "Orders", False),
        ("cdk-python", "Orders", "OrdersRole1A2B3C4D", False),
        ("cdk-python", "", "Api1A2B3C4D", False),
        ("serverless", "helloFlow", "HelloFlowStepFunctionsStateMachine", True),
        ("serverless", "other", "HelloFlowStepFunctionsStateMachine", False),
        ("serverless", "InResources", "InResources", True),
    ],
)
def test_which_source_is_behind_a_logical_id(
    kind: str, name: str, logical_id: str, same: bool
) -> None:
    machine = Machine("a", 1, kind, name, Verdict.FAILED, "")
    assert declares(machine, logical_id) is same
