"""Which targets a scope means: by list, unit, tag and exclusion; what is closed is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from hubmend.aws.scope import Resolved, resolve
from hubmend.aws.sessions import Sessions
from hubmend.core.arn import Target
from hubmend.core.errors import AwsError, UsageError
from hubmend.core.ports import Identity
from hubmend.core.resource import Remark, RemarkKind
from hubmend.core.settings import Scope
from tests.aws.test_inventories import DENIED, ENDED, Asked

OWN, PAY, DATA, TRY, GONE = (digit * 12 for digit in "12345")
REGION = "eu-west-1"
TREE: dict[str, tuple[list[str], list[tuple[str, str]]]] = {
    "r-1": ([OWN], [("Workloads", "ou-w"), ("Sandbox", "ou-s")]),
    "ou-w": ([], [("Prod", "ou-wp")]),
    "ou-wp": ([PAY, GONE], []),
    "ou-s": ([TRY, DATA], []),
}
TAGS = {PAY: {"env": "prod", "team": "pay"}, DATA: {"env": "prod"}, TRY: {"env": "dev"}, GONE: {}}


def account(one: str, **said: str) -> dict[str, str]:
    return {"Id": one, "Name": f"name of {one}", **said}


def tags(_: Target, params: Mapping[str, Any]) -> dict[str, Any]:
    found = TAGS.get(params["ResourceId"], {})
    return {"Tags": [{"Key": key, "Value": value} for key, value in found.items()]}


def listed(key: str, place: int) -> Any:
    def answer(_: Target, params: Mapping[str, Any]) -> dict[str, Any]:
        found: list[Any] = list(TREE[params["ParentId"]][place])
        if place:
            return {key: [{"Name": name, "Id": own} for name, own in found]}
        return {key: [{"Id": one} for one in found]}

    return answer


def organization() -> dict[str, Any]:
    return {
        "ListAccounts": {
            "Accounts": [
                account(OWN, Status="ACTIVE", State="ACTIVE"), account(PAY, State="ACTIVE"),
                account(DATA, Status="ACTIVE"), account(TRY),
                account(GONE, Status="SUSPENDED", State="CLOSED"),
            ]
        },
        "ListRoots": {"Roots": [{"Id": "r-1"}]},
        "ListAccountsForParent": listed("Accounts", 0),
        "ListOrganizationalUnitsForParent": listed("OrganizationalUnits", 1),
        "ListTagsForResource": tags,
        "DescribeRegions": {
            "Regions": [{"RegionName": one} for one in (REGION, "us-east-1", "moon-1")]
        },
    }  # fmt: skip


@dataclass
class Organization(Asked):
    """Organizations and EC2 as the caller's account sees them."""

    answers: Any = field(default_factory=organization)

    async def identity(self) -> Identity:
        return Identity(OWN, f"arn:aws:iam::{OWN}:user/ana", "aws")


async def found(gateway: Asked, units: bool = False, **scope: Any) -> Resolved:
    settings = Scope(**scope)
    return await resolve(gateway, Sessions(None, settings, REGION), settings, units=units)


