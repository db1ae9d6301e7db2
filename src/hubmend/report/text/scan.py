"""A scan in the terminal: what fails and what could not be read; what passes is counted."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType

from hubmend.core.errors import INCOMPLETE
from hubmend.core.resource import (
    Kind,
    Manager,
    Recommendation,
    Resource,
    Scan,
    Source,
    SuppressionState,
    Verdict,
)
from hubmend.report.naming import account_label
from hubmend.report.text.layout import Columns, Line, Row, quiet, strong, word
from hubmend.report.text.remarks import remark_lines
from hubmend.report.text.score import score_sentences
from hubmend.report.wording import count, listed

_NAMED = 5  # names listed before the rest is counted
_TOLD = {Source.API: "itself", Source.HUB: "Security Hub", Source.CONFIG: "AWS Config"}
_ORDER = {Verdict.FAILED: 0, Verdict.UNKNOWN: 1, Verdict.PASSED: 2}


def scan_table(scan: Scan, *, everything: bool = False, verbose: bool = False) -> RenderableType:
    """Return a scan as lines: FAILED and UNKNOWN rows, the rest counted unless `everything`.

    `verbose` adds each machine's ARN and the reason of its verdict.
    """
    if not scan.resources and not scan.unread:
        return Group(*_empty(scan))
    shown = [row for row in scan.resources if everything or _wanted(row)]
    shown.sort(key=lambda row: (row.account, row.region, _ORDER[row.verdict], row.name))
    parts: list[RenderableType] = [_heading(scan)]
    if shown:
        parts.append(_table(scan, shown, verbose=verbose))
        parts.extend(_unknown(shown))
    parts.extend(_hidden(scan, len(shown)))
    parts.extend(
        Line(word("UNKNOWN"), f"  {account_label(u.account, scan.account_names)}, "
             f"{u.region or 'all regions'}: "
             f"not read: {u.error}", indent=2, hang=9)
        for u in scan.unread
    )  # fmt: skip
    parts.extend(remark_lines(scan.remarks, verbose=verbose))
    return Group(*parts, *_ending(scan))


def _wanted(row: Resource) -> bool:
    return row.verdict is not Verdict.PASSED and not row.suppressed


def _heading(scan: Scan) -> RenderableType:
    accounts = sorted({target.account for target in scan.targets})
    regions = sorted({target.region for target in scan.targets})
    where = (
        f"account {account_label(accounts[0], scan.account_names)}"
        if len(accounts) == 1
        else count(len(accounts), "account")
    )
    why = scan.source_why
    facts = (
        where,
        count(len(regions), "region"),
        count(len(scan.resources), "machine"),
        f"source: {scan.source}" + (f" ({why})" if why not in ("", "asked for") else ""),
    )
    return Line(strong(scan.control), "  ", "  ".join(facts))


def _table(scan: Scan, rows: list[Resource], *, verbose: bool) -> RenderableType:
    several = len({target.account for target in scan.targets}) > 1
    header = ["account"] if several else []
    header += ["region", "machine", "type", "level", "verdict", "owned by", "recommendation"]
    names = scan.account_names
    cells: list[Row] = []
    for row in rows:
        first = [names.get(row.account) or row.account] if several else []
        cells.append([
            *first, row.region, row.name, row.type or "?", row.level or "?",
            word(row.verdict.value), _owner(row.manager), _advice(row),
        ])  # fmt: skip
    table = Columns(cells, header, indent=2, group=2 if several else 1)
    return Group(table, *_details(rows)) if verbose else table


def _unknown(rows: list[Resource]) -> Iterator[RenderableType]:
    """Say why a machine could not be read: AWS's words are too long for a column."""
    for row in rows:
        if row.verdict is Verdict.UNKNOWN:
            yield Line(word(row.verdict.value), f"  {row.name}: {row.reason}", indent=2, hang=9)


def _details(rows: list[Resource]) -> Iterator[RenderableType]:
    for row in rows:
        yield Line(quiet(row.arn), indent=2)
        known = "" if row.verdict is Verdict.UNKNOWN else row.reason
        told = f"told by {_TOLD[row.source]} as of {row.as_of}" if row.as_of else ""
        said = "; ".join(part for part in (known, row.manager.evidence, told) if part)
        if said:
            yield Line(quiet(said), indent=6)


def _owner(manager: Manager) -> str:
    """Return who deploys a machine, with the stack where the evidence names one."""
    stack, slash, _ = manager.evidence.partition(" / ")
    return f"{manager.kind} {stack}" if slash else manager.kind or "-"


def _advice(row: Resource) -> str:
    if row.verdict is Verdict.UNKNOWN:
        return "could not be read"
    if row.suppressed:
        return "suppressed in Security Hub"
    behind = row.finding.suppression if row.finding else None
    if behind and behind.why:
        return f"take its suppression back: {behind.why}"
    advice: Recommendation = row.recommendation
    if advice.decision is Kind.NONE:
        return "-"
    said = " ".join(part for part in (advice.decision.value, advice.level) if part)
    return f"{said}: {advice.why}" if advice.why else said


def _hidden(scan: Scan, shown: int) -> Iterator[RenderableType]:
    if shown == len(scan.resources):
        return
    counts = scan.summary
    rest = [
        f"{counts[key]} {said}"
        for key, said in (("passed", "PASSED"), ("suppressed", "suppressed"))
        if counts[key]
    ]
    yield Line(quiet(f"{listed(rest)} more (--all)"), indent=2)


def _ending(scan: Scan) -> Iterator[RenderableType]:
    counts = scan.summary
    said = [f"{key} {counts[key]}" for key in ("failed", "unknown", "passed")]
    if counts["suppressed"]:
        said.append(f"suppressed {counts['suppressed']}")
    totals = ", ".join(said).capitalize()
    yield Line(" ".join([f"{totals}.", *score_sentences(scan.scores)]))
    yield from _suppressions(scan)
    yield from _incomplete(scan)
    yield Line(f"Next: {_next(scan)}")


def _suppressions(scan: Scan) -> Iterator[RenderableType]:
    """Name the suppressions that ended, and those of somebody else."""
    said = {
        SuppressionState.ENDED: "ended: hubmend plan takes {them} back",
        SuppressionState.FOREIGN: "set by somebody else, left alone",
    }
    for state, text in said.items():
        names = [
            row.name
            for row in scan.resources
            if row.finding and row.finding.suppression and row.finding.suppression.state is state
        ]
        if names:
            them = "it" if len(names) == 1 else "them"
            rest = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
            shown = listed([*names[:_NAMED], *rest])
            yield Line(f"Suppression {text.format(them=them)}: {shown}.")


def _next(scan: Scan) -> str:
    if scan.count(Verdict.FAILED):
        return "hubmend decide, or let hubmend.toml decide and run: hubmend plan -o plan.json"
    if scan.exit_code == INCOMPLETE:
        return "hubmend doctor"
    return "nothing fails; keep the proof: hubmend report -o report.html"


def _incomplete(scan: Scan) -> Iterator[RenderableType]:
    nouns = (
        (scan.count(Verdict.UNKNOWN), "machine"),
        (len(scan.unread), "account and region", "accounts and regions"),
    )
    if parts := [count(number, *noun) for number, *noun in nouns if number]:
        yield Line(f"Incomplete (exit {INCOMPLETE}): {listed(parts)} could not be read.")


def _empty(scan: Scan) -> Iterator[RenderableType]:
    yield _heading(scan)
    yield Line("No state machine in this scope.")
    yield from remark_lines(scan.remarks, verbose=False)
    yield Line("Next: widen it with --accounts and --regions, or ask hubmend doctor what is hidden")
