"""What `doctor` found in the terminal: one line a check, what to do next under those not ok."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from hubmend.core.arn import Target
from hubmend.core.diagnosis import Check, Diagnosis, Health, Need
from hubmend.report.text.layout import Columns, Line, Row, as_text, strong
from hubmend.report.wording import count, listed

_STYLES = {
    Health.OK: "green", Health.MISSING: "red", Health.OFF: "yellow", Health.NOT_KNOWN: "yellow",
}  # fmt: skip


def doctor_table(diagnosis: Diagnosis) -> RenderableType:
    """Return the checks of the caller, then target by target, and what is to be done first."""
    parts: list[RenderableType] = []
    for target, checks in groupby(diagnosis.checks, key=lambda one: one.target):
        parts.append(Line(strong(_title(target, diagnosis))))
        parts.append(Columns([_row(one) for one in checks], indent=2))
    return Group(*parts, Line(_counted(diagnosis.checks)), Line(_next(diagnosis)))


def _title(target: Target | None, diagnosis: Diagnosis) -> str:
    if target is None:
        return f"account {diagnosis.identity.account}"
    return f"account {target.account}, {target.region}"


def _row(one: Check) -> Row:
    said = as_text(one.detail)
    if one.next:
        said = said + Text("; ") + as_text(one.next)
    return (one.name, Text(one.health.value, _STYLES[one.health]), said)


def _counted(checks: Sequence[Check]) -> str:
    healths = [one.health for one in checks]
    words = [f"{healths.count(one)} {one.value}" for one in Health if one in healths]
    return f"{count(len(checks), 'check')}: {listed(words)}."


def _next(diagnosis: Diagnosis) -> str:
    code = diagnosis.exit_code
    if not code:
        return "Next: hubmend scan"
    need = Need.REMEDIATION if code == 1 else Need.SCAN
    bad = next(one for one in diagnosis.checks if one.need is need and one.health is not Health.OK)
    return f"Next: {bad.next or bad.detail}        (exit {code}: needed for {need.value})"
