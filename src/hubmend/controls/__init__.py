"""The controls hubmend knows: one folder each, independent of each other.

A record is imported when first used: `check` and `fix` need a control's facts, not all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubmend.controls.stepfunctions_1.record import StepFunctions1

__all__ = ["StepFunctions1"]


def __getattr__(name: str) -> Any:
    """Import a record from where it lives."""
    if name != "StepFunctions1":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from hubmend.controls.stepfunctions_1.record import StepFunctions1  # noqa: PLC0415 - see above

    return StepFunctions1
