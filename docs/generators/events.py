"""Which event types each level writes, from the control that relies on it."""

from __future__ import annotations

from docs.generators.markdown import table
from hubmend.controls.stepfunctions_1 import events

INTRODUCTION = """# Event types by level

Which events of an execution's history Step Functions writes to the log group at each level, as AWS
documents it. A question mark means that AWS does not say: `hubmend verify` expects nothing of those
events.

"""
MARKS = {True: "yes", False: "", None: "?"}


def page() -> str:
    """Return the page."""
    levels = ["ALL", "ERROR", "FATAL"]
    rows = [
        [f"`{name}`", *(MARKS[written[level]] for level in levels)]
        for name, written in events.table()
    ]
    return INTRODUCTION + table(["Event type", *levels], rows)
