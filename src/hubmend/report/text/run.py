"""What became of a run in the terminal, one line a machine, and how to go on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType

from hubmend.core.journal import Way
from hubmend.core.run import Canary, ResourceResult, ResourceStatus, RunResult, RunStatus
from hubmend.core.verification import ProofStatus
from hubmend.report.naming import labels, name_of, subjects
from hubmend.report.onward import onward
from hubmend.report.text.layout import Columns, Line, Row, quiet, strong, word
from hubmend.report.wording import listed


def run_text(
    result: RunResult, way: Way, *, verbose: bool = False, names: Mapping[str, str] | None = None
) -> RenderableType:
    """Return what `apply` or `rollback` did, the next command last."""
    done = "applied" if way is Way.APPLY else "rolled back"
    heading = Line(strong(f"run {result.run}"), "  ", word(result.status.value))
    if not result.resources:
        return Group(
            heading, Line(f"Nothing was {done}: the plan has no changes."), _next(result, way)
        )
    rows = Columns(
        [_row(one, names or {}, verbose=verbose) for one in result.resources], indent=2, group=2
    )
    return Group(
        heading, rows, *_canary(result.canary, names or {}), *_ending(result), _next(result, way)
    )


def _row(one: ResourceResult, names: Mapping[str, str], *, verbose: bool) -> Row:
    name = name_of(one.arn)
    said = "; ".join(part for part in (one.error, *one.notes) if part)
    status = word(one.status.value)
    first = quiet(one.arn) if verbose else name.text
    return (names.get(name.account) or name.account, name.region, first, status, said)


def _canary(canary: Canary | None, names: Mapping[str, str]) -> Iterator[RenderableType]:
    """Say what was tried first, and what verifying it said, proof by proof."""
    if canary is None:
        return
    tried = subjects(canary.resources)
    if not canary.answers:
        yield Line(f"Canary of {tried}: not verified, since not all of it could be changed.")
        return
    called = labels([one.arn for one in canary.answers], names)
    said = word("passed" if canary.passed else "failed")
    proved = sum(one.proof is ProofStatus.PROVED for one in canary.answers)
    yield Line(f"Canary of {tried}: ", said, f", proved {proved} of {len(canary.answers)}")
    yield Columns(
        [
            (called[one.arn], word(one.configuration), word(one.proof.value), one.why)
            for one in canary.answers
        ],
        ("machine", "configuration", "proof", "why"),
        indent=2,
    )


def _ending(result: RunResult) -> Iterator[RenderableType]:
    statuses = [one.status for one in result.resources]
    counts = [f"{status.value} {statuses.count(status)}" for status in ResourceStatus]
    said = [text for text in counts if not text.endswith(" 0")]
    yield Line(f"{listed(said).capitalize()}.")


def _next(result: RunResult, way: Way) -> RenderableType:
    command = onward(result.run, result.status, way, result.resources)
    good = result.status in (RunStatus.DONE, RunStatus.ROLLED_BACK)
    on = command if good or not command.endswith(result.run) else f"go on: {command}"
    untouched = not {one.status for one in result.resources} - _LEFT_ALONE
    if way is Way.ROLLBACK or untouched:
        return Line(f"Next: {on}")
    back = f"take it back: hubmend rollback {result.run}"
    return Line(f"Next: {on}        ({back if good else f'or {back}'})")


_LEFT_ALONE = {ResourceStatus.STALE, ResourceStatus.SKIPPED}
