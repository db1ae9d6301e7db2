"""Machines in small templates: verdict, level, data, destination, rights and line."""

from __future__ import annotations

import pytest
import yaml

from hubmend.iac.source import Found, Machine, Rights, SourceFile
from hubmend.iac.template import ALL, document

_LOGS = """\
  Destinations:
    - CloudWatchLogsLogGroup:
        LogGroupArn: !GetAtt Group.Arn
"""
_DELIVERY = "[logs:*LogDelivery, logs:ListLogDeliveries, logs:*Polic*, logs:DescribeLogGroups]"
_ALLOW = f"{{Statement: [{{Effect: Allow, Action: {_DELIVERY}, Resource: '*'}}]}}"


def find(text: str, path: str = "template.yaml") -> Found:
    language = next(one for one in ALL if one.claims(path, text))
    return language.find([SourceFile(path, text)])


def machine(text: str, path: str = "template.yaml") -> Machine:
    (found,) = find(text, path).machines
    return found


def sam(body: str, head: str = "", tail: str = "") -> str:
    """Return a SAM template; `body` is indented as the machine's properties."""
    lines = "".join(f"      {line}\n" for line in body.splitlines())
    return (
        f"{head}Resources:\n  Flow:\n    Type: AWS::Serverless::StateMachine\n"
        f"    Properties:\n      Name: flow\n{lines}{tail}"
    )


_PARAMETER = "Parameters:\n  Level:\n    Type: String\n    Default: FATAL\n"


@pytest.mark.parametrize(
    ("head", "body", "verdict", "level", "reason"),
    [
        ("", "", "FAILED", None, "no Logging"),
        ("", "Logging:", "FAILED", None, "no Logging"),
        ("", "Logging: !Ref AWS::NoValue", "FAILED", None, "no Logging"),
        ("", "Logging:\n  Level: OFF", "FAILED", "OFF", "level OFF"),
        ("", "Logging:\n  Level: false", "FAILED", "OFF", "level OFF"),
        ("", "Logging:\n  IncludeExecutionData: true", "FAILED", None, "names no level"),
        ("", "Logging:\n  Level: ALL", "FAILED", "ALL", "no destination"),
        ("", f"Logging:\n  Level: ERROR\n{_LOGS}", "PASSED", "ERROR", "level ERROR"),
        ("", f"Logging:\n  Level: !Sub ALL\n{_LOGS}", "PASSED", "ALL", "level ALL"),
        (_PARAMETER, f"Logging:\n  Level: !Ref Level\n{_LOGS}", "PASSED", "FATAL", "level FATAL"),
        (
            _PARAMETER.replace("String", "AWS::SSM::Parameter::Value<String>"),
            f"Logging:\n  Level: !Ref Level\n{_LOGS}",
            "UNKNOWN",
            None,
            "behind parameter Level",
        ),
        ("", "Logging:\n  Level: !Ref Level", "UNKNOWN", None, "behind reference Level"),
        ("", "Logging:\n  Level: {Fn::If: [A, B, C]}", "UNKNOWN", None, "behind [A, B, C]"),
        ("", "Logging: !If [A, B, C]", "UNKNOWN", None, "logging is behind !If [A, B, C]"),
        ("", "Logging:\n  Level: [ALL]", "UNKNOWN", None, "behind [ALL]"),
        ("", "Logging:\n  Level: SOME", "UNKNOWN", None, "none of ALL, ERROR, FATAL, OFF"),
        ("", "Fn::Transform: {Name: AWS::Include}", "UNKNOWN", None, "by Fn::Transform"),
        ("X: &x {A: 1}\n", "<<: *x", "UNKNOWN", None, "YAML merge"),
        ("X: &x {A: 1}\n", "Logging:\n  <<: *x", "UNKNOWN", None, "YAML merge"),
    ],
)
def test_the_verdict_says_what_the_template_alone_decides(
    head: str, body: str, verdict: str, level: str | None, reason: str
) -> None:
    found = machine(sam(body, head))
    assert (found.verdict, found.level) == (verdict, level)
    assert reason in found.reason


def test_properties_behind_a_condition_are_not_judged() -> None:
    text = (
        "Resources:\n  F:\n    Type: AWS::Serverless::StateMachine\n    Properties: !If [A, B, C]\n"
    )
    assert machine(text).reason == "dynamic: the properties are behind Fn::If"


_ROLE = "  R:\n    Type: AWS::IAM::Role\n    Properties:\n      {}\n"
_REF = "Role: !GetAtt R.Arn"


