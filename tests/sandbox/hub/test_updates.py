"""BatchUpdateFindings, finding history and automation rules (F§2.5, F§2.7)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hub.bench import ACCOUNT, REGION, AwsError, Bench, make_bench


@pytest.fixture
def failing(bench: Bench) -> Bench:
    for number in range(3):
        bench.machines.put(f"flow-{number}")
    bench.hub.enable(ACCOUNT, REGION)
    return bench


def test_a_note_replaces_the_note_before_and_updated_at_stays(failing: Bench) -> None:
    finding = failing.findings()[0]
    failing.clock.advance(minutes=1)
    for text in ("first", "second"):
        answer = failing.update(finding, Note={"Text": text, "UpdatedBy": "ann"})
        assert len(answer["ProcessedFindings"]) == 1
    after = failing.findings()[0]
    assert after["Note"] == {
        "Text": "second",
        "UpdatedBy": "ann",
        "UpdatedAt": "2026-11-23T12:01:00.000Z",
    }
    assert after["UpdatedAt"] == finding["UpdatedAt"]


def test_some_findings_may_stay_unprocessed(failing: Bench) -> None:
    first, second, third = failing.findings()
    failing.hub.fail_updates([second["Id"]], "ConcurrentUpdateError", times=1)
    ghost = {**third, "Id": third["Id"] + "x"}
    fields = {"Workflow": {"Status": "SUPPRESSED"}, "UserDefinedFields": {"owner": "ann"}}
    answer = failing.update(first, second, ghost, third, third, **fields)
    assert [one["Id"] for one in answer["ProcessedFindings"]] == [first["Id"], third["Id"]]
    assert [one["ErrorCode"] for one in answer["UnprocessedFindings"]] == [
        "ConcurrentUpdateError",
        "FindingNotFound",
        "DuplicatedFindingIdentifier",
    ]
    assert failing.update(second, **fields)["UnprocessedFindings"] == []


def test_a_lasting_failure_is_lifted_by_code_none(failing: Bench) -> None:
    finding = failing.findings()[0]
    failing.hub.fail_updates([finding["Id"]], "InternalFailure")
    workflow = {"Status": "NOTIFIED"}
    for _ in range(2):
        assert failing.update(finding, Workflow=workflow)["UnprocessedFindings"]
    failing.hub.fail_updates([finding["Id"]], None)
    assert failing.update(finding, Workflow=workflow)["UnprocessedFindings"] == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"Note": {"Text": "", "UpdatedBy": "ann"}},
        {"Note": {"Text": "x" * 513, "UpdatedBy": "ann"}},
        {"Note": {"Text": "x"}},
        {"Workflow": {"Status": "DONE"}},
        {"UserDefinedFields": {str(n): "v" for n in range(51)}},
        {"UserDefinedFields": {"k" * 129: "v"}},
        {"UserDefinedFields": {"k": "v" * 1025}},
        {"Confidence": 101},
        {"Severity": {"Label": "URGENT"}},
    ],
)
def test_values_outside_the_limits_are_refused(failing: Bench, fields: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as refused:
        failing.update(failing.findings()[0], **fields)
    assert refused.value.code == "InvalidInputException"


def test_at_most_a_hundred_findings_in_a_call(failing: Bench) -> None:
    with pytest.raises(AwsError) as refused:
        failing.update(*failing.findings()[:1] * 101, Workflow={"Status": "NEW"})
    assert refused.value.code == "InvalidInputException"


def test_history_tells_who_changed_what(failing: Bench) -> None:
    finding = failing.findings()[0]
    failing.clock.advance(minutes=1)
    failing.update(finding, Workflow={"Status": "SUPPRESSED"})
    identifier = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    newest, oldest = failing.ask("GetFindingHistory", FindingIdentifier=identifier)["Records"]
    assert newest["UpdateSource"]["Type"] == "BATCH_UPDATE_FINDINGS"
    assert newest["Updates"] == [
        {"UpdatedField": "Workflow.Status", "OldValue": "NEW", "NewValue": "SUPPRESSED"}
    ]
    assert oldest["FindingCreated"] is True
    only = failing.ask(
        "GetFindingHistory", FindingIdentifier=identifier, EndTime="2026-11-23T12:00:30Z"
    )
    assert len(only["Records"]) == 1


def _rule(order: int, status: str, *, terminal: bool = False) -> dict[str, Any]:
    control = [{"Value": "StepFunctions.1", "Comparison": "EQUALS"}]
    failed = [{"Value": "FAILED", "Comparison": "EQUALS"}]
    update = {"Workflow": {"Status": status}, "Note": {"Text": status, "UpdatedBy": "rule"}}
    return {
        "RuleOrder": order,
        "RuleName": f"rule-{order}",
        "Description": "a class of findings",
        "IsTerminal": terminal,
        "Criteria": {"ComplianceSecurityControlId": control, "ComplianceStatus": failed},
        "Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": update}],
    }


def test_a_rule_reaches_only_findings_created_or_updated_after_it(failing: Bench) -> None:
    failing.ask("CreateAutomationRule", **_rule(1, "SUPPRESSED"))
    assert {one["Workflow"]["Status"] for one in failing.findings()} == {"NEW"}
    arn = failing.machines.put("later")
    failing.settle()
    assert failing.finding(arn)["Workflow"]["Status"] == "SUPPRESSED"
    failing.clock.advance(hours=24)
    assert {one["Workflow"]["Status"] for one in failing.findings()} == {"SUPPRESSED"}


@pytest.mark.parametrize(("terminal", "status"), [(False, "NOTIFIED"), (True, "SUPPRESSED")])
def test_the_last_rule_wins_unless_an_earlier_one_is_terminal(
    failing: Bench, terminal: bool, status: str
) -> None:
    failing.ask("CreateAutomationRule", **_rule(20, "NOTIFIED"))
    failing.ask("CreateAutomationRule", **_rule(10, "SUPPRESSED", terminal=terminal))
    failing.clock.advance(hours=24)
    assert {one["Workflow"]["Status"] for one in failing.findings()} == {status}


def test_rules_are_listed_read_and_deleted(failing: Bench) -> None:
    arn = failing.ask("CreateAutomationRule", **_rule(1, "SUPPRESSED"))["RuleArn"]
    (listed,) = failing.ask("ListAutomationRules")["AutomationRulesMetadata"]
    assert listed["RuleArn"] == arn
    assert "Criteria" not in listed
    answer = failing.ask("BatchGetAutomationRules", AutomationRulesArns=[arn, "arn:none"])
    assert answer["Rules"][0]["Criteria"] == _rule(1, "SUPPRESSED")["Criteria"]
    assert answer["UnprocessedAutomationRules"][0]["RuleArn"] == "arn:none"
    gone = failing.ask("BatchDeleteAutomationRules", AutomationRulesArns=[arn])
    assert gone["ProcessedAutomationRules"] == [arn]
    assert failing.ask("ListAutomationRules")["AutomationRulesMetadata"] == []


def test_the_administrators_rules_cover_members_who_may_not_make_any() -> None:
    bench = make_bench(administrator=ACCOUNT)
    member = "222233334444"
    bench.hub.enable(ACCOUNT, REGION)
    bench.hub.enable(member, REGION)
    bench.ask("CreateAutomationRule", **_rule(1, "SUPPRESSED"))
    bench.machines.put("flow", account=member)
    bench.settle()
    (active,) = [one for one in bench.findings(account=member) if one["RecordState"] == "ACTIVE"]
    assert active["Workflow"]["Status"] == "SUPPRESSED"
    with pytest.raises(AwsError) as refused:
        bench.ask("CreateAutomationRule", account=member, **_rule(1, "NOTIFIED"))
    assert refused.value.code == "AccessDeniedException"


def test_a_severity_set_by_hand_survives_the_next_check(failing: Bench) -> None:
    arn = failing.findings()[0]["Resources"][0]["Id"]
    fields = {"Severity": {"Label": "HIGH"}, "Confidence": 90, "VerificationState": "TRUE_POSITIVE"}
    failing.update(failing.finding(arn), **fields)
    assert failing.finding(arn)["Severity"]["Normalized"] == 70
    failing.machines.put(arn.rpartition(":")[2], "ALL")
    failing.settle()
    finding = failing.finding(arn)
    assert finding["Severity"]["Label"] == "HIGH"
    assert finding["FindingProviderFields"]["Severity"]["Label"] == "INFORMATIONAL"
    assert finding["Confidence"] == 90


@pytest.mark.parametrize(
    "change",
    [
        {"RuleOrder": 0},
        {"RuleName": ""},
        {"Criteria": {"Nonsense": []}},
        {"Actions": [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": {}}]},
    ],
)
def test_a_rule_that_aws_would_refuse_is_refused(failing: Bench, change: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as refused:
        failing.ask("CreateAutomationRule", **{**_rule(1, "SUPPRESSED"), **change})
    assert refused.value.code == "InvalidInputException"


def test_a_rule_takes_a_hundred_resources_and_a_prefix_with_exceptions(failing: Bench) -> None:
    arns = [one["Resources"][0]["Id"] for one in failing.findings()]
    criteria = {
        "ResourceId": [
            {"Value": "arn:aws:states:", "Comparison": "PREFIX"},
            {"Value": arns[0], "Comparison": "NOT_EQUALS"},
            *[{"Value": f"arn:{number}", "Comparison": "NOT_EQUALS"} for number in range(98)],
        ]
    }
    failing.ask("CreateAutomationRule", **{**_rule(1, "SUPPRESSED"), "Criteria": criteria})
    failing.clock.advance(hours=24)
    assert failing.finding(arns[0])["Workflow"]["Status"] == "NEW"
    assert failing.finding(arns[1])["Workflow"]["Status"] == "SUPPRESSED"
    criteria["ResourceId"].append({"Value": "one more", "Comparison": "NOT_EQUALS"})
    with pytest.raises(AwsError, match="at most 100"):
        failing.ask("CreateAutomationRule", **{**_rule(1, "SUPPRESSED"), "Criteria": criteria})


def test_history_of_an_unknown_finding_or_with_a_bad_time_is_refused(failing: Bench) -> None:
    finding = failing.findings()[0]
    identifier = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    for call in (
        {"FindingIdentifier": {**identifier, "Id": "none"}},
        {"FindingIdentifier": identifier, "StartTime": "yesterday"},
    ):
        with pytest.raises(AwsError) as refused:
            failing.ask("GetFindingHistory", **call)
        assert refused.value.code == "InvalidInputException"
