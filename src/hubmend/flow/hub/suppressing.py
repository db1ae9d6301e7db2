"""What the decision about a resource comes to on its findings. Pure.

A finding is suppressed while its decision stands and its resource fails; a suppression of
hubmend's that lost its decision, came to its end or whose resource was fixed is taken back. What
somebody else suppressed is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.control import Outline
from hubmend.core.decision import Decision
from hubmend.core.plan import Note
from hubmend.core.resource import Finding, Kind, Resource, Suppression, SuppressionState, Verdict
from hubmend.flow.hub.automation import OPEN
from hubmend.flow.hub.findings import Held, Reading
from hubmend.flow.hub.payload import Mark, mark_of, read_mark, restore, room, suppress, take_back
from hubmend.flow.hub.standing import Standing

SUPPRESSED, RESOLVED = "SUPPRESSED", "RESOLVED"


def outline(
    row: Resource,
    decision: Decision | None,
    reading: Reading,
    planned: Sequence[Change],
    today: date,
    standing: Standing,
) -> Outline:
    """Propose what is to be written on a resource's findings, given the changes before."""
    found = reading.findings.get(row.arn, ())
    kind = decision.kind if decision else None
    if decision and kind is Kind.SUPPRESS and row.verdict is Verdict.FAILED:
        return _suppressed(row, decision, reading, planned, standing)
    if kind is Kind.DISABLE_CONTROL or row.verdict is Verdict.UNKNOWN:
        return Outline(skip="")
    ended = [
        (one, mark)
        for one in found
        if one.workflow == SUPPRESSED and (mark := read_mark(one.fields))
    ]
    changes: list[Change] = []
    for one, mark in ended:
        why = _why_ended(row, decision, mark, today)
        title = f"{_finding(one, found)} SUPPRESSED -> NEW: {why}"
        call = take_back(one, why, today)
        change = _change(row, one, call, title, why, len(planned) + len(changes))
        # First goes every automation rule that would suppress it again.
        rules = standing.ending.get((row.region, mark.decision), ())
        changes.append(replace(change, needs=rules))
    return Outline(tuple(changes), skip=None if changes else "")


def weigh(row: Resource, finding: Finding, decision: Decision | None, today: date) -> Resource:
    """Return a scanned resource with what is behind each of its findings that is SUPPRESSED."""
    own = _behind(row, finding.fields, decision, today) if finding.suppressed else None
    others = tuple(
        replace(one, suppression=_behind(row, one.fields, decision, today))
        for one in finding.also_suppressed
    )
    return replace(row, finding=replace(finding, suppression=own, also_suppressed=others))


def _behind(
    row: Resource, fields: Mapping[str, str], decision: Decision | None, today: date
) -> Suppression:
    mark = read_mark(fields)
    if mark is None:
        return Suppression(SuppressionState.FOREIGN)
    decided = decision is not None and decision.kind is not Kind.ENABLE
    stands = row.verdict is Verdict.UNKNOWN or (decided and row.verdict is Verdict.FAILED)
    state = SuppressionState.STANDS if stands else SuppressionState.ENDED
    why = "" if stands else _why_ended(row, decision, mark, today)
    return Suppression(state, mark.owner, mark.until, why)


def _suppressed(
    row: Resource,
    decision: Decision,
    reading: Reading,
    planned: Sequence[Change],
    standing: Standing,
) -> Outline:
    found, mark = reading.findings.get(row.arn, ()), mark_of(decision)
    rule = standing.reaching.get((row.region, decision.id))
    changes: list[Change] = []
    said = [reading.fault] if reading.fault else []
    if not found and not said:
        said.append("it has no finding yet")
    notes = []
    for one in found:
        obstacle = _obstacle(one, mark, rule)
        if obstacle is None:
            title = f"{_finding(one, found)} {one.workflow} -> SUPPRESSED until {decision.until}"
            call, number = suppress(one, mark), len(planned) + len(changes)
            changes.append(_change(row, one, call, title, decision.reason, number))
            notes += _notes(row, one)
        elif obstacle:
            said.append(obstacle)
    if changes:
        notes += [Note(row.arn, f"one of its findings stays as it is: {why}") for why in said]
        return Outline(tuple(changes), notes=tuple(notes))
    until = f" until {decision.until}" if decision.until else ""
    reason = f"suppressed{until} by {decision.by}: {decision.reason}"
    rest = "".join(f"; nothing is written in Security Hub: {why}" for why in said)
    return Outline(skip=reason + rest)


def _obstacle(finding: Held, mark: Mark, rule: str | None) -> str | None:
    """Return why a finding is not suppressed now; empty where it already is, by this decision.

    `rule` is the automation rule to which an open finding is left.
    """
    if finding.workflow == SUPPRESSED:
        there = read_mark(finding.fields)
        if there is None:
            return "somebody else suppressed it"
        return "" if there == mark else None
    if finding.compliance == Verdict.PASSED:
        return "its finding passes"
    if rule and finding.workflow in OPEN:
        return f"automation rule {rule} reaches it within a day"
    return None if room(finding, mark) else "it already has 50 user-defined fields, AWS's most"


def _notes(row: Resource, finding: Held) -> list[Note]:
    notes = []
    if finding.workflow == RESOLVED:
        said = "its finding was set RESOLVED though it fails: a rollback makes it NEW"
        notes.append(Note(row.arn, said))
    if finding.place != row.target:
        notes.append(Note(row.arn, f"written {_from(finding.place, row.target)}"))
    return notes


def _from(place: Target, target: Target) -> str:
    """Say where a finding is written that is not written in its own account and region."""
    said = []
    if place.account != target.account:
        said.append(f"from account {place.account}, Security Hub's administrator")
    if place.region != target.region:
        said.append(f"in {place.region}, the home region of finding aggregation")
    return ", ".join(said)


def _why_ended(row: Resource, decision: Decision | None, mark: Mark, today: date) -> str:
    if row.verdict is Verdict.PASSED:
        return "it passes now"
    if mark.until and mark.until < today:
        return f"it expired on {mark.until}"
    if decision is not None:
        return f"{decision.by} decided otherwise: {decision.kind.value}"
    return f"decision {mark.decision} no longer stands"


def _finding(finding: Held, found: Sequence[Held]) -> str:
    """Name a finding; by its standard where the resource has one per standard."""
    return f"finding ({finding.standard})" if len(found) > 1 and finding.standard else "finding"


def _change(
    row: Resource, finding: Held, call: Call, title: str, reason: str, number: int
) -> Change:
    return Change(
        id=f"c{number + 1}",
        resource=row.arn,
        account=finding.place.account,
        region=finding.place.region,
        call=call,
        undo=restore(finding),
        reason=reason,
        title=title,
    )