@pytest.mark.parametrize(
    ("body", "tail", "rights"),
    [
        ("", "", Rights.ABSENT),
        ("Policies:\n  - LambdaInvokePolicy: {FunctionName: f}", "", Rights.ABSENT),
        ("Policies: AWSLambdaRole", "", Rights.ABSENT),
        ("Policies: AdministratorAccess", "", Rights.PRESENT),
        ("Policies: [arn:aws:iam::123456789012:policy/own]", "", Rights.UNKNOWN),
        ("Policies: !Ref Other", "", Rights.UNKNOWN),
        ("Policies: !If [A, AdministratorAccess, B]", "", Rights.UNKNOWN),
        ("Policies: [!If [A, AdministratorAccess, B]]", "", Rights.UNKNOWN),
        (f"Policies:\n  - {_ALLOW}", "", Rights.PRESENT),
        (f"Policies: {_ALLOW}", "", Rights.PRESENT),
        (f"Policies: {_ALLOW}".replace("'*'", "!Ref X"), "", Rights.ABSENT),
        (f"Policies: {_ALLOW}".replace("Allow", "Deny"), "", Rights.ABSENT),
        (f"Policies: {_ALLOW}".replace("Effect", "Condition: {}, Effect"), "", Rights.ABSENT),
        ("Role: !Ref R", "", Rights.UNKNOWN),
        ("Role: arn:aws:iam::123456789012:role/r", "", Rights.UNKNOWN),
        ("Role: !ImportValue r", "", Rights.UNKNOWN),
        ("Role: !GetAtt []", "", Rights.UNKNOWN),
        (_REF, _ROLE.format("Path: /"), Rights.ABSENT),
        ("Role: !Sub '${R.Arn}'", _ROLE.format("Path: /"), Rights.ABSENT),
        ("Role: {Fn::GetAtt: [R, Arn]}", _ROLE.format("Path: /"), Rights.ABSENT),
        (_REF, _ROLE.format(f"Policies: [{{PolicyDocument: {_ALLOW}}}]"), Rights.PRESENT),
        (
            _REF,
            _ROLE.format(
                'ManagedPolicyArns: [!Join ["", ["arn:", !Ref AWS::Partition, '
                '":iam::aws:policy/CloudWatchLogsFullAccess"]]]'
            ),
            Rights.PRESENT,
        ),
        (_REF, _ROLE.format("ManagedPolicyArns: [!Join ['', [a, b]]]"), Rights.UNKNOWN),
        (_REF, _ROLE.format("ManagedPolicyArns: [!Join []]"), Rights.UNKNOWN),
        (
            _REF,
            _ROLE.format("ManagedPolicyArns: [!Sub 'arn:${AWS::Partition}:iam::aws:policy/X']"),
            Rights.ABSENT,
        ),
        (
            _REF,
            _ROLE.format("ManagedPolicyArns: [!Ref P]")
            + "  P:\n    Type: AWS::IAM::ManagedPolicy\n"
            f"    Properties: {{PolicyDocument: {_ALLOW}}}\n",
            Rights.PRESENT,
        ),
        (
            _REF,
            _ROLE.format("Path: /") + "  P:\n    Type: AWS::IAM::Policy\n    Properties:\n"
            f"      Roles: [!Ref R]\n      PolicyDocument: {_ALLOW}\n"
            "  Q:\n    Type: AWS::IAM::Policy\n    Properties: {Roles: [other]}\n",
            Rights.PRESENT,
        ),
        ("A: &x 1\nB: *x", "", Rights.UNKNOWN),
    ],
)
def test_the_rights_are_those_of_the_role_that_the_template_owns(
    body: str, tail: str, rights: Rights
) -> None:
    assert machine(sam(body, tail=tail)).role_rights is rights


@pytest.mark.parametrize(
    ("destination", "told"),
    [
        ("!GetAtt Group.Arn", "!GetAtt Group.Arn"),
        ("arn:aws:logs:eu-west-1:123456789012:log-group:g:*", None),
        ("!Sub\n              a ${B}", "!Sub a ${B}"),
    ],
)
def test_the_log_group_is_told_as_written(destination: str, told: str | None) -> None:
    logging = f"Logging:\n  Level: ALL\n  IncludeExecutionData: True\n{_LOGS}"
    found = machine(sam(logging.replace("!GetAtt Group.Arn", destination)))
    assert (found.log_group, found.include_execution_data) == (told or destination, True)


def test_a_loop_declares_machines_too() -> None:
    text = (
        "Resources:\n  Fn::ForEach::All:\n    - Name\n    - [A, B]\n    - Flow${Name}:\n"
        "        Type: AWS::StepFunctions::StateMachine\n  Fn::ForEach::None: []\n"
    )
    found = machine(text)
    assert (found.id, found.kind, found.line) == ("Flow${Name}", "cloudformation", 5)
    assert found.reason == "no LoggingConfiguration"


def test_json_is_read_with_tabs_and_escaped_pairs_and_placed() -> None:
    text = (
        '{\n\t"Description": "\\ud83d\\ude00",\n\t"Resources": {\n\t\t"Flow": {\n'
        '\t\t\t"Type": "AWS::StepFunctions::StateMachine"\n\t\t}\n\t}\n}'
    )
    assert machine(text, "template.json").line == 4


