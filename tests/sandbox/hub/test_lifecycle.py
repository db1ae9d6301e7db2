"""The lifecycle of a finding, line by line of F§2.3, with a clock moved by hand."""

from __future__ import annotations

import pytest

from hubmend.sandbox.hub import Settings
from hubmend.sandbox.hub.lifecycle import workflow_after
from hubmend.sandbox.hub.verdict import judge
from tests.sandbox.hub.bench import ACCOUNT, REGION, Bench, make_bench


@pytest.mark.parametrize(
    ("level", "required", "verdict"),
    [
        (None, None, "FAILED"),
        ("OFF", None, "FAILED"),
        ("FATAL", None, "PASSED"),
        ("ERROR", None, "PASSED"),
        ("ALL", None, "PASSED"),
        ("ERROR", "ERROR", "PASSED"),
        ("FATAL", "ERROR", "FAILED"),
        ("ALL", "ERROR", "FAILED"),
        ("OFF", "ERROR", "FAILED"),
    ],
)
def test_the_rule_judges_levels(level: str | None, required: str | None, verdict: str) -> None:
    assert judge(level, required) == verdict


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        ("NEW", "FAILED", "PASSED", "RESOLVED"),
        ("NOTIFIED", "FAILED", "PASSED", "RESOLVED"),
        ("SUPPRESSED", "FAILED", "PASSED", "SUPPRESSED"),
        ("RESOLVED", "PASSED", "FAILED", "NEW"),
        ("NOTIFIED", "PASSED", "FAILED", "NEW"),
        ("SUPPRESSED", "PASSED", "FAILED", "SUPPRESSED"),
        ("RESOLVED", "FAILED", "FAILED", "RESOLVED"),
        ("NEW", "FAILED", "FAILED", "NEW"),
        ("NEW", "PASSED", "PASSED", "NEW"),
    ],
)
def test_workflow_follows_compliance(before: str, old: str, new: str, after: str) -> None:
    assert workflow_after(before, old, new, reopened=False, resolves=False) == after


@pytest.mark.parametrize(("before", "after"), [("RESOLVED", "NEW"), ("SUPPRESSED", "SUPPRESSED")])
def test_coming_back_from_the_archive_reopens_all_but_suppressed(before: str, after: str) -> None:
    assert workflow_after(before, "FAILED", "FAILED", reopened=True, resolves=False) == after


def test_machines_that_exist_when_the_hub_is_enabled_have_findings_at_once(bench: Bench) -> None:
    off, on = bench.machines.put("off"), bench.machines.put("on", "ERROR")
    bench.hub.enable(ACCOUNT, REGION)
    assert bench.finding(off)["Compliance"]["Status"] == "FAILED"
    assert bench.finding(off)["Workflow"]["Status"] == "NEW"
    assert bench.finding(on)["Compliance"]["Status"] == "PASSED"
    assert bench.finding(on)["Severity"]["Label"] == "INFORMATIONAL"


def test_a_new_machine_gets_its_finding_after_both_delays(on: Bench) -> None:
    arn = on.machines.put("late")
    on.hub.observe()
    on.clock.advance(seconds=59)
    assert arn not in [one["Resources"][0]["Id"] for one in on.findings()]
    on.clock.advance(seconds=2)
    assert on.finding(arn)["Compliance"]["Status"] == "FAILED"


