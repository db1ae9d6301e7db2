"""hubmend plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import CSV, JSON, Face, common, save

if TYPE_CHECKING:
    from hubmend.core.plan import Plan
    from hubmend.core.quotas import Quota
    from hubmend.wiring import Hubmend


@click.command()
@click.argument("arns", nargs=-1, metavar="[ARN]...")
@click.option("-o", "--out", help="Where to save the plan, for hubmend apply.")
@click.option("--source-root", metavar="DIR",
              help="Your repository: attach the source patch of what a stack deploys.")  # fmt: skip
@click.option("--notify", is_flag=True, help="Tell owners in Security Hub that it waits for them.")
@common(JSON, CSV)
def plan(
    face: Face, *, arns: tuple[str, ...], out: str | None, source_root: str | None, notify: bool
) -> None:
    """Turn decisions into ordered changes, each with its undo, and show them.

    Nothing is changed. What stands in the way is shown with the exact steps for a person.
    With --notify the findings of these machines are set NOTIFIED with a note, as a run that can be
    rolled back.

    \b
    Examples:
      hubmend plan -o plan.json
      hubmend plan --source-root . -o plan.json
      hubmend plan -o plan.json --notify
    """
    from hubmend.cli.running import run, told
    from hubmend.core.plan import dump_plan
    from hubmend.report.text import plan_text

    async def work(hub: Hubmend) -> tuple[Plan, Mapping[str, str], Mapping[str, Quota]]:
        planned = await hub.plan(arns, source_root=source_root)
        if notify:
            face.confirm("Write on the findings of its machines that this plan waits?")
            told(face, await hub.announce(planned))
        return planned, await hub.account_names(), hub.settings.quotas

    made, names, quotas = run(face, work)
    if out:
        from hubmend.cli.running import guarded

        guarded(face, lambda: save(out, json.dumps(dump_plan(made), indent=2) + "\n"))
    face.emit(
        dump_plan(made),
        "changes",
        lambda: plan_text(made, file=out or "", verbose=face.verbose, names=names, quotas=quotas),
    )
