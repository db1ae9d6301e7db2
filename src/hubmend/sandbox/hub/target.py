"""What Security Hub holds for one account in one Region, without any behaviour over time.

Kept apart from the evaluation that changes it, so that operations which only read or set
something need to know nothing about delays.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.catalogue import CONTROLS, STANDARDS, Control, Standard
from hubmend.sandbox.hub.findings import Place
from hubmend.sandbox.hub.lifecycle import Asff
from hubmend.sandbox.hub.recording import Item, Recorder


@dataclass(frozen=True)
class HistoryRecord:
    """One entry of GetFindingHistory: who changed which fields when."""

    at: datetime
    source: str
    identity: str
    updates: tuple[tuple[str, str, str], ...]
    created: bool = False


@dataclass
class Finding:
    """A finding with what its ASFF does not say: its history and what it is filed under."""

    asff: Asff
    control: str
    subject: str
    standard: str | None
    history: list[HistoryRecord] = field(default_factory=list)

    @property
    def active(self) -> bool:
        """Whether it is in the active record."""
        return bool(self.asff["RecordState"] == "ACTIVE")


@dataclass(frozen=True)
class Association:
    """A control in a standard: ENABLED or DISABLED, since when and why."""

    status: str
    updated_at: datetime
    reason: str = ""


@dataclass(frozen=True)
class Parameter:
    """A control's custom `logLevel` (None for the default), before and after `ready_at`.

    `applied` says that the checks the change triggers have run.
    """

    level: str | None
    before: str | None
    ready_at: datetime
    reason: str = ""
    applied: bool = False


@dataclass(frozen=True)
class Compliance:
    """Config's last verdict on one machine: COMPLIANT or NON_COMPLIANT, from which item."""

    compliance: str
    item: Item
    evaluated_at: datetime


@dataclass
class Target:
    """One account in one Region."""

    place: Place
    recorder: Recorder
    enabled_at: datetime | None = None
    consolidated: bool = True
    auto_enable_controls: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    subscribed: dict[str, datetime] = field(default_factory=dict)
    associations: dict[tuple[str, str], Association] = field(default_factory=dict)
    parameter: Parameter | None = None
    findings: dict[str, Finding] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    compliance: dict[str, Compliance] = field(default_factory=dict)
    queue: list[tuple[datetime, Item]] = field(default_factory=list)
    refreshed_at: datetime | None = None
    orphaned_at: dict[str, datetime] = field(default_factory=dict)

    @property
    def enabled(self) -> bool:
        """Whether the account has Security Hub on in the Region."""
        return self.enabled_at is not None

    def standards(self) -> list[Standard]:
        """The enabled standards, in the catalogue's order."""
        return [standard for standard in STANDARDS if standard.key in self.subscribed]

    def standards_of(self, control: Control) -> list[Standard]:
        """The enabled standards in which the control is enabled."""
        return [
            standard
            for standard in self.standards()
            if standard in control.standards
            and self.associations[standard.key, control.id].status == "ENABLED"
        ]

    def runs(self, control: Control) -> bool:
        """Whether the control is checked here at all."""
        return control.available_in(self.place.region) and bool(self.standards_of(control))

    def generators(self, control: Control) -> list[Standard | None]:
        """What raises findings of the control: one None when consolidated, else each standard."""
        standards = self.standards_of(control)
        return [None] if self.consolidated and standards else [*standards]

    def find(self, control: str, subject: str, standard: str | None) -> Finding | None:
        """The active finding filed under these, if any."""
        for finding in self.findings.values():
            filed = (finding.control, finding.subject, finding.standard)
            if finding.active and filed == (control, subject, standard):
                return finding
        return None

    def associate(
        self, standard: Standard, control: str, status: str, at: datetime, why: str = ""
    ) -> None:
        """Enable or disable a control in a standard."""
        self.associations[standard.key, control] = Association(status, at, why)

    def subscribe(self, standard: Standard, at: datetime) -> None:
        """Enable a standard with every control of it (F§2.8: this re-enables disabled ones)."""
        self.subscribed.setdefault(standard.key, at)
        for control in CONTROLS.values():
            if standard in control.standards:
                self.associate(standard, control.id, "ENABLED", at)

    def level_at(self, now: datetime) -> str | None:
        """The custom `logLevel` in force, None for the default."""
        if self.parameter is None:
            return None
        ready = self.parameter.ready_at <= now
        return self.parameter.level if ready else self.parameter.before