_SERVERLESS = """\
service: s
provider: {name: aws}
custom: {level: ERROR, loop: "${self:custom.loop}"}
stepFunctions:
  stateMachines:
    flow:
      name: x
"""


@pytest.mark.parametrize(
    ("level", "verdict", "told"),
    [
        ("ALL", "PASSED", "ALL"),
        ("${self:custom.level}", "PASSED", "ERROR"),
        ("${opt:level, 'FATAL'}", "PASSED", "FATAL"),
        ("${opt:level}", "UNKNOWN", None),
        ("${self:custom.loop}", "UNKNOWN", None),
        ("A${self:custom.level}", "UNKNOWN", None),
        ("!Ref Level", "UNKNOWN", None),
    ],
)
def test_serverless_variables_are_resolved_where_the_file_tells_them(
    level: str, verdict: str, told: str | None
) -> None:
    logging = f"      loggingConfig:\n        level: {level}\n        destinations: [arn]\n"
    found = machine(_SERVERLESS + logging)
    assert (found.verdict, found.level, found.line) == (verdict, told, 6)
    assert (found.kind, found.role_rights, found.log_group) == ("serverless", "present", "arn")


@pytest.mark.parametrize(
    ("role", "rights"),
    [("arn:aws:iam::123456789012:role/r", "unknown"), ("!GetAtt R.Arn", "absent")],
)
def test_a_serverless_machine_with_a_role_of_its_own_has_that_roles_rights(
    role: str, rights: str
) -> None:
    own = "resources:\n  Resources:\n    R: {Type: AWS::IAM::Role}\n"
    assert machine(f"{_SERVERLESS}      role: {role}\n{own}").role_rights == rights


def test_serverless_holds_machines_under_its_resources_too() -> None:
    own = (
        "resources:\n  - ${file(other.yml)}\n  - Resources:\n      Deep:\n"
        "        Type: AWS::StepFunctions::StateMachine\n"
    )
    assert [one.id for one in find(_SERVERLESS + own).machines] == ["flow", "Deep"]


@pytest.mark.parametrize(
    "steps",
    [
        "stepFunctions: ${file(steps.yml)}\n",
        "stepFunctions:\n  stateMachines: ${file(steps.yml)}\n",
        "stepFunctions:\n  stateMachines:\n    - ${file(steps.yml)}\n",
        "stepFunctions:\n  stateMachines:\n    flow: ${file(steps.yml)}\n",
    ],
)
def test_machines_taken_from_another_file_are_told(steps: str) -> None:
    found = find(f"service: s\nprovider: x\n{steps}")
    assert not found.machines
    assert "check the file that holds them" in found.refused[0].reason


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        (sam("A: [1"), None, "expected"),
        (sam("") + "---\n" + sam(""), 6, "several YAML documents"),
        ("{% if x %}\n" + sam(""), 1, "Jinja"),
        (sam("Tags: {{ tags }}"), 2, "Jinja"),
        (sam("Tag: {{resolve:ssm:x}"), None, "expected"),
        ("# AWS::Serverless::StateMachine\n", None, "empty"),
        ("\x00" + sam(""), None, "not text"),
        ("AWS::Serverless::StateMachine: \ud800", None, "not text"),
        (sam("A: *nowhere"), 6, "undefined alias"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, line: int | None, reason: str) -> None:
    (refused,) = find(text).refused
    assert reason in refused.reason
    assert line is None or refused.line == line


def test_both_parsers_of_pyyaml_give_the_same_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\ufeff" + sam("Tag: é😀 # x\nLogging: {Level: ALL}").replace("\n", "\r\n")
    documents = []
    for loader in (yaml.SafeLoader, document.LOADER):
        monkeypatch.setattr(document, "LOADER", loader)
        documents.append(document.read(SourceFile("t.yaml", text)))
    pure, fast = documents
    assert isinstance(pure, document.Document)
    assert isinstance(fast, document.Document)
    assert [(pure.start(one), one.tag) for one in pure.nodes] == [
        (fast.start(one), one.tag) for one in fast.nodes
    ]


def test_nesting_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "LOADER", yaml.SafeLoader)
    (refused,) = find("A: " + "[" * 3000 + " # AWS::Serverless::StateMachine").refused
    assert "nested too deeply" in refused.reason


def test_a_file_that_names_no_machine_is_not_claimed() -> None:
    assert not any(one.claims("a.yaml", "A: 1") for one in ALL)
    assert not any(one.claims("a.md", sam("")) for one in ALL)


def test_a_list_is_a_template_without_machines() -> None:
    assert find("- AWS::Serverless::StateMachine") == Found()
