"""report gathers what the store knows; check tells whether the evidence still holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubmend.core import journal
from hubmend.core.errors import UsageError
from hubmend.core.resource import Verdict
from hubmend.core.run import ResourceStatus
from hubmend.flow.report import check, report
from hubmend.flow.verify import verify
from tests.fakes.faults import Fault
from tests.fakes.world import machine_arn
from tests.flow.bench import Bench

A, B = machine_arn("a"), machine_arn("b")


async def applied() -> tuple[Bench, str]:
    bench = Bench()
    bench.aws.machine("a")
    bench.aws.machine("b")
    await bench.enable(A)
    return bench, (await bench.apply(await bench.plan())).run


async def test_a_run_is_told_from_the_scan_before_it_to_its_verification() -> None:
    bench, run = await applied()
    await verify(bench.context, run)
    await verify(bench.context, run)
    await bench.scan()
    told = await report(bench.context, run)
    assert told.run is not None
    assert told.scan is not None
    assert told.scan.at < told.run.started
    assert [(one.arn, one.status) for one in told.results] == [(A, ResourceStatus.DONE)]
    assert [one.arn for one in told.verifications] == [A]
    assert told.before == {A: Verdict.FAILED, B: Verdict.FAILED}
    assert told.after == {A: Verdict.PASSED, B: Verdict.FAILED}
    assert [one.resource for one in told.decisions] == [A]
    assert told.broken_at is None


async def test_a_machine_whose_verification_failed_is_failed_after_the_run() -> None:
    bench, run = await applied()
    bench.aws.somebody_sets(A, {"level": "OFF"})
    await verify(bench.context, run)
    assert (await report(bench.context, run)).after[A] is Verdict.FAILED


async def test_a_run_that_was_rolled_back_leaves_the_verdicts_as_they_were() -> None:
    bench, run = await applied()
    await verify(bench.context, run)
    await bench.rollback(run)
    told = await report(bench.context, run)
    assert told.after == told.before
    assert [one.status for one in told.results] == [ResourceStatus.DONE]


async def test_the_whole_scope_is_told_without_a_run() -> None:
    bench, _ = await applied()
    newest = await bench.scan()
    told = await report(bench.context, None)
    assert (told.scan, told.run, told.entries, told.results) == (newest, None, (), ())
    assert told.after == {A: Verdict.PASSED, B: Verdict.FAILED}
    assert [one.resource for one in told.decisions] == [A]


async def test_an_empty_store_has_an_empty_report() -> None:
    told = await report(Bench().context, None)
    assert (told.scan, dict(told.before), dict(told.after)) == (None, {}, {})


async def test_an_unknown_run_has_no_report_and_no_check() -> None:
    bench = Bench()
    with pytest.raises(UsageError, match="is not in the store"):
        await report(bench.context, "ghost")
    with pytest.raises(UsageError, match="is not in the store"):
        await check(bench.context, "ghost")


async def test_whole_chains_hold() -> None:
    bench, run = await applied()
    checked = {one.chain: one for one in await check(bench.context)}
    assert set(checked) == {journal.DECISIONS, run}
    assert all(one.holds for one in checked.values())
    assert checked[run].entries == len(await bench.store.entries(run))


async def test_an_altered_entry_breaks_its_chain_from_there_on() -> None:
    bench, run = await applied()
    entries = bench.store.chain_entries[run]
    entries[2] = replace(entries[2], body={**entries[2].body, "resource": "another"})
    (checked,) = await check(bench.context, run)
    assert (checked.broken_at, checked.holds) == (2, False)
    assert (await report(bench.context, run)).broken_at == 2


async def test_a_chain_whose_end_was_cut_off_is_unclosed() -> None:
    bench, run = await applied()
    del bench.store.chain_entries[run][-1]
    (checked,) = await check(bench.context, run)
    assert (checked.broken_at, checked.unclosed, checked.holds) == (None, True, False)


async def test_a_chain_that_was_dropped_whole_is_missed() -> None:
    bench, run = await applied()
    del bench.store.chain_entries[run]
    missing = [one for one in await check(bench.context) if one.unclosed]
    assert [(one.chain, one.entries) for one in missing] == [(run, 0)]


async def test_a_run_still_under_way_is_not_called_cut_off() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable()
    run = await bench.begin(await bench.plan())
    await bench.endure(lambda: bench.resume(run.id), {2: Fault.KILLED_AFTER})
    (checked,) = await check(bench.context, run.id)
    assert checked.holds
