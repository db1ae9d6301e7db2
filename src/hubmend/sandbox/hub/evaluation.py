"""When the checks run: turns recorded configuration into findings as the clock moves (F§1.5, F§6).

Nothing runs in the background. Each request first settles its target: everything that became due
since the last one happens then, stamped with the time it was due, so that a clock moved by a day
gives the same findings as a day of waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.catalogue import CONTROLS, LIVE, Control, Standard
from hubmend.sandbox.hub.findings import (
    Subject,
    account_subject,
    compliance,
    machine_subject,
    new_finding,
    resources,
)
from hubmend.sandbox.hub.history import BY_PROVIDER, rewrite
from hubmend.sandbox.hub.lifecycle import archived, evaluated
from hubmend.sandbox.hub.machines import MachineSource
from hubmend.sandbox.hub.recording import OFF, Item
from hubmend.sandbox.hub.rules import applied
from hubmend.sandbox.hub.settings import Settings, iso
from hubmend.sandbox.hub.target import Compliance, Finding, HistoryRecord, Target
from hubmend.sandbox.hub.verdict import judge

RulesOf = Callable[[Target], Sequence[dict[str, Any]]]


class Evaluator:
    """Runs what is due on a target; `rules_of` gives the automation rules that apply to it."""

    def __init__(self, settings: Settings, source: MachineSource, rules_of: RulesOf) -> None:
        self._settings = settings
        self._source = source
        self._rules_of = rules_of

    def observe(self, target: Target, now: datetime) -> None:
        """Look at the machines, so that a change is stamped with the time it was made."""
        place = target.place
        target.recorder.observe(self._source.machines(place.account, place.region), now)

    def settle(self, target: Target, now: datetime) -> None:
        """Bring the target up to `now`."""
        self.observe(target, now)
        for moment in self._milestones(target, now):
            self._advance(target, moment)
        if target.enabled:
            self._check_account(target, now)
            self._retire(target, now)

    def enable(self, target: Target, now: datetime) -> None:
        """First checks after Security Hub or a standard was enabled: existing machines at once.

        AWS takes up to two hours (F§1.5); a sample organization wants its findings there.
        """
        self.observe(target, now)
        target.recorder.flush(now)
        target.refreshed_at = now
        self.check_everything(target, now)

    def check_everything(self, target: Target, at: datetime) -> None:
        """Run every control of the target at `at`."""
        for control in CONTROLS.values():
            self.check(target, control, at)

    def check(self, target: Target, control: Control, at: datetime) -> None:
        """Run one control on every resource, from the last *recorded* configuration (F§6)."""
        if control is LIVE:
            # Everything queued is already recorded, so the latest items supersede it.
            target.queue.clear()
            for item in target.recorder.latest():
                self._evaluate(target, item, at)
            self._check_account(target, at)
            return
        for number, status in enumerate(control.verdicts, start=1):
            self._file_all(target, control, _sample(target, control, number), status, at)

    def _milestones(self, target: Target, now: datetime) -> list[datetime]:
        """The moments up to `now` at which something other than a single machine is due."""
        moments = {now}
        if target.parameter and not target.parameter.applied:
            moments.add(target.parameter.ready_at)
        if target.refreshed_at:
            # Of several missed days only the last one shows.
            missed = (now - target.refreshed_at) // self._settings.refresh_every
            moments.add(target.refreshed_at + max(missed, 1) * self._settings.refresh_every)
        return sorted(moment for moment in moments if moment <= now)

    def _advance(self, target: Target, to: datetime) -> None:
        """Record and evaluate what is due by `to`, then run the whole-target checks due then."""
        for item in target.recorder.settle(to):
            gone = item.status == "ResourceDeleted"
            wait = self._settings.evaluate_delay
            target.queue.append((item.recorded_at if gone else item.recorded_at + wait, item))
        due = sorted((entry for entry in target.queue if entry[0] <= to), key=lambda it: it[0])
        target.queue = [entry for entry in target.queue if entry[0] > to]
        for at, item in due:
            self._evaluate(target, item, at)
        parameter, last = target.parameter, target.refreshed_at
        if parameter and not parameter.applied and parameter.ready_at <= to:
            target.parameter = replace(parameter, applied=True)
            self.check(target, LIVE, to)
        if last and to - last >= self._settings.refresh_every:
            target.refreshed_at = to
            self.check_everything(target, to)

    def _evaluate(self, target: Target, item: Item, at: datetime) -> None:
        machine = item.machine
        if item.status == "ResourceDeleted":
            target.compliance.pop(machine.arn, None)
            for finding in [f for f in target.findings.values() if f.subject == machine.arn]:
                self._archive(target, finding, at, status="NOT_AVAILABLE")
            return
        if not target.runs(LIVE):
            return
        status = judge(machine.level, target.level_at(at))
        verdict = "COMPLIANT" if status == "PASSED" else "NON_COMPLIANT"
        target.compliance[machine.arn] = Compliance(verdict, item, at)
        self._file_all(target, LIVE, machine_subject(machine), status, at)

    def _file_all(
        self, target: Target, control: Control, subject: Subject, status: str, at: datetime
    ) -> None:
        if target.runs(control):
            for standard in target.generators(control):
                self._file(target, control, subject, status, at, standard=standard)

    def _file(
        self,
        target: Target,
        control: Control,
        subject: Subject,
        status: str,
        at: datetime,
        *,
        standard: Standard | None,
    ) -> None:
        standards = [standard] if standard else target.standards_of(control)
        level = target.level_at(at) if control is LIVE else None
        checked = compliance(control, status, standards, level)
        key = standard.key if standard else None
        finding = target.find(control.id, subject.id, key)
        identity = target.place.product_arn
        if finding is None:
            asff = new_finding(target.place, control, subject, checked, at, standard=standard)
            created = HistoryRecord(at, BY_PROVIDER, identity, (), created=True)
            finding = Finding(asff, control.id, subject.id, key, [created])
            target.findings[asff["Id"]] = finding
        else:
            resolves = self._settings.suppressed_resolves
            after = evaluated(finding.asff, status, at, control.severity, resolves=resolves)
            after["Compliance"] = checked
            after["Resources"] = resources(target.place, subject)
            rewrite(finding, after, at, BY_PROVIDER, identity)
        ruled = applied(self._rules_of(target), finding.asff, at)
        rewrite(finding, ruled, at, BY_PROVIDER, identity)

    def _archive(
        self, target: Target, finding: Finding, at: datetime, *, status: str | None = None
    ) -> None:
        if finding.active:
            after = archived(finding.asff, at, status=status)
            rewrite(finding, after, at, BY_PROVIDER, target.place.product_arn)

    def _check_account(self, target: Target, at: datetime) -> None:
        """The account-level finding of an account without machines (F§1.6), or unrecorded ones.

        A type that Config does not record gives WARNING (F§1.5); without machines it is PASSED.
        """
        if not target.runs(LIVE):
            return
        subject = account_subject(target.place)
        unrecorded = target.recorder.mode == OFF
        standing = [
            finding
            for finding in target.findings.values()
            if finding.active and (finding.control, finding.subject) == (LIVE.id, subject.id)
        ]
        if unrecorded or not target.recorder.latest():
            wanted = "WARNING" if unrecorded else "PASSED"
            if not any(one.asff["Compliance"]["Status"] == wanted for one in standing):
                self._file_all(target, LIVE, subject, wanted, at)
        elif target.compliance:
            for finding in standing:
                self._archive(target, finding, at)

    def _retire(self, target: Target, now: datetime) -> None:
        """Archive findings of controls disabled long enough ago, forget those archived (F§2.3)."""
        for finding in list(target.findings.values()):
            identity = finding.asff["Id"]
            if not finding.active:
                if finding.asff["UpdatedAt"] < iso(now - self._settings.archived_retention):
                    del target.findings[identity]
                continue
            generators = target.generators(CONTROLS[finding.control])
            if finding.standard in [each.key if each else None for each in generators]:
                target.orphaned_at.pop(identity, None)
                continue
            since = target.orphaned_at.setdefault(identity, now)
            if now - since >= self._settings.archive_delay:
                self._archive(target, finding, now)


def _sample(target: Target, control: Control, number: int) -> Subject:
    """The made-up resource of a static control."""
    if control.resource_type == "AwsAccount":
        return account_subject(target.place)
    place = target.place
    service, _, index = control.id.lower().partition(".")
    arn = f"arn:aws:{service}:{place.region}:{place.account}:sample-{index}-{number}"
    return Subject(control.resource_type, arn)
