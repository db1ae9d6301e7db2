"""Rules of the policy file: which machines a rule is about, and what it decides."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from hubmend.core.resource import Kind, Resource


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
    """One rule of the policy file; the first that matches decides."""

    match: Match
    decision: Kind
    reason: str = ""
    owner: str = ""
    until: date | None = None
    level: str | None = None
    line: int = 0
