"""The scope of hubmend.toml on the embedded AWS: units, tags, exclusions, and a closed account."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

import hubmend
from hubmend.core.errors import UsageError
from hubmend.core.resource import RemarkKind, Scan
from hubmend.sandbox import Sandbox
from tests.journey.aws import REGIONS, Witness

PAYMENTS, DATA, SHARED = "111122223333", "222233334444", "333344445555"
TAGS = {PAYMENTS: "prod", DATA: "dev", SHARED: "prod"}


@pytest.fixture(scope="module")
def organizations() -> Iterator[Witness]:
    with Sandbox() as sandbox, pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        witness = Witness(sandbox.environment())
        for account, env in TAGS.items():
            tags = [{"Key": "env", "Value": env}]
            witness.client("organizations").tag_resource(ResourceId=account, Tags=tags)
        yield witness


def scan(folder: Path, *lines: str) -> Scan:
    config = folder / "hubmend.toml"
    config.write_text("\n".join(["[scope]", f'regions = ["{REGIONS[0]}"]', *lines]), "utf-8")
    options = hubmend.Options(config=str(config), store=f"sqlite:///{folder / 's.sqlite'}")

    async def work() -> Scan:
        async with hubmend.connect(options) as hub:
            return await hub.scan("api")

    return asyncio.run(work())


@pytest.mark.usefixtures("organizations")
@pytest.mark.parametrize(
    ("lines", "accounts"),
    [
        (['ous = ["Production"]'], [PAYMENTS, SHARED]),
        (['account_tags = { env = "prod" }', f'exclude_accounts = ["{PAYMENTS}"]'], [SHARED]),
        (['ous = ["Dev*"]', 'account_tags = { env = "dev" }'], [DATA]),
    ],
    ids=["by unit", "by tag, one excluded", "by both"],
)
def test_a_scope_is_what_the_policy_file_says(
    tmp_path: Path, lines: list[str], accounts: list[str]
) -> None:
    seen = scan(tmp_path, *lines)
    assert [target.account for target in seen.targets] == accounts
    assert {row.account for row in seen.resources} == set(accounts)


@pytest.mark.usefixtures("organizations")
def test_a_misspelt_unit_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean Production"):
        scan(tmp_path, 'ous = ["Prodution"]')


def test_an_account_that_was_closed_is_left_out_and_said(
    tmp_path: Path, organizations: Witness
) -> None:
    client = organizations.client("organizations")
    (before,) = [one for one in client.list_accounts()["Accounts"] if one["Id"] == SHARED]
    assert before["Status"] == "ACTIVE"
    client.close_account(AccountId=SHARED)
    try:
        seen = scan(tmp_path, 'accounts = "all"')
    finally:
        _reopen()
    assert [target.account for target in seen.targets] == [PAYMENTS, DATA]
    assert [(one.kind, one.subject) for one in seen.remarks] == [(RemarkKind.LEFT_OUT, SHARED)]


def _reopen() -> None:
    """Open the closed account again, behind moto's back: AWS has no call for it."""
    from moto.organizations.models import organizations_backends  # noqa: PLC0415 - slow to import

    (record,) = [
        one for one in organizations_backends[PAYMENTS]["aws"].accounts if one.id == SHARED
    ]
    record.status = record.state = "ACTIVE"
