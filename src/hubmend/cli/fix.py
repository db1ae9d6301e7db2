"""hubmend fix."""

from __future__ import annotations

import click

from hubmend.cli.options import JSON, Face, common


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--write", is_flag=True, help="Write the files instead of printing a diff.")
@click.option("--level", type=click.Choice(["ALL", "ERROR", "FATAL"]),
              help="Else ALL for EXPRESS machines and ERROR for STANDARD ones.")  # fmt: skip
@click.option("--include-execution-data", is_flag=True, help="Log input and output, too.")
@click.option("--retention-days", type=click.IntRange(1, 3653), default=365, show_default=True,
              help="Of a new log group.")  # fmt: skip
@click.option("--log-group", metavar="new|NAME|ARN", default="new", show_default=True,
              help="A new log group beside the machine, or one that exists.")  # fmt: skip
@click.option("--include", multiple=True, metavar="GLOB", help="Only files that match.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Not files that match.")
@common(JSON)
def fix(
    face: Face,
    *,
    paths: tuple[str, ...],
    write: bool,
    level: str | None,
    include_execution_data: bool,
    retention_days: int,
    log_group: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
) -> None:
    """Turn logging on in source files: a unified diff on standard output, or --write.

    Text is only inserted: comments, quotes, indentation and line endings stay as they are. A file
    that does not read back as the original plus the additions is not written; what cannot be
    patched is refused with the reason and a snippet to paste.

    \b
    Examples:
      hubmend fix infra > logging.patch && git apply logging.patch
      hubmend fix template.yaml --level ALL --write
    """
    from hubmend import report, sources
    from hubmend.cli.progress import watching
    from hubmend.cli.running import guarded, leave
    from hubmend.iac.source import Wanted
    from hubmend.report.text import fix_text

    wanted = Wanted(level, include_execution_data, retention_days, log_group)
    with watching(face) as progress:
        made = guarded(
            face,
            lambda: sources.fix(
                paths, wanted, write=write, include=include, exclude=exclude, progress=progress
            ),
        )
    if face.format == JSON:
        face.document(report.fix_document(made))
    else:
        if made.diff and not made.written:
            face.write(made.diff)
        if not face.quiet:
            face.tell(fix_text(made, verbose=face.verbose))
    leave(made.exit_code)
