"""report: gather what the store knows about one run, or about the whole scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubmend.core import journal
from hubmend.core.arn import is_control
from hubmend.core.codec import decode
from hubmend.core.dossier import Dossier
from hubmend.core.evidence import Entry, broken_at
from hubmend.core.resource import Scan, Verdict
from hubmend.core.run import ResourceResult, Run, RunStatus
from hubmend.core.verification import Verification
from hubmend.flow.context import Context
from hubmend.flow.runs import known_run


@dataclass(frozen=True)
class ChainCheck:
    """Whether one chain of evidence holds; `broken_at` is the first entry that does not fit."""

    chain: str
    entries: int
    broken_at: int | None
    unclosed: bool = False

    @property
    def holds(self) -> bool:
        """Whether nothing was altered, dropped or cut off."""
        return self.broken_at is None and not self.unclosed


async def report(context: Context, run: str | None) -> Dossier:
    """Gather a dossier; raise UsageError when the run is not known."""
    found = await known_run(context, run) if run else None
    entries = await context.store.entries(run) if run else ()
    scan = await context.store.last_scan(before=found.started if found else None)
    verifications = _verifications(entries)
    before = {row.arn: row.verdict for row in (scan.resources if scan else ())}
    return Dossier(
        at=context.clock.now(),
        control=context.control.id,
        scan=scan,
        run=found,
        results=_results(entries),
        verifications=verifications,
        decisions=found.plan.decisions if found else await context.store.decisions(),
        entries=entries,
        broken_at=broken_at(entries),
        before=before,
        after=_after(before, found, verifications, scan),
    )


async def check(context: Context, run: str | None = None) -> tuple[ChainCheck, ...]:
    """Check one run's chain of evidence, or every chain in the store."""
    names = [run] if run else await context.store.chains()
    runs = {one.id: one for one in await context.store.runs()}
    if run and run not in runs:
        await known_run(context, run)
    checked = []
    for name in names:
        entries = await context.store.entries(name)
        unclosed = _unclosed(runs.get(name), entries)
        checked.append(ChainCheck(name, len(entries), broken_at(entries), unclosed))
    lost = sorted(set(runs) - set(names)) if run is None else ()
    checked += [ChainCheck(name, 0, None, unclosed=True) for name in lost]
    return tuple(checked)


def _unclosed(run: Run | None, entries: Sequence[Entry]) -> bool:
    """Whether a run that came to its end lacks the entry that says so: its tail was cut off."""
    if run is None or run.status is RunStatus.RUNNING:
        return False
    return not any(
        entry.kind == journal.RUN_FINISHED and entry.body.get("status") == run.status
        for entry in entries
    )


def _verifications(entries: Sequence[Entry]) -> tuple[Verification, ...]:
    """Return the newest verification per resource."""
    newest = {
        str(entry.body.get("arn")): entry.body
        for entry in entries
        if entry.kind == journal.VERIFICATION
    }
    return tuple(decode(Verification, dict(body)) for body in newest.values())


def _results(entries: Sequence[Entry]) -> tuple[ResourceResult, ...]:
    """Return what became of each resource, as the last walk says."""
    newest: dict[str, ResourceResult] = {}
    for entry in entries:
        if entry.kind == journal.RESOURCE:
            body = {key: value for key, value in entry.body.items() if key != "way"}
            result = decode(ResourceResult, body)
            newest[result.arn] = result
    return tuple(newest.values())


def _after(
    before: Mapping[str, Verdict],
    run: Run | None,
    verifications: Sequence[Verification],
    scan: Scan | None,
) -> dict[str, Verdict]:
    """Return resources' verdicts after the run: verified configurations, else as scanned."""
    after = dict(before)
    if run is None or run.status is RunStatus.ROLLED_BACK or scan is None:
        return after
    for one in verifications:
        if is_control(one.arn) or one.configuration.status == "not-changed":
            continue
        passed = one.configuration.status == "passed"
        after[one.arn] = Verdict.PASSED if passed else Verdict.FAILED
    return after
