"""ASFF and OCSF exports of a scan hold against models kept by others.

ASFF: botocore's model of BatchImportFindings, with AWS's own limits. OCSF: py-ocsf-models.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from py_ocsf_models.events.findings.compliance_finding import ComplianceFinding
from py_ocsf_models.objects.cloud import Cloud

from hubmend.aws.models import Models
from hubmend.core import asff
from hubmend.core.call import Call
from hubmend.core.resource import Scan, Source, Verdict
from hubmend.report.asff import scan_asff
from hubmend.report.ocsf import scan_ocsf
from tests.report import sample_machines

MODELS = Models()


def scan() -> Scan:
    """The sample scan, with a row that only a finding told of and little is known about."""
    seen = sample_machines.scan()
    bare = replace(
        seen.resources[0], type=None, level=None, include_execution_data=None, log_group_arn=None,
        role_arn=None, tags={}, source=Source.HUB, as_of="2026-11-23T12:00:00Z",
    )  # fmt: skip
    odd = replace(seen.resources[0], level="OFF", include_execution_data=None, reason="x" * 5000)
    return replace(seen, resources=(*seen.resources, bare, odd))


def test_every_asff_finding_is_one_batch_import_findings_takes() -> None:
    findings = scan_asff(scan())["Findings"]
    assert len(findings) == len(scan().resources)
    for first in range(0, len(findings), 100):
        call = Call(
            "securityhub", "BatchImportFindings", {"Findings": findings[first : first + 100]}
        )
        assert MODELS.fault(call) is None
    for one in findings:
        assert len(one["Id"]) <= 512
        assert len(one["Title"]) <= 256
        assert len(one["Description"]) <= 1024
        assert one["Workflow"]["Status"] != "RESOLVED"
    assert json.loads(json.dumps(findings)) == findings


def test_the_model_would_refuse_a_finding_that_lacks_something() -> None:
    (one, *_) = scan_asff(scan())["Findings"]
    del one["Resources"]
    call = Call("securityhub", "BatchImportFindings", {"Findings": [one]})
    assert "Resources" in (MODELS.fault(call) or "")


def test_an_exported_finding_reads_back_as_what_was_scanned() -> None:
    seen = scan()
    status = {Verdict.PASSED: "PASSED", Verdict.FAILED: "FAILED", Verdict.UNKNOWN: "WARNING"}
    for row, one in zip(seen.resources, scan_asff(seen)["Findings"], strict=True):
        (claim,) = asff.parse(one, seen.control, "AwsStepFunctionStateMachine").claims
        assert (claim.arn, claim.target) == (row.arn, row.target)
        assert claim.finding
        assert claim.finding.compliance_status == status[row.verdict]
        assert (claim.finding.workflow_status == "SUPPRESSED") == row.suppressed
        assert claim.details.get("LoggingConfiguration", {}).get("Level") == row.level


def test_every_ocsf_finding_holds_against_the_kept_model() -> None:
    for one in scan_ocsf(scan()):
        read = ComplianceFinding.model_validate(one)
        Cloud.model_validate(one["cloud"])
        kept = read.model_dump(mode="json", exclude_none=True)
        assert missing(one, kept) == {"cloud", "compliance.status"}


def missing(ours: Any, theirs: Any, path: str = "") -> set[str]:
    """Keys of ours that the model does not know: profiles and captions it leaves out."""
    if not isinstance(ours, dict):
        return set()
    found = {f"{path}{key}" for key in ours if key not in theirs}
    for key, value in ours.items():
        if key in theirs and key != "unmapped":
            found |= missing(value, theirs[key], f"{path}{key}.")
    return found


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [(Verdict.PASSED, (1, 1)), (Verdict.FAILED, (3, 3)), (Verdict.UNKNOWN, (0, 0))],
)
def test_ocsf_ids_follow_the_verdict(verdict: Verdict, expected: tuple[int, int]) -> None:
    seen = scan()
    seen = replace(seen, resources=(replace(seen.resources[0], verdict=verdict),))
    (one,) = scan_ocsf(seen)
    assert (one["compliance"]["status_id"], one["severity_id"]) == expected
