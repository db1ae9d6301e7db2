"""Which targets a scope means: by list, unit, tag and exclusion; what is closed is said."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from hubmend.aws.accounts import FEW
from hubmend.aws.scope import Resolved, resolve
from hubmend.aws.sessions import Sessions
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, UsageError
from hubmend.core.ports import Identity, Response
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
    pages_of_two: bool = False
    described: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.answers["DescribeAccount"] = self._describe

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        async for page in super().pages(target, call):
            every = page.get("Accounts", ())
            if call.operation != "ListAccounts" or not self.pages_of_two:
                yield page
                continue
            yield {"Accounts": every[:2], "NextToken": "more"}
            yield {**await self.read(target, call), "Accounts": every[2:]}

    def _describe(self, _: Target, params: Mapping[str, Any]) -> dict[str, Any]:
        self.described.append(params["AccountId"])
        return {"Account": account(params["AccountId"])}

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
        (
            {"accounts": (GONE,)},
            f"no account in scope is open: {GONE}: AWS Organizations says CLOSED",
        ),
        ({"exclude_regions": (REGION,)}, f"no region is in scope: exclude_regions {REGION}"),
        ({"exclude_regions": ("eu-west-11",)}, "did you mean eu-west-1?"),
    ],
)
async def test_what_selects_nothing_is_wrong_usage(scope: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said.replace("?", r"\?")):
        await found(Organization(), **scope)


@pytest.mark.parametrize(
    ("scope", "described"),
    [
        ({}, []),  # the caller's own is on the first page
        ({"accounts": (OWN, TRY)}, [TRY]),
        ({"accounts": (TRY, DATA)}, [DATA, TRY]),
    ],
)
async def test_of_a_large_organization_only_the_accounts_in_scope_are_asked_for(
    scope: dict[str, Any], described: list[str]
) -> None:
    gateway = Organization(pages_of_two=True)
    resolved = await found(gateway, **scope)
    asked = Counter(name for name, _, _ in gateway.calls)
    assert asked["ListAccounts"] == 1
    assert sorted(gateway.described) == described
    assert resolved.names == {one: f"name of {one}" for one in scope.get("accounts", (OWN,))}


async def test_an_account_that_may_not_be_described_has_no_name() -> None:
    gateway = Organization(pages_of_two=True)
    gateway.answers["DescribeAccount"] = DENIED
    assert (await found(gateway, accounts=(TRY,))).names == {}


async def test_many_listed_accounts_are_listed_page_by_page() -> None:
    gateway = Organization(pages_of_two=True)
    many = (TRY, *(f"{number:012}" for number in range(FEW)))
    assert (await found(gateway, accounts=many)).names == {TRY: f"name of {TRY}"}
    assert Counter(name for name, _, _ in gateway.calls)["ListAccounts"] == 2


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


async def test_who_listed_closed_accounts_alone_is_told() -> None:
    with pytest.raises(UsageError) as caught:
        await found(Organization(), accounts=(GONE,))
    said = f"no account in scope is open: {GONE}: AWS Organizations says CLOSED: not read"
    assert str(caught.value) == said


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
