"""Config's JSON shapes for state machines: items, rule, verdicts (F§6).

Property paths are PascalCase under `configuration`, as in AWS's registry schema. Whether an item
shows LoggingConfiguration at all when logging is off is UNCONFIRMED, so here about half of those
items lack it and readers have to treat missing as OFF.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.catalogue import LIVE, LOG_LEVEL, Control
from hubmend.sandbox.hub.findings import Place, digest, machine_subject
from hubmend.sandbox.hub.machines import Machine
from hubmend.sandbox.hub.recording import CONTINUOUS, Item
from hubmend.sandbox.hub.settings import iso, partition
from hubmend.sandbox.hub.target import Compliance, Target

MACHINE_TYPE = "AWS::StepFunctions::StateMachine"


def configuration(machine: Machine) -> dict[str, Any]:
    """The `configuration` of a machine's item."""
    details = machine_subject(machine).details
    shape: dict[str, Any] = {
        "Arn": machine.arn,
        "StateMachineName": machine.name,
        "StateMachineType": machine.kind,
        "RoleArn": machine.role_arn,
        "TracingConfiguration": {"Enabled": bool(machine.tracing.get("enabled", False))},
        "Tags": [{"Key": key, "Value": value} for key, value in machine.tags.items()],
    }
    if machine.level != "OFF" or int(digest(machine.arn, "item"), 16) % 2:
        shape["LoggingConfiguration"] = details["LoggingConfiguration"]
    return shape


def history_item(place: Place, item: Item, number: int) -> dict[str, Any]:
    """One item as GetResourceConfigHistory returns it; `configuration` is a JSON string."""
    machine = item.machine
    gone = item.status == "ResourceDeleted"
    return {
        "version": "1.3",
        "accountId": place.account,
        "configurationItemCaptureTime": _epoch(item.recorded_at),
        "configurationItemStatus": item.status,
        "configurationStateId": str(int(item.recorded_at.timestamp() * 1000) + number),
        "arn": machine.arn,
        "resourceType": MACHINE_TYPE,
        "resourceId": machine.arn,
        "resourceName": machine.name,
        "awsRegion": place.region,
        "resourceCreationTime": _epoch(machine.created_at),
        "tags": dict(machine.tags),
        "relatedEvents": [],
        "relationships": [],
        "configuration": "" if gone else json.dumps(configuration(machine)),
        "supplementaryConfiguration": {},
    }


def query_item(place: Place, item: Item) -> dict[str, Any]:
    """One item as the advanced queries see it, before fields are selected."""
    machine = item.machine
    return {
        "accountId": place.account,
        "awsRegion": place.region,
        "arn": machine.arn,
        "resourceId": machine.arn,
        "resourceName": machine.name,
        "resourceType": MACHINE_TYPE,
        "resourceCreationTime": iso(machine.created_at),
        "configurationItemCaptureTime": iso(item.recorded_at),
        "configurationItemStatus": item.status,
        "tags": [
            {"key": key, "value": value, "tag": f"{key}={value}"}
            for key, value in machine.tags.items()
        ],
        "configuration": configuration(machine),
    }


def recorder(place: Place, mode: str) -> dict[str, Any]:
    """The account's recorder in a Region."""
    return {
        "arn": f"arn:{partition(place.region)}:config:{place.region}:{place.account}"
        ":configuration-recorder/default/a1b2c3d4e5f6a7b8",
        "name": "default",
        "roleARN": f"arn:{partition(place.region)}:iam::{place.account}:role/aws-service-role/"
        "config.amazonaws.com/AWSServiceRoleForConfig",
        "recordingGroup": {
            "allSupported": True,
            "includeGlobalResourceTypes": True,
            "resourceTypes": [],
            "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
        },
        "recordingMode": {"recordingFrequency": mode, "recordingModeOverrides": []},
        "recordingScope": "PAID",
    }


def recorder_status(target: Target) -> dict[str, Any]:
    """Whether the recorder runs."""
    shape: dict[str, Any] = {
        "arn": recorder(target.place, CONTINUOUS)["arn"],
        "name": "default",
        "recording": True,
        "lastStatus": "Success",
    }
    looked_at = target.recorder.looked_at
    return {**shape, "lastStatusChangeTime": _epoch(looked_at)} if looked_at else shape


def rule(place: Place, control: Control, level: str | None) -> dict[str, Any]:
    """The service-linked rule of a control; only Security Hub may change it."""
    shape: dict[str, Any] = {
        **_rule_names(place, control),
        "Description": f"Security Hub CSPM checks {control.id} with this rule.",
        "Source": {
            "Owner": "AWS",
            "SourceIdentifier": control.config_rule.upper().replace("-", "_"),
        },
        "ConfigRuleState": "ACTIVE",
        "CreatedBy": "securityhub.amazonaws.com",
        "EvaluationModes": [{"Mode": "DETECTIVE"}],
    }
    if control is LIVE:
        shape["Scope"] = {"ComplianceResourceTypes": [MACHINE_TYPE]}
        if level:
            shape["InputParameters"] = json.dumps({LOG_LEVEL: level})
    return shape


def evaluation_status(target: Target, control: Control) -> dict[str, Any]:
    """When the rule last ran."""
    times = [verdict.evaluated_at for verdict in target.compliance.values()]
    shape: dict[str, Any] = {
        **_rule_names(target.place, control),
        "FirstEvaluationStarted": bool(times) or control is not LIVE,
    }
    if target.enabled_at:
        shape["FirstActivatedTime"] = _epoch(target.enabled_at)
    if control is LIVE and times:
        shape["LastSuccessfulInvocationTime"] = _epoch(max(times))
        shape["LastSuccessfulEvaluationTime"] = _epoch(max(times))
    return shape


def evaluation_result(place: Place, verdict: Compliance) -> dict[str, Any]:
    """Config's verdict on one machine."""
    return {
        "EvaluationResultIdentifier": {
            "EvaluationResultQualifier": {
                "ConfigRuleName": place.rule_name(LIVE),
                "ResourceType": MACHINE_TYPE,
                "ResourceId": verdict.item.machine.arn,
                "EvaluationMode": "DETECTIVE",
            },
            "OrderingTimestamp": _epoch(verdict.item.recorded_at),
        },
        "ComplianceType": verdict.compliance,
        "ResultRecordedTime": _epoch(verdict.evaluated_at),
        "ConfigRuleInvokedTime": _epoch(verdict.evaluated_at),
    }


def _rule_names(place: Place, control: Control) -> dict[str, str]:
    identity = f"config-rule-{digest(place.account, place.region, control.id)[8:14]}"
    return {
        "ConfigRuleName": place.rule_name(control),
        "ConfigRuleArn": f"arn:{partition(place.region)}:config:{place.region}:{place.account}"
        f":config-rule/aws-service-rule/securityhub.amazonaws.com/{identity}",
        "ConfigRuleId": identity,
    }


def _epoch(moment: datetime) -> float:
    return round(moment.timestamp(), 3)
