"""Plans: ordered changes for decisions, bound to what was read, as a fingerprinted document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from hubmend.core.call import Change
from hubmend.core.codec import DecodeError, canonical, decode, encode, fingerprint
from hubmend.core.decision import Decision
from hubmend.core.errors import PlanError

SCHEMA = "hubmend/plan/1"
# Keys that came later stay away while they are empty: a plan made before reads as it was made.
_LATER = ("owners", "scores", "patches", "missing")


@dataclass(frozen=True)
class Skipped:
    """A resource we chose not to act on, with the reason."""

    resource: str
    reason: str


@dataclass(frozen=True)
class Manual:
    """A resource hubmend must not change by itself, with the exact steps for a person."""

    resource: str
    reason: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """Something an approver should know about a resource or an account; never steers apply."""

    resource: str
    text: str


@dataclass(frozen=True)
class Missing:
    """An action that changes of the plan, or their undos, need and `principal` may not do."""

    account: str
    principal: str
    action: str
    resources: tuple[str, ...]


class NextDeploy(StrEnum):
    """What the next deploy of its owner does to a resource that was changed directly."""

    KEEPS = "keeps"
    REVERTS = "reverts"
    NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Owner:
    """Who deploys a resource, and what a direct change comes to; `stack` where one owns it."""

    resource: str
    kind: str
    evidence: str
    next_deploy: NextDeploy
    stack: str | None = None
    stack_id: str | None = None
    logical_id: str | None = None


@dataclass(frozen=True)
class Projection:
    """The score of a standard in one target as scanned, and once findings followed the plan."""

    account: str
    region: str
    standard: str
    before: int | None
    after: int | None
    status_before: str
    status_after: str


@dataclass(frozen=True)
class SourcePatch:
    """The change in the user's own source that keeps a resource fixed: a unified diff.

    `line` is where `path` declares the resource. For people: `apply` writes no source.
    """

    resource: str
    path: str
    line: int
    diff: str


@dataclass(frozen=True)
class Plan:
    """Ordered changes for decisions; `snapshots` holds each resource as it was read."""

    created: datetime
    control: str
    changes: tuple[Change, ...]
    skipped: tuple[Skipped, ...] = ()
    manual: tuple[Manual, ...] = ()
    notes: tuple[Note, ...] = ()
    decisions: tuple[Decision, ...] = ()
    snapshots: Mapping[str, Mapping[str, Any]] | None = None
    owners: tuple[Owner, ...] = ()
    scores: tuple[Projection, ...] = ()
    patches: tuple[SourcePatch, ...] = ()
    missing: tuple[Missing, ...] = ()

    @property
    def fingerprint(self) -> str:
        """Return sha256:HEX over everything the plan says."""
        return fingerprint({"schema": SCHEMA, **_body(self)})

    @property
    def resources(self) -> tuple[str, ...]:
        """Return the resources that will be changed, in order, each once."""
        return tuple(dict.fromkeys(change.resource for change in self.changes))

    @property
    def configured(self) -> tuple[str, ...]:
        """Return the resources whose own configuration changes, not only what is said of them."""
        own = [one.resource for one in self.changes if one.call.service != "securityhub"]
        return tuple(dict.fromkeys(own))

    def of(self, resource: str) -> tuple[Change, ...]:
        """Return the changes of one resource, in order."""
        return self._by_resource.get(resource, ())

    @cached_property
    def _by_resource(self) -> Mapping[str, tuple[Change, ...]]:
        """Grouped once: a fleet's plan has thousands of changes, and `of` is asked for each."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            found.setdefault(change.resource, []).append(change)
        return {resource: tuple(changes) for resource, changes in found.items()}


def dump_plan(plan: Plan) -> dict[str, Any]:
    """Return the plan as its JSON document, fingerprint included."""
    body = _body(plan)
    head = {"schema": SCHEMA, "fingerprint": plan.fingerprint, "created": body.pop("created")}
    return {**head, **body}


def _body(plan: Plan) -> dict[str, Any]:
    return {key: value for key, value in encode(plan).items() if value or key not in _LATER}


def load_plan(text: str, name: str = "the plan") -> Plan:
    """Read a plan document; raise PlanError when it is damaged, edited, or of a newer schema."""
    document = _document(text, name)
    if not isinstance(document, dict) or "schema" not in document:
        raise PlanError(f"{name} is not a hubmend plan: it has no schema")
    data = dict(document)
    schema, claimed = data.pop("schema"), data.pop("fingerprint", None)
    if schema != SCHEMA:
        raise PlanError(
            f"{name} has schema {schema!r}; this hubmend reads {SCHEMA!r}. "
            "Make the plan again with this version, or apply it with the one that made it"
        )
    try:
        plan = decode(Plan, data)
    except DecodeError as error:
        raise PlanError(f"{name} is not a whole plan: {error}") from None
    # The second comparison sees what reads the same: a list left out that was empty. The right
    # fingerprint is not told: whoever pastes it in makes an edited plan pass for the approved one.
    if plan.fingerprint != claimed or dump_plan(plan) != document:
        raise PlanError(
            f"{name} was changed after it was made: its fingerprint is not that of what it says. "
            "Nothing was applied; make the plan again: hubmend plan -o plan.json"
        )
    return plan


def _document(text: str, name: str) -> Any:
    try:
        document = json.loads(text)
        canonical(document)  # refuses NaN and infinity, which are no JSON
    except json.JSONDecodeError as error:
        raise PlanError(
            f"{name} is not whole JSON (line {error.lineno}): it was cut off or is another file. "
            "Make it again: hubmend plan -o plan.json"
        ) from None
    except (ValueError, RecursionError) as error:
        raise PlanError(f"{name} is not a hubmend plan: {error}") from None
    return document