def test_turning_logging_on_updates_the_same_finding(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    before = bench.finding(arn)
    bench.clock.advance(minutes=5)
    bench.machines.put("flow", "ALL")
    bench.hub.observe()
    bench.clock.advance(seconds=59)
    assert bench.finding(arn) == before
    bench.clock.advance(seconds=1)
    after = bench.finding(arn)
    assert after["Id"] == before["Id"]
    assert after["CreatedAt"] == before["CreatedAt"]
    assert after["Compliance"]["Status"] == "PASSED"
    assert after["Workflow"]["Status"] == "RESOLVED"
    assert after["ProductFields"]["PreviousComplianceStatus"] == "FAILED"
    assert after["FindingProviderFields"]["Severity"] == {
        "Label": "INFORMATIONAL",
        "Original": "INFORMATIONAL",
    }
    assert after["FirstObservedAt"] == after["UpdatedAt"] == "2026-11-23T12:06:00.000Z"


def test_turning_logging_off_again_reopens_the_finding(bench: Bench) -> None:
    arn = bench.machines.put("flow", "ALL")
    bench.hub.enable(ACCOUNT, REGION)
    bench.machines.put("flow", "OFF")
    bench.settle()
    finding = bench.finding(arn)
    assert finding["Compliance"]["Status"] == "FAILED"
    assert finding["Workflow"]["Status"] == "NEW"
    assert finding["Severity"]["Label"] == "MEDIUM"


def test_the_change_is_stamped_with_its_own_time_even_when_seen_late(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    bench.clock.advance(minutes=1)
    bench.machines.put("flow", "ALL")
    bench.clock.advance(minutes=10)
    assert bench.finding(arn)["UpdatedAt"] == "2026-11-23T12:02:00.000Z"


@pytest.mark.parametrize(("resolves", "workflow"), [(False, "SUPPRESSED"), (True, "RESOLVED")])
def test_both_readings_of_a_suppressed_finding_that_passes(resolves: bool, workflow: str) -> None:
    bench = make_bench(settings=Settings(suppressed_resolves=resolves))
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    bench.update(bench.finding(arn), Workflow={"Status": "SUPPRESSED"})
    bench.machines.put("flow", "ALL")
    bench.settle()
    assert bench.finding(arn)["Workflow"]["Status"] == workflow


def test_a_deleted_machine_is_archived_as_not_available(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    bench.machines.remove(arn)
    bench.settle()
    (finding,) = [one for one in bench.findings() if one["Resources"][0]["Id"] == arn]
    assert finding["RecordState"] == "ARCHIVED"
    assert finding["Compliance"]["Status"] == "NOT_AVAILABLE"


def test_a_machine_made_again_starts_a_new_finding(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    old = bench.finding(arn)
    bench.update(old, Workflow={"Status": "SUPPRESSED"})
    bench.clock.advance(minutes=1)
    bench.machines.remove(arn)
    bench.machines.put("flow")
    bench.settle()
    assert bench.finding(arn)["Id"] != old["Id"]
    assert bench.finding(arn)["Workflow"]["Status"] == "NEW"


def test_an_account_without_machines_has_one_passed_account_finding(on: Bench) -> None:
    (finding,) = on.findings()
    assert finding["Resources"][0]["Id"] == f"AWS::::Account:{ACCOUNT}"
    assert finding["Compliance"]["Status"] == "PASSED"
    on.machines.put("first")
    on.settle()
    states = {one["Resources"][0]["Type"]: one["RecordState"] for one in on.findings()}
    assert states == {"AwsAccount": "ARCHIVED", "AwsStepFunctionStateMachine": "ACTIVE"}


def test_a_type_that_config_does_not_record_gives_a_warning(on: Bench) -> None:
    on.hub.set_recording(ACCOUNT, REGION, "OFF")
    on.machines.put("flow")
    on.settle()
    (finding,) = [one for one in on.findings() if one["RecordState"] == "ACTIVE"]
    assert finding["Compliance"]["Status"] == "WARNING"
    on.hub.set_recording(ACCOUNT, REGION, "CONTINUOUS")
    on.settle()
    (finding,) = [one for one in on.findings() if one["RecordState"] == "ACTIVE"]
    assert finding["Compliance"]["Status"] == "FAILED"


def test_daily_recording_keeps_the_finding_for_up_to_a_day(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    bench.hub.set_recording(ACCOUNT, REGION, "DAILY")
    bench.machines.put("flow", "ALL")
    bench.hub.observe()
    bench.clock.advance(hours=23)
    assert bench.finding(arn)["Compliance"]["Status"] == "FAILED"
    bench.clock.advance(hours=2)
    assert bench.finding(arn)["Compliance"]["Status"] == "PASSED"


def test_the_daily_check_moves_only_the_last_seen_times(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    before = bench.finding(arn)
    bench.clock.advance(hours=49)
    after = bench.finding(arn)
    assert after["UpdatedAt"] == "2026-11-25T12:00:00.000Z"
    times = ("LastObservedAt", "ProcessedAt", "UpdatedAt")
    assert {k: v for k, v in after.items() if k not in times} == {
        k: v for k, v in before.items() if k not in times
    }


def test_switching_consolidation_archives_and_starts_again(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    old = bench.finding(arn)
    bench.clock.advance(minutes=1)
    bench.ask("UpdateSecurityHubConfiguration", ControlFindingGenerator="STANDARD_CONTROL")
    findings = {one["Id"]: one for one in bench.findings()}
    reason = findings.pop(old["Id"])["ProductFields"]["ArchivalReasons:0/ReasonCode"]
    assert reason == "CONSOLIDATED_CONTROL_FINDINGS_UPDATE"
    assert {one["GeneratorId"] for one in findings.values()} == {
        "aws-foundational-security-best-practices/v/1.0.0/StepFunctions.1",
        "pci-dss/v/4.0.1/StepFunctions.1",
    }


def test_the_region_without_the_rule_has_no_finding(bench: Bench) -> None:
    bench.machines.put("flow", region="ca-west-1")
    bench.hub.enable(ACCOUNT, "ca-west-1")
    assert bench.findings(region="ca-west-1") == []
