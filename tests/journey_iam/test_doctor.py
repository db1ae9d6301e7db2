"""doctor on the sample organization, as a person runs it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result

from hubmend.cli.group import verbs
from hubmend.sandbox import Sandbox
from tests.journey.aws import Witness


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.fixture(autouse=True)
def environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)


def doctor(*options: str) -> Result:
    return CliRunner().invoke(verbs, ["doctor", *options])


def checks(result: Result) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = json.loads(result.stdout)["checks"]
    return made


def test_the_sample_organization_is_ready_in_every_account(sandbox: Sandbox) -> None:
    witness = Witness(sandbox.environment())
    before = witness.whole_world()
    result = doctor("--accounts", "all", "--regions", "us-east-1", "--format", "json")
    assert result.exit_code == 0, result.output
    found = checks(result)
    assert {one["account"] for one in found if one["account"]} == {
        "111122223333", "222233334444", "333344445555",
    }  # fmt: skip
    assert {one["status"] for one in found} == {"ok"}
    assert witness.whole_world() == before


def test_the_table_names_every_check_and_the_next_command() -> None:
    result = doctor("--regions", "us-east-1")
    assert result.exit_code == 0, result.output
    assert "account 111122223333, us-east-1\n" in result.stdout
    assert "  AWS Config               ok " in result.stdout
    assert result.stdout.endswith("Next: hubmend scan\n")
