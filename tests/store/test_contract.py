"""What every store does, the fake of other tests included."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubmend.core.arn import Target
from hubmend.core.decision import Decision
from hubmend.core.errors import StoreError
from hubmend.core.evidence import broken_at
from hubmend.core.ports import Store
from hubmend.core.resource import Kind, Remark, RemarkKind, Scan, Score, Unread
from hubmend.core.run import Run, RunStatus
from hubmend.core.scanned import Begun, Part, assembled
from tests.store import values

# One store serves all examples of a property: what is stored before must not matter.
shared_store = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
later = itertools.count(1)


def unused() -> str:
    """Return an id that no example before had: hypothesis repeats its own."""
    return uuid.uuid4().hex


async def save(store: Store, scan: Scan, parts: Mapping[int, Part] | None = None) -> None:
    """Keep a scan whose rows are all of its first target, in two goes, and its parts."""
    await store.start_scan(scan)
    half = len(scan.resources) // 2
    await store.add_rows(scan.id, 0, 0, scan.resources[:half])
    await store.add_rows(scan.id, 0, half, scan.resources[half:])
    for number, part in (parts or {}).items():
        await store.add_rows(scan.id, number, len(scan.resources) if number == 0 else 0, [], part)
    await store.finish_scan(scan)


@shared_store
@given(scan=values.scans, parts=values.parts)
async def test_a_stored_scan_is_the_same_scan(
    store: Store, scan: Scan, parts: dict[int, Part]
) -> None:
    at = datetime(3000, 1, 1, tzinfo=UTC) + timedelta(seconds=next(later))
    newest = replace(scan, id=unused(), at=at)
    await save(store, newest, parts)
    whole = replace(assembled(newest, parts), resources=scan.resources)
    assert await store.last_scan() == whole
    head = replace(newest, resources=(), unread=(), scores=())
    assert await store.begun_scan() == Begun(head, parts)


@shared_store
@given(run=values.runs)
async def test_a_stored_run_is_the_same_run(store: Store, run: Run) -> None:
    new = replace(run, id=unused())
    await store.add_run(new)
    assert await store.run(new.id) == new


@shared_store
@given(decision=values.decisions)
async def test_a_stored_decision_is_the_same_decision(store: Store, decision: Decision) -> None:
    await store.add_decisions([decision])
    assert decision in await store.decisions()


@shared_store
@given(at=values.moments, kind=st.text("abc-", min_size=1), body=values.objects)
async def test_stored_evidence_is_the_same_evidence(
    store: Store, at: datetime, kind: str, body: dict[str, object]
) -> None:
    chain = unused()
    first = await store.append(chain, at, kind, body)
    second = await store.append(chain, at, kind, body)
    assert await store.entries(chain) == (first, second)
    assert (first.at, first.kind, first.body) == (at, kind, body)
    assert broken_at([first, second]) is None


async def test_an_empty_store_has_nothing(store: Store) -> None:
    assert await store.last_scan() is None
    assert await store.begun_scan() is None
    assert await store.run("run-1") is None
    assert (await store.decisions(), await store.runs(), await store.chains()) == ((), (), ())
    assert await store.entries("run-1") == ()


async def test_rows_stand_in_the_order_of_their_targets_whoever_came_first(store: Store) -> None:
    zeta, alpha, mid, beta = map(values.resource, ("zeta", "alpha", "mid", "beta"))
    await store.start_scan(values.scan())
    await store.add_rows("scan-1", 7, 0, [beta])
    await store.add_rows("scan-1", 0, 0, [zeta])
    await store.add_rows("scan-1", 0, 1, [])
    await store.add_rows("scan-1", 0, 1, [alpha, mid])
    await store.finish_scan(values.scan())
    found = await store.last_scan()
    assert found is not None
    assert found.resources == (zeta, alpha, mid, beta)


async def test_rows_of_a_target_are_read_back_page_by_page(store: Store) -> None:
    rows = [values.resource(f"m{number}") for number in range(5)]
    await store.start_scan(values.scan())
    await store.add_rows("scan-1", 1, 0, rows)
    await store.add_rows("scan-1", 2, 0, [values.resource("other")])
    pages = [await store.rows("scan-1", 1, first, 2) for first in (0, 2, 4, 6)]
    assert pages == [tuple(rows[:2]), tuple(rows[2:4]), tuple(rows[4:]), ()]


async def test_a_target_read_again_replaces_what_it_had(store: Store) -> None:
    old, new, other = map(values.resource, ("old", "new", "other"))
    await store.start_scan(values.scan())
    await store.add_rows("scan-1", 1, 0, [old, old], Part(2))
    await store.add_rows("scan-1", 0, 0, [other], Part(1))
    await store.add_rows("scan-1", 1, 0, [new])
    begun = await store.begun_scan()
    assert begun is not None
    assert begun.parts == {0: Part(1)}
    assert await store.rows("scan-1", 1, 0, 9) == (new,)
    assert await store.rows("scan-1", 0, 0, 9) == (other,)


async def test_rows_of_many_readers_at_once_are_all_kept(store: Store) -> None:
    names = [f"machine-{number}" for number in range(20)]
    await store.start_scan(values.scan())
    rows = (values.resource(name) for name in names)
    await asyncio.gather(
        *(store.add_rows("scan-1", number, 0, [row]) for number, row in enumerate(rows))
    )
    await store.finish_scan(values.scan())
    found = await store.last_scan()
    assert found is not None
    assert [row.name for row in found.resources] == names


async def test_what_start_is_given_of_rows_and_ending_is_not_kept(store: Store) -> None:
    unread, score = Unread("1", "r", "denied"), Score("1", "r", "FSBP", 91, "FAILED")
    given_early = replace(
        values.scan(), resources=(values.resource(),), unread=(unread,), scores=(score,)
    )
    await store.start_scan(given_early)
    await store.finish_scan(values.scan())
    assert await store.last_scan() == assembled(values.scan(), {})


async def test_what_is_said_of_a_scan_as_a_whole_may_change_until_its_end_and_at_each(
    store: Store,
) -> None:
    begun = replace(values.scan(), source="Step Functions")
    await store.start_scan(begun)
    for source in ("Security Hub", "Security Hub + AWS Config"):
        remark = Remark(RemarkKind.ODD, source, "left out")
        ended = replace(begun, source=source, source_why="asked for", remarks=(remark,))
        await store.finish_scan(replace(ended, resources=(values.resource(),)))
        assert await store.begun_scan() == Begun(ended)
        assert await store.last_scan() == assembled(ended, {})


async def test_the_newest_scan_is_begun_before_it_is_the_last(store: Store) -> None:
    await save(store, values.scan("whole"))
    newer = values.scan("newer", values.NOW + timedelta(hours=1))
    await store.start_scan(newer)
    assert await store.begun_scan() == Begun(newer)


async def test_a_scan_that_was_cut_off_is_never_the_last_scan(store: Store) -> None:
    await save(store, values.scan("whole"))
    await store.start_scan(values.scan("cut-off", values.NOW + timedelta(hours=1)))
    await store.add_rows("cut-off", 0, 0, [values.resource()])
    found = await store.last_scan()
    assert found is not None
    assert found.id == "whole"


async def test_the_last_scan_before_a_moment_began_before_it(store: Store) -> None:
    for hours in (2, 0, 1):
        await save(store, values.scan(f"scan-{hours}", values.NOW + timedelta(hours=hours)))
    newest = await store.last_scan()
    middle = await store.last_scan(before=values.NOW + timedelta(hours=2))
    assert newest is not None
    assert middle is not None
    assert (newest.id, middle.id) == ("scan-2", "scan-1")
    assert await store.last_scan(before=values.NOW) is None


async def test_a_scan_must_be_started_once_before_it_grows(store: Store) -> None:
    with pytest.raises(StoreError, match="scan ghost is not in this store"):
        await store.add_rows("ghost", 0, 0, [values.resource()])
    with pytest.raises(StoreError, match="scan ghost is not in this store"):
        await store.finish_scan(values.scan("ghost"))
    await store.start_scan(values.scan())
    with pytest.raises(StoreError, match="scan scan-1 is already in the store"):
        await store.start_scan(values.scan())


async def test_a_later_decision_replaces_the_earlier_about_the_same_resource(store: Store) -> None:
    enable = values.decision()
    until = date(2027, 3, 31)
    suppress = values.decision(id="d-2", kind=Kind.SUPPRESS, reason="SEC-12", until=until)
    account = values.decision("111122223333", id="d-3", kind=Kind.DISABLE_CONTROL)
    await store.add_decisions([enable, account])
    await store.add_decisions([suppress])
    assert await store.decisions() == (account, suppress)
    await store.add_decisions([suppress, replace(enable, id="d-4")])
    assert await store.decisions() == (account, replace(enable, id="d-4"))


async def test_no_decisions_change_nothing(store: Store) -> None:
    await store.add_decisions([])
    assert await store.decisions() == ()


async def test_a_run_is_remembered_once(store: Store) -> None:
    await store.add_run(values.run())
    with pytest.raises(StoreError, match="run run-1 is already in the store"):
        await store.add_run(values.run())


async def test_a_run_ends_with_its_status_and_moment(store: Store) -> None:
    await store.add_run(values.run())
    await store.set_run_status("run-1", RunStatus.DONE, values.NOW)
    found = await store.run("run-1")
    assert found == replace(values.run(), status=RunStatus.DONE, finished=values.NOW)
    await store.set_run_status("run-1", RunStatus.RUNNING, None)
    assert await store.run("run-1") == values.run()


async def test_the_status_of_an_unknown_run_cannot_be_set(store: Store) -> None:
    with pytest.raises(StoreError, match="run ghost is not in this store"):
        await store.set_run_status("ghost", RunStatus.DONE, values.NOW)


async def test_runs_come_oldest_first(store: Store) -> None:
    for hours in (2, 0, 1):
        await store.add_run(values.run(f"run-{hours}", values.NOW + timedelta(hours=hours)))
    assert [run.id for run in await store.runs()] == ["run-0", "run-1", "run-2"]


async def test_chains_are_apart_and_ordered(store: Store) -> None:
    for chain in ("run-b", "decisions", "run-B"):
        entry = await store.append(chain, values.NOW, "began", {})
        assert entry.seq == 0
    assert await store.chains() == ("decisions", "run-B", "run-b")


async def test_a_body_is_returned_as_it_will_be_read(store: Store) -> None:
    body = {"target": Target("1", "r"), "at": values.NOW, "verdicts": (Kind.ENABLE,)}
    entry = await store.append("run-1", values.NOW, "began", body)
    assert entry.body == {
        "target": {"account": "1", "region": "r"},
        "at": "2026-11-23T09:30:00.123456Z",
        "verdicts": ["enable"],
    }
    assert await store.entries("run-1") == (entry,)


async def test_many_appends_at_once_make_one_unbroken_chain(store: Store) -> None:
    appended = await asyncio.gather(
        *(store.append("run-1", values.NOW, "called", {"number": n}) for n in range(40))
    )
    entries = await store.entries("run-1")
    assert broken_at(entries) is None
    assert sorted(appended, key=lambda entry: entry.seq) == list(entries)


async def test_a_lease_keeps_others_out_until_it_is_given_back(store: Store) -> None:
    until = values.NOW + timedelta(minutes=5)
    assert await store.lease(values.ARN, "ana", values.NOW, until) is None
    assert await store.lease(values.ARN, "bo", values.NOW, until) == "ana"
    await store.release(values.ARN, "bo")
    assert await store.lease(values.ARN, "bo", values.NOW, until) == "ana"
    await store.release(values.ARN, "ana")
    assert await store.lease(values.ARN, "bo", values.NOW, until) is None


async def test_a_lease_is_for_one_resource(store: Store) -> None:
    until = values.NOW + timedelta(minutes=5)
    assert await store.lease("a", "ana", values.NOW, until) is None
    assert await store.lease("b", "bo", values.NOW, until) is None


async def test_a_dead_holders_lease_is_free_once_it_has_passed(store: Store) -> None:
    until = values.NOW + timedelta(minutes=5)
    just_before = until - timedelta(microseconds=1)
    assert await store.lease(values.ARN, "dead", values.NOW, until) is None
    assert await store.lease(values.ARN, "bo", just_before, until) == "dead"
    assert await store.lease(values.ARN, "bo", until, until + timedelta(minutes=5)) is None
    assert await store.lease(values.ARN, "dead", until, until + timedelta(minutes=5)) == "bo"


async def test_a_holder_renews_its_lease(store: Store) -> None:
    soon, late = values.NOW + timedelta(minutes=1), values.NOW + timedelta(minutes=9)
    assert await store.lease(values.ARN, "ana", values.NOW, soon) is None
    assert await store.lease(values.ARN, "ana", values.NOW, late) is None
    assert await store.lease(values.ARN, "bo", soon, late) == "ana"


async def test_of_many_at_once_one_takes_the_lease(store: Store) -> None:
    until = values.NOW + timedelta(minutes=5)
    answers = await asyncio.gather(
        *(store.lease(values.ARN, f"holder-{n}", values.NOW, until) for n in range(8))
    )
    assert answers.count(None) == 1
    winner = f"holder-{answers.index(None)}"
    assert set(answers) == {None, winner}


async def test_giving_back_what_nobody_holds_changes_nothing(store: Store) -> None:
    await store.release(values.ARN, "ana")
    assert await store.lease(values.ARN, "bo", values.NOW, values.NOW + timedelta(1)) is None
