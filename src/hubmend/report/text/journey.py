"""What a whole journey came to, in a few lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType

from hubmend.core.resource import Scan
from hubmend.core.run import ResourceStatus, RunResult
from hubmend.core.verification import Verification
from hubmend.report.text.layout import Columns, Line, strong
from hubmend.report.wording import count


def journey_text(
    before: Scan,
    after: Scan,
    answers: Sequence[Verification],
    back: RunResult | None,
    report: str,
) -> RenderableType:
    """Return the figures before and after, the proof, the way back, and where the report is."""
    words = ("passed", "failed", "unknown", "suppressed")
    rows = [
        [moment, *(str(scan.summary[word]) for word in words)]
        for moment, scan in (("before", before), ("after", after))
    ]
    proved = [one for one in answers if one.proof.status == "proved"]
    records = sum(one.proof.found for one in proved)
    findings = sum(one.finding.status == "passed" for one in answers)
    changed = sum(one.configuration.status != "not-changed" for one in answers)
    left = sum(one.finding.status == "suppressed" for one in answers)
    more = f"; {count(left, 'finding')} SUPPRESSED" if left else ""
    return Group(
        Columns(rows, ["state machines", *words]),
        Line(
            f"Turned on for {count(changed, 'machine')}; {len(proved)} proved by "
            f"{count(records, 'log record')}; {count(findings, 'finding')} PASSED{more}."
        ),
        Line(_way_back(back)),
        Line("Report: ", strong(report)),
        Line("Next: hubmend sandbox, and try the verbs yourself"),
    )


def _way_back(back: RunResult | None) -> str:
    if back is None:
        return "Left in place (--keep)."
    kept = sum(one.status is ResourceStatus.KEPT for one in back.resources)
    groups = count(kept, "log group")
    return (
        "Then taken back: every machine is as it was before, level by level. "
        f"{groups} {'holds' if kept == 1 else 'hold'} records and {'was' if kept == 1 else 'were'} "
        "kept."
    )
