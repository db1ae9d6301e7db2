"""One execution's history, with what each level writes of it."""

from __future__ import annotations

from dataclasses import dataclass

from hubmend.controls.stepfunctions_1.events import written
from hubmend.controls.stepfunctions_1.records import history
from hubmend.core.arn import parse_arn
from hubmend.core.decision import LEVELS
from hubmend.core.errors import UsageError
from hubmend.core.ports import Gateway


@dataclass(frozen=True)
class HistoryRow:
    """One event of an execution: `levels` maps a level to whether it writes it (None: unknown)."""

    id: int
    type: str
    levels: dict[str, bool | None]


async def execution_history(gateway: Gateway, execution: str) -> tuple[HistoryRow, ...]:
    """Return the events of a STANDARD execution; raise UsageError for any other ARN."""
    arn = parse_arn(execution)
    if arn.resource.startswith("express:"):
        raise UsageError(
            f"{execution} is an EXPRESS execution: it has no history, its log records are the only "
            "one; see hubmend events --level ALL for what each level writes"
        )
    if arn.service != "states" or not arn.resource.startswith("execution:"):
        raise UsageError(f"{execution!r} is not the ARN of an execution")
    return tuple(
        [
            HistoryRow(
                event.id, event.type, {level: written(level, event.type) for level in LEVELS}
            )
            async for event in history(gateway, arn.target, execution)
        ]
    )
