"""Across accounts and Regions, and accounts without Security Hub (F§2.9)."""

from __future__ import annotations

import pytest

from tests.sandbox.hub.bench import ACCOUNT, REGION, AwsError, Bench, make_bench

MEMBER, OTHER = "222233334444", "eu-west-1"


@pytest.fixture
def organization() -> Bench:
    bench = make_bench(administrator=ACCOUNT, account_names={MEMBER: "data-dev"})
    for account in (ACCOUNT, MEMBER):
        for region in (REGION, OTHER):
            bench.machines.put("flow", account=account, region=region)
            bench.hub.enable(account, region)
    return bench


def _seen(bench: Bench, account: str, region: str) -> set[tuple[str, str]]:
    found = bench.findings(account=account, region=region)
    return {(one["AwsAccountId"], one["Region"]) for one in found}


def test_the_administrator_sees_members_in_the_same_region_only(organization: Bench) -> None:
    assert _seen(organization, ACCOUNT, REGION) == {(ACCOUNT, REGION), (MEMBER, REGION)}
    assert _seen(organization, MEMBER, REGION) == {(MEMBER, REGION)}


@pytest.mark.parametrize(
    ("mode", "regions", "linked"),
    [
        ("ALL_REGIONS", [], True),
        ("ALL_REGIONS_EXCEPT_SPECIFIED", [OTHER], False),
        ("SPECIFIED_REGIONS", [OTHER], True),
        ("NO_REGIONS", [], False),
    ],
)
def test_the_home_region_sees_linked_regions(
    organization: Bench, mode: str, regions: list[str], linked: bool
) -> None:
    made = organization.ask("CreateFindingAggregator", RegionLinkingMode=mode, Regions=regions)
    both = {(ACCOUNT, OTHER), (MEMBER, OTHER)}
    assert (both <= _seen(organization, ACCOUNT, REGION)) is linked
    assert _seen(organization, ACCOUNT, OTHER) == both
    arn = made["FindingAggregatorArn"]
    listed = organization.ask("ListFindingAggregators")["FindingAggregators"]
    assert listed == [{"FindingAggregatorArn": arn}]
    read = organization.ask("GetFindingAggregator", FindingAggregatorArn=arn)
    assert read["FindingAggregationRegion"] == REGION


def test_the_administrator_updates_members_and_members_only_themselves(
    organization: Bench,
) -> None:
    own, theirs = (organization.findings(account=account)[0] for account in (MEMBER, ACCOUNT))
    mine = next(
        one for one in organization.findings(account=ACCOUNT) if one["AwsAccountId"] == ACCOUNT
    )
    assert theirs["AwsAccountId"] in {ACCOUNT, MEMBER}
    assert own["AwsAccountName"] == "data-dev"
    answer = organization.update(own, mine, Workflow={"Status": "NOTIFIED"})
    assert answer["UnprocessedFindings"] == []
    ids = [{"Id": mine["Id"], "ProductArn": mine["ProductArn"]}]
    answer = organization.ask(
        "BatchUpdateFindings",
        account=MEMBER,
        FindingIdentifiers=ids,
        Workflow={"Status": "NEW"},
    )
    assert answer["UnprocessedFindings"][0]["ErrorCode"] == "FindingNotFound"


def test_members_are_told_by_their_ids(organization: Bench) -> None:
    answer = organization.ask("GetMembers", AccountIds=[MEMBER, "999999999999"])
    assert [one["AccountId"] for one in answer["Members"]] == [MEMBER]
    assert [one["AccountId"] for one in answer["UnprocessedAccounts"]] == ["999999999999"]
    assert organization.ask("GetMembers", account=MEMBER, AccountIds=[MEMBER])["Members"] == []


def test_an_update_in_the_home_region_is_replicated_to_the_linked_region() -> None:
    # Also where the administrator itself has Security Hub off in the linked region (F§2.5).
    bench = make_bench(administrator=ACCOUNT)
    bench.machines.put("flow", account=MEMBER, region=OTHER)
    bench.hub.enable(ACCOUNT, REGION)
    bench.hub.enable(MEMBER, OTHER)
    bench.hub.aggregate(ACCOUNT, REGION, "SPECIFIED_REGIONS", (OTHER,))
    (finding,) = (
        one
        for one in bench.findings(account=ACCOUNT, region=REGION)
        if one["AwsAccountId"] == MEMBER and one["Resources"][0]["Id"].endswith("flow")
    )
    bench.update(finding, Workflow={"Status": "SUPPRESSED"})
    (there,) = (
        one for one in bench.findings(account=MEMBER, region=OTHER) if one["Id"] == finding["Id"]
    )
    assert there["Workflow"]["Status"] == "SUPPRESSED"


