"""Central configuration: policies are kept at home, and bind whom they reach (F§2.9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hub.bench import ACCOUNT, REGION, AwsError, Bench, make_bench

MEMBER, OTHER, UNLINKED = "222233334444", "eu-west-1", "eu-central-1"
CONTROL = "StepFunctions.1"
OFF = {"DisabledSecurityControlIdentifiers": [CONTROL]}


def body(controls: dict[str, Any]) -> dict[str, Any]:
    return {"SecurityHub": {"ServiceEnabled": True, "SecurityControlsConfiguration": controls}}


@pytest.fixture
def organization() -> Bench:
    bench = make_bench(administrator=ACCOUNT)
    for account in (ACCOUNT, MEMBER):
        for region in (REGION, OTHER, UNLINKED):
            bench.machines.put("flow", account=account, region=region)
            bench.hub.enable(account, region)
    bench.hub.aggregate(ACCOUNT, REGION, "SPECIFIED_REGIONS", [OTHER])
    central = {"ConfigurationType": "CENTRAL"}
    bench.ask(
        "UpdateOrganizationConfiguration", AutoEnable=False, OrganizationConfiguration=central
    )
    return bench


def manage(bench: Bench, controls: dict[str, Any]) -> str:
    """Have a new policy manage the member; return its id."""
    made = bench.ask("CreateConfigurationPolicy", Name="p", ConfigurationPolicy=body(controls))
    associate(bench, made["Id"])
    return str(made["Id"])


def associate(bench: Bench, identity: str) -> dict[str, Any]:
    return bench.ask(
        "StartConfigurationPolicyAssociation",
        ConfigurationPolicyIdentifier=identity,
        Target={"AccountId": MEMBER},
    )


def statuses(bench: Bench, region: str) -> set[str]:
    answer = bench.ask(
        "ListStandardsControlAssociations", SecurityControlId=CONTROL, account=MEMBER, region=region
    )
    return {one["AssociationStatus"] for one in answer["StandardsControlAssociationSummaries"]}


def level(bench: Bench, region: str) -> Any:
    bench.clock.advance(seconds=31)
    answer = bench.ask(
        "BatchGetSecurityControls", SecurityControlIds=[CONTROL], account=MEMBER, region=region
    )
    return answer["SecurityControls"][0]["Parameters"]["logLevel"].get("Value", {}).get("Enum")


def set_level(bench: Bench, region: str) -> None:
    value = {"logLevel": {"ValueType": "CUSTOM", "Value": {"Enum": "ALL"}}}
    bench.ask(
        "UpdateSecurityControl", SecurityControlId=CONTROL, Parameters=value,
        account=MEMBER, region=region,
    )  # fmt: skip


def test_a_policy_decides_in_the_home_region_and_those_it_links(organization: Bench) -> None:
    manage(organization, OFF)
    assert [statuses(organization, one) for one in (REGION, OTHER, UNLINKED)] == [
        {"DISABLED"}, {"DISABLED"}, {"ENABLED"},
    ]  # fmt: skip


def test_whom_a_policy_manages_may_not_change_it_where_it_takes_effect(organization: Bench) -> None:
    manage(organization, OFF)
    with pytest.raises(AwsError) as refused:
        set_level(organization, OTHER)
    assert refused.value.code == "AccessDeniedException"
    set_level(organization, UNLINKED)
    assert level(organization, UNLINKED) == "ALL"
    associate(organization, "SELF_MANAGED_SECURITY_HUB")
    set_level(organization, OTHER)
    assert statuses(organization, OTHER) == {"DISABLED"}  # what a policy set stays


def test_an_edited_policy_is_replaced_whole_and_applied(organization: Bench) -> None:
    identity = manage(organization, OFF)
    custom = {"logLevel": {"ValueType": "CUSTOM", "Value": {"Enum": "ERROR"}}}
    asked = {
        "EnabledSecurityControlIdentifiers": [CONTROL],
        "SecurityControlCustomParameters": [
            {"SecurityControlId": "S3.9", "Parameters": {}},
            {"SecurityControlId": CONTROL, "Parameters": custom},
        ],
    }
    organization.ask(
        "UpdateConfigurationPolicy", Identifier=identity, ConfigurationPolicy=body(asked)
    )
    assert statuses(organization, OTHER) == {"ENABLED"}
    assert (level(organization, OTHER), level(organization, UNLINKED)) == ("ERROR", None)
    read = organization.ask("GetConfigurationPolicy", Identifier=identity)
    assert read["ConfigurationPolicy"] == body(asked)
    (listed,) = organization.ask("ListConfigurationPolicies")["ConfigurationPolicySummaries"]
    assert listed["Id"] == identity


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("GetConfigurationPolicy", {"Identifier": "p"}),
        ("ListConfigurationPolicies", {}),
        ("GetConfigurationPolicyAssociation", {"Target": {"AccountId": MEMBER}}),
    ],
)
@pytest.mark.parametrize(("account", "region"), [(ACCOUNT, OTHER), (MEMBER, REGION)])
def test_nobody_but_the_administrator_at_home_is_answered(
    organization: Bench, operation: str, more: dict[str, Any], account: str, region: str
) -> None:
    with pytest.raises(AwsError) as refused:
        organization.ask(operation, account=account, region=region, **more)
    assert refused.value.code == "AccessDeniedException"


def test_what_is_not_there_or_not_meant_is_refused(organization: Bench) -> None:
    for target in ({"AccountId": MEMBER}, {"OrganizationalUnitId": "ou-1"}):
        with pytest.raises(AwsError):
            organization.ask("GetConfigurationPolicyAssociation", Target=target)
    with pytest.raises(AwsError):
        organization.ask("GetConfigurationPolicy", Identifier="p")


def test_central_configuration_takes_a_home_region_and_goes_back_to_local() -> None:
    bench = make_bench(administrator=ACCOUNT)
    bench.hub.enable(ACCOUNT, REGION)
    central = {"ConfigurationType": "CENTRAL"}
    with pytest.raises(AwsError):
        bench.ask(
            "UpdateOrganizationConfiguration", AutoEnable=False, OrganizationConfiguration=central
        )
    bench.hub.aggregate(ACCOUNT, REGION)
    for kind in ("CENTRAL", "LOCAL"):
        wanted = {"ConfigurationType": kind}
        bench.ask(
            "UpdateOrganizationConfiguration", AutoEnable=False, OrganizationConfiguration=wanted
        )
        told = bench.ask("DescribeOrganizationConfiguration")["OrganizationConfiguration"]
        assert told["ConfigurationType"] == kind
