"""Which state machines a Python CDK program constructs, and their verdicts."""

from __future__ import annotations

import pytest

from hubmend.core.resource import Verdict
from hubmend.iac.cdk import PYTHON
from hubmend.iac.source import Machine, Rights, SourceFile

SFN = "from aws_cdk import aws_stepfunctions as sfn, aws_logs as logs, aws_iam as iam\n"
P, F, U = Verdict.PASSED, Verdict.FAILED, Verdict.UNKNOWN


def found(text: str) -> tuple[Machine, ...]:
    assert PYTHON.claims("stack.py", text)
    result = PYTHON.find([SourceFile("stack.py", text)])
    assert not result.refused
    return result.machines


def one(text: str) -> Machine:
    (machine,) = found(text)
    return machine


@pytest.mark.parametrize(
    ("imports", "constructor"),
    [
        ("from aws_cdk import aws_stepfunctions as sfn", "sfn.StateMachine"),
        ("from aws_cdk import (\n  core, aws_stepfunctions)", "aws_stepfunctions.StateMachine"),
        ("from aws_cdk.aws_stepfunctions import StateMachine", "StateMachine"),
        ("from aws_cdk.aws_stepfunctions import StateMachine as M", "M"),
        ("from aws_cdk.aws_stepfunctions import *", "StateMachine"),
        ("import aws_cdk.aws_stepfunctions as sfn", "sfn.StateMachine"),
        ("import aws_cdk.aws_stepfunctions", "aws_cdk.aws_stepfunctions.StateMachine"),
        ("import aws_cdk as cdk", "cdk.aws_stepfunctions.StateMachine"),
        ("import os, aws_cdk as cdk", "cdk.aws_stepfunctions.StateMachine"),
        ("import monocdk", "monocdk.aws_stepfunctions.StateMachine"),
    ],
)
def test_every_way_to_import_it_finds_the_machine(imports: str, constructor: str) -> None:
    machine = one(f"{imports}\nx = {constructor}(self, 'Orders', definition=start)\n")
    assert (machine.line, machine.id) == (imports.count("\n") + 2, "Orders")
    assert (machine.kind, machine.verdict) == ("cdk-python", F)
    assert machine.reason == "logging is off: no `logs`"
    assert machine.role_rights is Rights.PRESENT


@pytest.mark.parametrize(
    "text",
    [
        "from aws_cdk import aws_events_targets as t\nt.SfnStateMachine(machine)",
        "from .aws_cdk.aws_stepfunctions import StateMachine\nStateMachine(self, 'X')",
        "from aws_solutions_constructs import StateMachine # aws_cdk\nStateMachine(self, 'X')",
        "from aws_cdk import aws_stepfunctions as sfn\nsfn.StateMachine.from_state_machine_arn(a)",
        "import aws_cdk\nclass StateMachine:\n  def a(self):\n    super().__init__(self, 'X')",
        "import aws_cdk # StateMachine\nsuper().__init__(self, 'X')",
    ],
)
def test_what_constructs_no_state_machine_of_the_cdk_is_none(text: str) -> None:
    assert found(text) == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.py", "import boto3; StateMachine()"), ("a.py", "import aws_cdk"), ("a.txt", SFN)],
)
def test_other_files_are_not_claimed(path: str, text: str) -> None:
    assert not PYTHON.claims(path, text)


@pytest.mark.parametrize(
    ("given", "verdict", "level"),
    [
        ("logs=sfn.LogOptions(destination=group, level=sfn.LogLevel.ALL)", P, "ALL"),
        ("logs=sfn.LogOptions(destination=group)", P, "ERROR"),
        ("logs={'destination': group, 'level': sfn.LogLevel.FATAL}", P, "FATAL"),
        ("logs=sfn.LogOptions(destination=group, level=sfn.LogLevel.OFF)", F, "OFF"),
        ("logs=sfn.LogOptions(level=sfn.LogLevel.ALL)", F, "ALL"),
        ("logs=None", F, None),
        ("logs=options", U, None),
        ("logs=sfn.LogOptions(destination=group, level=level)", U, None),
        ("logs=sfn.LogOptions(destination=group, **rest)", U, None),
        ("logs=sfn.LogOptions(**rest, level=sfn.LogLevel.ALL)", U, "ALL"),
        ("logs=sfn.LogOptions(**rest, destination=g, level=sfn.LogLevel.ALL)", P, "ALL"),
        ("logs={'destination': group, **rest}", U, None),
        ("logs={key: group, 'destination': group}", U, None),
        ("**rest", U, None),
        ("timeout=5 # logs=sfn.LogOptions()", F, None),
    ],
)
def test_the_verdict_follows_the_logs_property(given: str, verdict: Verdict, level: str) -> None:
    machine = one(f"{SFN}sfn.StateMachine(\n    self, 'X',\n    definition=a,\n    {given}\n)\n")
    assert (machine.verdict, machine.level, machine.line) == (verdict, level, 2)


@pytest.mark.parametrize(
    ("given", "verdict", "level"),
    [
        (
            "sfn.CfnStateMachine.LoggingConfigurationProperty(level='ALL', destinations=[d])",
            P,
            "ALL",
        ),
        ("{'level': 'ERROR', 'destinations': [d]}", P, "ERROR"),
        ("{'destinations': [d]}", F, "OFF"),
        ("None", F, None),
    ],
)
def test_the_l1_has_cloudformations_properties(given: str, verdict: Verdict, level: str) -> None:
    machine = one(f"{SFN}sfn.CfnStateMachine(self, 'X', logging_configuration={given})\n")
    assert (machine.verdict, machine.level, machine.role_rights) == (verdict, level, Rights.UNKNOWN)


