"""What is read of a template: right where it can be told, "not known" where not, never wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls.stepfunctions_1.template import Template

MACHINE, SERVERLESS = "AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine"
PSEUDO = {"StackName": "pay-7", "Region": "us-east-1", "AccountId": "1", "Partition": "aws"}

WRITTEN = """\
---
# Payments
AWSTemplateFormatVersion: "2010-09-09"
Description: >
  Resources: this is text
  LoggingConfiguration: so is this
Resources:
  # one of each way to write a machine
  Silent:
    Type: AWS::StepFunctions::StateMachine
    Metadata:
      aws:cdk:path: Pay/Silent/Resource
    Properties:
      RoleArn: !Sub "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/R"
      DefinitionString: |
        {"Comment": "LoggingConfiguration: no"}
      Tags:
      - Key: LoggingConfiguration
        Value: no

  "Logging":
    Type: 'AWS::Serverless::StateMachine'  # by SAM
    Properties:
      Logging:
        Level: ALL
  Flow: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: r}}
  Half:
    Type: AWS::StepFunctions::StateMachine
    Properties: {LoggingConfiguration: {Level: ALL}}
  Included:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      Fn::Transform:
        Name: AWS::Include
  Bare:
    Type: AWS::StepFunctions::StateMachine
  Either:
    Type: AWS::StepFunctions::StateMachine
    Properties: !If [Audited, {LoggingConfiguration: {Level: ALL}}, {RoleArn: r}]
  Chosen:
    Type: AWS::StepFunctions::StateMachine
    Properties: !Transform {Name: AWS::Include}
  Text:
    Type: AWS::StepFunctions::StateMachine
    Properties: none
  Group:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub '/aws/vendedlogs/states/${AWS::StackName}-Logs'
  Plain:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: /plain
  Unnamed:
    Type: AWS::Logs::LogGroup
  Parameter:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub "/${Stage}/x"
Outputs:
  Silent: {Value: !Ref Silent}
"""


@pytest.mark.parametrize(
    ("logical_id", "sets"),
    [
        ("Silent", False), ("Logging", True), ("Half", True), ("Included", None), ("Bare", False),
        ("Flow", False), ("Either", None), ("Chosen", None), ("Text", None),
    ],
)  # fmt: skip
def test_whether_a_machine_sets_logging_is_told_or_not_known(
    logical_id: str, sets: bool | None
) -> None:
    declared = Template(WRITTEN).declared(logical_id)
    assert declared is not None
    assert declared.sets_logging is sets


@pytest.mark.parametrize("logical_id", ["Nobody", None, ""])
def test_what_the_template_does_not_show_is_not_there(logical_id: str | None) -> None:
    assert Template(WRITTEN).declared(logical_id) is None


def test_a_cdk_path_is_metadata_of_its_resource() -> None:
    declared = Template(WRITTEN).declared("Silent")
    assert declared is not None
    assert declared.metadata == {"aws:cdk:path": "Pay/Silent/Resource"}


def test_log_groups_are_told_by_name_where_the_name_can_be_told() -> None:
    found = Template(WRITTEN).log_groups(PSEUDO)
    assert found == {"/aws/vendedlogs/states/pay-7-Logs": "Group", "/plain": "Plain"}


def test_a_name_made_by_a_sub_is_told_in_json_too() -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Fn::Sub": "/a/${B}"}}}
    named = {**group, "Properties": {"LogGroupName": {"Fn::Sub": "/${AWS::Region}"}}}
    resources = {"One": group, "Two": named}
    assert Template({"Resources": resources}).log_groups(PSEUDO) == {"/us-east-1": "Two"}


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", "Resources:", "Resources: []", "- a", "\t", "a\nb: c", {}, "null"]
)
def test_what_is_no_template_has_no_resources(body: Any) -> None:
    assert Template(body).resources == {}


names = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
machines = st.builds(
    lambda kind, properties, logging, more: {
        "Type": kind,
        **more,
        "Properties": {
            **properties,
            **({"Logging" if kind == SERVERLESS else "LoggingConfiguration": logging}
               if logging else {}),
        },
    },
    st.sampled_from([MACHINE, SERVERLESS]),
    st.dictionaries(names, values, max_size=4),
    st.none() | st.just({"Level": "ALL"}),
    st.dictionaries(names.map("X".__add__), values, max_size=2),
)  # fmt: skip
templates = st.builds(
    lambda more, resources: {**more, "Resources": resources, "Zz": {"a": 1}},
    st.dictionaries(names.map("X".__add__), values, max_size=2),
    st.dictionaries(names, machines, min_size=1, max_size=4),
)


@given(templates, st.sampled_from([2, 4]))
def test_the_outline_of_block_yaml_says_what_the_json_says(
    document: dict[str, Any], indent: int
) -> None:
    outlined = Template(yaml.safe_dump(document, indent=indent, default_flow_style=False))
    whole = Template(json.dumps(document))
    for logical_id in document["Resources"]:
        one, other = outlined.declared(logical_id), whole.declared(logical_id)
        assert one is not None
        assert other is not None
        assert one.type == other.type
        known = one.sets_logging is not None
        assert not known or one.sets_logging is other.sets_logging
        assert known or not document["Resources"][logical_id]["Properties"]  # dumped as {}
