"""300 machines over three accounts and three regions under AWS's quotas, there and back again.

`python -m bench.fleet` walks the same way and prints what each command took.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bench.fleet import ACCOUNTS, REGIONS, Fleet, fleet, walk

MACHINES = 300


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(MACHINES, tmp_path_factory.mktemp("fleet")) as found:
        yield found


@pytest.fixture(scope="module")
def before(made: Fleet) -> dict[str, Any]:
    return made.picture()


@pytest.fixture(scope="module")
def seen(made: Fleet, before: dict[str, Any]) -> dict[str, Any]:
    assert before
    return walk(made)


def test_every_machine_is_found_failing_and_planned_for(seen: dict[str, Any]) -> None:
    rows = seen["scan"]["resources"]
    assert len(rows) == MACHINES
    assert {row["verdict"] for row in rows} == {"FAILED"}
    assert len({(row["account"], row["region"]) for row in rows}) == len(ACCOUNTS) * len(REGIONS)
    assert seen["scan"]["unread"] == seen["plan"]["manual"] == seen["plan"]["skipped"] == []


def test_no_change_fails(seen: dict[str, Any]) -> None:
    assert seen["apply"]["status"] == "done"
    assert [one["status"] for one in seen["apply"]["resources"]] == ["done"] * MACHINES
    configurations = [one["configuration"]["status"] for one in seen["verify"]["resources"]]
    assert configurations == ["passed"] * MACHINES


def test_everything_is_back_after_rollback(
    made: Fleet, before: dict[str, Any], seen: dict[str, Any]
) -> None:
    assert seen["rollback"]["status"] == "rolled-back"
    assert seen["changed"] != before
    assert made.picture() == before


def test_under_1_percent_of_the_calls_are_refused_for_their_number(
    made: Fleet, seen: dict[str, Any]
) -> None:
    assert seen
    assert sum(step.calls for step in made.steps) > 10 * MACHINES
    throttled = sum(step.throttled for step in made.steps)
    assert throttled < sum(step.calls for step in made.steps) / 100