@pytest.mark.parametrize(
    ("before", "arguments", "verdict"),
    [
        ("p = {'definition': d}", "self, 'X', **p", F),
        ("p: dict = {'logs': {'destination': d}}", "self, 'X', **p", P),
        ("p: dict", "self, 'X', **p", U),
        ("p = {'definition': d}; p['logs'] = x", "self, 'X', **p", U),
        ("p = {'definition': d}; p.update(x)", "self, 'X', **p", U),
        ("p = {'definition': d}; p = x", "self, 'X', **p", U),
        ("def f(p): p = {}", "self, 'X', **p", U),
        ("async def f(p): ...", "self, 'X', **p", U),
        ("for p in x: ...", "self, 'X', **p", U),
        ("o = sfn.LogOptions(destination=d)", "self, 'X', logs=o", P),
        ("(o := sfn.LogOptions(destination=d))", "self, 'X', logs=o", P),
        ("self.o = sfn.LogOptions(destination=d)", "self, 'X', logs=self.o", P),
        ("self.a.o = sfn.LogOptions(destination=d)", "self, 'X', logs=self.a.o", U),
        ("o = o", "self, 'X', logs=o", U),
        ("", "scope=self, id='X', definition=d", F),
        ("", "*all", F),
        ("", "", F),
    ],
)
def test_properties_elsewhere_are_judged_only_when_the_file_tells_them(
    before: str, arguments: str, verdict: Verdict
) -> None:
    assert one(f"{SFN}{before}\nsfn.StateMachine({arguments})\n").verdict is verdict


@pytest.mark.parametrize(
    "after",
    [
        "m.node.default_child.logging_configuration = x",
        "child.add_property_override('LoggingConfiguration.Level', 'ALL')",
    ],
)
def test_logging_set_after_construction_leaves_the_verdict_open(after: str) -> None:
    assert one(f"{SFN}m = sfn.StateMachine(self, 'X', definition=d)\n{after}\n").verdict is U


@pytest.mark.parametrize(
    ("construct", "rights"),
    [
        ("sfn.StateMachine(self, 'X', role=role)", Rights.PRESENT),
        ("sfn.StateMachine(self, 'X', role=self.role)", Rights.PRESENT),
        ("sfn.StateMachine(self, 'X', role=imported)", Rights.UNKNOWN),
        ("sfn.CfnStateMachine(self, 'X', role_arn=role.role_arn)", Rights.ABSENT),
        ("sfn.CfnStateMachine(self, 'X', role_arn=self.role.role_arn)", Rights.ABSENT),
        ("sfn.CfnStateMachine(self, 'X', role_arn=imported.role_arn)", Rights.UNKNOWN),
        ("sfn.CfnStateMachine(self, 'X', role_arn=arn)", Rights.UNKNOWN),
    ],
)
def test_the_rights_follow_the_construct_and_its_role(construct: str, rights: Rights) -> None:
    text = f"""{SFN}
role = iam.Role(self, 'Role', assumed_by=service)
self.role = iam.Role(self, 'Role2', assumed_by=service)
imported = iam.Role.from_role_arn(self, 'Role3', arn)
{construct}
"""
    assert one(text).role_rights is rights


def test_the_log_group_and_execution_data_are_told() -> None:
    text = f"""{SFN}
group = logs.LogGroup(self, "Group", log_group_name="/orders")
sfn.StateMachine(self, f"X{{n}}", logs=sfn.LogOptions(destination=group,
  include_execution_data=False))
"""
    machine = one(text)
    assert (machine.log_group, machine.include_execution_data) == ("/orders", False)
    assert machine.id == 'f"X{n}"'


def test_a_class_that_extends_the_construct_constructs_it_with_super() -> None:
    text = f"""{SFN}
class Orders(Mixin, sfn.StateMachine):
    def __init__(self, scope, id):
        super().__init__(scope, id, definition=start(5))
"""
    assert (one(text).line, one(text).id) == (5, "id")


def test_places_count_characters_not_bytes_whatever_the_line_endings() -> None:
    text = f"\ufeff# ぜ\r\n{SFN}\r"
    text += 'a = "é"; b = [sfn.StateMachine(self, "Ö"), sfn.StateMachine(self, "ぜ")]'
    assert [(m.line, m.id) for m in found(text)] == [(4, "Ö"), (4, "ぜ")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{SFN}def f(:\n  StateMachine", 2),
        (f"{SFN}print 'StateMachine'", 2),
        (f"{SFN}\0StateMachine", None),
        (f"{SFN}x = {'(' * 500}StateMachine{')' * 500}", None),
        (f"{SFN}x = StateMachine{'.a' * 100_000}", None),
    ],
)
def test_what_does_not_parse_is_refused_with_its_line(text: str, line: int | None) -> None:
    result = PYTHON.find([SourceFile("stack.py", text)])
    assert result.machines == ()
    (refused,) = result.refused
    assert line is None or refused.line == line
    assert "not valid Python" in refused.reason
