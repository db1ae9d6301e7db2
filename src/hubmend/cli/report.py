"""hubmend report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import JSON, Face, common, save

if TYPE_CHECKING:
    from hubmend.core.dossier import Dossier
    from hubmend.flow.report import ChainCheck


@click.command()
@click.argument("run_id", required=False, metavar="[RUN]")
@click.option("-o", "--out", metavar="FILE", help="report.html, .json or .csv.")
@click.option("--check", is_flag=True, help="Only tell whether the chain of evidence holds.")
@common(JSON)
def report(face: Face, *, run_id: str | None, out: str | None, check: bool) -> None:
    """Write the evidence of a run (or of the whole scope) as one self-contained file.

    \b
    Examples:
      hubmend report 20261123-221530-7f3a9c -o report.html
      hubmend report -o scope.csv
      hubmend report --check
    """
    from hubmend.cli.running import guarded, run

    if check:
        _check(face, run(face, lambda hub: hub.check(run_id)))
        return
    dossier = run(face, lambda hub: hub.report(run_id))
    guarded(face, lambda: write(face, dossier, out))


def write(face: Face, dossier: Dossier, out: str | None) -> None:
    """Write a dossier to a file by its ending; JSON to standard output without one."""
    from hubmend.core.errors import UsageError
    from hubmend.report import render_csv, render_html, render_json

    if out is None:
        if face.format != JSON:
            raise UsageError("say where: -o report.html (or .json, .csv), or --format json")
        face.write(render_json(dossier))
        return
    renderers = {".html": render_html, ".json": render_json, ".csv": render_csv}
    render = renderers.get(Path(out).suffix.lower())
    if render is None:
        raise UsageError(f"{out}: a report ends in {', '.join(renderers)}")
    save(out, render(dossier))
    face.say(f"wrote {out}")


def _check(face: Face, checked: tuple[ChainCheck, ...]) -> None:
    from hubmend.cli.running import leave
    from hubmend.core.codec import encode

    if face.format == JSON:
        chains = [{**encode(one), "holds": one.holds} for one in checked]
        face.document({"schema": "hubmend/chains/1", "chains": chains})
    elif not face.quiet:
        for one in checked:
            click.echo(_line(one))
        if not checked:
            click.echo("There is no evidence yet: hubmend apply writes some.")
    leave(0 if all(one.holds for one in checked) else 1)


def _line(one: ChainCheck) -> str:
    if one.broken_at is not None:
        said = f"BROKEN at entry {one.broken_at}: it or one before it was altered or removed"
    elif one.unclosed:
        said = "BROKEN at its end: the entry that closes the run was removed"
    else:
        said = "holds"
    return f"{one.chain}  {one.entries} entries  {said}"
