"""A suppression reaches every finding of its machine, dated and owned, and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, PlanError
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind, Scan
from hubmend.core.run import ResourceStatus, RunStatus
from hubmend.core.verification import ProofStatus
from hubmend.flow.decide import Wish, decide
from hubmend.flow.hub.payload import resolves
from hubmend.flow.report import report
from hubmend.flow.verify import verify
from hubmend.report import scan_document
from hubmend.report.text import scan_table
from tests.fakes.faults import Fault
from tests.fakes.world import ACCOUNT, REGION, logs_to, machine_arn
from tests.flow.bench import HERE, Bench, error_of, statuses

OTHER = Target("444455556666", REGION)


def bench_with(*names: str, consolidated: bool = True) -> Bench:
    bench = Bench()
    for name in names:
        bench.aws.machine(name)
    bench.with_security_hub(consolidated=consolidated)
    return bench


def written(bench: Bench) -> list[tuple[Any, ...]]:
    return list(bench.aws.security_hub.written().values())


def findings(bench: Bench) -> list[dict[str, Any]]:
    target = bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION]
    return [one.asff for one in target.findings.values() if one.control == "StepFunctions.1"]


def update(bench: Bench, asff: dict[str, Any], **fields: Any) -> None:
    """Somebody else writes on a finding."""
    identity = {"Id": asff["Id"], "ProductArn": asff["ProductArn"]}
    params = {"FindingIdentifiers": [identity], **fields}
    bench.aws.security_hub.ask(HERE, Call("securityhub", "BatchUpdateFindings", params))


async def plan_of(bench: Bench, *arns: str) -> Plan:
    await bench.suppress(*arns)
    return await bench.plan()


def skipped(made: Plan) -> dict[str, str]:
    return {one.resource.rsplit(":", 1)[-1]: one.reason for one in made.skipped}


@pytest.mark.parametrize("consolidated", [True, False])
async def test_every_finding_of_the_machine_is_suppressed_with_owner_reason_and_end(
    consolidated: bool,
) -> None:
    bench = bench_with("quiet", consolidated=consolidated)
    made = await plan_of(bench)
    assert len(made.changes) == (1 if consolidated else 2)
    assert made.changes[0].title.endswith("NEW -> SUPPRESSED until 2026-12-23")
    result = await bench.apply(made)
    assert result.ok
    (decision,) = made.decisions
    for workflow, (text, author), fields in written(bench):
        assert (workflow, author) == ("SUPPRESSED", "hubmend")
        assert text == (
            "test only. Suppressed until 2026-12-23 by ann. "
            f"Decision {decision.id}: hubmend decisions"
        )
        assert fields == {
            "hubmend-decision": decision.id,
            "hubmend-owner": "ann",
            "hubmend-reason": "test only",
            "hubmend-until": "2026-12-23",
        }


async def test_unconsolidated_findings_are_named_by_their_standard() -> None:
    made = await plan_of(bench_with("quiet", consolidated=False))
    assert [one.title.partition(" NEW")[0] for one in made.changes] == [
        "finding (aws-foundational-security-best-practices)",
        "finding (pci-dss)",
    ]


async def test_a_suppression_that_is_there_is_not_written_again() -> None:
    bench = bench_with("quiet")
    assert (await bench.apply(await plan_of(bench))).ok
    await bench.scan()
    made = await bench.plan()
    assert (made.changes, skipped(made)) == (
        (), {"quiet": "suppressed until 2026-12-23 by ann: test only"},
    )  # fmt: skip


async def test_a_suppression_decided_anew_is_renewed() -> None:
    bench = bench_with("quiet")
    assert (await bench.apply(await plan_of(bench))).ok
    await bench.suppress(days=60)
    (change,) = (await bench.plan()).changes
    assert change.title == "finding SUPPRESSED -> SUPPRESSED until 2027-01-22"


async def test_rollback_restores_workflow_note_and_fields_of_others() -> None:
    bench = bench_with("quiet", "noted")
    noted = next(one for one in findings(bench) if one["Resources"][0]["Id"].endswith("noted"))
    update(
        bench, noted, Workflow={"Status": "NOTIFIED"},
        Note={"Text": "see PAY-7", "UpdatedBy": "bob"}, UserDefinedFields={"ticket": "PAY-7"},
    )  # fmt: skip
    before = bench.aws.security_hub.written()
    result = await bench.apply(await plan_of(bench))
    assert result.ok
    fields = [one[2] for one in written(bench)]
    assert any(one.get("ticket") == "PAY-7" and "hubmend-owner" in one for one in fields)
    back = await bench.rollback(result.run)
    assert back.status is RunStatus.ROLLED_BACK
    after = bench.aws.security_hub.written()
    assert after[noted["Id"]] == before[noted["Id"]]
    (plain,) = (one for name, one in after.items() if name != noted["Id"])
    # A note once written cannot be removed: it says that there was none.
    assert (plain[0], plain[2]) == ("NEW", {})
    assert "there was none before" in plain[1][0]


async def test_what_somebody_else_suppressed_is_left_alone() -> None:
    bench = bench_with("quiet")
    update(bench, findings(bench)[0], Workflow={"Status": "SUPPRESSED"})
    made = await plan_of(bench)
    assert made.changes == ()
    assert skipped(made)["quiet"].endswith("Security Hub: somebody else suppressed it")
    bench.clock.advance(86_400 * 400)
    await bench.scan()
    assert (await bench.plan()).changes == ()


async def test_one_foreign_finding_of_two_is_left_alone_and_said() -> None:
    bench = bench_with("quiet", consolidated=False)
    update(bench, findings(bench)[0], Workflow={"Status": "SUPPRESSED"})
    made = await plan_of(bench)
    assert len(made.changes) == 1
    assert [one.text for one in made.notes] == [
        "one of its findings stays as it is: somebody else suppressed it"
    ]


async def test_a_finding_full_of_fields_is_left_alone() -> None:
    bench = bench_with("quiet")
    full = {f"k{number}": "v" for number in range(47)}
    update(bench, findings(bench)[0], UserDefinedFields=full)
    assert skipped(await plan_of(bench))["quiet"].endswith(
        "it already has 50 user-defined fields, AWS's most"
    )


async def test_a_finding_set_resolved_by_hand_is_suppressed_and_never_resolved_again() -> None:
    bench = bench_with("quiet")
    update(bench, findings(bench)[0], Workflow={"Status": "RESOLVED"})
    made = await plan_of(bench)
    assert made.notes[0].text == (
        "its finding was set RESOLVED though it fails: a rollback makes it NEW"
    )
    result = await bench.apply(made)
    assert (await bench.rollback(result.run)).ok
    assert [one[0] for one in written(bench)] == ["NEW"]


async def test_a_machine_without_a_finding_or_with_one_that_passes_is_said() -> None:
    bench = bench_with("quiet")
    bench.aws.machine("young")
    assert skipped(await plan_of(bench, machine_arn("young")))["young"].endswith(
        "it has no finding yet"
    )
    bench.aws.machine("off-again", logging=logs_to("/g"))
    bench.aws.security_hub.settle()
    bench.aws.world.machines[machine_arn("off-again")].logging = {}
    found = skipped(await plan_of(bench, machine_arn("off-again")))["off-again"]
    assert found.endswith("its finding passes")


async def test_an_expired_suppression_is_taken_back_and_that_can_be_undone() -> None:
    bench = bench_with("quiet")
    assert (await bench.apply(await plan_of(bench))).ok
    suppressed = bench.aws.security_hub.written()
    bench.clock.advance(86_400 * 31)
    await bench.scan()
    made = await bench.plan()
    (change,) = made.changes
    assert change.title == "finding SUPPRESSED -> NEW: it expired on 2026-12-23"
    result = await bench.apply(made)
    assert result.ok
    (workflow, (text, _), fields) = written(bench)[0]
    assert (workflow, fields) == ("NEW", {})
    assert text == "Suppression ended by hubmend on 2026-12-24: it expired on 2026-12-23."
    assert (await bench.rollback(result.run)).ok
    assert bench.aws.security_hub.written() == suppressed


async def test_a_suppression_whose_decision_changed_or_whose_machine_was_fixed_is_taken_back() -> (
    None
):
    bench = bench_with("changed", "fixed", "lost")
    assert (await bench.apply(await plan_of(bench))).ok
    await bench.enable(machine_arn("changed"))
    bench.aws.world.machines[machine_arn("fixed")].logging = logs_to("/g")
    bench.store._decisions.pop(machine_arn("lost"))  # noqa: SLF001 - a store that lost it
    await bench.scan()
    titles = {
        one.resource.rsplit(":", 1)[-1]: one.title
        for one in (await bench.plan()).changes
        if one.call.service == "securityhub"
    }
    assert titles["changed"].endswith("SUPPRESSED -> NEW: ann decided otherwise: enable")
    assert titles["fixed"].endswith("SUPPRESSED -> NEW: it passes now")
    assert titles["lost"].endswith("no longer stands")


async def test_enabling_a_suppressed_machine_does_both_and_rolls_both_back() -> None:
    bench = bench_with("changed")
    assert (await bench.apply(await plan_of(bench))).ok
    before = (bench.aws.world.picture(), bench.aws.security_hub.written())
    await bench.enable()
    result = await bench.apply(await bench.plan())
    assert result.ok
    assert written(bench)[0][0] == "NEW"
    assert (await bench.rollback(result.run)).ok
    assert (bench.aws.world.picture(), bench.aws.security_hub.written()) == before


async def test_a_finding_somebody_wrote_on_since_the_plan_is_left_alone() -> None:
    bench = bench_with("quiet", "calm")
    made = await plan_of(bench)
    moved = next(one for one in findings(bench) if one["Resources"][0]["Id"].endswith("quiet"))
    update(bench, moved, Note={"Text": "mine", "UpdatedBy": "bob"})
    result = await bench.apply(made)
    assert statuses(result) == {"quiet": ResourceStatus.STALE, "calm": ResourceStatus.DONE}
    assert "its finding's note was None, now it is" in error_of(result, "quiet")


async def test_a_finding_that_is_gone_is_stale_on_the_way_on_and_done_on_the_way_back() -> None:
    bench = bench_with("quiet")
    made = await plan_of(bench)
    held = bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION].findings
    kept = dict(held)
    held.clear()
    result = await bench.apply(made)
    assert error_of(result, "quiet").startswith("its finding is gone since the plan was made")
    held.update(kept)
    result = await bench.apply(made)
    held.clear()
    assert (await bench.rollback(result.run)).ok


async def test_what_somebody_wrote_after_the_run_is_not_rolled_back() -> None:
    bench = bench_with("quiet")
    result = await bench.apply(await plan_of(bench))
    update(bench, findings(bench)[0], Note={"Text": "mine", "UpdatedBy": "bob"})
    back = await bench.rollback(result.run)
    assert statuses(back) == {"quiet": ResourceStatus.STALE}


async def test_what_a_read_still_shows_from_before_is_undone_all_the_same() -> None:
    # AWS may take minutes to show an update (F§2.5): "as before" proves nothing then.
    bench = bench_with("quiet")
    before = bench.aws.security_hub.written()
    made = await plan_of(bench)
    undo, asff = made.changes[0].undo, findings(bench)[0]
    assert undo
    shown = dict(asff)
    result = await bench.apply(made)
    finding = next(
        one
        for one in bench.aws.security_hub.hub.world.targets[ACCOUNT, REGION].findings.values()
        if one.asff["Id"] == asff["Id"]
    )
    finding.asff = {**shown, "Note": {"Text": undo.params["Note"]["Text"]}}
    assert (await bench.rollback(result.run)).ok
    assert bench.aws.made("BatchUpdateFindings") == 2
    assert {name: one[0] for name, one in bench.aws.security_hub.written().items()} == {
        name: one[0] for name, one in before.items()
    }


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_goes_wrong_with_the_write_a_second_apply_finishes_it(fault: Fault) -> None:
    bench = bench_with("one", "two")
    started = await bench.begin(await plan_of(bench))
    await bench.endure(lambda: bench.resume(started.id), {2: fault})
    assert bench.chain_holds(started.id)
    assert (await bench.resume(started.id)).ok
    assert [one[0] for one in written(bench)] == ["SUPPRESSED"] * 2


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_goes_wrong_the_way_back_leads_to_the_start(fault: Fault) -> None:
    bench = bench_with("one", "two")
    started = await bench.begin(await plan_of(bench))
    await bench.endure(lambda: bench.resume(started.id), {2: fault})
    await bench.endure(lambda: bench.rollback(started.id), {1: fault})
    assert (await bench.rollback(started.id)).ok
    assert [(one[0], one[2]) for one in written(bench)] == [("NEW", {})] * 2


async def test_another_update_under_way_is_waited_out() -> None:
    bench = bench_with("one")
    made = await plan_of(bench)
    busy = AwsError(ErrorKind.CONFLICT, "ConcurrentUpdateError", "try again", "x")
    bench.aws.refused["BatchUpdateFindings"] = busy

    def calm(_: Call) -> None:
        if bench.clock.now() > start + timedelta(seconds=5):
            bench.aws.refused.clear()

    start = bench.clock.now()
    bench.aws.interfere = calm
    assert (await bench.apply(made)).ok
    assert any("for another change of it to end" in said for _, _, said in bench.progress.said)


async def test_where_the_account_may_not_be_asked_the_administrator_writes() -> None:
    bench = Bench()
    bench.aws.machine("remote", account=OTHER.account)
    bench.with_security_hub(HERE, OTHER)
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "securityhub:GetFindings")

    await bench.scan(OTHER)
    until = bench.clock.now().date() + timedelta(days=3)
    arn = machine_arn("remote", OTHER.account)
    await decide(bench.context, Wish(Kind.SUPPRESS, "ann", "dev", until), [arn])
    ask = bench.aws.security_hub.ask

    def guarded(target: Target, call: Call) -> Any:
        if target == OTHER:
            raise denied
        return ask(target, call)

    bench.aws.security_hub.ask = guarded  # type: ignore[method-assign]
    made = await bench.plan()
    assert made.changes[0].target == HERE
    assert [one.text for one in made.notes] == [
        f"written from account {ACCOUNT}, Security Hub's administrator"
    ]
    assert (await bench.apply(made)).ok


@pytest.mark.parametrize(
    ("kind", "said"), [(ErrorKind.DENIED, "no rights"), (ErrorKind.THROTTLED, "no rights")]
)
async def test_findings_that_cannot_be_read_are_not_written_and_it_is_said(
    kind: ErrorKind, said: str
) -> None:
    bench = bench_with("quiet")
    await bench.suppress()
    bench.aws.refused["GetFindings"] = AwsError(kind, "X", said, "securityhub:GetFindings")
    made = await bench.plan()
    assert made.changes == ()
    assert said in skipped(made)["quiet"]


async def test_ended_credentials_stop_the_plan() -> None:
    bench = bench_with("quiet")
    await bench.suppress()
    bench.aws.refused["GetFindings"] = AwsError(ErrorKind.CREDENTIALS, "Expired", "x", "y")
    with pytest.raises(AwsError):
        await bench.plan()


async def test_decisions_of_one_command_share_an_id_so_that_their_findings_go_out_together() -> (
    None
):
    made = await plan_of(bench_with("one", "two"))
    payloads = [{**one.call.params, "FindingIdentifiers": ()} for one in made.changes]
    assert payloads[0] == payloads[1]


async def test_where_the_administrator_may_not_be_asked_either_nothing_is_written() -> None:
    bench = Bench()
    arn = bench.aws.machine("remote", account=OTHER.account).arn
    bench.with_security_hub(HERE, OTHER)
    await bench.scan(OTHER)
    until = bench.clock.now().date() + timedelta(days=3)
    await decide(bench.context, Wish(Kind.SUPPRESS, "ann", "dev", until), [arn])
    bench.aws.refused["GetFindings"] = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "get")
    assert skipped(await bench.plan())["remote"].endswith("get: AccessDenied: no")
    calls: list[Call] = []

    def ends_at_the_second(call: Call) -> None:
        calls.extend([call] if call.operation == "GetFindings" else [])
        if len(calls) > 1:
            ended = AwsError(ErrorKind.CREDENTIALS, "Expired", "x", "y")
            bench.aws.refused["GetFindings"] = ended

    bench.aws.interfere = ends_at_the_second
    with pytest.raises(AwsError, match="Expired"):
        await bench.plan()


async def test_findings_of_other_controls_and_broken_ones_are_passed_over() -> None:
    bench = bench_with("quiet")
    await bench.suppress()
    ask = bench.aws.security_hub.ask

    def odd(target: Target, call: Call) -> Any:
        answer = ask(target, call)
        if call.operation == "GetFindings":
            answer["Findings"] += [{}, {"Id": "x", "ProductArn": "y"}]
        return answer

    bench.aws.security_hub.ask = odd  # type: ignore[method-assign]
    assert len((await bench.plan()).changes) == 1


@pytest.mark.parametrize("until", ["soon", None])
async def test_a_mark_edited_by_hand_has_no_end_we_can_read(until: str | None) -> None:
    bench = bench_with("quiet")
    fields = {"hubmend-decision": "d1", **({"hubmend-until": until} if until else {})}
    status = {"Status": "SUPPRESSED"}
    update(bench, findings(bench)[0], Workflow=status, UserDefinedFields=fields)
    await bench.scan()
    (change,) = (await bench.plan()).changes
    assert change.title.endswith("decision d1 no longer stands")


async def test_suppressed_findings_stay_where_the_control_is_disabled_or_the_machine_unread() -> (
    None
):
    bench = bench_with("quiet")
    assert (await bench.apply(await plan_of(bench))).ok
    bench.store._decisions.clear()  # noqa: SLF001 - a store that lost it
    off = Wish(Kind.DISABLE_CONTROL, "bob", "no logs here")
    await decide(bench.context, off, account=ACCOUNT)
    await bench.scan()
    operations = {one.call.operation for one in (await bench.plan()).changes}
    assert operations == {"BatchUpdateStandardsControlAssociations"}


async def test_verify_tells_a_suppressed_machine_from_one_that_was_changed() -> None:
    bench = bench_with("quiet")
    result = await bench.apply(await plan_of(bench))
    arn = machine_arn("quiet")
    (answer,) = await verify(bench.context, result.run, inputs={arn: ["{}"]})
    assert (answer.configuration.status, answer.configuration.why) == (
        "not-changed", "not changed: suppressed until 2026-12-23 by ann",
    )  # fmt: skip
    assert (answer.proof.status, answer.proof.why) == (
        ProofStatus.NOT_PROVABLE, "the run changed nothing that writes records",
    )  # fmt: skip
    assert answer.finding.status == "suppressed"
    assert bench.aws.made("StartExecution") == 0  # nobody asked for it to run
    dossier = await report(bench.context, result.run)
    assert dossier.after == dossier.before
    bench.clock.advance(86_400 * 31)
    await bench.scan()
    ended = await bench.apply(await bench.plan())
    (answer,) = await verify(bench.context, ended.run)
    assert answer.configuration.why == (
        "not changed, but its finding: finding SUPPRESSED -> NEW: it expired on 2026-12-23"
    )
    assert answer.finding.status == "failed"


async def test_scan_tells_suppressions_that_stand_ended_or_are_somebody_elses() -> None:
    bench = bench_with("quiet", "fixed", "lost", "theirs")
    arns = [machine_arn(name) for name in ("quiet", "fixed", "lost")]
    assert (await bench.apply(await plan_of(bench, *arns))).ok
    foreign = next(one for one in findings(bench) if one["Resources"][0]["Id"].endswith("theirs"))
    update(bench, foreign, Workflow={"Status": "SUPPRESSED"})
    bench.aws.world.machines[machine_arn("fixed")].logging = logs_to("/g")
    bench.store._decisions.pop(machine_arn("lost"))  # noqa: SLF001 - a store that lost it
    seen = await bench.scan()
    behind = {row.name: row.finding.suppression for row in seen.resources if row.finding}
    assert {name: one.state.value for name, one in behind.items() if one} == {
        "quiet": "stands", "fixed": "ended", "lost": "ended", "theirs": "foreign",
    }  # fmt: skip
    assert behind["fixed"]
    assert behind["fixed"].why == "it passes now"
    assert (seen.summary["suppressed"], seen.summary["failed"]) == (2, 1)
    said = shown(seen)
    assert "Suppression ended: hubmend plan takes them back: fixed and lost." in said
    assert "Suppression set by somebody else, left alone: theirs." in said
    assert "take its suppression back: decision" in said


async def test_scan_after_the_last_day_lists_the_suppression_and_fails_again() -> None:
    bench = bench_with("quiet")
    assert (await bench.apply(await plan_of(bench))).ok
    assert (await bench.scan()).exit_code == 0
    bench.clock.advance(86_400 * 31)
    seen = await bench.scan()
    assert seen.exit_code == 1
    assert "ended: hubmend plan takes it back: quiet." in shown(seen)
    (row,) = scan_document(seen)["resources"]
    assert row["finding"]["suppression"] == {
        "state": "ended", "owner": "ann", "until": "2026-12-23",
        "why": "it expired on 2026-12-23",
    }  # fmt: skip


async def half_suppressed() -> Bench:
    """A machine with two findings, whose suppression reached one of them alone."""
    bench = bench_with("quiet", consolidated=False)
    refused = findings(bench)[1]["Id"]
    bench.aws.security_hub.hub.fail_updates([refused], "InternalFailure", times=1)
    await bench.apply(await plan_of(bench))
    assert [one[0] for one in written(bench)] == ["SUPPRESSED", "NEW"]
    return bench


async def test_an_ended_suppression_of_one_finding_of_two_is_listed_and_taken_back() -> None:
    bench = await half_suppressed()
    bench.clock.advance(86_400 * 31)
    seen = await bench.scan()
    assert "Suppression ended: hubmend plan takes it back: quiet." in shown(seen)
    assert "take its suppression back: it expired on 2026-12-23" in shown(seen)
    (row,) = scan_document(seen)["resources"]
    assert row["finding"]["workflow_status"] == "NEW"
    assert row["finding"]["suppression"]["state"] == "ended"
    made = await bench.plan()
    (change,) = made.changes
    assert change.title == (
        "finding (aws-foundational-security-best-practices) SUPPRESSED -> NEW: "
        "it expired on 2026-12-23"
    )
    assert (await bench.apply(made)).ok
    assert [one[0] for one in written(bench)] == ["NEW", "NEW"]


async def test_a_suppression_that_stands_reaches_the_finding_it_missed() -> None:
    bench = await half_suppressed()
    seen = await bench.scan()
    assert (seen.summary["failed"], seen.summary["suppressed"]) == (1, 0)
    assert [one.state.value for one in seen.resources[0].suppressions] == ["stands"]
    (change,) = (await bench.plan()).changes
    assert change.title == "finding (pci-dss) NEW -> SUPPRESSED until 2026-12-23"


async def test_of_a_machines_suppressions_those_that_ended_are_told_first() -> None:
    bench = bench_with("quiet", consolidated=False)
    assert (await bench.apply(await plan_of(bench))).ok
    first = findings(bench)[0]
    update(bench, first, UserDefinedFields={"ticket": "PAY-7"})  # nobody's mark any more
    bench.clock.advance(86_400 * 31)
    seen = await bench.scan()
    states = [one.state.value for one in seen.resources[0].suppressions]
    assert states == ["ended", "foreign"]
    assert "left alone: quiet." in shown(seen)


def shown(seen: Scan) -> str:
    console = Console(file=StringIO(), width=200, record=True)
    console.print(scan_table(seen))
    return console.export_text()


@pytest.mark.parametrize("part", ["call", "undo"])
async def test_a_plan_edited_to_set_a_finding_resolved_is_refused_before_anything_is_done(
    part: str,
) -> None:
    bench = bench_with("quiet")
    made = await plan_of(bench)
    (change,) = made.changes
    call = getattr(change, part)
    edited = replace(call, params={**call.params, "Workflow": {"Status": "RESOLVED"}})
    forged = replace(made, changes=(replace(change, **{part: edited}),))
    with pytest.raises(PlanError, match=r"change c1 of the plan .* sets a finding RESOLVED"):
        await bench.apply(forged)
    assert (written(bench)[0][0], await bench.store.runs()) == ("NEW", ())


def test_a_rule_that_would_set_findings_resolved_is_seen_as_well() -> None:
    written_by_it = {"FindingFieldsUpdate": {"Workflow": {"Status": "RESOLVED"}}}
    rule = Call("securityhub", "CreateAutomationRule", {"Actions": [written_by_it]})
    asked = Call("securityhub", "CreateAutomationRule", {"Actions": [{"Workflow": "RESOLVED"}]})
    assert (resolves(rule), resolves(asked)) == (True, False)
