"""The decisions that stand, in the terminal: what, from whom, why, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from rich.console import Group, RenderableType
from rich.text import Text

from hubmend.core.decision import Decision
from hubmend.report.naming import name_of
from hubmend.report.text.layout import Columns, Line, Row, quiet, word
from hubmend.report.wording import count


def decisions_table(
    decisions: Sequence[Decision],
    today: date,
    *,
    verbose: bool = False,
    names: Mapping[str, str] | None = None,
) -> RenderableType:
    """Return one row per decision; those past their day are marked expired.

    `names` maps account ids to names; `verbose` gives ARNs instead of names.
    """
    if not decisions:
        return Group(
            Line("Nobody has decided anything yet."),
            Line(
                "Next: hubmend decide ARN --enable --by NAME, or let rules in hubmend.toml decide"
            ),
        )
    header = ("account", "region", "about", "decision", "until", "by", "why")
    ordered = sorted(decisions, key=lambda one: (*_place(one), one.resource))
    rows = [_row(one, today, names or {}, verbose=verbose) for one in ordered]
    expired = sum(not one.stands(today) for one in decisions)
    said = f"{count(len(decisions), 'decision')}"
    said += f", {expired} expired: decide those again." if expired else ", all stand."
    return Group(
        Columns(rows, header, group=2), Line(said), Line("Next: hubmend plan -o plan.json")
    )


def _row(one: Decision, today: date, names: Mapping[str, str], *, verbose: bool) -> Row:
    account, region = _place(one)
    about = quiet(one.resource) if verbose else name_of(one.resource).text
    kind = " ".join(part for part in (one.kind.value, one.level) if part)
    until = Text(one.until.isoformat() if one.until else "-")
    if not one.stands(today):
        until += Text(" ") + word("expired")
    by = one.by if one.source == "person" else f"{one.by} ({one.source})"
    return (names.get(account) or account, region, about, kind, until, by, one.reason or "-")


def _place(one: Decision) -> tuple[str, str]:
    name = name_of(one.resource)
    return name.account or "-", name.region or "-"
