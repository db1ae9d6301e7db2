"""Findings are read or reported as odd; no finding, however broken, stops a scan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from hubmend.core import asff
from hubmend.core.arn import Target
from hubmend.core.inventory import Claim
from hubmend.core.resource import Finding, RemarkKind, Source
from tests.fakes.findings import (
    ACCOUNT,
    CONTROL,
    JUNK,
    KIND,
    REGION,
    damaged,
    details,
    finding,
    machine_arn,
)  # fmt: skip
from tests.fakes.findings import asff as a_finding

HERE = Target(ACCOUNT, REGION)


def parse(document: Any) -> asff.Parsed:
    return asff.parse(document, CONTROL, KIND)


def test_a_whole_finding_tells_all_it_holds() -> None:
    document = a_finding("m", "FAILED")
    document["Resources"][0]["Tags"] = {"env": "dev"}
    document["Compliance"]["SecurityControlParameters"] = [{"Name": "logLevel", "Value": ["ERROR"]}]
    (claim,) = parse(document).claims
    assert claim == Claim(
        source=Source.HUB,
        arn=machine_arn("m"),
        target=HERE,
        details=details(),
        tags={"env": "dev"},
        seen=datetime(2026, 11, 23, 12, tzinfo=UTC),
        finding=Finding(
            document["Id"], "NEW", "FAILED", document["ProductArn"], "2026-11-23T12:00:00.000Z"
        ),
        level="ERROR",
    )
    assert asff.standards_of(document) == (
        "standards/aws-foundational-security-best-practices/v/1.0.0",
    )


def test_a_finding_without_a_control_id_is_known_by_its_generator() -> None:
    document = a_finding()
    del document["Compliance"]["SecurityControlId"]
    assert parse(document).claims
    assert parse({**document, "GeneratorId": "security-control/S3.1"}) == asff.Parsed()


def test_an_account_level_finding_proves_that_the_control_runs_there() -> None:
    document = a_finding(Resources=[{"Type": "AwsAccount", "Id": f"AWS::::Account:{ACCOUNT}"}])
    assert parse(document) == asff.Parsed(target=HERE)
    assert parse({**document, "Region": None}).target is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"RecordState": "ARCHIVED"}, "archived (no reason given)"),
        (
            {"RecordState": "ARCHIVED", "ProductFields": {
                "ArchivalReasons:0/ReasonCode": "CONSOLIDATED_CONTROL_FINDINGS_UPDATE"}},
            "archived (CONSOLIDATED_CONTROL_FINDINGS_UPDATE)",
        ),
        ({"Resources": []}, "no resource"),
        ({"Resources": "?"}, "no resource"),
        ({"Resources": [{"Type": KIND}]}, "no state machine's ARN"),
        ({"Resources": [{"Id": "arn:aws:s3:::bucket"}]}, "no state machine's ARN"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_left_out_with_the_reason(change: dict[str, Any], said: str) -> None:
    parsed = parse(a_finding(**change))
    (remark,) = parsed.remarks
    assert (parsed.claims, remark.kind) == ((), RemarkKind.ODD)
    assert said in remark.text
    assert remark.subject == a_finding()["Id"]


def test_unknown_states_count_as_nothing_known() -> None:
    found = asff.finding_of({"Compliance": {"Status": "GREEN"}, "Workflow": {"Status": 7}})
    assert found == Finding("", "NEW", "NOT_AVAILABLE")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T12:00:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T14:00:00+02:00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T12:00:00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:00", None),
        ("yesterday", None),
        (7, None),
    ],
)
def test_times_are_read_in_utc_or_not_at_all(text: object, moment: datetime | None) -> None:
    (claim,) = parse(a_finding(LastObservedAt=text, UpdatedAt=None)).claims
    assert claim.seen == moment


@pytest.mark.parametrize(
    "parameters",
    [None, ["x"], [{"Name": "other", "Value": ["ALL"]}], [{"Name": "logLevel", "Value": []}],
     [{"Name": "logLevel", "Value": [3]}]],
)  # fmt: skip
def test_no_level_is_told_unless_it_is_customised(parameters: Any) -> None:
    document = a_finding()
    document["Compliance"]["SecurityControlParameters"] = parameters
    assert parse(document).claims[0].level is None


@pytest.mark.parametrize(
    ("several", "speaks"),
    [
        ([finding("PASSED", at="9"), finding("FAILED")], finding("FAILED")),
        ([finding("FAILED", "SUPPRESSED", "9"), finding("FAILED")], finding("FAILED")),
        ([finding("PASSED", at="9"), finding("WARNING")], finding("WARNING")),
        ([finding("FAILED", at="1"), finding("FAILED", at="2")], finding("FAILED", at="2")),
    ],
)
def test_of_several_findings_the_worst_open_one_speaks(
    several: list[Finding], speaks: Finding
) -> None:
    assert asff.strongest(several) == speaks
    assert asff.strongest(several[::-1]) == speaks


def test_whoever_speaks_for_a_resource_knows_which_other_findings_are_suppressed() -> None:
    open_, hidden = finding("FAILED"), finding("FAILED", "SUPPRESSED")
    speaks = asff.spokesman([finding("PASSED", "RESOLVED"), hidden, open_])
    assert (speaks.id, speaks.any_suppressed) == (open_.id, True)
    assert [one.id for one in speaks.also_suppressed] == [hidden.id]
    assert asff.spokesman([hidden]) == hidden
    assert not asff.spokesman([open_]).any_suppressed


def test_claims_of_two_standards_are_joined_without_loss() -> None:
    poor = a_finding(Id="poor", details={}, UpdatedAt="2026-11-23T13:00:00Z", LastObservedAt=None)
    rich = a_finding(Id="rich", status="PASSED")
    rich["Resources"][0]["Tags"] = {"env": "dev"}
    joined = asff.merge([parse(rich).claims[0], parse(poor).claims[0]])
    assert joined.finding
    assert (joined.finding.id, [one.id for one in joined.others]) == ("poor", ["rich"])
    assert (joined.details, joined.tags) == (details(), {"env": "dev"})
    assert joined.seen == datetime(2026, 11, 23, 13, tzinfo=UTC)
    bare = Claim(Source.CONFIG, "arn", HERE)
    assert asff.merge([bare]) is bare


@given(document=damaged() | JUNK)
@settings(max_examples=300)
def test_any_finding_is_read_or_reported_and_none_stops_the_scan(document: Any) -> None:
    parsed = parse(document)
    assert all(claim.arn and claim.target.account for claim in parsed.claims)
    assert all(remark.subject and remark.text for remark in parsed.remarks)
    if parsed.claims:
        assert asff.merge([*parsed.claims, *parsed.claims]).arn
    asff.finding_of(document)
