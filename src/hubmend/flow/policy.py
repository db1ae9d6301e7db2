"""policy check: what each rule of the policy file catches on the last scan. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hubmend.core.resource import Resource, Scan, Verdict
from hubmend.core.rules import Rule
from hubmend.core.settings import Settings


class RuleState(StrEnum):
    """Whether a rule does anything."""

    CATCHES = "catches"
    NOTHING = "catches nothing"
    SHADOWED = "shadowed"  # all it would catch is caught by rules before it
    ENDED = "ended"  # its `until` has passed: it decides nothing any more


@dataclass(frozen=True)
class RuleReview:
    """One rule with the machines it is the first to match; `shadows` are lines of rules before."""

    rule: Rule
    state: RuleState
    catches: tuple[Resource, ...] = ()
    shadows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Review:
    """Every rule in order, and the failing machines no rule speaks of; scan None: not scanned."""

    scan: Scan | None
    rules: tuple[RuleReview, ...]
    uncaught: tuple[Resource, ...] = ()


def review(settings: Settings, scan: Scan | None, today: date) -> Review:
    """Return what each rule catches; the first that matches a machine has it. Pure and total."""
    settings = settings.located(scan.units if scan else {})
    rows = scan.resources if scan else ()
    caught: dict[int, list[Resource]] = {}
    uncaught = []
    for row in rows:
        rule = settings.rule_for(row, today)
        if rule:
            caught.setdefault(settings.rules.index(rule), []).append(row)
        elif row.verdict is Verdict.FAILED:
            uncaught.append(row)
    rules = tuple(
        _reviewed(settings, index, tuple(caught.get(index, ())), rows, today)
        for index in range(len(settings.rules))
    )
    return Review(scan, rules, tuple(uncaught))


def _reviewed(
    settings: Settings,
    index: int,
    catches: tuple[Resource, ...],
    rows: tuple[Resource, ...],
    today: date,
) -> RuleReview:
    rule = settings.rules[index]
    if rule.ended(today):
        return RuleReview(rule, RuleState.ENDED)
    before = {
        first.line
        for row in rows
        if rule.match.holds(row) and (first := settings.rule_for(row, today)) and first != rule
    }
    if catches:
        return RuleReview(rule, RuleState.CATCHES, catches, tuple(sorted(before)))
    state = RuleState.SHADOWED if before else RuleState.NOTHING
    return RuleReview(rule, state, (), tuple(sorted(before)))
