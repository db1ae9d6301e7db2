"""A row from what a finding or AWS Config tells, or the doubt for which the machine must be read.

Both write the configuration in PascalCase, under names of their own (F§2.1, F§6). A claim makes a
row only where all it says fits together; it is shown with its source and age, and a plan reads
every machine it changes again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hubmend.controls.stepfunctions_1.detect import recommend, verdict
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.ownership import manager
from hubmend.core.arn import resource_name
from hubmend.core.codec import encode
from hubmend.core.control import Doubt, Parameters
from hubmend.core.inventory import Claim
from hubmend.core.resource import Finding, Kind, Recommendation, Resource, Source, Verdict
from hubmend.core.settings import Settings

# Security Hub looks again within a day even where nothing changed (F§1.5); twice that is stale.
STALE = timedelta(hours=48)
CONFIG_QUERY = (
    "SELECT accountId, awsRegion, arn, resourceName, tags, configuration.StateMachineType, "
    "configuration.RoleArn, configuration.LoggingConfiguration.Level, "
    "configuration.LoggingConfiguration.IncludeExecutionData, "
    "configuration.LoggingConfiguration.Destinations, configurationItemCaptureTime "
    "WHERE resourceType = 'AWS::StepFunctions::StateMachine'"
)
_JUDGED = {"PASSED": Verdict.PASSED, "FAILED": Verdict.FAILED}
_KINDS = ("STANDARD", "EXPRESS")


def claimed(
    claim: Claim, parameters: Parameters, settings: Settings, now: datetime
) -> Resource | Doubt:
    """Judge one machine by what a source tells of it. Pure and total."""
    machine = _machine(claim)
    told = verdict(machine, parameters) if machine.logging else None
    doubt = _doubt(claim, told, now)
    if doubt:
        return Doubt(doubt)
    judged, reason = told or _by_status(claim.finding)
    if judged is Verdict.FAILED and (unsaid := _unsaid(claim, machine, settings)):
        return Doubt(f"it tells no {unsaid}, which a rule asks for")
    resource = Resource(
        arn=claim.arn,
        account=claim.target.account,
        region=claim.target.region,
        name=machine.name,
        type=machine.type or None,
        level=machine.level if machine.logging else None,
        include_execution_data=machine.include_execution_data if machine.logging else None,
        log_group_arn=machine.log_group_arn,
        verdict=judged,
        reason=reason,
        role_arn=machine.role_arn or None,
        revision_id=None,
        tags=machine.tags,
        tagged=machine.tagged,
        manager=manager(machine.tags),
        finding=claim.finding,
        recommendation=Recommendation(Kind.NONE, None, ""),
        source=claim.source,
        as_of=encode(claim.seen) if claim.seen else "",
    )
    return recommend(resource, parameters, settings, now.date())


def _doubt(claim: Claim, told: tuple[Verdict, str] | None, now: datetime) -> str | None:
    """Return why the claim is not enough, None where it is."""
    finding = claim.finding
    if told and told[0] is Verdict.UNKNOWN:
        return told[1]
    if finding is None:
        return None if told else "AWS Config tells no level"
    if finding.compliance_status not in _JUDGED:
        return f"its finding says {finding.compliance_status}"
    if any(one.compliance_status != finding.compliance_status for one in claim.others):
        return "its findings of different standards disagree"
    if claim.source is Source.HUB and (claim.seen is None or now - claim.seen > STALE):
        return f"its finding is stale: last seen {encode(claim.seen) or 'at no known time'}"
    if told and told[0] is not _JUDGED[finding.compliance_status]:
        return f"its finding says {finding.compliance_status}, but in its details {told[1]}"
    return None


def _unsaid(claim: Claim, machine: Machine, settings: Settings) -> str | None:
    """Return what rules ask for and the claim does not tell, None where nothing is missing."""
    if not machine.type and settings.asks("type"):
        return "type"
    asked = settings.asks("tags") or settings.asks("manager")
    return "tags" if claim.tags is None and asked else None


def _by_status(finding: Finding | None) -> tuple[Verdict, str]:
    status = finding.compliance_status if finding else ""
    return _JUDGED[status], f"Security Hub says {status}; its finding tells no level"


def _machine(claim: Claim) -> Machine:
    """Return the machine as far as it is told; empty text where something is not."""
    details = claim.details
    kind = _text(details.get("StateMachineType")) or _text(details.get("Type"))
    return Machine(
        arn=claim.arn,
        name=resource_name(claim.arn),
        type=kind if kind in _KINDS else "",
        role_arn=_text(details.get("RoleArn")),
        logging=_logging(details.get("LoggingConfiguration")),
        revision_id=None,
        created="",
        tags=claim.tags or {},
        tagged=claim.tags is not None,
    )


def _logging(told: Any) -> dict[str, Any]:
    """Return the loggingConfiguration in the API's words; empty where no level is told."""
    if not isinstance(told, Mapping) or not _text(told.get("Level")):
        return {}
    groups = [group for one in _list(told.get("Destinations")) if (group := _group(one))]
    return {
        "level": _text(told.get("Level")),
        "includeExecutionData": told.get("IncludeExecutionData") in (True, "true"),
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": one}} for one in groups],
    }


def _group(destination: Any) -> str:
    """Return a destination's log group, whether ASFF or Config wrote it."""
    inner = destination.get("CloudWatchLogsLogGroup") if isinstance(destination, Mapping) else None
    return _text(inner.get("LogGroupArn")) if isinstance(inner, Mapping) else ""


def _list(value: Any) -> list[Any]:
    """Return a list; Config writes one destination as a list or, flattened, as itself."""
    if isinstance(value, Mapping):
        return [value]
    return list(value) if isinstance(value, list | tuple) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
