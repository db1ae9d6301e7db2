"""Executions as AWS runs them: logged, named, EXPRESS apart from STANDARD.

moto's engine runs the definitions; the executions are built here so that they can be given a
logging session, the logging of the version or alias they were started through (F§3.6), and an
EXPRESS ARN. EXPRESS executions cannot be looked at afterwards (F§3.4).
"""

from __future__ import annotations

import json
import math
import secrets
import threading
import time
import uuid
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.history import describe_execution, history_events, list_item
from hubmend.sandbox.keys import delivery_may_decrypt
from hubmend.sandbox.moto_states import (
    Qualified,
    epoch,
    machine_of,
    normal_logging,
    page,
    states_backend,
)
from hubmend.sandbox.validation import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hubmend.sandbox.delivery import Deliveries
    from hubmend.sandbox.wire import Request

    Operation = Callable[[Request, dict[str, Any]], dict[str, Any] | None]

NOT_FOR_EXPRESS = "Invalid Arn: 'Resource type not valid in this context: express'"
WRONG_TYPE = "This operation is not supported by this type of state machine"
START_SECONDS = 5.0


class Executions:
    """Starts, stops and shows executions through moto's engine."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._starting = threading.Lock()

    def operations(self) -> dict[str, Operation]:
        """Return the operations answered here, by name."""
        return {
            "StartExecution": self._start,
            "StartSyncExecution": self._start_sync,
            "StopExecution": self._stop,
            "DescribeExecution": self._describe,
            "GetExecutionHistory": self._history,
            "ListExecutions": self._list,
        }

    def _start(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """Start an execution; the same name and input again answers the running one."""
        target = _resolve(request, params.get("stateMachineArn", ""))
        payload = _checked_input(params)
        name = params.get("name") or str(uuid.uuid4())
        express = target.machine.type == "EXPRESS"
        with self._starting:
            execution = None if express else _already(target.machine, name, payload)
            if execution is None:
                execution = self._build(request, target, name, payload)
                execution.start()
                if not express:
                    target.machine.executions.append(execution)
        return {"executionArn": execution.exec_arn, "startDate": epoch(execution.start_date)}

    def _start_sync(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """Run an EXPRESS execution to its end and answer how it ended (F§3.4)."""
        target = _resolve(request, params.get("stateMachineArn", ""))
        if target.machine.type != "EXPRESS":
            raise AwsError("StateMachineTypeNotSupported", WRONG_TYPE)
        payload = _checked_input(params)
        name = params.get("name") or str(uuid.uuid4())
        execution = self._build(request, target, name, payload, wait=True)
        execution.start()
        seconds = (execution.stop_date - execution.start_date).total_seconds()
        shown = describe_execution(execution)
        shown["status"] = "FAILED" if shown["status"] == "ABORTED" else shown["status"]
        billed = math.ceil(seconds * 10) * 100
        return {
            **shown,
            "billingDetails": {
                "billedMemoryUsedInMB": 64,
                "billedDurationInMilliseconds": max(billed, 100),
            },
        }

    def _build(
        self, request: Request, target: Qualified, name: str, payload: str, *, wait: bool = False
    ) -> Any:
        from moto.stepfunctions.parser.backend.execution import (  # noqa: PLC0415 - slow import
            Execution,
            SyncExecution,
        )

        arn = _execution_arn(target.machine, name)
        # Both stand in for moto's own classes by shape: only what moto reads is there.
        snapshot: Any = SimpleNamespace(
            arn=target.machine.arn,
            name=target.machine.name,
            sm_type=target.machine.type,
            definition=target.snapshot.definition,
            version_arn=target.version_arn,
            alias_arn=target.alias_arn,
        )
        session: Any = None
        if delivery_may_decrypt(target.snapshot.encryptionConfiguration):
            logging = normal_logging(target.snapshot.loggingConfiguration)
            session = self._deliveries.session(logging, target.machine.name, arn)
        return (SyncExecution if wait else Execution)(
            name=name,
            sm_type=target.machine.type,
            role_arn=target.snapshot.roleArn,
            exec_arn=arn,
            account_id=request.account,
            region_name=request.region,
            state_machine=snapshot,
            start_date=datetime.now(UTC),
            cloud_watch_logging_session=session,
            activity_store={},
            input_data=payload,
        )

    def _stop(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """Abort a STANDARD execution; an ended one answers when it ended."""
        execution = _find(request, params)
        now = datetime.now(UTC)
        if execution.exec_status.value == "RUNNING":
            _wait_for_first_state(execution)
            execution.stop(now, params.get("error"), params.get("cause"))
        return {"stopDate": epoch(execution.stop_date or now)}

    def _describe(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        return describe_execution(_find(request, params))

    def _history(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """Page through the history; `reverseOrder` and `includeExecutionData` as on AWS."""
        data = params.get("includeExecutionData", True)
        events = history_events(_find(request, params), include_data=data)
        if params.get("reverseOrder"):
            events.reverse()
        items, more = page(events, params)
        return {"events": items, **more}

    def _list(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """List a STANDARD machine's executions, newest first; EXPRESS is refused (F§3.4)."""
        if "mapRunArn" in params:
            raise AwsError("ResourceNotFound", "the sandbox does not list map run children")
        arn = params.get("stateMachineArn", "")
        target = _resolve(request, arn)
        if target.machine.type == "EXPRESS":
            raise AwsError("StateMachineTypeNotSupported", WRONG_TYPE)
        wanted = params.get("statusFilter")
        listed = [
            list_item(execution)
            for execution in sorted(
                target.machine.executions, key=lambda e: e.start_date, reverse=True
            )
            if wanted in (None, execution.exec_status.value)
            and arn
            in (
                target.machine.arn,
                execution.state_machine.version_arn,
                execution.state_machine.alias_arn,
            )
        ]
        items, more = page(listed, params)
        return {"executions": items, **more}


