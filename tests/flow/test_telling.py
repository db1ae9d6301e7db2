"""Owners are told in Security Hub: NOTIFIED while a plan waits, a note once it is done."""

from __future__ import annotations

from typing import Any

from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.run import ResourceStatus, Run, RunResult, RunStatus
from hubmend.flow.hub.payload import NO_NOTE
from hubmend.flow.hub.telling import announce, conclude, take_back
from hubmend.flow.verify import verify
from tests.fakes.world import machine_arn
from tests.flow.bench import Bench
from tests.flow.test_suppressing import bench_with, findings, update, written


async def bench_to_enable(*names: str, consolidated: bool = True) -> Bench:
    bench = bench_with(*names, consolidated=consolidated)
    await bench.enable(level="ERROR")
    return bench


async def done_in(bench: Bench) -> RunResult:
    """Apply the plan, and note what was done."""
    result = await bench.apply(await bench.plan())
    run = await bench.store.run(result.run)
    assert run
    told = await conclude(bench.context, run, result)
    assert told
    return told


def finding_of(bench: Bench, name: str) -> dict[str, Any]:
    return next(one for one in findings(bench) if one["Resources"][0]["Id"].endswith(f":{name}"))


async def test_findings_of_a_waiting_plan_are_notified_and_that_is_undone() -> None:
    bench = await bench_to_enable("one", "two", consolidated=False)
    before = [(one[0], one[2]) for one in written(bench)]
    made = await bench.plan()
    told = await announce(bench.context, made)
    assert told
    assert told.ok
    for workflow, (text, author), _ in written(bench):
        assert (workflow, author) == ("NOTIFIED", "hubmend")
        assert text == (
            "hubmend plans: logging OFF -> ERROR, execution data off. Waits for approval, plan "
            f"{made.fingerprint[:18]}."
        )
    assert (await bench.apply(made)).ok  # the plan itself is as it was
    bench.aws.world.machines[machine_arn("one")].logging = {}
    bench.aws.world.machines[machine_arn("two")].logging = {}
    assert (await bench.rollback(told.run)).status is RunStatus.ROLLED_BACK
    assert [(one[0], one[2]) for one in written(bench)] == before


async def test_suppressed_resolved_and_passing_findings_are_not_notified() -> None:
    bench = bench_with("one", "two")
    update(bench, finding_of(bench, "one"), Workflow={"Status": "SUPPRESSED"})
    update(bench, finding_of(bench, "two"), Workflow={"Status": "RESOLVED"})
    await bench.enable(level="ERROR")
    assert await announce(bench.context, await bench.plan()) is None
    assert {one[0] for one in written(bench)} == {"SUPPRESSED", "RESOLVED"}


async def test_the_machines_own_change_is_told_though_a_finding_is_taken_back_too() -> None:
    bench = bench_with("one", consolidated=False)
    await bench.suppress()
    assert (await bench.apply(await bench.plan())).ok
    update(bench, findings(bench)[1], Workflow={"Status": "NEW"})
    await bench.enable(level="ERROR")
    made = await bench.plan()
    assert made.of(machine_arn("one"))[-1].title.endswith("NEW: ann decided otherwise: enable")
    assert await announce(bench.context, made)
    (text,) = (note for status, (note, _), _ in written(bench) if status == "NOTIFIED")
    assert text.startswith("hubmend plans: logging OFF -> ERROR")


async def test_what_a_person_must_do_is_told_too() -> None:
    bench = await bench_to_enable("one")
    bench.aws.world.roles.clear()
    made = await bench.plan()
    assert made.manual
    told = await announce(bench.context, made)
    assert told
    assert written(bench)[0][1][0].startswith("hubmend cannot do it alone: ")


async def test_what_was_done_is_noted_and_the_workflow_left_to_security_hub() -> None:
    bench = await bench_to_enable("one")
    assert await announce(bench.context, await bench.plan())
    told = await done_in(bench)
    ((workflow, (text, _), _),) = written(bench)
    assert workflow == "NOTIFIED"
    assert text.startswith("Done by hubmend, run ")
    assert "logging OFF -> ERROR" in text
    bench.aws.security_hub.settle()
    assert written(bench)[0][0] == "RESOLVED"  # by Security Hub itself
    (answer,) = await verify(bench.context, told.run)
    assert answer.configuration.why == "not changed, but its finding: finding note"
    assert (await bench.rollback(told.run)).ok
    workflow, (text, _), _ = written(bench)[0]
    assert (workflow, text.startswith("hubmend plans: ")) == ("RESOLVED", True)


