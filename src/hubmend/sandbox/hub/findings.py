"""The ASFF document of a control finding, consolidated or per standard (F§2.1, F§2.2).

No real StepFunctions.1 finding was available: the shape is the one constructed in the facts
sheet. AWS leaves out `Resources[].Details` and `Tags` at times, so here about one finding in five
lacks them, chosen by a hash of the resource, and readers have to be defensive.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.catalogue import LOG_LEVEL, Control, Standard
from hubmend.sandbox.hub.lifecycle import Asff, severity, severity_of
from hubmend.sandbox.hub.machines import Machine
from hubmend.sandbox.hub.settings import iso, partition

_PRODUCT = "Security Hub CSPM"
_TYPES = ["Software and Configuration Checks/Industry and Regulatory Standards"]
_OMITTED_IN = 5


@dataclass(frozen=True)
class Place:
    """Where findings come from: an account in a Region, and what its ASFF calls them."""

    account: str
    region: str
    account_name: str = ""

    @property
    def product_arn(self) -> str:
        """Security Hub's own product in the Region."""
        return f"arn:{partition(self.region)}:securityhub:{self.region}::product/aws/securityhub"

    def rule_name(self, control: Control) -> str:
        """The service-linked Config rule; its suffix differs per account and Region (F§6)."""
        suffix = digest(self.account, self.region, control.id)[:8]
        return f"securityhub-{control.config_rule}-{suffix}"


@dataclass(frozen=True)
class Subject:
    """The resource a finding is about, in ASFF's words."""

    kind: str
    id: str
    details: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


def digest(*parts: str) -> str:
    """A stable hex digest, for ids and for choices that look random but repeat."""
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


def machine_subject(machine: Machine) -> Subject:
    """A state machine with its ASFF details (PascalCase, F§2.1)."""
    logging: dict[str, Any] = {
        "Level": machine.level,
        "IncludeExecutionData": bool(machine.logging.get("includeExecutionData", False)),
    }
    groups = [
        destination["cloudWatchLogsLogGroup"]["logGroupArn"]
        for destination in machine.logging.get("destinations") or []
        if "cloudWatchLogsLogGroup" in destination
    ]
    if groups:
        logging["Destinations"] = [
            {"CloudWatchLogsLogGroup": {"LogGroupArn": group}} for group in groups
        ]
    details = {
        "StateMachineArn": machine.arn,
        "Name": machine.name,
        "Status": "ACTIVE",
        "Type": machine.kind,
        "RoleArn": machine.role_arn,
        "LoggingConfiguration": logging,
        "TracingConfiguration": {"Enabled": bool(machine.tracing.get("enabled", False))},
    }
    return Subject("AwsStepFunctionStateMachine", machine.arn, details, machine.tags)


def account_subject(place: Place) -> Subject:
    """The account itself, for controls without a resource."""
    return Subject("AwsAccount", f"AWS::::Account:{place.account}")


def resources(place: Place, subject: Subject) -> list[dict[str, Any]]:
    """ASFF `Resources` with the optional parts left out for some resources."""
    resource: dict[str, Any] = {
        "Type": subject.kind,
        "Id": subject.id,
        "Partition": partition(place.region),
        "Region": place.region,
    }
    if subject.details and int(digest(subject.id, "details"), 16) % _OMITTED_IN:
        resource["Details"] = {subject.kind: dict(subject.details)}
    if subject.tags and int(digest(subject.id, "tags"), 16) % _OMITTED_IN:
        resource["Tags"] = dict(subject.tags)
    return [resource]


def compliance(
    control: Control, status: str, standards: Sequence[Standard], level: str | None
) -> dict[str, Any]:
    """ASFF `Compliance`; parameters only where a custom value stands (F§2.1)."""
    shape: dict[str, Any] = {
        "Status": status,
        "SecurityControlId": control.id,
        "RelatedRequirements": control.requirements,
        "AssociatedStandards": [{"StandardsId": standard.id} for standard in standards],
    }
    if level is not None:
        shape["SecurityControlParameters"] = [{"Name": LOG_LEVEL, "Value": [level]}]
    if status == "WARNING":
        shape["StatusReasons"] = [
            {
                "ReasonCode": "CONFIG_RECORDER_MISSING_REQUIRED_RESOURCE_TYPES",
                "Description": "AWS Config does not record the resource type that the control "
                "checks. Turn on recording for it and wait for the next check.",
            }
        ]
    return shape


