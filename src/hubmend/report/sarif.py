"""A scan as SARIF 2.1.0, for dashboards that collect findings of every tool in that format.

A state machine is no file, so a result carries a logical location (its ARN) and no physical one;
UNKNOWN rows are notes, so that nobody takes them for passes.
"""

from __future__ import annotations

from typing import Any

from hubmend.core.codec import fingerprint
from hubmend.core.resource import Resource, Scan, Verdict
from hubmend.report.control import explanation_of, title_of
from hubmend.report.naming import account_label

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def scan_sarif(scan: Scan) -> dict[str, Any]:
    """Return one SARIF run: a result per FAILED machine, a note per UNKNOWN one."""
    rows = [row for row in scan.resources if row.verdict is not Verdict.PASSED]
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "hubmend", "rules": [rule(scan.control)]}},
                "automationDetails": {"id": f"hubmend/{scan.control}/{scan.id}"},
                "invocations": [_invocation(scan)],
                "results": [_result(scan, row) for row in rows],
            }
        ],
    }


def rule(control: str) -> dict[str, Any]:
    """Return a control as the rule that SARIF results refer to."""
    title, explanation = title_of(control), explanation_of(control)
    return {
        "id": control,
        "shortDescription": {"text": title},
        "help": {"text": title, "markdown": explanation},
        "defaultConfiguration": {"level": "warning"},
    }


def _invocation(scan: Scan) -> dict[str, Any]:
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {
                    "text": f"{unread.account}/{unread.region or 'all regions'} not read: "
                    f"{unread.error}"
                },
            }
            for unread in scan.unread
        ],
    }


def _result(scan: Scan, row: Resource) -> dict[str, Any]:
    failed = row.verdict is Verdict.FAILED
    place = f"{account_label(row.account, scan.account_names)}, {row.region}"
    result: dict[str, Any] = {
        "ruleId": scan.control,
        "ruleIndex": 0,
        "kind": "fail",  # SARIF allows a level other than none only with this kind
        "level": "warning" if failed else "note",
        "message": {"text": f"{row.name} ({place}): {row.verdict}. {row.reason}".rstrip()},
        "locations": [
            {
                "logicalLocations": [
                    {"name": row.name, "fullyQualifiedName": row.arn, "kind": "resource"}
                ]
            }
        ],
        "partialFingerprints": {
            "resource/v1": fingerprint({"control": scan.control, "arn": row.arn})
        },
        "properties": {"verdict": row.verdict.value, "recommendation": row.recommendation.why},
    }
    if row.suppressed:
        result["suppressions"] = [
            {"kind": "external", "justification": "SUPPRESSED in Security Hub"}
        ]
    return result
