"""The patch in files of every shape: what is there stays, and in doubt nothing is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from hubmend.iac.source import Edit, Patch, SourceFile, Wanted, patched
from hubmend.iac.template import SERVERLESS, TEMPLATE
from tests.iac.template.patches import fixed

_SAM = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.json  # kept
"""
_POLICY = """\
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Sid: HubmendLogDelivery
              Effect: Allow
              Action:
                - logs:CreateLogDelivery
                - logs:GetLogDelivery
                - logs:UpdateLogDelivery
                - logs:DeleteLogDelivery
                - logs:ListLogDeliveries
                - logs:PutResourcePolicy
                - logs:DescribeResourcePolicies
                - logs:DescribeLogGroups
              Resource: "*"
"""
_LOGGING = """\
      Logging:
        Level: ERROR
        IncludeExecutionData: false
        Destinations:
          - CloudWatchLogsLogGroup:
              LogGroupArn: !GetAtt FlowLogs.Arn
"""
_GROUP = """\
  FlowLogs:
    Type: AWS::Logs::LogGroup
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      LogGroupName: !Sub /aws/vendedlogs/states/${AWS::StackName}-Flow-Logs
      RetentionInDays: 365
"""
_CFN = """\
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Path: /
  Flow:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: !GetAtt Role.Arn
"""
_LOOP = """\
Resources:
  Fn::ForEach::Each:
    - Name
    - [A, B]
    - Flow${Name}:
        Type: AWS::Serverless::StateMachine
        Properties: {Name: x}
"""
_SLS = """\
service: s
provider: {name: aws}
stepFunctions:
  stateMachines:
    my-flow:
      name: x
"""


def patch(text: str, wanted: Wanted | None = None, path: str = "t.yaml") -> tuple[str, Patch]:
    after, made = fixed(SourceFile(path, text), wanted or Wanted())
    return after.text, made


def refusal(text: str, path: str = "t.yaml") -> str:
    after, made = patch(text, path=path)
    assert after == text
    (one,) = made.refused
    assert one.line
    assert one.snippet
    return one.reason


def test_a_sam_machine_gets_rights_logging_and_a_log_group() -> None:
    assert patch(_SAM)[0] == _SAM + _POLICY + _LOGGING + _GROUP


def test_a_role_of_the_template_gets_a_policy_of_its_own_once_for_two_machines() -> None:
    second = _CFN[_CFN.index("  Flow:") :].replace("Flow", "Other")
    text, made = patch(_CFN + second)
    assert [one.id for one in made.fixed] == ["Flow", "Other"]
    assert text.count("PolicyName: hubmend-log-delivery") == 1
    assert text.index("PolicyName") < text.index("  Flow:")
    assert text.count("AWS::Logs::LogGroup") == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: "# 😀 é\n---\n" + text,
        lambda text: text.replace("  ", "    "),
        lambda text: text.replace("  ", "   "),
        lambda text: "".join(f"# {n}\n" for n in range(100_000)) + text,
    ],
    ids=["crlf", "bom", "no end", "wide characters", "four", "three", "long"],
)
def test_the_layout_of_the_file_is_kept(change: Callable[[str], str]) -> None:
    before = change(_SAM)
    text, made = patch(before)
    assert made.fixed
    assert text.startswith(before)
    assert set(re.findall(r"\r?\n", text)) == set(re.findall(r"\r?\n", before))
    assert text.endswith("\n") == before.endswith("\n")


@pytest.mark.parametrize(
    "tail",
    [
        "      Definition: |\n        {}\n\n\n",
        "      Definition: |-\n        {}\n        # no comment\n  # a comment\n\n",
        "      Name: >\n        a\n\n        b\n",
        "      Name: a\n        b  # c\n",
        "      Name: 'a\n\n        b'\n# end\n",
        "      Name:\n",
        "? [a]\n: b\n",
        "      Tags: {A: b}\n\nOutputs:\n  A: {Value: 1}\n",
        "      Tags: {}\n",
        "      Tags:\n        A: [1,\n          2]\n    # x\n  # y\n",
        "      Policies:\n      - LambdaInvokePolicy: {FunctionName: f}\n",
        "      Policies: [{LambdaInvokePolicy: {FunctionName: f}}]\n",
        "      Policies: []\n",
        "      PermissionsBoundary: arn:aws:iam::aws:policy/PowerUserAccess\n",
        "      Type: EXPRESS\n",
        "    Condition: Sometimes\n",
        "  FlowLogs:\n    Type: AWS::SNS::Topic\n",
        "      Logging:\n        IncludeExecutionData: false\n",
        "      Logging: {IncludeExecutionData: false}\n",
    ],
)
def test_what_follows_and_what_comes_before_stays_where_it_is(tail: str) -> None:
    text, made = patch(_SAM + tail)
    assert [one.id for one in made.fixed] == ["Flow"]
    assert ("Level: ALL" in text) == ("EXPRESS" in tail)
    assert text.count("Condition: Sometimes") == 2 * tail.count("Sometimes")
    assert ("FlowLogs2:" in text) == ("FlowLogs" in tail)


