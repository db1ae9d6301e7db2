"""A scan in the terminal: what fails and what could not be read; what passes is counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import islice

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
    Tally,
    Verdict,
)
from hubmend.report.naming import account_label
from hubmend.report.text.layout import Columns, Line, Row, quiet, strong, word
from hubmend.report.text.remarks import left_out, remark_lines
from hubmend.report.text.score import score_sentences
from hubmend.report.wording import count, listed

MOST_ROWS = 5000  # of a table; nobody reads so many, and they are held in memory
MOST_GAPS = 20  # beside a document: what of the scope is not in it
_NAMED = 5  # names listed before the rest is counted
_TOLD = {Source.API: "itself", Source.HUB: "Security Hub", Source.CONFIG: "AWS Config"}
_ORDER = {Verdict.FAILED: 0, Verdict.UNKNOWN: 1, Verdict.PASSED: 2}


def scan_table(scan: Scan, *, everything: bool = False, verbose: bool = False) -> RenderableType:
    """Return a whole scan as lines."""
    table = ScanTable(everything=everything, verbose=verbose)
    for row in scan.resources:
        table.add(row)
    return table.render(scan, scan.tally)


def scan_gaps(scan: Scan, tally: Tally) -> RenderableType | None:
    """Return what of the scope a document of rows alone does not tell; None where it is whole.

    Of accounts and regions that could not be read MOST_GAPS are named.
    """
    rows = list(islice(_unread(scan), MOST_GAPS))
    left = len(scan.unread) - len(rows)
    more = [Line(f"and {count(left, 'more', 'more')}", indent=2)] if left else []
    told = [*rows, *more, *left_out(scan.remarks), *_incomplete(scan, tally)]
    return Group(*told) if told else None


class ScanTable:
    """A scan as lines: FAILED and UNKNOWN rows, the rest counted unless `everything`.

    Rows are taken one by one and the lines made of them at the end, since columns are as wide as
    their widest cell; so no more than MOST_ROWS are shown. `verbose` adds each machine's ARN and
    the reason of its verdict.
    """

    def __init__(self, *, everything: bool = False, verbose: bool = False) -> None:
        self._everything, self._verbose = everything, verbose
        self._rows: list[Resource] = []
        self._left = 0
        self._suppressed: dict[SuppressionState, list[str]] = defaultdict(list)
        self._told: Counter[Source] = Counter()

    def add(self, row: Resource) -> None:
        """Take one more row."""
        self._told[row.source] += 1
        for state in {one.state for one in row.suppressions}:
            self._suppressed[state].append(row.name)
        if not (self._everything or _wanted(row)):
            return
        if len(self._rows) < MOST_ROWS:
            self._rows.append(row)
        else:
            self._left += 1

    def render(self, scan: Scan, tally: Tally) -> RenderableType:
        """Return the lines; of the scan all but its rows is used."""
        if not tally.total and not scan.unread:
            return Group(*_empty(scan))
        shown = sorted(self._rows, key=_order)
        parts: list[RenderableType] = [_heading(scan, tally)]
        if shown:
            parts.append(_table(scan, shown, verbose=self._verbose))
            parts.extend(_unknown(shown))
        parts.extend(_hidden(tally, self._left, len(shown)))
        parts.extend(_unread(scan))
        parts.extend(_only_told(self._told))
        parts.extend(remark_lines(scan.remarks, verbose=self._verbose))
        return Group(*parts, *_ending(scan, tally), *self._ended(), *_last(scan, tally))

    def _ended(self) -> Iterator[RenderableType]:
        """Name the suppressions that ended, and those of somebody else."""
        said = {
            SuppressionState.ENDED: "ended: hubmend plan takes {them} back",
            SuppressionState.FOREIGN: "set by somebody else, left alone",
        }
        for state, text in said.items():
            if names := self._suppressed[state]:
                them = "it" if len(names) == 1 else "them"
                rest = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
                shown = listed([*names[:_NAMED], *rest])
                yield Line(f"Suppression {text.format(them=them)}: {shown}.")


def _order(row: Resource) -> tuple[str, str, int, str]:
    return row.account, row.region, _ORDER[row.verdict], row.name


def _wanted(row: Resource) -> bool:
    return row.verdict is not Verdict.PASSED and not row.suppressed


def _heading(scan: Scan, tally: Tally) -> RenderableType:
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
        count(tally.total, "machine"),
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
            said = row.finding.compliance_status if row.finding else ""
            its = f"; its finding says {said}" if said else ""
            yield Line(
                word(row.verdict.value), f"  {row.name}: {row.reason}{its}", indent=2, hang=9
            )


def _only_told(told: Counter[Source]) -> Iterator[RenderableType]:
    """Count the verdicts others told: a machine that refuses to be read has one there, too."""
    for source in (Source.HUB, Source.CONFIG):
        if number := told[source]:
            machines = count(number, "machine") + (" is" if number == 1 else " are")
            yield Line(f"{machines} as {_TOLD[source]} tells, not read (--source api reads each)",
                       indent=2)  # fmt: skip


def _unread(scan: Scan) -> Iterator[Line]:
    for one in scan.unread:
        where = f"{account_label(one.account, scan.account_names)}, {one.region or 'all regions'}"
        yield Line(word("UNKNOWN"), f"  {where}: not read: {one.error}", indent=2, hang=9)


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
    ended = [one.why for one in row.suppressions if one.why]
    if ended:
        return f"take its suppression back: {ended[0]}"
    advice: Recommendation = row.recommendation
    if advice.decision is Kind.NONE:
        return f"not known: {advice.why}" if advice.why else "-"
    said = " ".join(part for part in (advice.decision.value, advice.advised) if part)
    return f"{said}: {advice.why}" if advice.why else said


def _hidden(tally: Tally, left: int, shown: int) -> Iterator[RenderableType]:
    counts = tally.summary
    if left:
        rest = f"{left:,} rows more than a table shows: --format csv or json has them all"
        yield Line(quiet(rest), indent=2)
    if shown + left == tally.total:
        return
    rest = listed([
        f"{counts[key]} {said}"
        for key, said in (("passed", "PASSED"), ("suppressed", "suppressed"))
        if counts[key]
    ])  # fmt: skip
    yield Line(quiet(f"{rest} more (--all)"), indent=2)


def _ending(scan: Scan, tally: Tally) -> Iterator[RenderableType]:
    counts = tally.summary
    said = [f"{key} {counts[key]}" for key in ("failed", "unknown", "passed")]
    if counts["suppressed"]:
        said.append(f"suppressed {counts['suppressed']}")
    totals = ", ".join(said).capitalize()
    yield Line(" ".join([f"{totals}.", *score_sentences(scan.scores)]))


def _last(scan: Scan, tally: Tally) -> Iterator[RenderableType]:
    yield from _incomplete(scan, tally)
    yield Line(f"Next: {_next(scan, tally)}")


def _next(scan: Scan, tally: Tally) -> str:
    if tally.count(Verdict.FAILED):
        return "hubmend decide, or let hubmend.toml decide and run: hubmend plan -o plan.json"
    if tally.exit_code(scan.unread) == INCOMPLETE:
        return "hubmend doctor"
    return "nothing fails; keep the proof: hubmend report -o report.html"


def _incomplete(scan: Scan, tally: Tally) -> Iterator[RenderableType]:
    nouns = (
        (tally.count(Verdict.UNKNOWN), "machine"),
        (len(scan.unread), "account and region", "accounts and regions"),
    )
    if parts := [count(number, *noun) for number, *noun in nouns if number]:
        said = f"Incomplete (exit {INCOMPLETE}): {listed(parts)} could not be read."
        again = " Once that is mended: hubmend scan --resume." if scan.unread else ""
        yield Line(said + again)


def _empty(scan: Scan) -> Iterator[RenderableType]:
    yield _heading(scan, Tally())
    yield Line("No state machine in this scope.")
    yield from remark_lines(scan.remarks, verbose=False)
    yield Line("Next: widen it with --accounts and --regions, or ask hubmend doctor what is hidden")
