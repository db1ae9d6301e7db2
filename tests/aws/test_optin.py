"""An opt-in region that is off in an account is told from an account that refuses."""

from __future__ import annotations

import asyncio

import pytest

from hubmend.aws.optin import REGION_OFF, OptIn, default_region, suspected
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.settings import Scope
from tests.aws.loopback import Reply, refusal
from tests.aws.test_inventories import DENIED, Asked
from tests.aws.test_roles import LOOK, reaching

ACCOUNT = "111122223333"
FAR, NEAR = Target(ACCOUNT, "af-south-1"), Target(ACCOUNT, "us-east-1")
OFF = {"RegionName": FAR.region, "OptInStatus": "not-opted-in"}
ON = {"RegionName": FAR.region, "OptInStatus": "opted-in"}
UNKNOWN = refusal("UnrecognizedClientException", "The security token is invalid")

TAKEN = (
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
    "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>"
    "</AssumeRoleResponse>"
)


def regions(*listed: tuple[str, str]) -> Reply:
    items = "".join(
        f"<item><regionName>{name}</regionName><optInStatus>{status}</optInStatus></item>"
        for name, status in listed
    )
    text = f"<DescribeRegionsResponse><regionInfo>{items}</regionInfo></DescribeRegionsResponse>"
    return Reply(text=text)


@pytest.mark.parametrize(
    ("code", "operation", "may"),
    [
        ("UnrecognizedClientException", "stepfunctions:ListStateMachines", True),
        ("InvalidClientTokenId", "stepfunctions:ListStateMachines", True),
        ("AuthFailure", "stepfunctions:ListStateMachines", True),
        ("OptInRequired", "stepfunctions:ListStateMachines", True),
        ("ExpiredToken", "stepfunctions:ListStateMachines", False),
        ("AccessDeniedException", "stepfunctions:ListStateMachines", False),
        ("InvalidClientTokenId", "sts:AssumeRole", False),
    ],
)
def test_only_credentials_that_are_not_known_raise_a_suspicion(
    code: str, operation: str, may: bool
) -> None:
    error = AwsError(ErrorKind.CREDENTIALS, code, "because", operation)
    assert suspected(LOOK, error) is may


@pytest.mark.parametrize(("answer", "off"), [(OFF, True), (ON, False), (None, False)])
async def test_an_account_is_asked_once_in_a_region_that_is_on_everywhere(
    answer: dict[str, str] | None, off: bool
) -> None:
    gateway = Asked({"DescribeRegions": {"Regions": [answer]} if answer else DENIED})
    optin = OptIn(gateway.read)
    told = await asyncio.gather(*[optin.is_off(FAR, "aws") for _ in range(9)])
    assert told == [off] * 9
    assert gateway.calls == [("DescribeRegions", NEAR, {"AllRegions": True})]


async def test_where_regions_are_asked_about_none_is_off() -> None:
    gateway = Asked({})
    assert not await OptIn(gateway.read).is_off(NEAR, "aws")
    assert gateway.calls == []


def test_every_partition_has_a_region_that_is_on() -> None:
    assert default_region("aws") == "us-east-1"
    assert default_region("aws-us-gov") == "us-gov-west-1"
    assert default_region("aws-cn").startswith("cn-")
    assert default_region("aws-new") == "us-east-1"


async def test_a_read_in_a_region_that_is_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    replies = [UNKNOWN, regions(("us-east-1", "opt-in-not-required"), (FAR.region, "not-opted-in"))]
    async with reaching(monkeypatch, Scope(), *replies, UNKNOWN) as (gateway, script):
        for call in (LOOK, Call("stepfunctions", "ListActivities", {})):
            with pytest.raises(AwsError) as caught:
                await gateway.read(FAR, call)
            assert (caught.value.kind, caught.value.reason) == (ErrorKind.REGION_OFF, REGION_OFF)
    assert script.seen == ["ListStateMachines", "DescribeRegions", "ListActivities"]


async def test_a_read_refused_in_a_region_that_is_on_stays_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replies = [UNKNOWN, regions((FAR.region, "opted-in"))]
    async with reaching(monkeypatch, Scope(), *replies) as (gateway, _):
        with pytest.raises(AwsError, match="token is invalid") as caught:
            await gateway.read(FAR, LOOK)
    assert caught.value.kind is ErrorKind.CREDENTIALS


async def test_beginning_in_a_region_that_is_off_sts_is_asked_where_it_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = Reply(text=TAKEN)
    fine = Reply(body={"stateMachines": []})
    async with reaching(monkeypatch, Scope(), taken, fine, region=FAR.region) as (gateway, script):
        script.off.add(FAR.region)
        assert (await gateway.identity()).account == ACCOUNT
        assert await gateway.read(Target("222233334444", "us-east-1"), LOOK)
    assert script.seen == ["AssumeRole", "ListStateMachines"]


async def test_credentials_nobody_knows_are_told_wherever_it_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with reaching(monkeypatch, Scope(), UNKNOWN, region=FAR.region) as (gateway, script):
        script.off |= {FAR.region, "us-east-1"}
        with pytest.raises(AwsError, match="renew the credentials") as caught:
            await gateway.identity()
    assert caught.value.operation == "sts:GetCallerIdentity"
