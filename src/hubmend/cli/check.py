"""hubmend check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from hubmend.cli.options import CSV, JSON, SARIF, Face, common

if TYPE_CHECKING:
    from rich.console import RenderableType

    from hubmend.flow.check import Checked


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--include", multiple=True, metavar="GLOB", help="Only files that match.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Not files that match.")
@click.option("--all", "everything", is_flag=True, help="List the machines that pass, too.")
@common(JSON, CSV, SARIF)
def check(
    face: Face,
    *,
    paths: tuple[str, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    everything: bool,
) -> None:
    """Judge every state machine in source files: SAM, CloudFormation, Terraform, CDK, Serverless.

    Needs no AWS. Folders are searched as git sees them (.gitignore); GLOB is written as there. A
    value that only a deployment knows makes a machine UNKNOWN, never PASSED and never FAILED.

    \b
    Examples:
      hubmend check .
      hubmend check infra --exclude 'examples/' --format sarif -O hubmend.sarif
    """
    from hubmend import report, sources
    from hubmend.cli.progress import watching
    from hubmend.cli.running import guarded, leave

    with watching(face) as progress:
        found = guarded(
            face,
            lambda: sources.check(paths, include=include, exclude=exclude, progress=progress),
        )
    if face.format == SARIF:
        face.document(report.check_sarif(found))
    else:
        document = report.check_document(found)
        face.emit(document, "resources", lambda: _table(found, everything=everything))
    leave(found.exit_code)


def _table(found: Checked, *, everything: bool) -> RenderableType:
    from hubmend.report.text import check_table

    return check_table(found, everything=everything)
