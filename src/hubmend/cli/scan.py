"""hubmend scan."""

from __future__ import annotations

import click

from hubmend.cli.options import ASFF, CSV, JSON, OCSF, SARIF, Face, common


@click.command()
@click.option("--all", "everything", is_flag=True, help="List the machines that pass, too.")
@click.option(
    "--source",
    type=click.Choice(("auto", "api", "hub", "config")),
    default="auto",
    help="Who is asked: each machine (api), Security Hub, AWS Config, or the cheapest (auto).",
)
@click.option("--join", is_flag=True, help="Compare findings with live machines at any size.")
@common(JSON, CSV, SARIF, ASFF, OCSF)
def scan(face: Face, *, everything: bool, source: str, join: bool) -> None:
    """Judge every state machine in scope, one row each, and remember the result.

    A machine that cannot be read is UNKNOWN with the reason, never PASSED and never FAILED. Rows
    that Security Hub or AWS Config told of say so; plan reads each machine it changes again.

    \b
    Example (with hubmend sandbox running and its environment exported):
      hubmend scan --accounts all --regions us-east-1,ap-northeast-1
      hubmend scan --source hub --accounts all --regions all
      hubmend scan --format json | jq '.resources[] | select(.verdict == "FAILED") | .arn'
    """
    from hubmend import report
    from hubmend.cli.running import leave, run
    from hubmend.report.text import scan_table

    found = run(face, lambda hub: hub.scan(source, thorough=join))
    if face.format == JSON:
        face.document(report.scan_document(found))
    elif face.format == SARIF:
        face.document(report.scan_sarif(found))
    elif face.format == ASFF:
        face.document(report.scan_asff(found))
    elif face.format == OCSF:
        face.document(report.scan_ocsf(found))
    elif face.format == CSV:
        face.write(report.scan_csv(found))
    else:
        face.show(scan_table(found, everything=everything, verbose=face.verbose))
    leave(found.exit_code)
