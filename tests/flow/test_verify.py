"""verify gives four answers per machine, each on its own clock, none standing for another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hubmend.core import journal
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.resource import Finding, Score
from hubmend.core.verification import ProofStatus, StandardScore, Verification
from hubmend.flow.parameters import UNKNOWN
from hubmend.flow.verify import verify
from tests.fakes.world import ACCOUNT, REGION, machine_arn
from tests.flow.bench import Bench, names

ARN = machine_arn("a")
DENIED = AwsError(ErrorKind.DENIED, "AccessDenied", "not you", "x")
ENDED = AwsError(ErrorKind.CREDENTIALS, "ExpiredToken", "expired", "x")
MINUTES = timedelta(minutes=5)


async def applied(*machines: str, level: str = "ALL", kind: str = "STANDARD") -> tuple[Bench, str]:
    bench = Bench()
    for name in machines or ("a",):
        bench.aws.machine(name, kind=kind)
    await bench.enable(level=level)
    result = await bench.apply(await bench.plan())
    assert result.ok
    bench.clock.advance(60)
    return bench, result.run


async def one(bench: Bench, run: str, **wishes: Any) -> Verification:
    (answer,) = await verify(bench.context, run, **wishes)
    return answer


async def test_the_four_answers_of_a_machine_that_was_enabled_and_ran() -> None:
    bench, run = await applied()
    bench.hub.found = {ARN: Finding("f", "NEW", "PASSED")}
    bench.hub.scored = (Score(ACCOUNT, REGION, "s", 97, "Passed"),)
    answer = await one(bench, run, inputs={ARN: ["{}"]}, wait=MINUTES)
    assert answer.configuration.status == "passed"
    assert answer.proof.status is ProofStatus.PROVED
    assert (answer.proof.expected, answer.proof.found) == (4, 4)
    assert answer.finding.status == "passed"
    assert (answer.score.before, answer.score.now) == (None, 97)


async def test_the_answers_are_put_in_evidence_with_the_executions_started() -> None:
    bench, run = await applied()
    answer = await one(bench, run, inputs={ARN: ['{"fail": true}']}, wait=MINUTES)
    entries = await bench.store.entries(run)
    (started,) = [entry for entry in entries if entry.kind == journal.EXECUTION]
    assert (started.body["resource"], started.body["status"]) == (ARN, "RUNNING")
    assert '{"fail"' not in str(started.body)  # an input can be personal: its fingerprint only
    (kept,) = [entry for entry in entries if entry.kind == journal.VERIFICATION]
    assert kept.body["proof"]["status"] == answer.proof.status
    assert bench.chain_holds(run)


async def test_without_an_execution_nothing_is_started_and_nothing_is_proved() -> None:
    bench, run = await applied()
    answer = await one(bench, run)
    assert answer.proof.status is ProofStatus.NOT_PROVABLE
    assert "no execution has run since the change" in answer.proof.why
    assert bench.aws.made("StartExecution") == 0


async def test_what_is_pending_is_looked_at_again_until_it_is_there() -> None:
    bench, run = await applied("a", "b")
    bench.aws.states.delivery = timedelta(seconds=40)
    inputs = {ARN: ["{}"]}
    now = await verify(bench.context, run, inputs=inputs)
    assert now[0].proof.status is ProofStatus.PENDING
    later = await verify(bench.context, run, wait=MINUTES)
    assert later[0].proof.status is ProofStatus.PROVED
    assert bench.clock.now() < (await bench.store.entries(run))[0].at + 2 * MINUTES


async def test_waiting_ends_when_it_is_over_and_says_pending() -> None:
    bench, run = await applied()
    bench.aws.states.delivery = timedelta(hours=1)
    answer = await one(bench, run, inputs={ARN: ["{}"]}, wait=timedelta(seconds=20))
    assert answer.proof.status is ProofStatus.PENDING


async def test_records_that_never_come_are_missing() -> None:
    bench, run = await applied()
    bench.aws.states.delivery = timedelta(hours=1)
    answer = await one(bench, run, inputs={ARN: ["{}"]}, wait=timedelta(minutes=10))
    assert answer.proof.status is ProofStatus.MISSING
    assert answer.proof.missing


async def test_an_express_machine_is_proved_by_a_synchronous_run() -> None:
    bench, run = await applied(kind="EXPRESS")
    answer = await one(bench, run, inputs={ARN: ["{}"]}, wait=MINUTES)
    assert answer.proof.status is ProofStatus.PROVED
    assert bench.aws.made("StartSyncExecution") == 1


async def test_only_the_named_machines_are_verified_and_only_theirs_are_run() -> None:
    bench, run = await applied("a", "b")
    answers = await verify(bench.context, run, arns=[ARN], inputs={ARN: ["{}", "{}"]}, wait=MINUTES)
    assert names([answer.arn for answer in answers]) == ["a"]
    assert bench.aws.made("StartExecution") == 2


async def test_a_machine_that_is_not_in_the_run_is_refused() -> None:
    bench, run = await applied()
    with pytest.raises(UsageError, match="not among the resources run"):
        await verify(bench.context, run, arns=[machine_arn("other")])


async def test_an_unknown_run_is_refused() -> None:
    with pytest.raises(UsageError, match="is not in the store"):
        await verify(Bench().context, "ghost")


async def test_an_execution_that_cannot_be_started_is_said_and_the_others_go_on() -> None:
    bench, run = await applied("a", "b")
    b = machine_arn("b")
    bench.aws.refused = {"StartExecution": DENIED}
    answers = await verify(bench.context, run, inputs={ARN: ["{}"], b: []})
    assert answers[0].proof.status is ProofStatus.NOT_PROVABLE
    assert "could not be started" in answers[0].proof.why
    assert answers[1].configuration.status == "passed"


@pytest.mark.parametrize("reads", [0, 1, 2])
@pytest.mark.parametrize("operation", ["StartExecution", "ListExecutions", "DescribeStateMachine"])
async def test_credentials_that_end_are_raised_whatever_is_asked(
    operation: str, reads: int
) -> None:
    bench, run = await applied()
    left = [reads]

    def end(call: Call) -> None:
        if call.operation == operation:
            left[0] -= 1
            if left[0] < 0:
                raise ENDED

    bench.aws.interfere = end
    inputs = {ARN: ["{}"] * 3} if operation == "StartExecution" else None

    async def thrice() -> None:
        for _ in range(3):
            await verify(bench.context, run, inputs=inputs)

    with pytest.raises(AwsError, match="expired"):
        await thrice()


async def test_a_change_that_was_not_made_has_nothing_to_prove_and_is_not_run() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable()
    made = await bench.plan()
    bench.aws.refused = {"UpdateStateMachine": DENIED}
    run = (await bench.apply(made)).run
    bench.hub.found = {ARN: Finding("f", "NEW", "FAILED")}
    answer = await one(bench, run, inputs={ARN: ["{}"]})
    assert answer.configuration.status == "failed"
    assert "level is OFF" in answer.configuration.why
    assert answer.proof.why == "the change was not made, or was taken back"
    assert (answer.finding.status, answer.finding.why) == ("failed", "compliance status FAILED")
    assert bench.aws.made("StartExecution") == 0


async def test_a_run_that_was_rolled_back_is_failed_and_has_nothing_to_prove() -> None:
    bench, run = await applied()
    await bench.rollback(run)
    answer = await one(bench, run)
    assert answer.configuration.why == "the run was rolled back"
    assert answer.proof.status is ProofStatus.NOT_PROVABLE


async def test_a_configuration_that_somebody_changed_since_is_failed_and_says_how() -> None:
    bench, run = await applied()
    bench.aws.somebody_sets(ARN, {"level": "OFF"})
    answer = await one(bench, run)
    assert answer.configuration.status == "failed"
    assert "level is OFF" in answer.configuration.why


async def test_a_level_the_control_does_not_accept_is_failed_though_as_planned() -> None:
    bench, run = await applied(level="FATAL")
    bench.hub.level = "ERROR"
    answer = await one(bench, run)
    assert answer.configuration.status == "failed"
    assert "the control's logLevel is set to ERROR" in answer.configuration.why


async def test_a_machine_that_cannot_be_read_is_failed_and_not_provable() -> None:
    bench, run = await applied()
    del bench.aws.world.machines[ARN]
    answer = await one(bench, run)
    assert answer.configuration.why.startswith("could not be read: ")
    assert "StateMachineDoesNotExist" in answer.proof.why


@pytest.mark.parametrize(
    ("finding", "status", "why"),
    [
        (Finding("f", "NEW", "PASSED"), "passed", ""),
        (Finding("f", "SUPPRESSED", "FAILED"), "suppressed", "SUPPRESSED"),
        (Finding("f", "NEW", "FAILED"), "pending", "normal until 2026-11-24"),
        (None, "not-available", "no finding for it"),
    ],
)
async def test_the_finding_follows_in_its_own_time(
    finding: Finding | None, status: str, why: str
) -> None:
    bench, run = await applied()
    bench.hub.found = {ARN: finding} if finding else {}
    answer = await one(bench, run)
    assert answer.finding.status == status
    assert why in answer.finding.why


async def test_a_finding_that_still_fails_after_a_day_is_no_longer_normal() -> None:
    bench, run = await applied()
    bench.hub.found = {ARN: Finding("f", "NEW", "FAILED")}
    bench.clock.advance(25 * 3600)
    answer = await one(bench, run)
    assert answer.finding.status == "failed"
    assert "AWS Config" in answer.finding.why


async def test_security_hub_switched_off_leaves_the_other_answers_standing() -> None:
    bench, run = await applied()
    bench.hub.found, bench.hub.scored = None, None
    answer = await one(bench, run)
    assert (answer.configuration.status, answer.finding.status) == ("passed", "not-available")
    assert (answer.score.now, answer.score.status) == (None, "not-available")


async def test_security_hub_out_of_reach_leaves_the_other_answers_standing() -> None:
    bench, run = await applied()
    bench.hub.fault = AwsError(ErrorKind.UNREACHABLE, "x", "no connection", "x")
    answer = await one(bench, run)
    assert (answer.configuration.status, answer.finding.status) == ("passed", "not-available")
    bench.hub.fault = ENDED
    with pytest.raises(AwsError, match="expired"):
        await one(bench, run)


async def test_where_the_level_the_control_asks_for_may_not_be_read_passing_says_so() -> None:
    bench, run = await applied()
    bench.hub.fault = AwsError(ErrorKind.DENIED, "AccessDenied", "not you", "get")
    answer = await one(bench, run)
    assert answer.configuration.status == "passed"
    assert answer.configuration.why.endswith(f"; {UNKNOWN}")


async def test_the_score_before_is_that_of_the_scan_before_the_run() -> None:
    bench = Bench()
    bench.aws.machine("a")
    bench.hub.scored = (Score(ACCOUNT, REGION, "s", 91, "Failed"),)
    await bench.enable()
    run = (await bench.apply(await bench.plan())).run
    bench.hub.scored = (Score(ACCOUNT, REGION, "s", 95, "Passed"),)
    await bench.scan()
    answer = await one(bench, run)
    assert (answer.score.before, answer.score.now) == (91, 95)
    assert answer.score.standards == (StandardScore("s", 91, 95, "Passed"),)


async def test_an_execution_is_started_only_once_the_change_has_settled() -> None:
    bench = Bench()
    bench.aws.machine("a")
    await bench.enable(level="ALL")
    run = (await bench.apply(await bench.plan())).run
    changed = bench.clock.now()
    await one(bench, run, inputs={ARN: ["{}"]})
    entries = await bench.store.entries(run)
    (first,) = [entry for entry in entries if entry.kind == journal.EXECUTION]
    assert first.at >= changed + bench.context.control.settling
    asked = bench.clock.now()
    await one(bench, run, inputs={ARN: ["{}"]})
    entries = await bench.store.entries(run)
    second = [entry for entry in entries if entry.kind == journal.EXECUTION][1]
    assert second.at == asked  # settled long ago: no waiting any more