def _resolve(request: Request, arn: str) -> Qualified:
    """Find what an ARN runs: a machine, a version, or a version picked by alias weight."""
    backend = states_backend(request.account, request.region)
    parts = arn.split(":")
    source, qualifier = ":".join(parts[:7]), ":".join(parts[7:])
    machine = machine_of(backend, source)
    if not qualifier:
        return Qualified(machine, machine)
    alias_arn, version_arn = None, arn
    if not qualifier.isdigit():
        alias = machine.aliases.get(qualifier)
        if alias is None:
            raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        alias_arn, version_arn = arn, _weighted(alias.routing_configuration)
    version = machine.versions.get(int(version_arn.rpartition(":")[2]))
    if version is None:
        raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
    return Qualified(machine, version, version_arn, alias_arn)


def _weighted(routes: list[dict[str, Any]]) -> str:
    drawn = secrets.randbelow(100)
    first = routes[0]
    chosen = first if drawn < first["weight"] else routes[-1]
    return str(chosen["stateMachineVersionArn"])


def _execution_arn(machine: Any, name: str) -> str:
    head = machine.arn.split(":")[:5]
    if machine.type == "EXPRESS":
        return ":".join([*head, "express", machine.name, name, str(uuid.uuid4())])
    return ":".join([*head, "execution", machine.name, name])


def _checked_input(params: dict[str, Any]) -> str:
    payload = str(params.get("input") or "{}")
    try:
        json.loads(payload)
    except ValueError as error:
        message = f"Invalid State Machine Execution Input: '{error}'"
        raise AwsError("InvalidExecutionInput", message) from error
    return payload


def _already(machine: Any, name: str, payload: str) -> Any | None:
    for execution in machine.executions:
        if execution.name != name:
            continue
        if execution.exec_status.value == "RUNNING" and execution.execution_input == payload:
            return execution
        message = f"Execution Already Exists: '{execution.exec_arn}'"
        raise AwsError("ExecutionAlreadyExists", message)
    return None


def _find(request: Request, params: dict[str, Any]) -> Any:
    """Find a STANDARD execution by ARN; an EXPRESS ARN is refused (F§3.4)."""
    arn = params.get("executionArn", "")
    if ":express:" in arn:
        raise AwsError("InvalidArn", NOT_FOR_EXPRESS)
    backend = states_backend(request.account, request.region)
    for machine in backend.state_machines:
        for execution in machine.executions:
            if execution.exec_arn == arn:
                return execution
    raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def _wait_for_first_state(execution: Any) -> None:
    """Wait until the first state is entered: stopped earlier, moto leaves out ExecutionAborted."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and execution.exec_status.value == "RUNNING":
        if len(history_events(execution, include_data=False)) > 1:
            return
        time.sleep(0.005)
