"""What the policy file's rules catch, in the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType

from hubmend.core.resource import Resource, Verdict
from hubmend.flow.policy import Review, RuleReview, RuleState
from hubmend.report.policy import conditions
from hubmend.report.text.layout import Columns, Line, Row, quiet
from hubmend.report.wording import count, listed, moment

_NAMED = 4  # machines named per rule before the rest is counted


def policy_text(review: Review, *, verbose: bool = False) -> RenderableType:
    """Return one line per rule, what is wrong with some, and the machines without a rule."""
    if not review.rules:
        said = "The policy file has no rules: every failing machine waits for a person's decision."
        return Group(Line(said), Line("Next: hubmend decide"))
    header = ["line", "decision", "match", "state", "machines"]
    parts: list[RenderableType] = [
        Columns([_row(one, verbose=verbose) for one in review.rules], header)
    ]
    parts.extend(_faults(review, verbose=verbose))
    return Group(*parts, *_ending(review, verbose=verbose))


def _row(one: RuleReview, *, verbose: bool) -> Row:
    match = ", ".join(f"{key} {_said(value)}" for key, value in conditions(one.rule.match).items())
    names = _some([row.name for row in one.catches], verbose=verbose) or "-"
    decision = one.rule.decision.value + (", standing" if one.rule.standing else "")
    decision += f" ({one.rule.id})" if verbose else ""  # as notes in Security Hub name it
    return (str(one.rule.line), decision, match or "everything", one.state.value, names)


def _said(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key}={inner}" for key, inner in value.items())
    return str(value)


def _faults(review: Review, *, verbose: bool) -> Iterator[Line]:
    """Say of each rule that does nothing why, and for which machines a person decided instead."""
    if review.scan is None:
        yield Line("Nothing has been scanned yet, so what the rules catch is not known.")
        return
    for one in review.rules:
        lines = listed([str(line) for line in one.shadows])
        said = {
            RuleState.NOTHING: "catches no machine of the last scan",
            RuleState.SHADOWED: f"catches nothing that line {lines} does not catch before it",
            RuleState.ENDED: f"ended on {one.rule.until}: it decides nothing any more",
        }.get(one.state)
        if said:
            yield Line(f"Rule at line {one.rule.line} {said}.", indent=2)
        if one.overruled:
            names = _some([row.name for row in one.overruled], verbose=verbose)
            yield Line(f"Rule at line {one.rule.line} gives way to a person for {names}.", indent=2)


def _ending(review: Review, *, verbose: bool) -> Iterator[Line]:
    if review.scan is None:
        yield Line("Next: hubmend scan")
        return
    without = list(review.uncaught)
    if without:
        names = _some([row.name for row in without], verbose=verbose)
        yield Line(f"No rule for {count(len(without), 'failing machine')}: {names}.")
    failing = [row for one in review.rules for row in one.catches if _fails(row)]
    persons = f", persons decided {len(review.decided)}" if review.decided else ""
    yield Line(f"Rules decide {count(len(failing), 'failing machine')} of the last scan{persons}.")
    yield Line(quiet(f"scanned {moment(review.scan.at)}"))
    yield Line(f"Next: {'hubmend decide' if without else 'hubmend plan -o plan.json'}")


def _fails(row: Resource) -> bool:
    return row.verdict is Verdict.FAILED


def _some(names: list[str], *, verbose: bool) -> str:
    if verbose or len(names) <= _NAMED:
        return listed(names)
    return listed([*names[:_NAMED], f"{len(names) - _NAMED} more"])