def test_a_blank_line_between_resources_is_kept_up() -> None:
    text, _ = patch(_CFN.replace("  Flow:", "\n  Flow:"))
    assert "\n\n  FlowLogs:\n" in text


@pytest.mark.parametrize("indent", [None, 2, 4, "\t"])
def test_json_stays_json(indent: int | str | None) -> None:
    template = {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"Path": "/", "Policies": []}},
            "Flow": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
            },
        }
    }
    text, made = patch(json.dumps(template, indent=indent), path="t.json")
    assert made.fixed
    resources = json.loads(text)["Resources"]
    arn = {"Fn::GetAtt": ["FlowLogs", "Arn"]}
    assert resources["Flow"]["Properties"]["LoggingConfiguration"]["Destinations"] == [
        {"CloudWatchLogsLogGroup": {"LogGroupArn": arn}}
    ]
    assert indent is None or json.dumps(json.loads(text), indent=indent).count("\n") > 40


def test_existing_destinations_are_kept() -> None:
    text, made = patch(_SAM + "      Logging:\n        Destinations:\n          - !Ref Mine\n")
    assert made.fixed
    assert "FlowLogs" not in text


def test_a_serverless_machine_gets_a_log_group_among_new_resources() -> None:
    text, _ = patch(_SLS + "    other:\n      name: y\n")
    assert text.endswith(
        """
    other:
      name: y
      loggingConfig:
        level: ERROR
        includeExecutionData: false
        destinations:
          - !GetAtt OtherLogs.Arn

resources:
  Resources:
    MyflowLogs:
      Type: AWS::Logs::LogGroup
      DeletionPolicy: Retain
      UpdateReplacePolicy: Retain
      Properties:
        LogGroupName: !Sub /aws/vendedlogs/states/${AWS::StackName}-Myflow-Logs
        RetentionInDays: 365
    OtherLogs:
      Type: AWS::Logs::LogGroup
      DeletionPolicy: Retain
      UpdateReplacePolicy: Retain
      Properties:
        LogGroupName: !Sub /aws/vendedlogs/states/${AWS::StackName}-Other-Logs
        RetentionInDays: 365
"""
    )


def test_serverless_machines_of_both_places_close_their_blocks_in_order() -> None:
    own = "resources:\n  Resources:\n" + "".join(f"  {line}\n" for line in _CFN.splitlines()[1:])
    _, made = patch(_SLS + own)
    assert [one.id for one in made.fixed] == ["my-flow", "Flow"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (_SAM + "      Role: !Ref Role\n", "its role is not declared in this file"),
        (_CFN.replace("RoleArn: !GetAtt Role.Arn", "Name: x"), "its role is not declared"),
        (_SAM + "      Policies: {Statement: []}\n", "not a list"),
        (_SAM + "      Policies: AWSLambdaRole\n", "not a list"),
        (_CFN.replace("      Path: /", "      Policies: !If [A, [], []]"), "behind a function"),
        (_CFN.replace("    Properties:\n      Path: /\n", ""), "not a list"),
        (
            _SAM
            + "      Policies:\n        - Statement: {Effect: Deny, Action: '*', Resource: '*'}\n",
            "denies a delivery action",
        ),
        (_SAM + "      PermissionsBoundary: !Ref Boundary\n", "permissions boundary"),
        (_SAM + "      Logging:\n        Level: OFF\n", "written as OFF"),
        (_SAM + "      Logging:\n", "empty"),
        (_SAM + "      Logging: {}\n", "empty"),
        (_SAM + "      Name: a\n      Name: b\n", "Name stands twice"),
        (_SAM + "      Tags: &a {}\n      More: *a\n", "anchors and aliases"),
        (_SAM + "      Definition: |+\n        {}\n", "no safe place"),
        (_SAM + "      Name: a\r...\n", "no safe place"),
        (_SAM + "      Policies: !!seq\n        - LambdaInvokePolicy: {}\n", "no safe place"),
        (_SAM + "      Definition: |\n        {}", "no safe place"),
        (_SAM.replace("      DefinitionUri: flow.json  # kept\n", ""), "no properties"),
        (
            _SAM.replace("\n      DefinitionUri: flow.json  # kept\n", " !!map {}\n"),
            "no safe place",
        ),
        (_LOOP, "Fn::ForEach"),
        (_SLS + "resources: ${file(x.yml)}\n", "in another file"),
        (_SLS + "x: |\n  y", "no safe place"),
        (_SLS + "      role: arn:aws:iam::123456789012:role/r\n", "its role is not declared"),
        ('{"Resources":{"F":{"Type":"AWS::Serverless::StateMachine"}}}', "no properties"),
    ],
)
def test_where_there_is_doubt_nothing_is_written(text: str, reason: str) -> None:
    assert reason in refusal(text)


