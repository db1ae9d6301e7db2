"""Core values as lines for the terminal: quiet, aligned, names before ARNs, the next step last.

Names are imported when first used: a scan needs no HTML templates, `check` no rich tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubmend.report.text.decisions import decisions_table
    from hubmend.report.text.events import EventRow, events_table
    from hubmend.report.text.history import history_table
    from hubmend.report.text.journey import journey_text
    from hubmend.report.text.layout import show
    from hubmend.report.text.plan import plan_text
    from hubmend.report.text.run import run_text
    from hubmend.report.text.sandbox import sandbox_text
    from hubmend.report.text.scan import scan_table
    from hubmend.report.text.source import check_table, fix_text
    from hubmend.report.text.verification import verification_text

_HOME = {
    "EventRow": "events",
    "check_table": "source",
    "decisions_table": "decisions",
    "events_table": "events",
    "fix_text": "source",
    "history_table": "history",
    "journey_text": "journey",
    "plan_text": "plan",
    "run_text": "run",
    "sandbox_text": "sandbox",
    "scan_table": "scan",
    "show": "layout",
    "verification_text": "verification",
}

__all__ = [
    "EventRow",
    "check_table",
    "decisions_table",
    "events_table",
    "fix_text",
    "history_table",
    "journey_text",
    "plan_text",
    "run_text",
    "sandbox_text",
    "scan_table",
    "show",
    "verification_text",
]


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
