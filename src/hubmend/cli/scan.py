"""hubmend scan."""

from __future__ import annotations

import click

from hubmend.cli.options import CSV, JSON, SARIF, Face, common


@click.command()
@click.option("--all", "everything", is_flag=True, help="List the machines that pass, too.")
@common(JSON, CSV, SARIF)
def scan(face: Face, *, everything: bool) -> None:
    """Judge every state machine in scope, one row each, and remember the result.

    A machine that cannot be read is UNKNOWN with the reason, never PASSED and never FAILED.

    \b
    Example (with hubmend sandbox running and its environment exported):
      hubmend scan --accounts all --regions us-east-1,ap-northeast-1
      hubmend scan --format json | jq '.resources[] | select(.verdict == "FAILED") | .arn'
    """
    from hubmend import report
    from hubmend.cli.running import leave, run
    from hubmend.report.text import scan_table

    found = run(face, lambda hub: hub.scan())
    if face.format == JSON:
        face.document(report.scan_document(found))
    elif face.format == SARIF:
        face.document(report.scan_sarif(found))
    elif face.format == CSV:
        face.write(report.scan_csv(found))
    else:
        face.show(scan_table(found, everything=everything, verbose=face.verbose))
    leave(found.exit_code)
