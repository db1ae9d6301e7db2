"""A format of rows alone says on standard error what of the scope is not in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.measuring import Scene, environment, standing_in
from bench.standin.world import REGIONS, World
from tests.journey.terminal import Terminal

WORLD = World(3, REGIONS[:1], accounts=30, refusing=25, suspended=1)
SCAN = ("scan", "--accounts", "all", "--regions", REGIONS[0], "--source", "api", "--format")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with standing_in(Scene("an organization that refuses", WORLD)) as address:
        yield address


@pytest.fixture
def terminal(address: str, tmp_path: Path) -> Terminal:
    return Terminal(tmp_path, environment(address))


@pytest.mark.parametrize("form", ["csv", "asff", "ocsf"])
def test_accounts_that_could_not_be_read_are_told_beside_the_rows(
    terminal: Terminal, form: str
) -> None:
    done = terminal.run(*SCAN, form, code=3)
    lines = [line.strip() for line in done.err.splitlines()]
    assert len([line for line in lines if ": not read: sts:AssumeRole" in line]) == 20
    assert lines[-3] == "and 5 more"
    assert lines[-2].startswith(f"Left out: {WORLD.ids[-1]}: AWS Organizations says SUSPENDED")
    assert lines[-1].startswith("Incomplete (exit 3): 25 accounts and regions could not be read.")
    assert "Incomplete" not in done.out


def test_quiet_says_none_of_it(terminal: Terminal) -> None:
    assert terminal.run(*SCAN, "csv", "--quiet", code=3).err == ""


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_a_document_that_tells_it_itself_is_enough(terminal: Terminal, form: str) -> None:
    done = terminal.run(*SCAN, form, code=3)
    assert done.err == ""
    assert "not read: sts" in done.out or '"unread": [\n' in done.out
