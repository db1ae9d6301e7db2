"""Core values as lines for the terminal: quiet, aligned, names before ARNs, the next step last."""

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
