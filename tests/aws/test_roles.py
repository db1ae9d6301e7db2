"""A role that is refused: asked for once, named, and told what to look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from hubmend.aws.gateway import AwsGateway
from hubmend.aws.sessions import Sessions
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.settings import Scope
from hubmend.core.unread import TAKING
from tests.aws.loopback import Reply, Script, refusal, serving

OTHER = "222233334444"
ROLE = f"arn:aws:iam::{OTHER}:role/HubmendAudit"
REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-west-2")
LOOK = Call("stepfunctions", "ListStateMachines", {})
NO = refusal("AccessDenied", f"User: x is not authorized to perform: {TAKING}", 403)


@asynccontextmanager
async def reaching(
    monkeypatch: pytest.MonkeyPatch, scope: Scope, *replies: Reply, region: str = "us-east-1"
) -> AsyncIterator[tuple[AwsGateway, Script]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with serving(*replies) as (address, script):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        gateway = AwsGateway(Sessions(None, scope, region))
        yield gateway, script
        await gateway.close()


@pytest.mark.parametrize(
    ("scope", "proof"),
    [
        (Scope(), "asks for no external id (hubmend.toml gives none)"),
        (Scope(external_id="e-1"), "asks for the external_id of hubmend.toml"),
    ],
    ids=["without", "with an external id"],
)
async def test_a_refused_role_is_named_and_what_to_look_at(
    monkeypatch: pytest.MonkeyPatch, scope: Scope, proof: str
) -> None:
    async with reaching(monkeypatch, scope, NO) as (gateway, _):
        with pytest.raises(AwsError) as caught:
            await gateway.read(Target(OTHER, "us-east-1"), LOOK)
    assert (caught.value.operation, caught.value.kind) == (TAKING, ErrorKind.DENIED)
    trust = f"see that {ROLE} exists, trusts arn:aws:iam::111122223333:user/tester and {proof}"
    assert trust in str(caught.value)
    assert "hubmend iam-policy operator" in str(caught.value)


async def test_all_regions_of_an_account_ask_for_its_role_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with reaching(monkeypatch, Scope(), NO) as (gateway, script):
        asked = [gateway.read(Target(OTHER, region), LOOK) for region in REGIONS]
        told = await asyncio.gather(*asked, return_exceptions=True)
        with pytest.raises(AwsError):
            await gateway.read(Target(OTHER, "eu-west-3"), LOOK)
    assert {str(type(one)) for one in told} == {str(AwsError)}
    assert script.seen == ["AssumeRole"]


async def test_a_fault_on_the_way_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    async with reaching(monkeypatch, Scope(), refusal("Wrong", status=400)) as (gateway, _):
        with pytest.raises(AwsError) as caught:
            await gateway.read(Target(OTHER, "us-east-1"), LOOK)
    assert caught.value.advice == ""
