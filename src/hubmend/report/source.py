"""What `check` and `fix` found in source files, as JSON documents and SARIF 2.1.0."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from hubmend.core.codec import fingerprint
from hubmend.core.resource import Verdict
from hubmend.flow.check import Checked
from hubmend.flow.fix import Fixed
from hubmend.iac.source import Machine, Refused
from hubmend.report.sarif import SCHEMA as SARIF_SCHEMA
from hubmend.report.sarif import rule

CHECK, FIX = "hubmend/check/1", "hubmend/fix/1"
CONTROL = "StepFunctions.1"


def check_document(checked: Checked) -> dict[str, Any]:
    """Return what `check` found as hubmend/check/1."""
    return {
        "schema": CHECK,
        "summary": checked.summary,
        "resources": [_machine(machine) for machine in checked.machines],
        "refused": [_refused(one) for one in checked.refused],
    }


def fix_document(fixed: Fixed) -> dict[str, Any]:
    """Return what `fix` made as hubmend/fix/1; `written` says whether the files hold it now."""
    return {
        "schema": FIX,
        "written": fixed.written,
        "files": [{"path": patch.path, "diff": patch.diff} for patch in fixed.patches],
        "fixed": [_machine(machine) for machine in fixed.machines],
        "others": [_machine(machine) for machine in fixed.others],
        "refused": [_refused(one) for one in fixed.refused],
    }


def _machine(machine: Machine) -> dict[str, Any]:
    return {
        "path": machine.path,
        "line": machine.line,
        "kind": machine.kind,
        "id": machine.id,
        "verdict": machine.verdict.value,
        "level": machine.level,
        "include_execution_data": machine.include_execution_data,
        "log_group": machine.log_group,
        "role_rights": machine.role_rights.value,
        "reason": machine.reason,
    }


def _refused(refused: Refused) -> dict[str, Any]:
    return {
        "path": refused.path,
        "line": refused.line,
        "reason": refused.reason,
        "snippet": refused.snippet,
    }


def check_sarif(checked: Checked) -> dict[str, Any]:
    """Return one SARIF run for code-scanning pages: a result per machine that does not pass."""
    rows = [one for one in checked.machines if one.verdict is not Verdict.PASSED]
    return {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "hubmend", "rules": [rule(CONTROL)]}},
                "automationDetails": {"id": f"hubmend/{CONTROL}/check/"},
                "invocations": [_invocation(checked)],
                "results": [_result(machine) for machine in rows],
            }
        ],
    }


def _invocation(checked: Checked) -> dict[str, Any]:
    return {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": one.reason},
                "locations": [_location(one.path, one.line)],
            }
            for one in checked.refused
        ],
    }


def _result(machine: Machine) -> dict[str, Any]:
    return {
        "ruleId": CONTROL,
        "ruleIndex": 0,
        "kind": "fail",  # SARIF allows a level other than none only with this kind
        "level": "warning" if machine.verdict is Verdict.FAILED else "note",
        "message": {"text": f"{machine.id}: {machine.verdict}. {machine.reason}"},
        "locations": [_location(machine.path, machine.line)],
        "partialFingerprints": {
            "resource/v1": fingerprint({"control": CONTROL, "path": machine.path, "id": machine.id})
        },
        "properties": {"verdict": machine.verdict.value, "kind": machine.kind},
    }


def _location(path: str, line: int | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(path), "uriBaseId": "%SRCROOT%"}}
    if line:
        place["region"] = {"startLine": line}
    return {"physicalLocation": place}


def _uri(path: str) -> str:
    return quote(path.removeprefix("./"))
