"""A plan in the terminal: per machine what will be added, changed and removed, then what will not.

The fingerprint and the command come last, since that is what an approver repeats.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType

from hubmend.core.call import Change
from hubmend.core.plan import Manual, Plan, Skipped
from hubmend.core.quotas import Quota
from hubmend.report.difference import sign_of
from hubmend.report.estimate import estimate
from hubmend.report.naming import account_label, name_of, subjects
from hubmend.report.text.layout import Columns, Line, quiet, strong
from hubmend.report.text.score import projection_lines
from hubmend.report.wording import count, listed

_NOUN = re.compile(
    r"(log group|retention|role|logging|version|alias|finding|control|rule) (.*)", re.DOTALL
)
_WIDTH = 10  # the widest noun
_NAMED = 5  # names listed per reason before the rest is counted
_SHORT = 18  # characters of a fingerprint that people compare by eye, "sha256:" included


def plan_text(
    plan: Plan,
    *,
    file: str = "plan.json",
    verbose: bool = False,
    names: Mapping[str, str] | None = None,
    quotas: Mapping[str, Quota] | None = None,
) -> RenderableType:
    """Return a plan as lines; `file` is where it was saved, "" when it was not.

    `names` maps account ids to names; `verbose` adds ARNs; `quotas` are those AWS raised.
    """
    parts: list[RenderableType] = []
    for resource in plan.resources:
        parts.extend(_machine(plan, resource, names or {}, verbose=verbose))
    parts.extend(_manual(plan.manual, verbose=verbose))
    parts.extend(_left(plan.skipped))
    parts.extend(_accounts(plan, names or {}))
    took = estimate(plan, quotas).sentence(names)
    return Group(*parts, *_ending(plan, file, took))


def _machine(
    plan: Plan, resource: str, names: Mapping[str, str], *, verbose: bool
) -> Iterator[RenderableType]:
    name = name_of(resource)
    snapshot = (plan.snapshots or {}).get(resource, {})
    facts = [
        str(snapshot.get("type") or ""),
        names.get(name.account) or name.account,
        name.region,
        *(f"{one.kind} {one.evidence}" for one in plan.owners if one.resource == resource),
    ]
    yield Line(strong(name.text), f"  ({', '.join(fact for fact in facts if fact)})", hang=2)
    if verbose:
        yield Line(quiet(resource), indent=2)
    changes = plan.of(resource)
    yield Columns([(sign_of(change), *_titled(change, plan)) for change in changes], indent=2)
    for note in plan.notes:
        if note.resource == resource:
            yield Line("! ", note.text, indent=2, hang=2)
    yield from _patches(plan, resource)


def _patches(plan: Plan, resource: str) -> Iterator[RenderableType]:
    for patch in plan.patches:
        if patch.resource == resource:
            said = f"{patch.path}:{patch.line} keeps it so: hubmend fix {patch.path}"
            yield Line("+ ", "source".ljust(_WIDTH + 2), said, indent=2, hang=_WIDTH + 4)


def _titled(change: Change, plan: Plan) -> tuple[str, str]:
    title = change.title or str(change.call)
    found = _NOUN.fullmatch(title)
    noun, rest = (found[1], found[2]) if found else ("", title)
    undo = "" if change.undo else "   (no undo is known)"
    sharing = {one.resource for one in plan.changes if change.id in one.needs} - {change.resource}
    shared = f"   (shared with {count(len(sharing), 'machine')}, once)" if sharing else ""
    return noun.ljust(_WIDTH), rest + shared + undo


def _manual(manual: tuple[Manual, ...], *, verbose: bool) -> Iterator[RenderableType]:
    """Say what to do by hand; machines stopped by the same thing share its steps."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for one in manual:
        alike[one.reason, one.steps].append(one.resource)
    for (reason, steps), resources in alike.items():
        names = listed([name_of(resource).text for resource in resources])
        yield Line(strong(names), f"  cannot be done for you: {reason}", hang=2)
        if verbose:
            yield from (Line(quiet(resource), indent=2) for resource in resources)
        for number, step in enumerate(steps, 1):
            yield Line(f"{number}. ", step, indent=4, hang=3)


def _left(skipped: tuple[Skipped, ...]) -> Iterator[RenderableType]:
    if not skipped:
        return
    by_reason: dict[str, list[str]] = defaultdict(list)
    for one in skipped:
        by_reason[one.reason].append(name_of(one.resource).text)
    yield Line(strong("skipped"))
    for reason, names in by_reason.items():
        said = names[:_NAMED]
        if more := len(names) - len(said):
            said.append(f"{more} more")
        yield Line(f"{listed(said)}: {reason}", indent=2, hang=2)


def _accounts(plan: Plan, names: Mapping[str, str]) -> Iterator[RenderableType]:
    """Say what whoever would make the changes may not do, and where that could not be told."""
    by_principal: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in plan.missing:
        by_principal[one.account, one.principal].append(one.action)
    for (account, principal), actions in by_principal.items():
        verb = "is" if len(actions) == 1 else "are"
        yield Line(
            strong(f"{count(len(actions), 'permission')} {verb} missing"),
            f" in account {account_label(account, names)}: {', '.join(actions)}; "
            f"{name_of(principal).text} would be refused",
            hang=2,
        )
    for note in plan.notes:
        if note.resource.isdigit() and note.resource not in plan.resources:
            yield Line(f"! account {account_label(note.resource, names)}: ", note.text, hang=2)


def _ending(plan: Plan, file: str, took: str) -> Iterator[RenderableType]:
    if not plan.changes:
        yield Line(f"Nothing to change{_beside(plan)}.")
        yield Line(f"Next: {_without_changes(plan)}")
        return
    machines = subjects(plan.resources)
    without = sum(change.undo is None for change in plan.changes)
    undo = f"No undo is known for {count(without, 'change')}" if without else "Undo known for all"
    yield Line(
        f"{count(len(plan.changes), 'change')} for {machines}{_beside(plan)}. {undo}. "
        f"{took[0].upper()}{took[1:]}. Fingerprint {plan.fingerprint[:_SHORT]}…"
    )
    yield from projection_lines(plan.scores)
    first = "add what hubmend iam-policy remediate prints, then " if plan.missing else ""
    yield Line(f"Next: {first}hubmend {f'apply {file}' if file else 'plan -o plan.json'}")


def _without_changes(plan: Plan) -> str:
    if plan.manual:
        return "the steps above, then hubmend plan -o plan.json"
    if plan.skipped:
        return "hubmend decide, or let hubmend.toml decide; then hubmend plan -o plan.json"
    return "hubmend scan"


def _beside(plan: Plan) -> str:
    said = ((len(plan.manual), "manual"), (len(plan.skipped), "skipped"))
    return "".join(f", {number} {what}" for number, what in said if number)
