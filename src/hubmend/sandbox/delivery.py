"""Log delivery: execution events to CloudWatch Logs records, filtered, redacted and late.

moto offers each event to a logging session if an execution is given one, and gives none. This
session filters by AWS's table (F§3.2), writes AWS's record (F§3.3) and queues it; records become
readable `delay` seconds later on the sandbox clock. Delivery is best effort: a record whose group
is gone is lost without a word, and the role's rights are not looked at again (F§3.3).
"""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.validation import Destination, destination_of

if TYPE_CHECKING:
    from hubmend.sandbox.clock import SandboxClock

FATAL_TYPES = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
ERROR_TYPES = FATAL_TYPES | {
    "FailStateEntered",
    "LambdaFunctionFailed",
    "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed",
    "LambdaFunctionTimedOut",
    "MapIterationAborted",
    "MapIterationFailed",
    "MapRunAborted",
    "MapRunFailed",
    "MapStateAborted",
    "MapStateFailed",
    "ParallelStateAborted",
    "ParallelStateFailed",
    "TaskFailed",
    "TaskStartFailed",
    "TaskStateAborted",
    "TaskSubmitFailed",
    "TaskTimedOut",
    "WaitStateAborted",
}
PAYLOAD_BYTES = 248 * 1024
VALIDATION_STREAM = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"
VALIDATION_TEXT = (
    "Permissions are set correctly to allow AWS CloudWatch Logs to write into your logs "
    "while creating a subscription."
)


def is_logged(level: str, event_type: str) -> bool:
    """Tell whether a level writes an event type (F§3.2; types AWS does not list: ALL only)."""
    if level == "ERROR":
        return event_type in ERROR_TYPES
    if level == "FATAL":
        return event_type in FATAL_TYPES
    return level == "ALL"


@dataclass(frozen=True)
class _Pending:
    visible: datetime
    to: Destination
    stream: str
    timestamp: int
    message: str


class Deliveries:
    """Records on their way; `flush` moves the due ones into moto's log groups."""

    def __init__(self, clock: SandboxClock, delay: float) -> None:
        self._clock = clock
        self._delay = timedelta(seconds=delay)
        self._pending: list[_Pending] = []
        self._lock = threading.Lock()

    def session(
        self, logging: dict[str, Any], machine: str, execution_arn: str
    ) -> LoggingSession | None:
        """Return the session of one execution, or None where the configuration logs nothing."""
        to = destination_of(logging)
        level = logging.get("level", "OFF")
        if to is None or level == "OFF":
            return None
        hour = datetime.now(UTC).strftime("%Y-%m-%d-%H")
        stream = f"states/{machine}/{hour}/{secrets.token_hex(4)}"
        data = bool(logging.get("includeExecutionData", False))
        return LoggingSession(self, to, level, stream, execution_arn, include_data=data)

    def add(self, to: Destination, stream: str, timestamp: int, message: str) -> None:
        """Queue one record, readable after the delay. `timestamp` is epoch milliseconds."""
        with self._lock:
            visible = self._clock.now() + self._delay
            self._pending.append(_Pending(visible, to, stream, timestamp, message))

    def flush(self) -> None:
        """Write every due record into its group; records of groups that are gone are lost."""
        with self._lock:
            now = self._clock.now()
            due = [record for record in self._pending if record.visible <= now]
            self._pending = [record for record in self._pending if record.visible > now]
            for record in due:
                _write(record)

    def validate(self, to: Destination) -> None:
        """Write AWS's validation stream when logging is first turned on, once a group (F§3.3)."""
        from moto.logs.models import logs_backends  # noqa: PLC0415 - moto is slow to import

        group = logs_backends[to.account][to.region].groups[to.group]
        if VALIDATION_STREAM not in group.streams:
            now = int(datetime.now(UTC).timestamp() * 1000)
            with self._lock:
                _write(_Pending(self._clock.now(), to, VALIDATION_STREAM, now, VALIDATION_TEXT))


def _write(record: _Pending) -> None:
    from moto.logs.models import logs_backends  # noqa: PLC0415 - moto is slow to import

    logs = logs_backends[record.to.account][record.to.region]
    group = logs.groups.get(record.to.group)
    if group is None:
        return
    logs.ensure_log_stream(record.to.group, record.stream)
    event = {"timestamp": record.timestamp, "message": record.message}
    group.put_log_events(record.stream, [event])


class LoggingSession:
    """What moto's event manager asks: which events to log, and to publish one.

    The method names and `configuration.include_execution_data` are moto 5.2.5's.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        to: Destination,
        level: str,
        stream: str,
        execution_arn: str,
        *,
        include_data: bool,
    ) -> None:
        self._deliveries = deliveries
        self._to = to
        self._level = level
        self._stream = stream
        self.execution_arn = execution_arn
        self.configuration = SimpleNamespace(include_execution_data=include_data)

    def log_level_filter(self, history_event_type: Any) -> bool:
        """Tell whether this execution's level writes the event type."""
        return is_logged(self._level, history_event_type.value)

    def publish_history_log(self, history_log: dict[str, Any]) -> None:
        """Turn moto's event into AWS's record and queue it."""
        at = datetime.fromisoformat(history_log["event_timestamp"])
        timestamp = round(at.timestamp() * 1000)
        record = {
            "id": history_log["id"],
            "type": history_log["type"].value,
            "details": _details(history_log.get("details") or {}),
            "previous_event_id": history_log["previous_event_id"],
            "event_timestamp": str(timestamp),
            "execution_arn": self.execution_arn,
            "redrive_count": "0",
        }
        message = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        self._deliveries.add(self._to, self._stream, timestamp, message)


def _details(details: dict[str, Any]) -> dict[str, Any]:
    """Return details with numbers as strings and payloads over 248 KiB cut (F§3.3)."""
    written: dict[str, Any] = {}
    for name, value in details.items():
        if isinstance(value, dict):
            written[name] = _details(value)
        elif value is not None:
            written[name] = value if isinstance(value, bool | str | list) else str(value)
    for payload in ("input", "output"):
        encoded = str(written.get(payload, "")).encode()
        if len(encoded) > PAYLOAD_BYTES:
            written[payload] = encoded[:PAYLOAD_BYTES].decode("utf-8", "ignore")
            written[f"{payload}Details"] = {"truncated": True}
    return written
