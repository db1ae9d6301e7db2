"""CSV, one row per machine, safe to open in a spreadsheet.

A report's rows about the control itself, one per account and region, say so in `subject`.

A cell that begins with =, +, -, @, a tab or a carriage return is run as a formula by the common
spreadsheets, and a machine's tags are text anyone may choose: such cells get a leading apostrophe
(OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hubmend.core.resource import Resource, Scan
from hubmend.report.wording import visible

if TYPE_CHECKING:
    from hubmend.core.dossier import Dossier
    from hubmend.report.story import Story

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - as Excel reads them


def render_csv(dossier: Dossier) -> str:
    """Return the dossier's machines, one row each, with what was decided, done and proved.

    What was done to the control itself comes after them.
    """
    from hubmend.report.story import controls, stories  # noqa: PLC0415 - a scan's sheet needs none

    run = dossier.run.id if dossier.run else ""
    told = (*stories(dossier), *controls(dossier))
    return _sheet(_REPORT, (_report_row(story, run) for story in told))


def scan_csv(scan: Scan) -> str:
    """Return a scan, one row per machine."""
    return scan_header() + "".join(scan_line(scan, row) for row in scan.resources)


def scan_header() -> str:
    """Return the first line of a scan."""
    return _sheet(_SCAN, ())


def scan_line(scan: Scan, row: Resource) -> str:
    """Return one machine's line; its cells stand as the header names them."""
    return _lines([_scan_row(row, scan.account_names)])


def rows_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the rows of any JSON document of ours; what is nested stays JSON in its cell."""
    header = tuple(dict.fromkeys(key for row in rows for key in row))
    return _sheet(header, ([_flat(row.get(key)) for key in header] for row in rows))


def _flat(value: object) -> object:
    nested = isinstance(value, dict | list)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) if nested else value


_SCAN = (
    "account", "account_name", "region", "name", "type", "verdict", "suppressed", "reason",
    "level", "include_execution_data", "log_group_arn", "role_arn", "manager",
    "manager_evidence", "workflow_status", "compliance_status", "recommendation",
    "recommended_level", "why", "tags", "arn",
)  # fmt: skip
_REPORT = (
    "account", "account_name", "region", "name", "type", "before", "after", "reason", "decision",
    "decided_by", "decision_reason", "until", "outcome", "error", "configuration", "proof",
    "proof_level", "records_expected", "records_found", "finding", "score_before", "score_now",
    "run", "undo", "arn", "subject",
)  # fmt: skip


def _sheet(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    return _lines([header]) + _lines(rows)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    guard = "'" if text.lstrip(" ").startswith(_FORMULA) else ""
    return guard + visible(text)


def _scan_row(row: Resource, names: Mapping[str, str]) -> Sequence[object]:
    finding = row.finding
    return (
        row.account, names.get(row.account), row.region, row.name, row.type, row.verdict.value,
        row.suppressed, row.reason, row.level, row.include_execution_data, row.log_group_arn,
        row.role_arn, row.manager.kind, row.manager.evidence,
        finding.workflow_status if finding else None,
        finding.compliance_status if finding else None,
        row.recommendation.decision.value, row.recommendation.advised, row.recommendation.why,
        "; ".join(f"{key}={value}" for key, value in sorted(row.tags.items())), row.arn,
    )  # fmt: skip


def _report_row(story: Story, run: str) -> Sequence[object]:
    decisions, result, seen = story.decisions, story.result, story.verification
    proof = seen.proof if seen and not story.of_control else None
    return (
        story.account, story.account_name, story.region, story.name, story.type,
        story.before, story.after, story.reason,
        _joined(one.kind.value for one in decisions), _joined(one.by for one in decisions),
        _joined(one.reason for one in decisions), _joined(one.until for one in decisions),
        result.status.value if result else None, result.error if result else None,
        seen.configuration.status if seen else None, proof.status.value if proof else None,
        proof.level if proof else None, proof.expected if proof else None,
        proof.found if proof else None, seen.finding.status if seen and proof else None,
        seen.score.before if seen else None, seen.score.now if seen else None,
        run, f"hubmend rollback {run}" if run and story.steps else None, story.arn,
        "control" if story.of_control else "machine",
    )  # fmt: skip


def _joined(values: Iterable[object]) -> str:
    """Return one cell for all of them, in the same order in each column; "" where none is set."""
    said = [str(value or "") for value in values]
    return "; ".join(said) if any(said) else ""
