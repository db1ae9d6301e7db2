"""Core values as text for people and machines.

HTML for owners and auditors, JSON, CSV and SARIF for programs, aligned lines for the terminal.
Everything here is a pure function of core values: no clock, no store, no network.
"""

from hubmend.report.asff import scan_asff
from hubmend.report.documents import (
    decisions_document,
    run_document,
    scan_document,
    verification_document,
)
from hubmend.report.dossier_json import render_json
from hubmend.report.estimate import estimate
from hubmend.report.html import render_html
from hubmend.report.ocsf import scan_ocsf
from hubmend.report.sarif import scan_sarif
from hubmend.report.source import check_document, check_sarif, fix_document
from hubmend.report.spreadsheet import render_csv, rows_csv, scan_csv

__all__ = [
    "check_document",
    "check_sarif",
    "decisions_document",
    "estimate",
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
