"""hubmend plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import CSV, JSON, Face, common, save

if TYPE_CHECKING:
    from hubmend.core.plan import Plan
    from hubmend.wiring import Hubmend


@click.command()
@click.argument("arns", nargs=-1, metavar="[ARN]...")
@click.option("-o", "--out", help="Where to save the plan, for hubmend apply.")
@common(JSON, CSV)
def plan(face: Face, *, arns: tuple[str, ...], out: str | None) -> None:
    """Turn decisions into ordered changes, each with its undo, and show them.

    Nothing is changed. What stands in the way is shown with the exact steps for a person.

    \b
    Example:
      hubmend plan -o plan.json
    """
    from hubmend.cli.running import run
    from hubmend.core.plan import dump_plan
    from hubmend.report.text import plan_text

    async def work(hub: Hubmend) -> tuple[Plan, Mapping[str, str]]:
        return await hub.plan(arns), await hub.account_names()

    made, names = run(face, work)
    if out:
        from hubmend.cli.running import guarded

        guarded(face, lambda: save(out, json.dumps(dump_plan(made), indent=2) + "\n"))
    face.emit(
        dump_plan(made),
        "changes",
        lambda: plan_text(made, file=out or "", verbose=face.verbose, names=names),
    )
