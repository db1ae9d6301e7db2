"""The story of each machine in a dossier: what failed, who decided, what was done, what came of it.

What a run did to the control itself, in an account and region, is a story apart: it is no machine
and has no verdict.

HTML, JSON and CSV tell the same stories, so they are put together once, here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubmend.core.arn import is_control
from hubmend.core.call import Call, Change
from hubmend.core.decision import Decision
from hubmend.core.dossier import Dossier
from hubmend.core.evidence import Entry
from hubmend.core.journal import CALL_AFTER, CALL_BEFORE, EXECUTION, Outcome, Way
from hubmend.core.plan import SourcePatch
from hubmend.core.resource import Kind, Resource, Verdict
from hubmend.core.run import ResourceResult
from hubmend.core.verification import Verification
from hubmend.report.naming import account_label, name_of

UNANSWERED = "unanswered"  # announced in the journal, and no answer was written after it


@dataclass(frozen=True)
class Deed:
    """One call as the journal has it; `outcome` is an Outcome or "unanswered"."""

    at: datetime
    outcome: str
    error: str | None


@dataclass(frozen=True)
class Step:
    """One change of the plan, with what became of it each way; None: never called."""

    change: Change
    applied: Deed | None
    undone: Deed | None

    @property
    def to_undo(self) -> bool:
        """Whether the call happened or may have: then there is something to take back."""
        happened = (Outcome.DONE, Outcome.UNCERTAIN, UNANSWERED)
        return self.applied is not None and self.applied.outcome in happened


@dataclass(frozen=True)
class Story:
    """Everything about one machine, or the control in one account and region (`of_control`).

    `resource` is None when no scan saw it. Only the control may have more than one decision.
    """

    arn: str
    name: str
    account: str
    account_name: str
    region: str
    resource: Resource | None
    before: Verdict | None
    after: Verdict | None
    decisions: tuple[Decision, ...]
    steps: tuple[Step, ...]
    result: ResourceResult | None
    verification: Verification | None
    notes: tuple[str, ...]
    executions: Mapping[str, str]
    patches: tuple[SourcePatch, ...] = ()

    @property
    def of_control(self) -> bool:
        """Whether it tells of the control itself."""
        return is_control(self.arn)

    @property
    def decision(self) -> Decision | None:
        """Return the decision behind it, None where there is none."""
        return self.decisions[0] if self.decisions else None

    @property
    def type(self) -> str:
        """Return the machine's type, "" where it is not known."""
        return (self.resource.type if self.resource else None) or ""

    @property
    def reason(self) -> str:
        """Return why it failed, "" where no scan saw it."""
        return self.resource.reason if self.resource else ""

    @property
    def changed(self) -> bool:
        """Whether the run changes the machine itself, not only its findings."""
        return any(step.change.call.service != "securityhub" for step in self.steps)

    @property
    def workflow(self) -> str | None:
        """Return the workflow status the run sets on its findings, None where it sets none."""
        set_ = (step.change.call.params.get("Workflow") or {} for step in self.steps)
        return next((str(one["Status"]) for one in set_ if "Status" in one), None)

    @property
    def effects(self) -> tuple[str, ...]:
        """Return what the run does to the control, in words, each once."""
        said = (effect_on_control(step.change.call) for step in self.steps)
        return tuple(dict.fromkeys(text for text in said if text))

    @property
    def suppressed(self) -> bool:
        """Whether it was decided to suppress it, rather than to fix it."""
        if self.workflow == "NEW":
            return False
        if self.decision is not None:
            return self.decision.kind in (Kind.SUPPRESS, Kind.DISABLE_CONTROL)
        return self.resource is not None and self.resource.suppressed

    @property
    def account_text(self) -> str:
        """Return the account's name and id."""
        return account_label(self.account, {self.account: self.account_name})


def effect_on_control(call: Call) -> str:
    """Return in words what a call does to the control or its automation rules, "" if nothing."""
    if call.operation != _ASSOCIATE:
        return _BY_OPERATION.get(call.operation, "")
    updates = call.params["StandardsControlAssociationUpdates"]
    off = any(one["AssociationStatus"] == "DISABLED" for one in updates)
    return _DISABLED if off else _ENABLED


_ASSOCIATE, _SET = "BatchUpdateStandardsControlAssociations", "UpdateSecurityControl"
_DISABLED, _ENABLED = "the control disabled", "the control enabled again"
RULES = {
    "BatchDeleteAutomationRules": "an automation rule deleted",
    "CreateAutomationRule": "an automation rule made",
}
_BY_OPERATION = {_SET: "the control's logLevel set", **RULES}
EFFECTS = (_DISABLED, _ENABLED, *_BY_OPERATION.values())  # in the order in which they are told
_DECIDED = {Kind.DISABLE_CONTROL: _ASSOCIATE, Kind.SET_PARAMETER: _SET}


