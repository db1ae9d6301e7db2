"""Which event types each level writes: AWS's table, to the letter (F§3.2).

Eleven types of the history are not in AWS's table, and AWS adds new ones. ALL writes every event;
whether ERROR or FATAL write those is not known, so `written` answers None and nothing is asserted
about them.
"""

from __future__ import annotations

FATAL_TYPES = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
ERROR_TYPES = FATAL_TYPES | {
    "FailStateEntered", "LambdaFunctionFailed", "LambdaFunctionScheduleFailed",
    "LambdaFunctionStartFailed", "LambdaFunctionTimedOut", "MapIterationAborted",
    "MapIterationFailed", "MapRunAborted", "MapRunFailed", "MapStateAborted", "MapStateFailed",
    "ParallelStateAborted", "ParallelStateFailed", "TaskFailed", "TaskStartFailed",
    "TaskStateAborted", "TaskSubmitFailed", "TaskTimedOut", "WaitStateAborted",
}  # fmt: skip
ALL_TYPES = ERROR_TYPES | {
    "ChoiceStateEntered", "ChoiceStateExited", "ExecutionStarted", "ExecutionSucceeded",
    "LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionSucceeded",
    "MapIterationStarted", "MapIterationSucceeded", "MapStateEntered", "MapStateExited",
    "MapStateStarted", "MapStateSucceeded", "ParallelStateEntered", "ParallelStateExited",
    "ParallelStateStarted", "ParallelStateSucceeded", "PassStateEntered", "PassStateExited",
    "SucceedStateEntered", "SucceedStateExited", "TaskScheduled", "TaskStarted",
    "TaskStateEntered", "TaskStateExited", "TaskSubmitted", "TaskSucceeded", "WaitStateEntered",
    "WaitStateExited",
}  # fmt: skip
UNLISTED_TYPES = frozenset({
    "ActivityFailed", "ActivityScheduled", "ActivityScheduleFailed", "ActivityStarted",
    "ActivitySucceeded", "ActivityTimedOut", "MapRunStarted", "MapRunSucceeded", "MapRunRedriven",
    "ExecutionRedriven", "EvaluationFailed",
})  # fmt: skip

_BY_LEVEL = {"ALL": ALL_TYPES, "ERROR": ERROR_TYPES, "FATAL": FATAL_TYPES}

# Types that end an execution, with its status then: one closes every record stream at ALL.
ENDINGS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}


def written(level: str, event_type: str) -> bool | None:
    """Whether a level writes an event type; None where AWS does not say."""
    if level == "ALL":
        return True
    if level not in _BY_LEVEL:
        return False
    return event_type in _BY_LEVEL[level] if event_type in ALL_TYPES else None


def table() -> tuple[tuple[str, dict[str, bool | None]], ...]:
    """Return every event type with what each level does with it, the most severe first."""
    order = (
        sorted(FATAL_TYPES),
        sorted(ERROR_TYPES - FATAL_TYPES),
        sorted(ALL_TYPES - ERROR_TYPES),
        sorted(UNLISTED_TYPES),
    )
    levels = ("ALL", "ERROR", "FATAL")
    return tuple(
        (name, {level: written(level, name) for level in levels})
        for group in order
        for name in group
    )
