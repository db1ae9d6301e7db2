"""Gathering a proof over a gateway: whose records, of which executions, and what may go wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from hubmend.controls import StepFunctions1
from hubmend.controls.stepfunctions_1.machine import SETTLING, Machine
from hubmend.controls.stepfunctions_1.records import (
    MOST_EXECUTIONS,
    MOST_RECORDS,
    VALIDATION_STREAM,
)
from hubmend.core.errors import ErrorKind
from hubmend.core.verification import ProofAnswer, ProofRequest, ProofStatus, Started
from tests.controls.builders import GROUP, NOW, Scripted, logging, machine, refusal
from tests.controls.executions import (
    BEGUN,
    EXPRESS_RUN,
    FAILURE,
    LATER,
    RUN,
    SUCCESS,
    history,
    text_of,
)
from tests.fakes.clock import FakeClock

PROVED, MISSING = ProofStatus.PROVED, ProofStatus.MISSING
PENDING, NOT_PROVABLE = ProofStatus.PENDING, ProofStatus.NOT_PROVABLE
SECOND = timedelta(seconds=1)
QUIET: dict[str, Any] = {"DescribeLogStreams": {}}


def standard(level: str = "ALL") -> Machine:
    return machine(logging=logging(level))


def express(level: str = "ALL") -> Machine:
    return machine(logging=logging(level), type="EXPRESS")


async def proved(
    one: Machine, gateway: Scripted, *started: Started, now: datetime = LATER
) -> ProofAnswer:
    request = ProofRequest(NOW, started)
    return await StepFunctions1().prove(gateway, one, request, FakeClock(now))


def listed(arn: str = RUN, types: tuple[str, ...] = SUCCESS, **more: Any) -> dict[str, Any]:
    status = "SUCCEEDED" if types == SUCCESS else "FAILED"
    return {"executionArn": arn, "status": status, "startDate": BEGUN,
            "stopDate": history(types)[-1].at, **more}  # fmt: skip


def messages(*texts: str) -> dict[str, Any]:
    return {"events": [{"logStreamName": "states/pay", "message": text} for text in texts]}


def group_of(*texts: str) -> Any:
    """A log group that answers a filter as CloudWatch Logs does: the term must be in the text."""
    return lambda asked: messages(
        *(text for text in texts if asked["filterPattern"].strip('"') in text)
    )


def events(types: tuple[str, ...] = SUCCESS) -> dict[str, Any]:
    return {
        "events": [
            {"id": one.id, "type": one.type, "previousEventId": one.previous, "timestamp": one.at}
            for one in history(types)
        ]
    }


def texts(arn: str = RUN, types: tuple[str, ...] = SUCCESS, **when: datetime) -> list[str]:
    return [text_of(one, arn) for one in history(types, **when)]


async def test_an_execution_with_all_its_records_is_proved() -> None:
    gateway = Scripted(
        ListExecutions={"executions": [listed()]},
        GetExecutionHistory=events(),
        FilterLogEvents=group_of(*texts(), *texts(f"{RUN}-other")),
    )
    answer = await proved(standard(), gateway)
    assert (answer.status, answer.expected, answer.found) == (PROVED, 4, 4)
    assert answer.executions == (RUN,)


@pytest.mark.parametrize(
    "configured", [{}, {"level": "OFF"}, logging("OFF"), {"level": "ALL", "destinations": []}]
)
async def test_a_machine_that_does_not_log_is_not_looked_up(configured: dict[str, Any]) -> None:
    answer = await proved(machine(logging=configured), Scripted())
    assert (answer.status, answer.why) == (NOT_PROVABLE, "logging is off")


@pytest.mark.parametrize("streams", [[], [{"logStreamName": VALIDATION_STREAM}]])
async def test_where_nothing_is_provable_awss_own_validation_is_mentioned(streams: Any) -> None:
    gateway = Scripted(
        ListExecutions={"executions": [listed()]},
        GetExecutionHistory=events(),
        FilterLogEvents=group_of(),
        DescribeLogStreams={"logStreams": streams},
    )
    answer = await proved(standard("ERROR"), gateway)
    assert answer.status is NOT_PROVABLE
    assert answer.why.endswith("(AWS has validated delivery to the group)") is bool(streams)


async def test_a_log_group_that_is_gone_loses_records() -> None:
    gone = refusal(ErrorKind.NOT_FOUND, "logs:FilterLogEvents")
    gateway = Scripted(
        ListExecutions={"executions": [listed()]},
        GetExecutionHistory=events(),
        FilterLogEvents=gone,
    )
    answer = await proved(standard(), gateway)
    assert (answer.status, answer.why) == (
        MISSING, f"log group {GROUP} does not exist: records are lost",
    )  # fmt: skip
    unused = Scripted(ListExecutions={"executions": []}, DescribeLogStreams=gone)
    assert (await proved(standard(), unused)).status is MISSING


@pytest.mark.parametrize("kind", [ErrorKind.NOT_FOUND, ErrorKind.DENIED])
async def test_what_cannot_be_looked_up_is_not_provable_and_says_why(kind: ErrorKind) -> None:
    error = refusal(kind, "stepfunctions:ListExecutions")
    answer = await proved(standard(), Scripted(ListExecutions=error))
    assert (answer.status, answer.why) == (NOT_PROVABLE, f"could not be looked up: {error}")


async def test_the_records_of_executions_through_an_alias_are_not_asked_for() -> None:
    gateway = Scripted(
        ListExecutions={"executions": [listed(stateMachineAliasArn="live")]}, **QUIET
    )
    assert (await proved(standard(), gateway)).status is NOT_PROVABLE
    assert "FilterLogEvents" not in {one.operation for _, one in gateway.calls}


OURS = Started(RUN, "RUNNING", BEGUN, None)


async def test_a_run_of_our_own_counts_before_it_is_listed() -> None:
    gateway = Scripted(
        ListExecutions={"executions": []},
        GetExecutionHistory=events(FAILURE),
        FilterLogEvents=group_of(*texts(types=FAILURE)),
    )
    answer = await proved(standard("FATAL"), gateway, OURS)
    assert (answer.status, answer.expected, answer.executions) == (PROVED, 1, (RUN,))


async def test_a_run_of_our_own_that_aws_does_not_show_yet_is_waited_for() -> None:
    gateway = Scripted(
        ListExecutions={"executions": []},
        GetExecutionHistory=refusal(ErrorKind.NOT_FOUND, "stepfunctions:GetExecutionHistory"),
        FilterLogEvents=group_of(),
    )
    assert (await proved(standard(), gateway, OURS)).status is PENDING


async def test_a_run_of_our_own_is_waited_for_beside_older_proofs() -> None:
    before = f"{RUN}-before"
    gateway = Scripted(
        ListExecutions={"executions": [listed(), listed(before)]},
        GetExecutionHistory=events(),
        FilterLogEvents=group_of(*texts(before)),
    )
    now = BEGUN + 2 * SECOND
    assert (await proved(standard(), gateway, OURS, now=now)).status is PENDING
    assert (await proved(standard(), gateway, now=now)).status is PROVED


# EXPRESS

SYNC = Started(EXPRESS_RUN, "SUCCEEDED", BEGUN, BEGUN + SECOND)


async def test_express_executions_are_found_by_their_records() -> None:
    stranger = EXPRESS_RUN.replace(":pay:", ":pay-too:")
    gateway = Scripted(FilterLogEvents=group_of(*texts(EXPRESS_RUN), *texts(stranger)[1:]))
    answer = await proved(express(), gateway)
    assert (answer.status, answer.expected, answer.executions) == (PROVED, 4, (EXPRESS_RUN,))


async def test_without_records_nothing_is_known_of_an_express_machine() -> None:
    answer = await proved(express(), Scripted(FilterLogEvents=group_of(), **QUIET))
    assert answer.status is NOT_PROVABLE
    assert "cannot be told" in answer.why


async def test_an_express_run_of_our_own_without_records_is_missing() -> None:
    gateway = Scripted(FilterLogEvents=group_of())
    answer = await proved(express(), gateway, SYNC)
    assert (answer.status, answer.expected, answer.found) == (MISSING, 2, 0)
    assert (await proved(express(), gateway, SYNC, now=BEGUN + SECOND)).status is PENDING


async def test_the_result_of_an_express_run_is_held_against_its_records() -> None:
    failed = Started(EXPRESS_RUN, "FAILED", BEGUN, BEGUN + SECOND)
    gateway = Scripted(FilterLogEvents=group_of(*texts(EXPRESS_RUN)))
    assert (await proved(express(), gateway, failed)).missing == ("ExecutionFailed",)
    assert (await proved(express(), gateway, SYNC)).status is PROVED


async def test_what_an_express_machine_wrote_before_the_change_says_nothing_about_it() -> None:
    old = texts(EXPRESS_RUN, FAILURE, began=NOW - 30 * SECOND)
    gateway = Scripted(FilterLogEvents=group_of(*old), **QUIET)
    assert (await proved(express(), gateway)).status is NOT_PROVABLE
    gateway = Scripted(FilterLogEvents=group_of(old[-1]), **QUIET)
    assert (await proved(express(), gateway)).status is NOT_PROVABLE


def busy(*, early: bool) -> tuple[list[str], Any]:
    """More executions than are read at once, and their log group; the first begin too early."""
    began = NOW + (SECOND if early else SETTLING)
    arns = [f"{EXPRESS_RUN}-{number:05}" for number in range(MOST_RECORDS // len(SUCCESS) + 10)]
    whole = [text for arn in arns for text in texts(arn, began=began)]
    whole = [*texts(f"{EXPRESS_RUN}-cut", began=NOW + SECOND / 2)[1:], *whole]
    every = messages(*whole)

    def answer(asked: Any) -> Any:
        term = asked["filterPattern"].strip('"')
        if term.endswith(":pay"):
            return [{"events": every["events"][: MOST_RECORDS + 1]}, every]
        return messages(*(text for text in whole if f'"{term}"' in text))

    return arns, answer


async def test_of_a_busy_express_machine_a_sample_is_read_in_full() -> None:
    arns, answer = busy(early=False)
    gateway = Scripted(FilterLogEvents=answer)
    found = await proved(express(), gateway)
    assert (found.status, found.expected) == (PROVED, 4 * MOST_EXECUTIONS)
    assert found.executions == tuple(arns[:MOST_EXECUTIONS])


async def test_runs_of_our_own_are_in_the_sample_even_without_a_record() -> None:
    arns, answer = busy(early=False)
    ours = Started(arns[-1], "SUCCEEDED", BEGUN, BEGUN + SECOND)
    lost = Started(f"{EXPRESS_RUN}-lost", "SUCCEEDED", BEGUN, BEGUN + SECOND)
    found = await proved(express(), Scripted(FilterLogEvents=answer), ours, lost)
    assert found.status is MISSING
    assert found.executions[-2:] == (arns[-1], lost.arn)
    assert len(found.executions) == MOST_EXECUTIONS + 2


async def test_where_all_began_right_after_the_change_those_are_the_sample() -> None:
    _, answer = busy(early=True)
    found = await proved(express(), Scripted(FilterLogEvents=answer))
    assert found.status is PROVED
    assert len(found.executions) == MOST_EXECUTIONS - 1
