"""Rules of the policy file: which machines a rule is about, and what it decides.

A rule may be standing: then Security Hub itself suppresses what it matches, by an automation rule.
That takes a match whose conditions an automation rule can ask exactly, neither more nor less.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from hubmend.core.codec import encode, fingerprint
from hubmend.core.resource import Kind, Resource

_WILDCARD = re.compile(r"[*?\[]")
_NAMED = "rule-"  # what ids of rules begin with
_CONDITIONS = ("account", "region", "name", "type", "manager")


@dataclass(frozen=True)
class Match:
    """Which resources a rule is about; every given condition must hold, globs allowed in names."""

    account: str | None = None
    region: str | None = None
    name: str | None = None
    type: str | None = None
    manager: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    ou: str | None = None
    units: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by account, see located

    def __str__(self) -> str:
        given = [
            f"{name} {value}" for name in ("ou", *_CONDITIONS) if (value := getattr(self, name))
        ]
        given += [f"tag {key}={value}" for key, value in self.tags.items()]
        return ", ".join(given) or "every machine"

    def open(self, resource: Resource) -> bool:
        """Whether it may hold or not, since it asks for tags of a resource that are not known."""
        if resource.tagged or not (self.tags or self.manager):
            return False
        return replace(self, tags={}, manager=None).holds(resource)

    def holds(self, resource: Resource) -> bool:
        """Whether the rule is about this resource."""
        if self.ou is not None:
            units = self.units.get(resource.account, ())
            if not any(fnmatch.fnmatchcase(unit, self.ou) for unit in units):
                return False
        pairs = (
            (self.account, resource.account),
            (self.region, resource.region),
            (self.name, resource.name),
            (self.type, resource.type or ""),
            (self.manager, resource.manager.kind),
        )
        tags = ((want, resource.tags.get(key)) for key, want in self.tags.items())
        return all(want is None or fnmatch.fnmatchcase(is_, want) for want, is_ in pairs) and all(
            is_ is not None and fnmatch.fnmatchcase(is_, want) for want, is_ in tags
        )


@dataclass(frozen=True)
class Rule:
    """One rule of the policy file; the first that matches and has not ended decides."""

    match: Match
    decision: Kind
    reason: str = ""
    owner: str = ""
    until: date | None = None
    level: str | None = None
    standing: bool = False
    line: int = 0

    @property
    def id(self) -> str:
        """Return what names the rule wherever it stands, for as long as it decides the same.

        It goes by what the policy file says, not by which accounts are in a unit today.
        """
        said = encode(replace(self, line=0, match=replace(self.match, units={})))
        del said["standing"]  # how it is carried out is no part of what is decided
        return f"{_NAMED}{fingerprint(said)[7:15]}"

    def ended(self, today: date) -> bool:
        """Whether its last day is past: it decides nothing any more."""
        return self.until is not None and self.until < today


def of_rule(decision: str) -> bool:
    """Whether a decision's id is that of a rule, not of a person's decision."""
    return decision.startswith(_NAMED)


def exact(pattern: str) -> bool:
    """Whether a pattern matches itself alone."""
    return _WILDCARD.search(pattern) is None


def prefix(pattern: str) -> str | None:
    """Return what all that a pattern matches begins with, if it asks no more; None otherwise."""
    head = pattern[:-1]
    return head if head and pattern.endswith("*") and exact(head) else None


def disjoint(one: Match, other: Match) -> bool:
    """Whether no resource meets both, as far as one of their conditions tells. Pure."""
    pairs = [(getattr(one, name), getattr(other, name)) for name in _CONDITIONS]
    pairs += [(one.tags[key], other.tags[key]) for key in one.tags.keys() & other.tags.keys()]
    return any(a is not None and b is not None and _apart(a, b) for a, b in pairs)


def _apart(one: str, other: str) -> bool:
    if exact(one) or exact(other):
        return not (fnmatch.fnmatchcase(one, other) or fnmatch.fnmatchcase(other, one))
    heads = [_WILDCARD.split(pattern)[0] for pattern in (one, other)]
    return not (heads[0].startswith(heads[1]) or heads[1].startswith(heads[0]))


def inexact(match: Match) -> tuple[str, str] | None:
    """Return the condition no automation rule can ask exactly, and why; None where all can be.

    Criteria compare a field of findings by EQUALS or PREFIX, tags by EQUALS; several on one field
    are alternatives (F§2.7, MapFilter). The region is asked by making the rule there.
    """
    for key in ("ou", "type", "manager"):
        if getattr(match, key) is not None:
            return key, "cannot be standing: findings do not carry it"
    for key in ("account", "name"):
        value = getattr(match, key)
        if value is not None and not exact(value) and prefix(value) is None:
            return key, 'of a standing rule is written out, or ends in its only wildcard, "*"'
    if match.name is not None and (match.account is None or not exact(match.account)):
        return "name", "of a standing rule needs account, in full: findings carry the ARN"
    if len(match.tags) > 1:
        return "tags", "of a standing rule is one tag: several would be alternatives"
    if not all(map(exact, match.tags.values())):
        return "tags", "of a standing rule has no wildcards"
    return None
