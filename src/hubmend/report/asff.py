"""A scan as findings in ASFF: what BatchImportFindings takes, a hundred a call.

Imported, they stand beside Security Hub's own findings under the account's default product: one
per machine, also where the control has none (a region without it, a machine too young).
"""

from __future__ import annotations

from typing import Any

from hubmend.core.arn import parse_arn
from hubmend.core.codec import encode
from hubmend.core.resource import Resource, Scan, Verdict

SCHEMA_VERSION = "2018-10-08"
TYPE = "Software and Configuration Checks/AWS Security Best Practices"
LONGEST = 1024  # characters AWS takes for a description
_STATUS = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED", Verdict.UNKNOWN: "WARNING"}
_SEVERITY = {
    Verdict.PASSED: "INFORMATIONAL", Verdict.FAILED: "MEDIUM", Verdict.UNKNOWN: "INFORMATIONAL",
}  # fmt: skip


def scan_asff(scan: Scan) -> dict[str, Any]:
    """Return {"Findings": [...]}, one finding per machine, in the order of the scan."""
    return {"Findings": [_finding(scan, row) for row in scan.resources]}


def finding_uid(scan: Scan, row: Resource) -> str:
    """Return the id a machine's finding keeps from scan to scan."""
    return f"hubmend/{scan.control}/{row.arn}"


def _finding(scan: Scan, row: Resource) -> dict[str, Any]:
    at = encode(scan.at)
    partition = parse_arn(row.arn).partition
    return {
        "SchemaVersion": SCHEMA_VERSION,
        "Id": finding_uid(scan, row),
        "ProductArn": f"arn:{partition}:securityhub:{row.region}:{row.account}"
        f":product/{row.account}/default",
        "GeneratorId": f"hubmend/{scan.control}",
        "AwsAccountId": row.account,
        "Region": row.region,
        "Types": [TYPE],
        "CreatedAt": at,
        "UpdatedAt": at,
        "Severity": {"Label": _SEVERITY[row.verdict]},
        "Title": f"{scan.control} state machine {row.name}: logging",
        "Description": f"hubmend judged it {row.verdict.value}: {row.reason}"[:LONGEST],
        "ProductFields": {"hubmend/scan": scan.id, "hubmend/source": row.source.value},
        "Resources": [_resource(row, partition)],
        "Compliance": {"Status": _STATUS[row.verdict], "SecurityControlId": scan.control},
        "Workflow": {"Status": "SUPPRESSED" if row.suppressed else "NEW"},
        "RecordState": "ACTIVE",
    }


def _resource(row: Resource, partition: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Type": "AwsStepFunctionStateMachine",
        "Id": row.arn,
        "Partition": partition,
        "Region": row.region,
        "Details": {"AwsStepFunctionStateMachine": _details(row)},
    }
    return {**found, "Tags": dict(row.tags)} if row.tags else found


def _details(row: Resource) -> dict[str, Any]:
    """Return what is known of a machine; ASFF has no null."""
    known = {
        "StateMachineArn": row.arn,
        "Name": row.name,
        "Type": row.type,
        "RoleArn": row.role_arn,
    }
    details: dict[str, Any] = {key: value for key, value in known.items() if value}
    if row.level:
        logging: dict[str, Any] = {"Level": row.level}
        if row.include_execution_data is not None:
            logging["IncludeExecutionData"] = row.include_execution_data
        if row.log_group_arn:
            group = {"LogGroupArn": row.log_group_arn}
            logging["Destinations"] = [{"CloudWatchLogsLogGroup": group}]
        details["LoggingConfiguration"] = logging
    return details
