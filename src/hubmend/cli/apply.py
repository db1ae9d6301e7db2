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
    from hubmend.core.run import RunResult
    from hubmend.wiring import Hubmend


@click.command()
@click.argument("plan_file", required=False, metavar="[PLAN.JSON]")
@click.option("--resume", metavar="RUN", help="Go on with a run that was stopped.")
@common(JSON, CSV)
def apply(face: Face, *, plan_file: str | None, resume: str | None) -> None:
    """Run a plan: every call is journalled before and after, and can be undone.

    A machine that moved since the plan was made is refused (stale). One that fails never stops
    the others.

    \b
    Examples:
      hubmend apply plan.json
      hubmend apply --resume 20261123-221530-7f3a9c
    """
    from hubmend.cli.running import guarded, run
    from hubmend.core.errors import UsageError
    from hubmend.core.journal import Way

    if resume:
        _print(face, *run(face, lambda hub: _named(hub, hub.resume(resume))), Way.APPLY)
    else:

        def ready() -> Plan:
            if not plan_file:
                raise UsageError("name the plan: hubmend apply plan.json (or --resume RUN)")
            read = _read(plan_file)
            if read.changes:
                face.confirm(
                    f"Apply {len(read.changes)} changes to {len(read.resources)} machines?"
                )
            return read

        chosen = guarded(face, ready)
        _print(face, *run(face, lambda hub: _named(hub, hub.apply(chosen))), Way.APPLY)


@click.command()
@click.argument("run_id", metavar="RUN")
@common(JSON, CSV)
def rollback(face: Face, *, run_id: str) -> None:
    """Take a run back: the state before, field by field, in the safe order.

    A log group that by now holds records is kept, and said so.

    \b
    Example:
      hubmend rollback 20261123-221530-7f3a9c
    """
    from hubmend.cli.running import guarded, run
    from hubmend.core.journal import Way

    guarded(face, lambda: face.confirm(f"Undo every change of run {run_id}?"))
    _print(face, *run(face, lambda hub: _named(hub, hub.rollback(run_id))), Way.ROLLBACK)


async def _named(hub: Hubmend, work: Awaitable[RunResult]) -> tuple[RunResult, Mapping[str, str]]:
    """Await a run's result, and take along the account names to print it with."""
    return await work, await hub.account_names()


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
