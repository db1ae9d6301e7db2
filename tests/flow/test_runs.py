"""A run's journal tells what was begun, what is done, what is undone."""

from __future__ import annotations

import pytest

from hubmend.core import journal
from hubmend.core.evidence import START, Entry, link
from hubmend.core.journal import Outcome, Way
from hubmend.flow.runs import history, left
from tests.fakes import clock
from tests.fakes.faults import Fault
from tests.flow.bench import Bench

BEFORE, AFTER = journal.CALL_BEFORE, journal.CALL_AFTER


def entries(*told: tuple[str, Way, Outcome | None]) -> list[Entry]:
    return [
        link("r", place, clock.START, kind, {"change": "c1", "way": way, "outcome": outcome}, START)
        for place, (kind, way, outcome) in enumerate(told)
    ]


def on(kind: str, outcome: Outcome | None = None) -> tuple[str, Way, Outcome | None]:
    return kind, Way.APPLY, outcome


def back(kind: str, outcome: Outcome | None = None) -> tuple[str, Way, Outcome | None]:
    return kind, Way.ROLLBACK, outcome


@pytest.mark.parametrize(
    ("told", "begun", "done", "undone"),
    [
        ([], False, False, False),
        ([on(BEFORE)], True, False, False),
        ([on(BEFORE), on(AFTER, Outcome.DONE)], True, True, False),
        ([on(AFTER, Outcome.ALREADY)], True, True, False),
        ([on(BEFORE), on(AFTER, Outcome.UNCERTAIN)], True, False, False),
        ([on(BEFORE), on(AFTER, Outcome.FAILED)], False, False, False),
        # killed in a call, then refused when tried again: the first may have happened
        ([on(BEFORE), on(BEFORE), on(AFTER, Outcome.FAILED)], True, False, False),
        ([on(AFTER, Outcome.DONE), back(BEFORE)], True, True, False),
        ([on(AFTER, Outcome.DONE), back(AFTER, Outcome.FAILED)], True, True, False),
        ([on(AFTER, Outcome.DONE), back(AFTER, Outcome.KEPT)], True, True, False),
        ([on(AFTER, Outcome.DONE), back(AFTER, Outcome.DONE)], True, False, True),
        ([on(AFTER, Outcome.DONE), back(AFTER, Outcome.ALREADY)], True, False, True),
    ],
)
def test_what_the_journal_says_of_a_change(
    told: list[tuple[str, Way, Outcome | None]], begun: bool, done: bool, undone: bool
) -> None:
    read = history(entries(*told))
    assert ("c1" in read.begun, "c1" in read.done, "c1" in read.undone) == (begun, done, undone)
    assert read.undoing is any(way is Way.ROLLBACK for _, way, _ in told)


def test_entries_about_other_things_say_nothing_of_changes() -> None:
    other = link("r", 0, clock.START, journal.RUN_STARTED, {"way": "apply"}, START)
    assert history([other]).begun == frozenset()


async def test_what_is_done_is_not_done_over_somebodys_later_change() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable()
    run = await bench.begin(await bench.plan())
    await bench.endure(lambda: bench.resume(run.id), {3: Fault.KILLED_BEFORE})
    (group,) = bench.aws.world.groups.values()
    group.retention = 30
    assert (await bench.resume(run.id)).ok
    assert group.retention == 30


async def test_what_is_left_of_a_run_is_what_was_not_made_or_not_taken_back() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable()
    run = await bench.begin(await bench.plan())
    every = [one.id for one in run.plan.changes]

    async def still(way: Way) -> list[str]:
        return [one.id for one in (await left(bench.context, run, way)).changes]

    assert (await still(Way.APPLY), await still(Way.ROLLBACK)) == (every, [])
    await bench.endure(lambda: bench.resume(run.id), {2: Fault.KILLED_BEFORE})
    assert await still(Way.APPLY) == every[1:]
    assert await still(Way.ROLLBACK) == every[:2]  # the second may have happened
    assert (await bench.resume(run.id)).ok
    assert (await still(Way.APPLY), await still(Way.ROLLBACK)) == ([], every)
    assert (await bench.rollback(run.id)).ok
    assert await still(Way.ROLLBACK) == []
