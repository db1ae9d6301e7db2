"""hubmend apply, hubmend rollback."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import CSV, JSON, Face, common

if TYPE_CHECKING:
    from hubmend.core.journal import Way
    from hubmend.core.plan import Plan
    from hubmend.core.rollout import Rollout
    from hubmend.core.run import RunResult
    from hubmend.wiring import Hubmend

COUNT = click.IntRange(min=0)


@click.command()
@click.argument("plan_file", required=False, metavar="[PLAN.JSON]")
@click.option("--resume", metavar="RUN", help="Go on with a run that was stopped.")
@click.option("--canary", metavar="N", type=COUNT, help="Try N machines first; 0 for none.")
@click.option("--canary-wait", metavar="TIME", help="Wait for their log records, e.g. 10m.")
@click.option("--max-failures", metavar="N", type=COUNT, help="Begin no more once N failed.")
@click.option("--notify", is_flag=True, help="Note on the findings what was done.")
@common(JSON, CSV)
def apply(
    face: Face,
    *,
    plan_file: str | None,
    resume: str | None,
    canary: int | None,
    canary_wait: str | None,
    max_failures: int | None,
    notify: bool,
) -> None:
    """Run a plan: every call is journalled before and after, and can be undone.

    A machine that moved since the plan was made is refused (stale). One that fails never stops
    the others, unless --max-failures says so: then machines already begun are finished.

    With --canary the first N machines are changed and verified before the rest is begun. No
    execution is started: --canary-wait is how long to wait for records of what runs meanwhile.
    What cannot be proved in that time is told and does not count as failed. What is not said here
    is as hubmend.toml says or, with --resume, as the run was begun.

    --notify adds a note to the findings of changed machines, as a run of its own; rolling back
    either takes the note back. Security Hub itself resolves the findings.

    \b
    Examples:
      hubmend apply plan.json
      hubmend apply plan.json --canary 2 --canary-wait 10m --max-failures 3
      hubmend apply --resume 20261123-221530-7f3a9c
    """
    from hubmend.cli.running import guarded, run
    from hubmend.core.journal import Way

    rollout = guarded(face, lambda: _rollout(canary, canary_wait, max_failures))
    if resume:
        took = _going_on(face, resume)
        result = run(face, lambda hub: _named(hub, hub.resume(resume, rollout), face, notify), took)
    else:
        chosen, took = guarded(face, lambda: _approved(face, plan_file, rollout))
        result = run(face, lambda hub: _named(hub, hub.apply(chosen, rollout), face, notify), took)
    _print(face, *result, Way.APPLY)


def _rollout(canary: int | None, wait: str | None, max_failures: int | None) -> Rollout:
    from hubmend.core.rollout import Rollout, duration

    seconds = None if wait is None else int(duration(wait).total_seconds())
    return Rollout(canary, seconds, max_failures)


def _approved(face: Face, plan_file: str | None, rollout: Rollout) -> tuple[Plan, int]:
    """Return the plan once somebody said yes to it, and the seconds it was said to take."""
    from hubmend.core.errors import UsageError
    from hubmend.policy import read_settings
    from hubmend.report.estimate import estimate
    from hubmend.report.wording import duration

    if not plan_file:
        raise UsageError("name the plan: hubmend apply plan.json (or --resume RUN)")
    plan = _read(plan_file)
    settings = read_settings(face.options)
    took = estimate(plan, settings.quotas)
    if plan.changes:
        chosen = rollout.over(settings.rollout)
        first = f", {chosen.canary} first" if chosen.canary else ""
        waiting = chosen.canary_wait if chosen.canary else None
        more = f", and up to {duration(waiting)} for the canary" if waiting else ""
        said = f"{_counted(plan)}{first}: {took.sentence()}{more}"
        if face.yes:
            face.say(f"Applying {said}.")
        face.confirm(f"Apply {said}?")
    return plan, took.seconds


def _going_on(face: Face, resumed: str) -> int:
    """Say what of a run is left, and return the seconds that should take."""
    from hubmend.cli.running import run
    from hubmend.core.journal import Way
    from hubmend.policy import read_settings
    from hubmend.report.estimate import estimate

    left = run(face, lambda hub: hub.left(resumed, Way.APPLY), watched=False)
    took = estimate(left, read_settings(face.options).quotas)
    if left.changes:
        face.say(f"Going on with run {resumed}: {_counted(left)}: {took.sentence()}.")
    return took.seconds


def _counted(plan: Plan) -> str:
    from hubmend.report.naming import subjects
    from hubmend.report.wording import count

    return f"{count(len(plan.changes), 'change')} to {subjects(plan.resources)}"


@click.command()
@click.argument("run_id", metavar="RUN")
@common(JSON, CSV)
def rollback(face: Face, *, run_id: str) -> None:
    """Take a run back: the state before, field by field, in the safe order.

    A log group that by now holds records is kept, and said so. Notes of apply --notify are taken
    back with the run, where they still stand.

    \b
    Example:
      hubmend rollback 20261123-221530-7f3a9c
    """
    from hubmend.cli.running import guarded, run
    from hubmend.core.journal import Way

    left = run(face, lambda hub: hub.left(run_id, Way.ROLLBACK), watched=False)
    changes = _counted(left) if left.changes else "nothing, since no change is left,"
    guarded(face, lambda: face.confirm(f"Undo {changes} of run {run_id}?"))
    _print(face, *run(face, lambda hub: _named(hub, hub.rollback(run_id))), Way.ROLLBACK)


async def _named(
    hub: Hubmend, work: Awaitable[RunResult], face: Face | None = None, notify: bool = False
) -> tuple[RunResult, Mapping[str, str]]:
    """Await a run's result, and take along the account names to print it with."""
    from hubmend.cli.running import told

    result = await work
    if face and notify:
        told(face, await hub.conclude(result))
    return result, await hub.account_names()


def _read(name: str) -> Plan:
    from hubmend.core.errors import PlanError
    from hubmend.core.plan import load_plan

    try:
        text = Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanError(f"the plan {name} cannot be read: {error}") from None
    return load_plan(text, name)


def _print(face: Face, result: RunResult, names: Mapping[str, str], way: Way) -> None:
    from hubmend.cli.running import leave
    from hubmend.report import run_document
    from hubmend.report.text import run_text

    face.emit(
        run_document(result),
        "resources",
        lambda: run_text(result, way, verbose=face.verbose, names=names),
    )
    leave(0 if result.ok else 1)