async def test_a_machine_that_failed_is_not_said_to_be_done() -> None:
    bench = await bench_to_enable("one", "two")
    made = await bench.plan()
    bench.aws.world.machines[machine_arn("one")].role_arn += "x"  # moved since
    result = await bench.apply(made)
    run = await bench.store.run(result.run)
    assert run
    told = await conclude(bench.context, run, result)
    assert told
    assert [one.arn for one in told.resources] == [machine_arn("two")]


async def noted(bench: Bench) -> tuple[Run, Run]:
    """Enable the machines with a note; return the run, and the one that noted it."""
    told = await done_in(bench)
    (notes,) = [one for one in await bench.store.runs() if one.id == told.run]
    (run,) = [one for one in await bench.store.runs() if one.id != told.run]
    return run, notes


def note_of(bench: Bench, name: str = "one") -> str:
    return str(finding_of(bench, name)["Note"]["Text"])


async def test_a_rollback_takes_the_notes_of_its_run_back_as_well() -> None:
    bench = await bench_to_enable("one", "two")
    update(bench, finding_of(bench, "one"), Note={"Text": "ask Ann", "UpdatedBy": "Bob"})
    run, notes = await noted(bench)
    assert note_of(bench).startswith("Done by hubmend")
    result = await take_back(bench.context, run)
    assert result.status is RunStatus.ROLLED_BACK
    assert [one.notes for one in result.resources] == [
        ("its note in Security Hub was taken back",)
    ] * 2
    assert (note_of(bench), note_of(bench, "two")) == ("ask Ann", NO_NOTE)
    assert await bench.status(notes.id) is RunStatus.ROLLED_BACK
    again = await take_back(bench.context, run)
    assert [one.notes for one in again.resources] == [(), ()]


async def test_a_note_that_somebody_else_wrote_since_stays() -> None:
    bench = await bench_to_enable("one")
    run, _ = await noted(bench)
    update(bench, finding_of(bench, "one"), Note={"Text": "thanks", "UpdatedBy": "Bob"})
    result = await take_back(bench.context, run)
    assert result.ok
    said = "somebody changed it since; it was left as it is"
    assert result.resources[0].notes == (f"its note in Security Hub stays: finding note: {said}",)
    assert note_of(bench) == "thanks"


async def test_a_note_that_cannot_be_taken_back_leaves_the_machine_taken_back() -> None:
    bench = await bench_to_enable("one")
    run, notes = await noted(bench)
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "update")
    bench.aws.refused["BatchUpdateFindings"] = denied
    result = await take_back(bench.context, run)
    assert result.ok
    (said,) = result.resources[0].notes
    assert said.startswith("its note in Security Hub stays: undo of finding note: ")
    assert said.endswith(f"no. Try again: hubmend rollback {notes.id}")
    bench.aws.refused.clear()
    assert (await take_back(bench.context, run)).ok  # the run itself tries again as well
    assert note_of(bench) == NO_NOTE


async def test_the_notes_of_a_run_that_is_not_wholly_taken_back_stay() -> None:
    bench = await bench_to_enable("one")
    run, _ = await noted(bench)
    bench.aws.world.machines[machine_arn("one")].logging["level"] = "FATAL"  # by somebody else
    result = await take_back(bench.context, run)
    assert result.status is RunStatus.FAILED
    assert note_of(bench).startswith("Done by hubmend")


async def test_a_note_that_cannot_be_written_leaves_the_machine_done() -> None:
    bench = await bench_to_enable("one")
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "update")
    bench.aws.refused["BatchUpdateFindings"] = denied
    told = await done_in(bench)
    assert [one.status for one in told.resources] == [ResourceStatus.FAILED]
    assert bench.aws.world.machines[machine_arn("one")].logging["level"] == "ERROR"


async def test_where_security_hub_is_off_nobody_is_told() -> None:
    bench = Bench()
    bench.aws.machine("one")
    await bench.enable(level="ERROR")
    assert await announce(bench.context, await bench.plan()) is None
