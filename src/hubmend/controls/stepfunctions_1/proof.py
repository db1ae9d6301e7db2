"""Gathering what a proof compares, then comparing: the reading half of `prove`."""

from __future__ import annotations

from dataclasses import replace

from hubmend.controls.stepfunctions_1.machine import OFF, Machine
from hubmend.controls.stepfunctions_1.prove import Execution, Record, Rules, prove
from hubmend.controls.stepfunctions_1.records import (
    express_executions,
    read_records,
    standard_executions,
    validated,
)
from hubmend.core.control import ProofRequest
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Clock, Gateway
from hubmend.core.verification import ProofAnswer, ProofStatus


async def prove_machine(
    gateway: Gateway, machine: Machine, request: ProofRequest, clock: Clock
) -> ProofAnswer:
    """Compare the records that must exist since a change with those that do."""
    if machine.level == OFF or not machine.log_group:
        return _unprovable(machine, "logging is off")
    rules = Rules(machine.level, machine.include_execution_data, request.since, clock.now())
    try:
        executions, records = await _gather(gateway, machine, request)
        answer = prove(rules, executions, records)
        if answer.status is ProofStatus.NOT_PROVABLE and await validated(gateway, machine):
            return replace(answer, why=f"{answer.why} (AWS has validated delivery to the group)")
    except AwsError as error:
        if error.kind is ErrorKind.NOT_FOUND:
            lost = f"log group {machine.log_group} does not exist: records are lost"
            return replace(_unprovable(machine, lost), status=ProofStatus.MISSING)
        return _unprovable(machine, f"could not be looked up: {error}")
    return answer


async def _gather(
    gateway: Gateway, machine: Machine, request: ProofRequest
) -> tuple[list[Execution], list[Record]]:
    if machine.type == "EXPRESS":
        term = machine.arn.replace(":stateMachine:", ":express:")
        records = await read_records(gateway, machine, term, request.since)
        records = [one for one in records if one.execution.startswith(f"{term}:")]
        return _with_results(express_executions(records), request), records
    executions = await standard_executions(gateway, machine, request.since)
    records = []
    for one in executions:
        if one.qualifier is None:
            records += await read_records(gateway, machine, one.arn, one.started)
    return executions, records


def _with_results(executions: list[Execution], request: ProofRequest) -> list[Execution]:
    """Add what synchronous runs answered; a run without any record is an execution too."""
    started = {one.arn: one for one in request.executions}
    seen = {one.arn for one in executions}
    merged = [
        replace(one, status=started[one.arn].status) if one.arn in started else one
        for one in executions
    ]
    silent = [
        Execution(one.arn, one.status, one.started, one.stopped, None)
        for one in started.values()
        if one.arn not in seen
    ]
    return merged + silent


def _unprovable(machine: Machine, why: str) -> ProofAnswer:
    return ProofAnswer(ProofStatus.NOT_PROVABLE, machine.level, 0, 0, (), why)