def new_finding(
    place: Place,
    control: Control,
    subject: Subject,
    checked: Mapping[str, Any],
    at: datetime,
    *,
    standard: Standard | None,
) -> Asff:
    """A first finding; `checked` is its Compliance and `standard` None when consolidated.

    The id is new for each creation time, so that a resource deleted and made again starts a
    finding of its own.
    """
    identity = _identity(place, control, subject, standard, at)
    times = ("FirstObservedAt", "LastObservedAt", "CreatedAt", "UpdatedAt", "ProcessedAt")
    named = {"AwsAccountName": place.account_name} if place.account_name else {}
    return {
        "SchemaVersion": "2018-10-08",
        "Id": identity,
        "ProductArn": place.product_arn,
        "ProductName": _PRODUCT,
        "CompanyName": "AWS",
        "Region": place.region,
        "AwsAccountId": place.account,
        **named,
        **dict.fromkeys(times, iso(at)),
        **_described(control, standard),
        **_graded(control, checked["Status"], consolidated=standard is None),
        "ProductFields": _product_fields(place, control, subject, standard, identity),
        "Resources": resources(place, subject),
        "Compliance": dict(checked),
        "RecordState": "ACTIVE",
    }


def _described(control: Control, standard: Standard | None) -> dict[str, Any]:
    """What the control says about itself."""
    text = (
        "For information on how to correct this issue, consult the AWS Security Hub CSPM "
        "controls documentation."
    )
    return {
        "GeneratorId": (
            f"{standard.path}/{control.id}" if standard else f"security-control/{control.id}"
        ),
        "Types": list(_TYPES),
        "Title": f"{control.id} {control.title}" if standard else control.title,
        "Description": control.description,
        "Remediation": {"Recommendation": {"Text": text, "Url": control.remediation_url}},
    }


def _graded(control: Control, status: str, *, consolidated: bool) -> dict[str, Any]:
    """Severity and workflow of a first finding; `WorkflowState` is deprecated and stays NEW."""
    label = severity_of(status, control.severity)
    return {
        "Severity": severity(status, control.severity, consolidated=consolidated),
        "WorkflowState": "NEW",
        "Workflow": {"Status": "RESOLVED" if status == "PASSED" else "NEW"},
        "FindingProviderFields": {
            "Severity": {"Label": label, "Original": label},
            "Types": list(_TYPES),
        },
    }


def _identity(
    place: Place, control: Control, subject: Subject, standard: Standard | None, at: datetime
) -> str:
    seed = (place.account, place.region, control.id, subject.id, standard.key if standard else "")
    unique = uuid.UUID(digest(*seed, at.isoformat())[:32])
    if standard:
        owner = standard.subscription_arn(place.account, place.region)
        return f"{owner}/{control.id}/finding/{unique}"
    return f"{control.arn(place.account, place.region)}/finding/{unique}"


def _product_fields(
    place: Place, control: Control, subject: Subject, standard: Standard | None, identity: str
) -> dict[str, str]:
    fields = {
        "RelatedAWSResources:0/name": place.rule_name(control),
        "RelatedAWSResources:0/type": "AWS::Config::ConfigRule",
        "aws/securityhub/ProductName": _PRODUCT,
        "aws/securityhub/CompanyName": "AWS",
        "Resources:0/Id": subject.id,
        "aws/securityhub/FindingId": f"{place.product_arn}/{identity}",
    }
    if standard is None:
        return fields
    return {
        **fields,
        "ControlId": control.id,
        "StandardsArn": standard.arn(place.region),
        "StandardsSubscriptionArn": standard.subscription_arn(place.account, place.region),
        "StandardsControlArn": standard.control_arn(place.account, place.region, control.id),
        "RecommendationUrl": control.remediation_url,
    }
