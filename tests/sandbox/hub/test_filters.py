"""GetFindings' filters, order and pages (F§2.4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hub.bench import ACCOUNT, REGION, AwsError, Bench


@pytest.fixture
def filled(bench: Bench) -> Bench:
    bench.machines.put("pay-card", tags={"env": "prod"})
    bench.machines.put("pay-bank", "ERROR", tags={"env": "prod"})
    bench.machines.put("report", tags={"env": "dev"})
    bench.machines.put("untagged")
    bench.hub.enable(ACCOUNT, REGION)
    return bench


def _is(value: str, comparison: str = "EQUALS", **more: str) -> dict[str, str]:
    return {"Value": value, "Comparison": comparison, **more}


def _names(bench: Bench, **filters: Any) -> set[str]:
    wanted = {"ComplianceSecurityControlId": [_is("StepFunctions.1")], **filters}
    found = bench.ask("GetFindings", Filters=wanted)["Findings"]
    return {one["Resources"][0]["Id"].rpartition(":")[2] for one in found}


ALL = {"pay-card", "pay-bank", "report", "untagged"}
PREFIX = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"ComplianceStatus": [_is("PASSED")]}, {"pay-bank"}),
        ({"ComplianceStatus": [_is("passed")]}, set()),
        ({"ComplianceStatus": [_is("PASSED"), _is("FAILED")]}, ALL),
        ({"ResourceId": [_is(PREFIX + "pay-", "PREFIX")]}, {"pay-card", "pay-bank"}),
        ({"ResourceId": [_is(PREFIX + "pay-", "PREFIX_NOT_EQUALS")]}, {"report", "untagged"}),
        (
            {"ResourceId": [_is(PREFIX, "PREFIX"), _is(PREFIX + "report", "NOT_EQUALS")]},
            ALL - {"report"},
        ),
        (
            {"ResourceId": [_is("card", "CONTAINS"), _is("bank", "CONTAINS")]},
            ALL - {"report", "untagged"},
        ),
        (
            {"ResourceId": [_is("card", "NOT_CONTAINS"), _is("bank", "NOT_CONTAINS")]},
            {"report", "untagged"},
        ),
        ({"Title": [_is("LOGGING", "CONTAINS_WORD")]}, ALL),
        ({"Title": [_is("logg", "CONTAINS_WORD")]}, set()),
        ({"ComplianceAssociatedStandardsId": [_is("standards/pci", "PREFIX")]}, ALL),
        ({"SeverityNormalized": [{"Gte": 40}]}, ALL - {"pay-bank"}),
        ({"SeverityNormalized": [{"Lt": 40}]}, {"pay-bank"}),
        ({"UpdatedAt": [{"DateRange": {"Value": 1, "Unit": "DAYS"}}]}, ALL),
        ({"UpdatedAt": [{"End": "2026-11-22T00:00:00Z"}]}, set()),
        ({"UpdatedAt": [{"Start": "2026-11-22T00:00:00Z"}]}, ALL),
        ({"Keyword": [{"Value": "untagged"}]}, {"untagged"}),
        ({"NoteText": [_is("x", "CONTAINS")]}, set()),
        ({"Region": [_is("eu-west-1")]}, set()),
        ({"AwsAccountId": [_is(ACCOUNT)], "RecordState": [_is("ACTIVE")]}, ALL),
        ({"NetworkSourceIpV4": [{"Cidr": "10.0.0.0/8"}]}, set()),
    ],
)
def test_filters_choose(filled: Bench, filters: dict[str, Any], names: set[str]) -> None:
    assert _names(filled, **filters) == names


def test_map_filters_look_under_the_key(filled: Bench) -> None:
    own = {"UserDefinedFields": {"ticket": "SEC-12"}}
    filled.update(
        *[one for one in filled.findings() if one["Resources"][0]["Id"].endswith("report")], **own
    )
    assert _names(filled, UserDefinedFields=[_is("SEC-12", Key="ticket")]) == {"report"}
    assert _names(filled, UserDefinedFields=[_is("SEC", "CONTAINS", Key="ticket")]) == {"report"}
    assert _names(filled, UserDefinedFields=[_is("SEC-12", "NOT_EQUALS", Key="ticket")]) == ALL - {
        "report"
    }


@pytest.mark.parametrize(
    "call",
    [
        {"Filters": {"Nonsense": [_is("x")]}},
        {"Filters": {"Title": [_is("x", "LIKE")]}},
        {"Filters": {"Title": [_is("x")] * 21}},
        {"Filters": {"Title": [_is("x"), _is("y", "PREFIX_NOT_EQUALS")]}},
        {"MaxResults": 101},
        {"NextToken": "made-up"},
        {"SortCriteria": [{"Field": "Nonsense", "SortOrder": "asc"}]},
    ],
)
def test_what_aws_refuses_is_refused(filled: Bench, call: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as refused:
        filled.ask("GetFindings", **call)
    assert refused.value.code == "InvalidInputException"


def test_more_than_ten_attributes_are_refused(filled: Bench) -> None:
    names = ["Id", "Title", "Region", "Type", "ResourceId", "ResourceType", "GeneratorId"]
    names += ["ProductArn", "ProductName", "CompanyName", "RecordState"]
    with pytest.raises(AwsError) as refused:
        filled.ask("GetFindings", Filters={name: [_is("x")] for name in names})
    assert refused.value.code == "InvalidInputException"


def test_pages_cover_everything_once_and_belong_to_their_query(filled: Bench) -> None:
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = filled.ask("GetFindings", MaxResults=7, **token)
        seen += [one["Id"] for one in answer["Findings"]]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    assert len(seen) == len(set(seen)) == len(filled.ask("GetFindings")["Findings"])
    with pytest.raises(AwsError):
        filled.ask("GetFindings", Filters={"Region": [_is(REGION)]}, **token)


def test_sort_criteria_order_the_findings(filled: Bench) -> None:
    up = filled.ask("GetFindings", SortCriteria=[{"Field": "ResourceId", "SortOrder": "asc"}])
    down = filled.ask("GetFindings", SortCriteria=[{"Field": "ResourceId", "SortOrder": "desc"}])
    ids = [one["Resources"][0]["Id"] for one in up["Findings"]]
    assert ids == sorted(ids)
    assert [one["Resources"][0]["Id"] for one in down["Findings"]] == sorted(ids, reverse=True)
