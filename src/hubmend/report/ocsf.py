"""A scan as OCSF compliance findings (class 2003), for data lakes and tools that read OCSF.

Times are milliseconds since 1970, as OCSF's timestamp_t. The list is one JSON document.
"""

from __future__ import annotations

from typing import Any

from hubmend.core.arn import parse_arn
from hubmend.core.codec import encode
from hubmend.core.resource import Resource, Scan, Verdict
from hubmend.report.asff import finding_uid

VERSION = "1.5.0"
CLASS_UID, CATEGORY_UID, CREATE, AWS_ACCOUNT = 2003, 2, 1, 10
REFERENCE = "https://docs.aws.amazon.com/console/securityhub/StepFunctions.1/remediation"
# compliance.status_id and severity_id, with their captions
_STATUS = {
    Verdict.PASSED: (1, "Pass"),
    Verdict.FAILED: (3, "Fail"),
    Verdict.UNKNOWN: (0, "Unknown"),
}
_SEVERITY = {
    Verdict.PASSED: (1, "Informational"),
    Verdict.FAILED: (3, "Medium"),
    Verdict.UNKNOWN: (0, "Unknown"),
}


def scan_ocsf(scan: Scan) -> list[dict[str, Any]]:
    """Return one compliance finding per machine, in the order of the scan."""
    return [_finding(scan, row) for row in scan.resources]


def _finding(scan: Scan, row: Resource) -> dict[str, Any]:
    severity_id, severity = _SEVERITY[row.verdict]
    time = int(scan.at.timestamp() * 1000)
    uid = finding_uid(scan, row)
    return {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY_UID,
        "category_name": "Findings",
        "class_uid": CLASS_UID,
        "class_name": "Compliance Finding",
        "type_uid": CLASS_UID * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": time,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": 3 if row.suppressed else 1,
        "status": "Suppressed" if row.suppressed else "New",
        "status_detail": row.reason,
        "message": f"{row.name}: {row.verdict.value}, {row.reason}",
        "metadata": {
            "version": VERSION,
            "profiles": ["cloud"],
            "product": {"name": "hubmend", "vendor_name": "hubmend"},
            "uid": uid,
            "correlation_uid": scan.id,
        },
        "finding_info": {
            "uid": uid,
            "title": f"{scan.control} state machine {row.name}: logging",
            "desc": row.reason,
            "created_time": time,
        },
        "compliance": _compliance(scan, row),
        "remediation": {"desc": "Turn logging on: hubmend plan", "references": [REFERENCE]},
        "resources": [_resource(row)],
        "cloud": _cloud(scan, row),
        "unmapped": {"source": row.source.value, "as_of": row.as_of or encode(scan.at)},
    }


def _compliance(scan: Scan, row: Resource) -> dict[str, Any]:
    status_id, status = _STATUS[row.verdict]
    standards = {
        one.standard
        for one in scan.scores
        if (one.account, one.region) == (row.account, row.region)
    }
    return {
        "control": scan.control,
        "status_id": status_id,
        "status": status,
        "standards": sorted(standards),
    }


def _cloud(scan: Scan, row: Resource) -> dict[str, Any]:
    name = scan.account_names.get(row.account) or row.account
    account = {"uid": row.account, "name": name, "type": "AWS Account", "type_id": AWS_ACCOUNT}
    return {"provider": "AWS", "region": row.region, "account": account}


def _resource(row: Resource) -> dict[str, Any]:
    known = {"type": row.type, "level": row.level, "log_group_arn": row.log_group_arn}
    return {
        "uid": row.arn,
        "name": row.name,
        "type": "AwsStepFunctionStateMachine",
        "region": row.region,
        "cloud_partition": parse_arn(row.arn).partition,
        "labels": [f"{key}:{value}" for key, value in sorted(row.tags.items())],
        "data": {key: value for key, value in known.items() if value},
    }