def stories(dossier: Dossier) -> tuple[Story, ...]:
    """Return the machines a dossier tells about: those of its run, or all that were scanned.

    Ordered by account, region and name.
    """
    index = _Index(dossier)
    arns = of_run(dossier) if dossier.run else tuple(index.scanned)
    return _told(dossier, index, [arn for arn in arns if not is_control(arn)])


def controls(dossier: Dossier) -> tuple[Story, ...]:
    """Return what a dossier's run did to the control itself, by account and region."""
    arns = [arn for arn in of_run(dossier) if is_control(arn)]
    return _told(dossier, _Index(dossier), arns) if arns else ()


def _told(dossier: Dossier, index: _Index, arns: Sequence[str]) -> tuple[Story, ...]:
    told = [_story(dossier, index, arn) for arn in arns]
    return tuple(sorted(told, key=lambda s: (s.account, s.region, s.name, s.arn)))


def of_run(dossier: Dossier) -> tuple[str, ...]:
    """Return the ARNs the run was about to change or did change, each once."""
    planned = dossier.run.plan.resources if dossier.run else ()
    return tuple(dict.fromkeys((*planned, *(r.arn for r in dossier.results))))


def account_names(dossier: Dossier) -> Mapping[str, str]:
    """Return the accounts' names by id, as far as the scan knows them."""
    return dossier.scan.account_names if dossier.scan else {}


def decisions_by_resource(dossier: Dossier) -> Mapping[str, Decision]:
    """Return the decisions the plan rests on, or all where there is no run."""
    known = dossier.run.plan.decisions if dossier.run else dossier.decisions
    return {decision.resource: decision for decision in known}


def decision_for(arn: str, decisions: Mapping[str, Decision]) -> Decision | None:
    """Return the decision about a machine; it beats one about the machine's account."""
    return decisions.get(arn) or decisions.get(name_of(arn).account)


class _Index:
    """A dossier by ARN and by change: it may hold thousands of machines and their entries."""

    def __init__(self, dossier: Dossier) -> None:
        self.scanned = {r.arn: r for r in dossier.scan.resources} if dossier.scan else {}
        self.results = {result.arn: result for result in dossier.results}
        self.verifications = {one.arn: one for one in dossier.verifications}
        self.decisions = decisions_by_resource(dossier)
        self.deeds: dict[tuple[str, str], Deed] = {}
        self.executions: dict[str, dict[str, str]] = defaultdict(dict)
        self.notes: dict[str, list[str]] = defaultdict(list)
        self.changes: dict[str, list[Change]] = defaultdict(list)
        self.patches: dict[str, list[SourcePatch]] = defaultdict(list)
        for entry in dossier.entries:
            self._enter(entry)
        if dossier.run:
            for note in dossier.run.plan.notes:
                self.notes[note.resource].append(note.text)
            for change in dossier.run.plan.changes:
                self.changes[change.resource].append(change)
            for patch in dossier.run.plan.patches:
                self.patches[patch.resource].append(patch)

    def _enter(self, entry: Entry) -> None:
        """Take in one entry; a resumed run may make a call twice, and the last word counts."""
        body: Mapping[str, Any] = entry.body
        key = (str(body.get("change")), str(body.get("way")))
        if entry.kind == CALL_BEFORE:
            self.deeds[key] = Deed(entry.at, UNANSWERED, None)
        elif entry.kind == CALL_AFTER:
            self.deeds[key] = Deed(entry.at, str(body.get("outcome", "")), body.get("error"))
        elif entry.kind == EXECUTION:
            executions = self.executions[str(body.get("resource"))]
            executions[str(body.get("execution"))] = str(body.get("status"))

    def step(self, change: Change) -> Step:
        """Return one change with what became of it each way."""
        applied = self.deeds.get((change.id, Way.APPLY))
        return Step(change, applied, self.deeds.get((change.id, Way.ROLLBACK)))


def _story(dossier: Dossier, index: _Index, arn: str) -> Story:
    name, resource = name_of(arn), index.scanned.get(arn)
    return Story(
        arn=arn,
        name=resource.name if resource else name.text,
        account=name.account,
        account_name=account_names(dossier).get(name.account, ""),
        region=name.region,
        resource=resource,
        before=dossier.before.get(arn),
        after=dossier.after.get(arn),
        decisions=_decisions(arn, index),
        steps=tuple(index.step(change) for change in index.changes[arn]),
        result=index.results.get(arn),
        verification=index.verifications.get(arn),
        notes=tuple(index.notes[arn]),
        executions=index.executions[arn],
        patches=tuple(index.patches[arn]),
    )


def _decisions(arn: str, index: _Index) -> tuple[Decision, ...]:
    """Return the decision about a machine, or those that the control's changes carry out."""
    if not is_control(arn):
        found = decision_for(arn, index.decisions)
        return (found,) if found else ()
    account = name_of(arn).account
    made = {change.call.operation for change in index.changes[arn]}
    return tuple(
        one
        for one in index.decisions.values()
        if _DECIDED.get(one.kind) in made and name_of(one.resource).account == account
    )
