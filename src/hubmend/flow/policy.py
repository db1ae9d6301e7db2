"""policy check: what each rule of the policy file catches on the last scan. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hubmend.core.decision import Decision
from hubmend.core.resource import Resource, Scan, Verdict
from hubmend.core.rules import Rule
from hubmend.core.settings import Settings
from hubmend.flow.decide import by_person


class RuleState(StrEnum):
    """Whether a rule does anything."""

    CATCHES = "catches"
    NOTHING = "catches nothing"
    SHADOWED = "shadowed"  # all it would catch is caught by rules before it
    OVERRULED = "overruled"  # about all it would catch a person decided
    ENDED = "ended"  # its `until` has passed: it decides nothing any more


@dataclass(frozen=True)
class RuleReview:
    """One rule with the machines it is the first to match; `shadows` are lines of rules before.

    A person's decision stands above it for those that are `overruled`, and not for those it
    `catches`.
    """

    rule: Rule
    state: RuleState
    catches: tuple[Resource, ...] = ()
    shadows: tuple[int, ...] = ()
    overruled: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class Review:
    """Every rule in order, and the failing machines that no rule decides; None: not scanned.

    Of those `decided` are a person's; nobody has decided about those that are `uncaught`.
    """

    scan: Scan | None
    rules: tuple[RuleReview, ...]
    uncaught: tuple[Resource, ...] = ()
    decided: tuple[Resource, ...] = ()


@dataclass(frozen=True)
class _Seen:
    """One machine with the rule that is the first to match, and whether a person decided."""

    row: Resource
    rule: Rule | None
    personal: bool


def review(
    settings: Settings, scan: Scan | None, today: date, decisions: Sequence[Decision] = ()
) -> Review:
    """Return what each rule catches; the first that matches a machine has it. Pure and total.

    A rule that ended matches none; a person's decision stands above any.
    """
    settings = settings.located(scan.units if scan else {})
    decided = {one.resource: one for one in decisions}
    seen = [
        _Seen(row, settings.rule_for(row, today), by_person(row, decided, today) is not None)
        for row in (scan.resources if scan else ())
    ]
    failing = [one for one in seen if one.row.verdict is Verdict.FAILED]
    return Review(
        scan,
        tuple(_reviewed(rule, seen, today) for rule in settings.rules),
        tuple(one.row for one in failing if one.rule is None and not one.personal),
        tuple(one.row for one in failing if one.personal),
    )


def _reviewed(rule: Rule, seen: Sequence[_Seen], today: date) -> RuleReview:
    if rule.ended(today):
        return RuleReview(rule, RuleState.ENDED)
    mine = [one for one in seen if one.rule is rule]
    catches = tuple(one.row for one in mine if not one.personal)
    others = (one.rule for one in seen if one.rule is not rule and rule.match.holds(one.row))
    shadows = tuple(sorted({other.line for other in others if other}))
    if mine:
        state = RuleState.CATCHES if catches else RuleState.OVERRULED
    else:
        state = RuleState.SHADOWED if shadows else RuleState.NOTHING
    overruled = tuple(one.row for one in mine if one.personal)
    return RuleReview(rule, state, catches, shadows, overruled)