def test_the_administrators_status_fails_with_one_failing_member(organization: Bench) -> None:
    organization.machines.put("flow", "ALL")
    organization.settle()
    assert organization.hub.control_status(ACCOUNT, REGION, "StepFunctions.1") == "Failed"
    organization.machines.put("flow", "ALL", account=MEMBER)
    organization.settle()
    assert organization.hub.control_status(ACCOUNT, REGION, "StepFunctions.1") == "Passed"


def test_members_and_administrator_know_each_other(organization: Bench) -> None:
    (member,) = organization.ask("ListMembers")["Members"]
    assert member["AccountId"] == MEMBER
    answer = organization.ask("GetAdministratorAccount", account=MEMBER)
    assert answer["Administrator"]["AccountId"] == ACCOUNT
    assert organization.ask("GetAdministratorAccount") == {}
    mode = organization.ask("DescribeOrganizationConfiguration")["OrganizationConfiguration"]
    assert mode["ConfigurationType"] == "LOCAL"
    with pytest.raises(AwsError):
        organization.ask("DescribeOrganizationConfiguration", account=MEMBER)


def test_an_account_without_the_hub_is_refused_as_on_aws(bench: Bench) -> None:
    for operation in ("GetFindings", "DescribeHub", "ListMembers"):
        with pytest.raises(AwsError) as refused:
            bench.ask(operation)
        assert refused.value.code == "InvalidAccessException"


def test_the_hub_is_enabled_and_disabled_by_its_own_operations(bench: Bench) -> None:
    arn = bench.machines.put("flow")
    bench.ask("EnableSecurityHub")
    assert bench.finding(arn)["Compliance"]["AssociatedStandards"] == [
        {"StandardsId": "standards/aws-foundational-security-best-practices/v/1.0.0"}
    ]
    with pytest.raises(AwsError) as refused:
        bench.ask("EnableSecurityHub")
    assert refused.value.code == "ResourceConflictException"
    bench.ask("DisableSecurityHub")
    with pytest.raises(AwsError):
        bench.ask("GetFindings")


def test_operations_outside_the_simulation_are_left_to_moto(bench: Bench) -> None:
    with pytest.raises(AssertionError):
        bench.ask("BatchImportFindings", Findings=[])


@pytest.mark.parametrize(
    ("mode", "regions"),
    [("EVERYWHERE", []), ("ALL_REGIONS", [OTHER]), ("SPECIFIED_REGIONS", [])],
)
def test_an_aggregator_with_a_wrong_mode_is_refused(
    organization: Bench, mode: str, regions: list[str]
) -> None:
    with pytest.raises(AwsError) as refused:
        organization.ask("CreateFindingAggregator", RegionLinkingMode=mode, Regions=regions)
    assert refused.value.code == "InvalidInputException"


def test_there_is_one_aggregator_per_account_and_members_see_their_administrators(
    organization: Bench,
) -> None:
    organization.hub.aggregate(ACCOUNT, REGION)
    with pytest.raises(AwsError) as refused:
        organization.ask("CreateFindingAggregator", RegionLinkingMode="ALL_REGIONS")
    assert refused.value.code == "LimitExceededException"
    assert organization.ask("ListFindingAggregators", account=MEMBER)["FindingAggregators"]
    with pytest.raises(AwsError) as missing:
        organization.ask("GetFindingAggregator", FindingAggregatorArn="arn:none")
    assert missing.value.code == "ResourceNotFoundException"


def test_observing_one_region_leaves_the_others_unseen(organization: Bench) -> None:
    here = organization.machines.put("flow", "ALL")
    there = organization.machines.put("flow", "ALL", region=OTHER)
    organization.hub.observe(ACCOUNT, REGION)
    organization.machines.put("flow", "OFF", region=OTHER)
    organization.hub.observe(region=OTHER)
    organization.clock.advance(seconds=61)
    assert organization.finding(here)["Compliance"]["Status"] == "PASSED"
    levels = organization.ask_config(
        "GetResourceConfigHistory",
        region=OTHER,
        resourceType="AWS::StepFunctions::StateMachine",
        resourceId=there,
    )
    assert not any('"ALL"' in item["configuration"] for item in levels["configurationItems"])


@pytest.mark.parametrize(
    ("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
)
def test_arns_carry_the_partition_of_the_region(bench: Bench, region: str, partition: str) -> None:
    bench.hub.enable(ACCOUNT, region)
    answer = bench.ask("GetEnabledStandards", region=region)
    assert answer["StandardsSubscriptions"][0]["StandardsArn"].split(":")[1] == partition


def test_an_unknown_standard_is_a_mistake_of_the_caller(bench: Bench) -> None:
    with pytest.raises(ValueError, match="cis"):
        bench.hub.enable(ACCOUNT, REGION, ["cis"])
    with pytest.raises(ValueError, match="cis"):
        bench.hub.score(ACCOUNT, REGION, "cis")
    assert bench.hub.score(ACCOUNT, "eu-west-3") is None