@pytest.mark.parametrize("text", [_SAM + "      Tags: {{ x }}\n", "a: [ # " + _SAM])
def test_what_cannot_be_read_is_not_patched(text: str) -> None:
    made = TEMPLATE.patch([SourceFile("t.yaml", text)], Wanted())
    assert not made.edits
    assert made.refused


_BEFORE = SourceFile("t.yaml", _SAM)


def _differs(text: str, *edits: Edit, after: str | None = None) -> str | None:
    before = SourceFile("t.yaml", text)
    made = Patch(edits)
    (done,) = patched([before], edits)
    return TEMPLATE.differs(
        [before], [done if after is None else SourceFile("t.yaml", after)], made
    )


@pytest.mark.parametrize(
    ("text", "offset", "inserted", "reason"),
    [
        ("a: b\n", 4, "c", "something else changed at line 1"),
        ("a: b\n", 3, "!x ", "something else changed at line 1"),
        ("a: [b]\n", 0, "c: [", "can no longer be parsed"),
        ("a:\n  b: 1\n  c: 2\n", 12, "d:\n    ", "something else changed"),
        ("a:\n  b\n", 5, "- ", "something else changed"),
        ("a: b\n", 4, "\nc: [", "can no longer be parsed"),
        ('{"a": 1}', 7, ', "b": 2,', "no longer be JSON"),
        ("a: b\n", 5, "c: d\n", None),
        ("- b\n", 4, "- c\n", None),
        ("a: {}\n", 4, "b: 1", None),
    ],
)
def test_any_other_difference_is_told(
    text: str, offset: int, inserted: str, reason: str | None
) -> None:
    why = _differs(text, Edit("t.yaml", offset, inserted))
    assert (why is None) if reason is None else (why is not None and reason in why)


def test_a_block_that_became_flow_style_is_told() -> None:
    why = _differs("a:\n  b: c\n", Edit("t.yaml", 5, "{"), Edit("t.yaml", 9, "}"))
    assert why == "t.yaml: something else changed at line 2"


def test_a_file_that_is_not_the_edited_one_is_told() -> None:
    assert "with the insertions" in (_differs("a: b\n", after="a: c\n") or "")
    assert _differs("a: b\n") is None
    assert TEMPLATE.differs([_BEFORE], [], Patch())


def test_a_machine_that_would_still_fail_is_told() -> None:
    made = SERVERLESS.patch([SourceFile("t.yaml", _SLS)], Wanted())
    before = SourceFile("t.yaml", _SLS)
    assert SERVERLESS.differs([before], [before], Patch(fixed=made.fixed)) == (
        "my-flow would still not pass"
    )


@pytest.mark.parametrize(
    ("group", "written"),
    [
        (
            "kept",
            "!Sub arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:kept:*",
        ),
        ("arn:aws:logs:a:1:log-group:g", "arn:aws:logs:a:1:log-group:g:*"),
        ("arn:aws:logs:a:1:log-group:g:*", "arn:aws:logs:a:1:log-group:g:*"),
    ],
)
def test_an_existing_log_group_is_named(group: str, written: str) -> None:
    text, _ = patch(_SAM, Wanted(log_group=group))
    assert f"LogGroupArn: {written}\n" in text
    assert "AWS::Logs::LogGroup" not in text


def test_the_snippet_of_a_refused_machine_makes_no_group_where_one_exists() -> None:
    _, made = patch(_SAM + "      Role: !Ref Role\n", Wanted(log_group="kept"))
    assert "log-group:kept:*" in made.refused[0].snippet
    assert "RetentionInDays" not in made.refused[0].snippet
