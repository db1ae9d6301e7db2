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
Answer = Callable[[Target, Mapping[str, Any]], Response]


@dataclass
class Asked:
    """The reading half of the `Gateway` port: answers by operation, and what was asked where."""

    answers: dict[str, Response | AwsError | Answer]
    calls: list[tuple[str, Target, Mapping[str, Any]]] = field(default_factory=list)

    async def read(self, target: Target, call: Call) -> Response:
        assert Models().fault(call) is None
        self.calls.append((call.operation, target, call.params))
        answer = self.answers.get(call.operation, DENIED)
        if isinstance(answer, AwsError):
            raise answer
        return answer(target, call.params) if callable(answer) else answer

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        yield await self.read(target, call)

    async def identity(self) -> Identity:
        raise NotImplementedError

    async def change(self, target: Target, call: Call) -> Response:
        raise NotImplementedError

    def fault(self, call: Call) -> str | None:
        raise NotImplementedError

    def places(self, operation: str) -> list[Target]:
        return [target for name, target, _ in self.calls if name == operation]


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


async def test_a_custom_level_is_told_by_findings() -> None:
    told = asff("m")
    told["Compliance"]["SecurityControlParameters"] = [{"Name": "logLevel", "Value": ["FATAL"]}]
    gateway = Asked({"GetFindings": {"Findings": [told]}})
    assert await hub(gateway).levels([HOME]) == {HOME: "FATAL"}


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
