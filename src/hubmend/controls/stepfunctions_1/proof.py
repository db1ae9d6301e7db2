"""Gathering what a proof compares, then comparing: the reading half of `prove`."""

from __future__ import annotations

from dataclasses import replace

from hubmend.controls.stepfunctions_1.machine import OFF, SETTLING, Machine
from hubmend.controls.stepfunctions_1.prove import Execution, Record, Rules, prove
from hubmend.controls.stepfunctions_1.records import (
    MOST_EXECUTIONS,
    MOST_RECORDS,
    express_executions,
    read_records,
    standard_execution,
    standard_executions,
    validated,
)
from hubmend.controls.stepfunctions_1.traffic import logging_alike
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Clock, Gateway
from hubmend.core.verification import ProofAnswer, ProofRequest, ProofStatus


async def prove_machine(
    gateway: Gateway, machine: Machine, request: ProofRequest, clock: Clock
) -> ProofAnswer:
    """Compare the records that must exist since a change with those that do."""
    if machine.level == OFF or not machine.log_group:
        return _unprovable(machine, "logging is off")
    try:
        executions, records = await _gather(gateway, machine, request)
        rules = Rules(
            level=machine.level,
            include_execution_data=machine.include_execution_data,
            since=request.since,
            now=clock.now(),
            express=machine.type == "EXPRESS",
        )
        answer = prove(rules, executions, records)
        if answer.status is ProofStatus.NOT_PROVABLE and await validated(gateway, machine):
            return replace(answer, why=f"{answer.why} (AWS has validated delivery to the group)")
    except AwsError as error:
        if error.kind is ErrorKind.NOT_FOUND and error.operation.startswith("logs:"):
            lost = f"log group {machine.log_group} does not exist: records are lost"
            return replace(_unprovable(machine, lost), status=ProofStatus.MISSING)
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return _unprovable(machine, f"could not be looked up: {error}")
    return answer


async def _gather(
    gateway: Gateway, machine: Machine, request: ProofRequest
) -> tuple[list[Execution], list[Record]]:
    if machine.type == "EXPRESS":
        return await _express(gateway, machine, request)
    ours = {one.arn for one in request.executions}
    alike = await logging_alike(gateway, machine, request.versions)
    executions = await standard_executions(gateway, machine, request.since, alike)
    listed = {one.arn for one in executions}
    executions += [
        await standard_execution(gateway, machine, one)
        for one in request.executions
        if one.arn not in listed
    ]
    records = []
    for one in executions:
        if one.qualifier is None:
            records += await read_records(gateway, machine, one.arn, one.started)
    return [replace(one, ours=one.arn in ours) for one in executions], records


async def _express(
    gateway: Gateway, machine: Machine, request: ProofRequest
) -> tuple[list[Execution], list[Record]]:
    """Gather what EXPRESS executions wrote; of a busy machine, a sample is read in full."""
    term = machine.arn.replace(":stateMachine:", ":express:")
    records = await read_records(gateway, machine, term, request.since, MOST_RECORDS)
    cut = len(records) >= MOST_RECORDS
    records = [one for one in records if one.execution.startswith(f"{term}:")]
    ours = {one.arn for one in request.executions}
    # What began before the change wrote by the configuration before it.
    executions = [
        one
        for one in express_executions(records)
        if one.started >= request.since or one.arn in ours
    ]
    if cut:
        settled = [one for one in executions if one.started >= request.since + SETTLING]
        executions = (settled or executions)[:MOST_EXECUTIONS]
        arns = [*ours, *(one.arn for one in executions if one.arn not in ours)]
        records = []
        for arn in arns:
            records += await read_records(gateway, machine, arn, request.since)
        executions = [one for one in express_executions(records) if one.arn in arns]
    return _with_results(executions, request), records


def _with_results(executions: list[Execution], request: ProofRequest) -> list[Execution]:
    """Add what synchronous runs answered; a run without any record is an execution too."""
    started = {one.arn: one for one in request.executions}
    seen = {one.arn: one for one in executions}
    merged = [one for one in executions if one.arn not in started]
    for one in request.executions:
        known = seen.get(one.arn) or Execution(one.arn, "", one.started, one.stopped, None)
        merged.append(replace(known, status=one.status, ours=True))
    return merged


def _unprovable(machine: Machine, why: str) -> ProofAnswer:
    return ProofAnswer(ProofStatus.NOT_PROVABLE, machine.level, 0, 0, (), why)
