"""Where claims are asked for: once where one place sees everything, else place by place."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from hubmend.aws.config_inventory import ConfigInventory
from hubmend.aws.hub_inventory import HubInventory
from hubmend.aws.models import Models
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Identity, Response
from hubmend.core.resource import RemarkKind, Source
from tests.fakes.findings import CONTROL, KIND, asff, config_row, details

HOME = Target("111122223333", "eu-west-1")
FAR = Target("111122223333", "us-east-1")
OTHER = Target("222233334444", "us-east-1")
DENIED = AwsError(ErrorKind.DENIED, "AccessDeniedException", "not you", "x:Y")
ENDED = AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "over", "x:Y")
LOST = AwsError(ErrorKind.UNCERTAIN, "InternalFailure", "it broke", "x:Y")
Answer = Callable[[Target, Mapping[str, Any]], Response | AwsError]


@dataclass
class Asked:
    """The reading half of the `Gateway` port: answers by operation, and what was asked where.

    A list holds the pages of a read; one that is an error breaks it off there.
    """

    answers: dict[str, Response | AwsError | Answer | list[Response | AwsError]]
    calls: list[tuple[str, Target, Mapping[str, Any]]] = field(default_factory=list)

    async def read(self, target: Target, call: Call) -> Response:
        assert Models().fault(call) is None
        self.calls.append((call.operation, target, call.params))
        answer = self.answers.get(call.operation, DENIED)
        assert not isinstance(answer, list), "read page by page"
        return _answer(answer(target, call.params) if callable(answer) else answer)

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        answer = self.answers.get(call.operation)
        if isinstance(answer, list):
            self.calls.append((call.operation, target, call.params))
            for page in answer:
                yield _answer(page)
        else:
            yield await self.read(target, call)

    async def identity(self) -> Identity:
        raise NotImplementedError

    async def change(self, target: Target, call: Call) -> Response:
        raise NotImplementedError

    def fault(self, call: Call) -> str | None:
        raise NotImplementedError

    def places(self, operation: str) -> list[Target]:
        return [target for name, target, _ in self.calls if name == operation]


def _answer(answer: Response | AwsError) -> Response:
    if isinstance(answer, AwsError):
        raise answer
    return answer


def aggregator(mode: str, *regions: str, account: str = HOME.account) -> dict[str, Any]:
    arn = f"arn:aws:securityhub:eu-west-1:{account}:finding-aggregator/1"
    found: dict[str, Any] = {
        "FindingAggregationRegion": "eu-west-1", "RegionLinkingMode": mode,
    }  # fmt: skip
    return {
        "ListFindingAggregators": {"FindingAggregators": [{"FindingAggregatorArn": arn}]},
        "GetFindingAggregator": {**found, "Regions": list(regions)} if regions else found,
    }


def hub(gateway: Asked) -> HubInventory:
    return HubInventory(gateway, HOME, CONTROL, KIND)


NO_FINDINGS: dict[str, Any] = {"GetFindings": {"Findings": []}}


@pytest.mark.parametrize(
    ("answers", "places"),
    [
        (aggregator("ALL_REGIONS"), [HOME]),
        (aggregator("ALL_REGIONS_EXCEPT_SPECIFIED", "us-east-1"), [HOME, FAR]),
        (aggregator("SPECIFIED_REGIONS", "us-east-1"), [HOME]),
        (aggregator("NO_REGIONS"), [HOME, FAR]),
        # A member is shown its administrator's aggregator, and sees its own findings only.
        (aggregator("ALL_REGIONS", account="999999999999"), [HOME, FAR, OTHER]),
        ({"ListFindingAggregators": {"FindingAggregators": []},
          "DescribeOrganizationConfiguration": {"AutoEnable": True}}, [HOME, FAR]),
        ({}, [HOME, FAR, OTHER]),
    ],
)  # fmt: skip
async def test_findings_are_asked_for_where_they_come_together(
    answers: dict[str, Any], places: list[Target]
) -> None:
    gateway = Asked({**NO_FINDINGS, **answers})
    await hub(gateway).gather([HOME, FAR, OTHER])
    assert gateway.places("GetFindings") == places


async def test_one_region_of_the_own_account_is_asked_without_ado() -> None:
    gateway = Asked({"GetFindings": {"Findings": [asff("m")]}})
    gathered = await hub(gateway).gather([HOME])
    assert [name for name, *_ in gateway.calls] == ["GetFindings"]
    assert gathered.count == 1


async def test_findings_of_targets_outside_the_scope_are_dropped() -> None:
    told = [asff("m"), asff("n", account="999999999999"), "junk", asff("o", Resources=[])]
    account = {"Type": "AwsAccount", "Id": "AWS::::Account:222233334444"}
    told.append(asff("p", account=OTHER.account, region=OTHER.region, Resources=[account]))
    gateway = Asked({**aggregator("ALL_REGIONS"), "GetFindings": {"Findings": told}})
    gathered = await hub(gateway).gather([HOME, FAR, OTHER])
    assert {target: len(claims) for target, claims in gathered.claims.items()} == {
        HOME: 1, OTHER: 0,
    }  # fmt: skip
    assert gathered.silent == {FAR: "Security Hub has no finding of the control here"}
    assert [one.kind for one in gathered.remarks] == [RemarkKind.ODD]


async def test_more_accounts_than_a_filter_may_name_are_sieved_here() -> None:
    gateway = Asked({**aggregator("ALL_REGIONS"), **NO_FINDINGS})
    targets = [Target(f"{number:012}", "us-east-1") for number in range(1, 22)]
    await hub(gateway).gather(targets)
    (filters,) = (params["Filters"] for name, _, params in gateway.calls if name == "GetFindings")
    assert "AwsAccountId" not in filters
    assert [one["Value"] for one in filters["Region"]] == ["us-east-1"]


async def test_a_refusal_is_told_per_target_and_ended_credentials_end_it() -> None:
    gateway = Asked({"GetFindings": DENIED})
    gathered = await hub(gateway).gather([HOME])
    assert "not you" in gathered.silent[HOME]
    for operation in ("GetFindings", "ListFindingAggregators"):
        with pytest.raises(AwsError):
            await hub(Asked({operation: ENDED})).gather([HOME, FAR])


@pytest.mark.parametrize("broke", [DENIED, LOST])
async def test_findings_that_break_off_cover_none_of_what_they_were_to_tell_of(
    broke: AwsError,
) -> None:
    page = {"Findings": [customised(asff("m")), asff("n", Resources=[])]}
    gateway = Asked({"GetFindings": [page, broke]})
    gathered = await hub(gateway).gather([HOME])
    assert (gathered.claims, gathered.levels) == ({}, {})
    assert gathered.silent == {HOME: f"Security Hub was not read: {broke}"}


async def test_of_several_places_only_the_one_that_broke_off_is_not_covered() -> None:
    def answer(target: Target, _: Mapping[str, Any]) -> Response | AwsError:
        return LOST if target == FAR else {"Findings": [asff("m")]}

    gathered = await hub(Asked({"GetFindings": answer})).gather([HOME, FAR])
    assert list(gathered.claims) == [HOME]
    assert list(gathered.silent) == [FAR]


def customised(told: dict[str, Any]) -> dict[str, Any]:
    """Return a finding of a control whose logLevel was set to FATAL."""
    told["Compliance"]["SecurityControlParameters"] = [{"Name": "logLevel", "Value": ["FATAL"]}]
    return told


async def test_what_findings_alone_tell_is_who_is_suppressed_and_a_custom_level() -> None:
    gateway = Asked({"GetFindings": {"Findings": [customised(asff("m"))]}})
    marks = await hub(gateway).marks([HOME])
    assert [one.id for one in marks.findings.values()] == [asff("m")["Id"]]
    assert (marks.levels, marks.unread) == ({HOME: "FATAL"}, {})
    asked = [set(params["Filters"]) for _, _, params in gateway.calls]
    assert ["WorkflowStatus" in filters for filters in asked] == [True, False]
    assert ["ComplianceSecurityControlParametersName" in one for one in asked] == [False, True]


@pytest.mark.parametrize("condition", ["WorkflowStatus", "ComplianceSecurityControlParametersName"])
async def test_marks_that_break_off_are_known_to_be_none(condition: str) -> None:
    def answer(_: Target, params: Mapping[str, Any]) -> Response | AwsError:
        return LOST if condition in params["Filters"] else {"Findings": [customised(asff("m"))]}

    assert (await hub(Asked({"GetFindings": answer})).marks([HOME])).unread == {HOME: LOST}


def config(gateway: Asked) -> ConfigInventory:
    query = "SELECT arn WHERE resourceType = 'x'"
    return ConfigInventory(gateway, HOME, query, hub(gateway))


def collecting(**source: Any) -> dict[str, Any]:
    return {
        "DescribeConfigurationAggregators": {
            "ConfigurationAggregators": [{"ConfigurationAggregatorName": "org", **source}]
        },
        "SelectAggregateResourceConfig": {"Results": [config_row("m")]},
        "SelectResourceConfig": {"Results": []},
    }


@pytest.mark.parametrize(
    ("source", "alone"),
    [
        ({"OrganizationAggregationSource": {"RoleArn": "r", "AllAwsRegions": True}}, []),
        ({"OrganizationAggregationSource": {"RoleArn": "r", "AwsRegions": ["eu-west-1"]}},
         [FAR, OTHER]),
        ({"AccountAggregationSources": [
            {"AccountIds": ["111122223333"], "AllAwsRegions": True}]}, [OTHER]),
    ],
)  # fmt: skip
async def test_an_aggregator_answers_for_what_it_collects(
    source: dict[str, Any], alone: list[Target]
) -> None:
    gateway = Asked({**collecting(**source), **NO_FINDINGS})
    gathered = await config(gateway).gather([HOME, FAR, OTHER])
    assert gateway.places("SelectAggregateResourceConfig") == [HOME]
    assert gateway.places("SelectResourceConfig") == alone
    assert [claim.source for claim in gathered.claims[HOME]] == [Source.CONFIG]
    assert gathered.silent[FAR] == "AWS Config has no state machine on record here"


async def test_without_an_aggregator_each_target_is_asked() -> None:
    gateway = Asked({"SelectResourceConfig": DENIED})
    gathered = await config(gateway).gather([HOME, FAR])
    assert gateway.places("SelectResourceConfig") == [HOME, FAR]
    assert all("not you" in why for why in gathered.silent.values())
    assert gateway.places("GetFindings") == []


@pytest.mark.parametrize("targets", [[HOME], [HOME, FAR, OTHER]])
async def test_records_that_break_off_cover_none_of_what_they_were_to_tell_of(
    targets: list[Target],
) -> None:
    everywhere = {"OrganizationAggregationSource": {"RoleArn": "r", "AllAwsRegions": True}}
    pages: list[Response | AwsError] = [{"Results": [config_row("m")]}, LOST]
    answers = {**collecting(**everywhere), **NO_FINDINGS}
    answers |= {"SelectAggregateResourceConfig": pages, "SelectResourceConfig": pages}
    gathered = await config(Asked(answers)).gather(targets)
    assert gathered.claims == {}
    assert gathered.silent == dict.fromkeys(targets, f"AWS Config was not read: {LOST}")


RECORDED: dict[str, Any] = {"SelectResourceConfig": {"Results": [config_row("m")]}}


async def test_records_cover_nothing_where_who_is_suppressed_could_not_be_read() -> None:
    gathered = await config(Asked({**RECORDED, "GetFindings": LOST})).gather([HOME])
    assert gathered.claims == {}
    assert gathered.silent == {HOME: f"Security Hub was not read: {LOST}"}


async def test_where_security_hub_may_not_be_asked_records_count_and_what_is_missing_is_said() -> (
    None
):
    off = AwsError(ErrorKind.NOT_FOUND, "ResourceNotFoundException", "not subscribed", "x:Y")
    for refused in (DENIED, off):
        gathered = await config(Asked({**RECORDED, "GetFindings": refused})).gather([HOME])
        assert [claim.finding for claim in gathered.claims[HOME]] == [None]
        (remark,) = gathered.remarks
        assert (remark.kind, remark.subject) == (RemarkKind.SOURCE, str(HOME))
        assert f"Security Hub was not read (x:Y: {refused.code})" in remark.text
        assert "suppressed" in remark.text


async def test_suppressions_that_break_off_are_none_known() -> None:
    suppressed: list[Response | AwsError] = [
        {"Findings": [asff("m", Workflow={"Status": "SUPPRESSED"})]},
        DENIED,
    ]
    gathered = await config(Asked({**RECORDED, "GetFindings": suppressed})).gather([HOME])
    assert [claim.finding for claim in gathered.claims[HOME]] == [None]
    assert [one.kind for one in gathered.remarks] == [RemarkKind.SOURCE]


async def test_rows_are_texts_and_one_that_cannot_be_read_is_left_out() -> None:
    rows = [
        config_row("m", configuration=None),
        config_row("n", tags=None),
        "{",
        "[]",
        '{"arn": 3}',
    ]
    rows.append(config_row("o", configurationItemCaptureTime="2026-11-23T12:00:00"))
    gateway = Asked({"SelectResourceConfig": {"Results": rows}, **NO_FINDINGS})
    gathered = await config(gateway).gather([HOME])
    first, second, third = gathered.claims[HOME]
    assert (first.details, first.tags, second.tags) == ({}, {"env": "dev"}, {})
    assert (third.details, third.seen is not None) == (details(StateMachineType="EXPRESS"), True)
    assert [one.kind for one in gathered.remarks] == [RemarkKind.ODD] * 3


@pytest.mark.parametrize("operation", ["DescribeConfigurationAggregators", "SelectResourceConfig"])
async def test_ended_credentials_end_the_asking_of_config(operation: str) -> None:
    with pytest.raises(AwsError):
        await config(Asked({operation: ENDED})).gather([HOME, FAR])