async def accounts(gateway: Asked, **scope: Any) -> list[str]:
    resolved = await found(gateway, **scope)
    assert {target.region for target in resolved.targets} == {REGION}
    return [target.account for target in resolved.targets]


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ({}, [OWN]),
        ({"accounts": ("all",)}, [OWN, PAY, DATA, TRY]),
        ({"accounts": (TRY, PAY, "9" * 12)}, [TRY, PAY, "9" * 12]),
        ({"accounts": ("all",), "exclude_accounts": (OWN, TRY)}, [PAY, DATA]),
        ({"accounts": (TRY, TRY), "regions": (REGION, REGION)}, [TRY]),
        ({"ous": ("Workloads",)}, [PAY]),
        ({"ous": ("ou-wp",)}, [PAY]),
        ({"ous": ("Workloads/Prod", "Sandbox")}, [PAY, DATA, TRY]),
        ({"ous": ("Work*",), "exclude_accounts": (GONE,)}, [PAY]),
        ({"accounts": (PAY, OWN), "ous": ("Workloads",)}, [PAY]),
        ({"account_tags": {"env": "prod"}}, [PAY, DATA]),
        ({"account_tags": {"env": "p*", "team": "*"}}, [PAY]),
        ({"ous": ("Sandbox",), "account_tags": {"env": "prod"}}, [DATA]),
    ],
)
async def test_an_account_must_meet_every_condition(scope: dict[str, Any], left: list[str]) -> None:
    assert await accounts(Organization(), **scope) == left


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({"ous": ("Workloads/Prdo",)}, "'Workloads/Prdo', by name, id or path; did you mean Work"),
        ({"ous": ("Workloads", "zzz")}, "no account is in an organizational unit 'zzz'"),
        ({"account_tags": {"env": "qa"}}, "no account is in scope: account_tags env = qa leave"),
        ({"accounts": (OWN,), "ous": ("Sandbox",)}, f"accounts {OWN}; ous Sandbox leave none"),
        ({"accounts": (OWN,), "exclude_accounts": (OWN,)}, f"exclude_accounts {OWN} leave none"),
        ({"exclude_regions": (REGION,)}, f"no region is in scope: exclude_regions {REGION}"),
        ({"exclude_regions": ("eu-west-11",)}, "did you mean eu-west-1?"),
    ],
)
async def test_what_selects_nothing_is_wrong_usage(scope: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        await found(Organization(), **scope)


async def test_tags_are_asked_only_of_accounts_that_meet_the_other_conditions() -> None:
    gateway = Organization()
    await found(gateway, ous=("Sandbox",), exclude_accounts=(TRY,), account_tags={"env": "prod"})
    asked = [params for name, _, params in gateway.calls if name == "ListTagsForResource"]
    assert asked == [{"ResourceId": DATA}]


@pytest.mark.parametrize("scope", [{"accounts": ("all",)}, {"accounts": (PAY, GONE)}])
async def test_a_closed_account_is_no_target_and_said(scope: dict[str, Any]) -> None:
    resolved = await found(Organization(), **scope)
    assert GONE not in {target.account for target in resolved.targets}
    said = "AWS Organizations says CLOSED: not read"
    assert resolved.remarks == (Remark(RemarkKind.LEFT_OUT, GONE, said),)
    assert resolved.names[GONE] == f"name of {GONE}"


@pytest.mark.parametrize(
    ("said", "closed"),
    [
        ({"State": "PENDING_CLOSURE"}, "PENDING_CLOSURE"), ({"State": "SUSPENDED"}, "SUSPENDED"),
        ({"Status": "SUSPENDED"}, "SUSPENDED"), ({"Status": "PENDING_CLOSURE"}, "PENDING_CLOSURE"),
        ({"State": "PENDING_ACTIVATION"}, "PENDING_ACTIVATION"),
    ],
)  # fmt: skip
async def test_every_state_but_active_is_closed(said: dict[str, str], closed: str) -> None:
    gateway = Organization()
    gateway.answers["ListAccounts"] = {"Accounts": [account(OWN), account(PAY, **said)]}
    (remark,) = (await found(gateway, accounts=("all",))).remarks
    assert closed in remark.text


async def test_who_listed_a_closed_account_alone_is_told_and_nothing_is_read() -> None:
    resolved = await found(Organization(), accounts=(GONE,))
    assert resolved.targets == ()
    assert [one.subject for one in resolved.remarks] == [GONE]


async def test_all_regions_are_those_enabled_and_known_but_for_the_excluded() -> None:
    resolved = await found(Organization(), regions=("all",))
    assert [one.region for one in resolved.targets] == [REGION, "us-east-1"]
    resolved = await found(Organization(), regions=("all",), exclude_regions=("us-east-1",))
    assert [one.region for one in resolved.targets] == [REGION]


async def test_units_are_told_where_a_rule_or_the_scope_asks() -> None:
    assert (await found(Organization(), accounts=(PAY,))).units == {}
    for scope in ({"units": True}, {"ous": ("Workloads",)}):
        units = (await found(Organization(), accounts=(PAY,), **scope)).units
        assert units == {PAY: ("Workloads", "ou-w", "Prod", "ou-wp", "Workloads/Prod")}


@pytest.mark.parametrize(
    ("operation", "scope"),
    [
        ("ListAccounts", {"accounts": ("all",)}),
        ("ListRoots", {"accounts": (PAY,), "ous": ("Workloads",)}),
        ("ListTagsForResource", {"accounts": (PAY,), "account_tags": {"env": "prod"}}),
        ("DescribeRegions", {"regions": ("all",)}),
    ],
)
async def test_what_may_not_be_asked_is_wrong_usage(operation: str, scope: dict[str, Any]) -> None:
    for error in (DENIED, ENDED):
        gateway = Organization()
        gateway.answers[operation] = error
        with pytest.raises(UsageError, match="refused: x:Y"):
            await found(gateway, **scope)


async def test_listed_accounts_need_no_organization() -> None:
    gateway = Organization()
    gateway.answers = {"ListAccounts": DENIED}
    assert await accounts(gateway, accounts=(PAY,)) == [PAY]
    assert isinstance(gateway.answers["ListAccounts"], AwsError)


async def test_an_organization_without_an_open_account_is_wrong_usage() -> None:
    gateway = Organization()
    gateway.answers["ListAccounts"] = {"Accounts": [account(OWN, State="SUSPENDED")]}
    with pytest.raises(UsageError, match="names no active account"):
        await found(gateway, accounts=("all",))
