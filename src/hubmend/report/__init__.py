"""Core values as text for people and machines.

HTML for owners and auditors, JSON, CSV and SARIF for programs, aligned lines for the terminal.
Everything here is a pure function of core values: no clock, no store, no network.

Names are imported when first used: a scan needs no HTML templates, `check` no rich tables.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hubmend.report.asff import scan_asff
    from hubmend.report.documents import (
        decisions_document,
        run_document,
        scan_document,
        verification_document,
    )
    from hubmend.report.dossier_json import render_json
    from hubmend.report.html import render_html
    from hubmend.report.ocsf import scan_ocsf
    from hubmend.report.sarif import scan_sarif
    from hubmend.report.source import check_document, check_sarif, fix_document
    from hubmend.report.spreadsheet import render_csv, rows_csv, scan_csv

_HOME = {
    "check_document": "source",
    "check_sarif": "source",
    "decisions_document": "documents",
    "fix_document": "source",
    "render_csv": "spreadsheet",
    "render_html": "html",
    "render_json": "dossier_json",
    "rows_csv": "spreadsheet",
    "run_document": "documents",
    "scan_asff": "asff",
    "scan_csv": "spreadsheet",
    "scan_document": "documents",
    "scan_ocsf": "ocsf",
    "scan_sarif": "sarif",
    "verification_document": "documents",
}

__all__ = [
    "check_document",
    "check_sarif",
    "decisions_document",
    "fix_document",
    "render_csv",
    "render_html",
    "render_json",
    "rows_csv",
    "run_document",
    "scan_asff",
    "scan_csv",
    "scan_document",
    "scan_ocsf",
    "scan_sarif",
    "verification_document",
]


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
