"""Controls, parameters, associations, standards and the score (F§1.6, F§1.7, F§2.8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hubmend.sandbox.hub.catalogue import CONTROLS
from hubmend.sandbox.wire import Request
from tests.sandbox.hub.bench import ACCOUNT, REGION, AwsError, Bench

CONTROL = "StepFunctions.1"


def _customise(bench: Bench, level: str | None, reason: str = "") -> None:
    custom = {"ValueType": "CUSTOM", "Value": {"Enum": level}}
    parameter = custom if level else {"ValueType": "DEFAULT"}
    extra = {"LastUpdateReason": reason} if reason else {}
    bench.ask(
        "UpdateSecurityControl",
        SecurityControlId=CONTROL,
        Parameters={"logLevel": parameter},
        **extra,
    )


def _control(bench: Bench) -> dict[str, Any]:
    answer = bench.ask("BatchGetSecurityControls", SecurityControlIds=[CONTROL])
    return dict(answer["SecurityControls"][0])


def _switch(bench: Bench, status: str, *standards: str, reason: str = "SEC 12") -> dict[str, Any]:
    arns = [
        row["StandardsArn"]
        for row in bench.ask("DescribeStandards")["Standards"]
        if not standards or any(name in row["StandardsArn"] for name in standards)
    ]
    updates = [
        {
            "StandardsArn": arn,
            "SecurityControlId": CONTROL,
            "AssociationStatus": status,
            "UpdatedReason": reason,
        }
        for arn in arns
    ]
    return bench.ask(
        "BatchUpdateStandardsControlAssociations", StandardsControlAssociationUpdates=updates
    )


def test_a_custom_level_is_updating_then_ready_and_checks_again(bench: Bench) -> None:
    arn = bench.machines.put("flow", "ALL")
    bench.hub.enable(ACCOUNT, REGION)
    assert _control(bench)["Parameters"] == {"logLevel": {"ValueType": "DEFAULT"}}
    _customise(bench, "ERROR", "audit asks for it")
    assert _control(bench)["UpdateStatus"] == "UPDATING"
    with pytest.raises(AwsError) as refused:
        _customise(bench, "FATAL")
    assert refused.value.code == "ResourceInUseException"
    assert bench.finding(arn)["Compliance"]["Status"] == "PASSED"
    bench.clock.advance(seconds=31)
    control = _control(bench)
    assert control["UpdateStatus"] == "READY"
    assert control["LastUpdateReason"] == "audit asks for it"
    assert control["Parameters"]["logLevel"]["Value"] == {"Enum": "ERROR"}
    finding = bench.finding(arn)
    assert finding["Compliance"]["Status"] == "FAILED"
    assert finding["Compliance"]["SecurityControlParameters"] == [
        {"Name": "logLevel", "Value": ["ERROR"]}
    ]
    _customise(bench, None)
    bench.clock.advance(seconds=31)
    assert bench.finding(arn)["Compliance"]["Status"] == "PASSED"


@pytest.mark.parametrize("reason", ["no; semicolons", "a/b", "under score & co"])
def test_the_reason_has_only_letters_digits_spaces_hyphens_underscores(
    on: Bench, reason: str
) -> None:
    with pytest.raises(AwsError) as refused:
        _customise(on, "ERROR", reason)
    assert refused.value.code == "InvalidInputException"


def test_an_unknown_level_is_refused(on: Bench) -> None:
    with pytest.raises(AwsError) as refused:
        _customise(on, "WARN")
    assert refused.value.code == "InvalidInputException"


def test_definitions_tell_whether_the_region_has_the_control(bench: Bench) -> None:
    for region, available in ((REGION, "AVAILABLE"), ("ca-west-1", "UNAVAILABLE")):
        bench.hub.enable(ACCOUNT, region)
        answer = bench.ask("GetSecurityControlDefinition", region=region, SecurityControlId=CONTROL)
        definition = answer["SecurityControlDefinition"]
        assert definition["CurrentRegionAvailability"] == available
    assert definition["ParameterDefinitions"]["logLevel"]["ConfigurationOptions"] == {
        "Enum": {"AllowedValues": ["ALL", "ERROR", "FATAL"]}
    }
    with pytest.raises(AwsError) as refused:
        bench.ask("GetSecurityControlDefinition", SecurityControlId="Nothing.1")
    assert refused.value.code == "ResourceNotFoundException"


def test_disabling_takes_the_control_out_of_the_score_and_archives_days_later(
    bench: Bench,
) -> None:
    arn = bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION)
    before = bench.finding(arn)
    assert _switch(bench, "DISABLED") == {"UnprocessedAssociationUpdates": []}
    assert bench.hub.control_status(ACCOUNT, REGION, CONTROL) == "Disabled"
    assert _control(bench)["SecurityControlStatus"] == "DISABLED"
    bench.clock.advance(days=2)
    assert bench.finding(arn)["RecordState"] == "ACTIVE"
    bench.clock.advance(days=2)
    (archived,) = bench.findings()
    assert archived["RecordState"] == "ARCHIVED"
    _switch(bench, "ENABLED")
    assert bench.finding(arn)["Id"] != before["Id"]
    bench.clock.advance(days=31)
    assert [one["RecordState"] for one in bench.findings()] == ["ACTIVE"]


def test_disabling_without_a_reason_stays_unprocessed(on: Bench) -> None:
    answer = _switch(on, "DISABLED", "pci", reason="")
    (refused,) = answer["UnprocessedAssociationUpdates"]
    assert refused["ErrorCode"] == "INVALID_INPUT"
    assert on.hub.control_status(ACCOUNT, REGION, CONTROL) == "Passed"


def test_associations_are_listed_per_enabled_standard(on: Bench) -> None:
    _switch(on, "DISABLED", "pci")
    rows = on.ask("ListStandardsControlAssociations", SecurityControlId=CONTROL)
    statuses = [
        (row["AssociationStatus"], row.get("UpdatedReason"))
        for row in rows["StandardsControlAssociationSummaries"]
    ]
    assert statuses == [("ENABLED", None), ("DISABLED", "SEC 12")]
    pairs = [{"SecurityControlId": CONTROL, "StandardsArn": "arn:none"}]
    answer = on.ask("BatchGetStandardsControlAssociations", StandardsControlAssociationIds=pairs)
    assert answer["UnprocessedAssociations"][0]["ErrorCode"] == "NOT_FOUND"


def test_enabling_a_standard_again_re_enables_the_control(bench: Bench) -> None:
    bench.machines.put("flow")
    bench.hub.enable(ACCOUNT, REGION, ["fsbp"])
    _switch(bench, "DISABLED", "foundational")
    (pci,) = [
        row["StandardsArn"]
        for row in bench.ask("DescribeStandards")["Standards"]
        if "pci" in row["StandardsArn"]
    ]
    bench.ask("BatchEnableStandards", StandardsSubscriptionRequests=[{"StandardsArn": pci}])
    assert bench.hub.control_status(ACCOUNT, REGION, CONTROL) == "Failed"
    assert len(bench.ask("GetEnabledStandards")["StandardsSubscriptions"]) == 2
    arn = pci.replace("::standards/", f":{ACCOUNT}:subscription/")
    bench.ask("BatchDisableStandards", StandardsSubscriptionArns=[arn])
    assert bench.hub.control_status(ACCOUNT, REGION, CONTROL) == "Disabled"


def test_the_score_rises_only_when_the_last_machine_passes(bench: Bench) -> None:
    bench.machines.put("one")
    bench.machines.put("two")
    bench.hub.enable(ACCOUNT, REGION)
    fsbp = [control for control in CONTROLS.values() if control.in_fsbp]
    passed = sum(1 for one in fsbp if one.verdicts and set(one.verdicts) == {"PASSED"})
    before, after = (round(100 * n / len(fsbp)) for n in (passed, passed + 1))
    assert before < after
    assert bench.hub.score(ACCOUNT, REGION) == before
    bench.machines.put("one", "ALL")
    bench.settle()
    assert bench.hub.score(ACCOUNT, REGION) == before
    bench.machines.put("two", "ALL")
    bench.settle()
    assert bench.hub.score(ACCOUNT, REGION) == after


def test_suppressing_every_finding_leaves_no_data(bench: Bench) -> None:
    bench.machines.put("one")
    bench.machines.put("two", "ALL")
    bench.hub.enable(ACCOUNT, REGION)
    assert bench.hub.control_status(ACCOUNT, REGION, CONTROL) == "Failed"
    failing = [one for one in bench.findings() if one["Compliance"]["Status"] == "FAILED"]
    bench.update(*failing, Workflow={"Status": "SUPPRESSED"})
    assert bench.hub.control_status(ACCOUNT, REGION, CONTROL) == "Passed"
    bench.update(*bench.findings(), Workflow={"Status": "SUPPRESSED"})
    assert bench.hub.control_status(ACCOUNT, REGION, CONTROL) == "No data"


def test_statuses_of_the_static_controls(on: Bench) -> None:
    assert on.hub.control_status(ACCOUNT, REGION, "SSM.1") == "Unknown"
    assert on.hub.control_status(ACCOUNT, REGION, "EC2.2") == "Failed"
    assert on.hub.control_status(ACCOUNT, REGION, "S3.8") == "Passed"
    pci = [control for control in CONTROLS.values() if control.pci]
    assert len(CONTROLS) >= 40
    assert len(pci) >= 12


def test_the_score_is_answered_over_http_too(on: Bench) -> None:
    query = f"account={ACCOUNT}&region={REGION}"
    request = Request("", "", "", None, "/hubmend/score", "GET", b"", {}, query)
    body = json.loads(on.hub.score_response(request).body)
    assert body["scores"]["fsbp"] == on.hub.score(ACCOUNT, REGION, "fsbp")
    assert body["controls"][CONTROL] == "Passed"
    bare = Request("", "", "", None, "/hubmend/score", "GET", b"", {}, "")
    assert on.hub.score_response(bare).status == 400


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("BatchEnableStandards", {"StandardsSubscriptionRequests": [{"StandardsArn": "x"}]}, 400),
        ("DescribeStandardsControls", {"StandardsSubscriptionArn": "x"}, 404),
        ("ListStandardsControlAssociations", {"SecurityControlId": "Nothing.1"}, 404),
        ("ListStandardsControlAssociations", {}, 400),
        ("UpdateStandardsControl", {"StandardsControlArn": "x", "ControlStatus": "ENABLED"}, 404),
        ("DescribeHub", {"HubArn": "x"}, 404),
        ("UpdateSecurityHubConfiguration", {"ControlFindingGenerator": "x"}, 400),
        ("UpdateSecurityControl", {"SecurityControlId": "S3.8", "Parameters": {"x": {}}}, 400),
    ],
)
def test_what_does_not_exist_is_refused(
    on: Bench, operation: str, arguments: dict[str, Any], code: int
) -> None:
    expected = {400: "InvalidInputException", 404: "ResourceNotFoundException"}[code]
    with pytest.raises(AwsError) as refused:
        on.ask(operation, **arguments)
    assert refused.value.code == expected


def test_a_standards_control_is_disabled_only_with_a_reason(on: Bench) -> None:
    (arn,) = [
        row["StandardsControlArn"]
        for row in on.ask(
            "DescribeStandardsControls",
            StandardsSubscriptionArn=on.ask("GetEnabledStandards")["StandardsSubscriptions"][1][
                "StandardsSubscriptionArn"
            ],
        )["Controls"]
        if row["ControlId"] == CONTROL
    ]
    with pytest.raises(AwsError):
        on.ask("UpdateStandardsControl", StandardsControlArn=arn, ControlStatus="DISABLED")
    on.ask(
        "UpdateStandardsControl",
        StandardsControlArn=arn,
        ControlStatus="DISABLED",
        DisabledReason="SEC 12",
    )
    rows = on.ask("ListStandardsControlAssociations", SecurityControlId=CONTROL)
    summaries = rows["StandardsControlAssociationSummaries"]
    assert [row["AssociationStatus"] for row in summaries] == ["ENABLED", "DISABLED"]
