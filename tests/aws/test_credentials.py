"""Credentials: found once, renewed when they must be, and a role's renewed before its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, CredentialRetrievalError, SSOTokenLoadError

from hubmend.aws.credentials import REFUSED_SECONDS, Credentials, Keys
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind

ROLE = "arn:aws:iam::222233334444:role/HubmendAudit"


@dataclass
class Renewable:
    """What botocore returns for SSO and the like."""

    due: bool = False
    renewals: int = 0
    fault: Exception | None = None
    tried: int = 0

    def refresh_needed(self) -> bool:
        return self.due

    def get_frozen_credentials(self) -> Keys:
        self.tried += self.due
        if self.due and self.fault:
            raise self.fault
        self.renewals += self.due
        self.due = False
        return Keys("AKIA", "secret", str(self.renewals))


@dataclass
class FakeSession:
    """A botocore session, as far as credentials go; `found` may be an error to raise."""

    found: Any
    asked: int = 0

    def get_credentials(self) -> Any:
        self.asked += 1
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


def credentials(found: Any = None, now: Callable[[], float] = time.monotonic) -> Credentials:
    session: Any = FakeSession(found)
    return Credentials(session, now)


async def test_own_credentials_are_found_once_and_renewed_when_due() -> None:
    found = Renewable()
    session: Any = FakeSession(found)
    own = Credentials(session)
    assert [(await own.own()).token for _ in range(2)] == ["0", "0"]
    found.due = True
    assert [(await own.own()).token for _ in range(2)] == ["1", "1"]
    assert session.asked == 1


@pytest.mark.parametrize("found", [None, SSOTokenLoadError(profile_name="p", error_msg="ended")])
async def test_without_credentials_the_way_to_get_some_is_said(found: Exception | None) -> None:
    with pytest.raises(CredentialsError, match="aws sso login"):
        await credentials(found).own()


async def test_what_the_sdk_says_of_credentials_is_one_line() -> None:
    fault = CredentialRetrievalError(provider="custom-process", error_msg="\nsign\n in\n")
    with pytest.raises(CredentialsError) as raised:
        await credentials(fault).own()
    assert "custom-process: sign in. Sign in (aws sso login" in str(raised.value)


async def test_credentials_that_cannot_be_renewed_are_to_be_renewed_by_a_person() -> None:
    now = [0.0]
    found = Renewable(fault=SSOTokenLoadError(profile_name="p", error_msg="ended"))
    known = credentials(found, lambda: now[0])
    await known.own()
    found.due = True
    for _ in range(3):  # asked once for all: it may take a second, and thousands may ask
        with pytest.raises(CredentialsError, match=r"could not be renewed: .*ended.*aws sso") as no:
            await known.own()
        assert "sandbox" not in str(no.value)
    assert found.tried == 1
    found.fault, now[0] = None, REFUSED_SECONDS
    assert (await known.own()).token == "1"


async def test_a_renewal_that_finds_no_network_is_tried_again_at_once() -> None:
    found = Renewable(fault=ConnectTimeoutError(endpoint_url="https://sso"))
    known = credentials(found)
    await known.own()
    found.due = True
    for _ in range(2):
        with pytest.raises(AwsError, match="no connection"):
            await known.own()
    assert found.tried == 2


@dataclass
class Sts:
    """Answers AssumeRole with keys that last for `minutes`; `error` is raised instead if set."""

    minutes: float
    error: AwsError | None = None
    taken: int = 0
    refused: int = 0

    async def assume(self, role: str) -> Mapping[str, Any]:
        assert role == ROLE
        await asyncio.sleep(0)
        if self.error:
            self.refused += 1
            raise self.error
        self.taken += 1
        until = datetime.now(UTC) + timedelta(minutes=self.minutes)
        keys = {"AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": str(self.taken)}
        return {**keys, "Expiration": until}


@pytest.mark.parametrize(("minutes", "taken"), [(60, 1), (4, 3)], ids=["lasting", "ending"])
async def test_a_role_is_taken_again_only_shortly_before_its_end(minutes: int, taken: int) -> None:
    sts, known = Sts(minutes), credentials()
    for _ in range(3):
        keys = await known.of_role(ROLE, sts.assume)
    assert (sts.taken, keys.token) == (taken, str(taken))


async def test_a_role_is_taken_once_for_all_who_wait_for_it() -> None:
    sts, known = Sts(60), credentials()
    await asyncio.gather(*[known.of_role(ROLE, sts.assume) for _ in range(9)])
    assert sts.taken == 1


async def test_a_renewal_that_fails_leaves_the_old_keys_until_they_end() -> None:
    sts, known = Sts(4), credentials()
    first = await known.of_role(ROLE, sts.assume)
    sts.error = AwsError(ErrorKind.THROTTLED, "Throttling", "Rate exceeded")
    assert await known.of_role(ROLE, sts.assume) == first


async def test_keys_that_ended_are_not_used() -> None:
    sts, known = Sts(0), credentials()
    await known.of_role(ROLE, sts.assume)
    sts.error = AwsError(ErrorKind.DENIED, "AccessDenied", "not authorized")
    with pytest.raises(AwsError, match="not authorized"):
        await known.of_role(ROLE, sts.assume)


REFUSED = AwsError(ErrorKind.DENIED, "AccessDenied", "not authorized", "sts:AssumeRole")


async def test_a_refusal_is_shared_by_all_who_ask_and_kept_for_a_while() -> None:
    moment = [100.0]
    sts, known = Sts(60, REFUSED), credentials(now=lambda: moment[0])
    asked = [known.of_role(ROLE, sts.assume) for _ in range(17)]
    told = await asyncio.gather(*asked, return_exceptions=True)
    assert told == [REFUSED] * 17
    moment[0] += REFUSED_SECONDS - 1
    with pytest.raises(AwsError):
        await known.of_role(ROLE, sts.assume)
    assert sts.refused == 1


async def test_after_a_while_a_role_that_was_refused_is_tried_again() -> None:
    moment = [100.0]
    sts, known = Sts(60, REFUSED), credentials(now=lambda: moment[0])
    with pytest.raises(AwsError):
        await known.of_role(ROLE, sts.assume)
    moment[0] += REFUSED_SECONDS
    sts.error = None
    assert (await known.of_role(ROLE, sts.assume)).token == "1"


async def test_what_may_be_different_at_once_is_no_refusal_to_keep() -> None:
    sts, known = Sts(60, AwsError(ErrorKind.THROTTLED, "Throttling", "")), credentials()
    for _ in range(2):
        with pytest.raises(AwsError):
            await known.of_role(ROLE, sts.assume)
    assert sts.refused == 2
