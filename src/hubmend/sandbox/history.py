"""How executions are shown: description, list row and history events.

moto leaves out the version and alias an execution ran through, the end of a timed-out one, and
paging; events come with enumerations and ISO timestamps where the wire wants strings and epochs.
"""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from hubmend.sandbox.moto_states import epoch

DATA_KEYS = ("input", "inputDetails", "output", "outputDetails")


def list_item(execution: Any) -> dict[str, Any]:
    """Return an execution as ListExecutions shows it."""
    row = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": execution.exec_status.value,
        "startDate": epoch(execution.start_date),
        "redriveCount": 0,
    }
    if execution.stop_date:
        row["stopDate"] = epoch(execution.stop_date)
    if execution.state_machine.version_arn:
        row["stateMachineVersionArn"] = execution.state_machine.version_arn
    if execution.state_machine.alias_arn:
        row["stateMachineAliasArn"] = execution.state_machine.alias_arn
    return row


def describe_execution(execution: Any) -> dict[str, Any]:
    """Return an execution as DescribeExecution and StartSyncExecution show it.

    How it ended is read from its last event: moto sets the status before the output, and sets no
    error for a stopped execution.
    """
    shown = list_item(execution)
    shown |= {"input": execution.execution_input, "inputDetails": {"included": True}}
    if shown["status"] == "RUNNING":
        return shown
    last = history_events(execution, include_data=True)[-1]
    ending: dict[str, Any] = next(
        (d for name, d in last.items() if name.endswith("EventDetails")), {}
    )
    if shown["status"] == "SUCCEEDED":
        shown["output"] = ending.get("output", "null")
        shown["outputDetails"] = {"included": True}
    shown |= {name: ending[name] for name in ("error", "cause") if ending.get(name) is not None}
    return shown


def history_events(execution: Any, *, include_data: bool) -> list[dict[str, Any]]:
    """Return the history, oldest first, ready for JSON; without payloads if asked."""
    events = []
    worker = execution.exec_worker
    if worker is None or worker.env is None:
        return []
    for event in worker.env.event_manager.get_event_history():
        shown = copy.deepcopy(dict(event))
        shown["type"] = event["type"].value
        shown["timestamp"] = epoch(datetime.fromisoformat(event["timestamp"]))
        if not include_data:
            _drop_data(shown)
        events.append(shown)
    return events


def _drop_data(event: dict[str, Any]) -> None:
    for name, details in event.items():
        if name.endswith("EventDetails"):
            for key in DATA_KEYS:
                details.pop(key, None)
