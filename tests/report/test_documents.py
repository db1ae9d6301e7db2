"""The JSON documents: a public interface, so their keys are spelled out here."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from hubmend.core.codec import decode
from hubmend.core.evidence import Entry, broken_at
from hubmend.core.run import Canary, CanaryAnswer, RunResult, RunStatus
from hubmend.core.verification import ProofStatus
from hubmend.report import (
    decisions_document,
    render_json,
    run_document,
    scan_document,
    verification_document,
)
from tests.report import samples

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion


def test_a_scan_has_the_keys_of_its_schema() -> None:
    document = scan_document(samples.scanned_only().scan or samples.scan())
    assert document["schema"] == "hubmend/scan/1"
    assert list(document) == [
        "schema",
        "scope",
        "resources",
        "summary",
        "unread",
        "scores",
        "remarks",
    ]
    assert list(document["scope"]) == ["control", "targets", "source", "source_why", "at"]
    assert document["summary"] == {"passed": 8, "failed": 10, "unknown": 1, "suppressed": 1}
    assert list(document["resources"][0]) == [
        "arn", "account", "region", "name", "type", "level", "include_execution_data",
        "log_group_arn", "verdict", "reason", "role_arn", "revision_id", "tags", "manager",
        "finding", "recommendation", "source", "as_of",
    ]  # fmt: skip
    assert list(document["resources"][0]["finding"]) == [
        "id",
        "workflow_status",
        "compliance_status",
        "suppression",
    ]
    assert list(document["resources"][0]["manager"]) == ["kind", "evidence"]
    assert list(document["resources"][0]["recommendation"]) == ["decision", "level", "why"]
    assert list(document["unread"][0]) == ["account", "region", "error"]
    assert json.loads(json.dumps(document)) == document


def test_a_machine_without_a_finding_has_null() -> None:
    rows = (replace(samples.row("x"), finding=None),)
    document = scan_document(replace(samples.scan(), resources=rows))
    assert document["resources"][0]["finding"] is None


def test_a_run_has_the_keys_of_its_schema() -> None:
    dossier = samples.dossier()
    assert dossier.run is not None
    result = RunResult("R", "sha256:1", dossier.run.status, dossier.results[-2:])
    assert run_document(result) == {
        "schema": "hubmend/run/1",
        "run": "R",
        "plan": "sha256:1",
        "status": "done",
        "resources": [
            {"arn": r.arn, "status": r.status.value, "error": r.error, "notes": list(r.notes)}
            for r in result.resources
        ],
        "canary": None,
    }


def test_a_run_with_a_canary_says_what_verifying_it_said() -> None:
    answer = CanaryAnswer("a", "passed", ProofStatus.PENDING, "on their way")
    result = RunResult("R", "sha256:1", RunStatus.DONE, (), Canary(("a",), (answer,)))
    assert run_document(result)["canary"] == {
        "status": "passed",
        "resources": ["a"],
        "answers": [
            {"arn": "a", "configuration": "passed", "proof": "pending", "why": "on their way"}
        ],
    }
    unable = replace(result, status=RunStatus.FAILED, canary=Canary(("a",)))
    assert run_document(unable)["canary"] == {"status": "failed", "resources": ["a"], "answers": []}


def test_a_verification_has_the_keys_of_its_schema(snapshot: SnapshotAssertion) -> None:
    one = samples.dossier().verifications[0]
    assert verification_document("R", [one]) == snapshot


def test_decisions_have_the_keys_of_their_schema(snapshot: SnapshotAssertion) -> None:
    assert decisions_document(samples.dossier().decisions[-1:]) == snapshot


def test_the_evidence_in_a_json_report_can_be_checked_by_anyone() -> None:
    document = json.loads(render_json(samples.dossier()))
    entries = [decode(Entry, entry) for entry in document["evidence"]["entries"]]
    assert broken_at(entries) is None
    entries[3] = replace(entries[3], body={})
    assert broken_at(entries) == 3


def test_a_json_report_tells_every_state() -> None:
    for make in (samples.dossier, samples.rolled_back, samples.scanned_only, samples.nothing):
        document = json.loads(render_json(make()))
        assert document["schema"] == "hubmend/report/1"
        assert list(document) == [
            "schema", "at", "control", "headline", "next", "scope", "run", "summary", "resources",
            "controls", "skipped", "manual", "unread", "decisions", "evidence",
        ]  # fmt: skip


def test_a_machine_in_a_json_report(snapshot: SnapshotAssertion) -> None:
    document = json.loads(render_json(samples.dossier()))
    assert document["resources"][1] == snapshot
