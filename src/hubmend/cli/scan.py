"""hubmend scan."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import ASFF, CSV, JSON, OCSF, SARIF, TABLE, Face, common

if TYPE_CHECKING:
    from hubmend.flow.scan import Scanning
    from hubmend.wiring import Hubmend


ROWS_ALONE = (CSV, ASFF, OCSF)  # they have no place for what could not be read


@click.command()
@click.option("--all", "everything", is_flag=True, help="List the machines that pass, too.")
@click.option(
    "--source",
    type=click.Choice(("auto", "api", "hub", "config")),
    default="auto",
    help="Who is asked: each machine (api), Security Hub, AWS Config, or the cheapest (auto).",
)
@click.option("--join", is_flag=True, help="Compare findings with live machines at any size.")
@click.option("--resume", is_flag=True, help="Go on with the last scan: read what it did not.")
@common(JSON, CSV, SARIF, ASFF, OCSF)
def scan(face: Face, *, everything: bool, source: str, join: bool, resume: bool) -> None:
    """Judge every state machine in scope, one row each, and remember the result.

    A machine that cannot be read is UNKNOWN with the reason, never PASSED and never FAILED. Rows
    that Security Hub or AWS Config told of say so; plan reads each machine it changes again.
    JSON and CSV are written row by row, as machines are read.

    \b
    Example (with hubmend sandbox running and its environment exported):
      hubmend scan --accounts all --regions us-east-1,ap-northeast-1
      hubmend scan --source hub --accounts all --regions all
      hubmend scan --resume
      hubmend scan --format json | jq '.resources[] | select(.verdict == "FAILED") | .arn'
    """
    from hubmend.cli.running import leave, run
    from hubmend.core.errors import UsageError

    if resume and (face.accounts or face.regions):
        raise UsageError("--resume goes on in the scope of the last scan: name none beside it")

    begun: list[Scanning] = []

    async def work(hub: Hubmend) -> int:
        scanning = await hub.scanning(source, thorough=join, resume=resume)
        begun.append(scanning)
        if face.format in (JSON, CSV):
            await _stream(face, scanning)
        elif face.format == TABLE:
            await _table(face, scanning, everything=everything)
        else:
            await _whole(face, scanning)
        if face.format in ROWS_ALONE and not face.quiet:
            _tell_gaps(face, scanning)
        return scanning.tally.exit_code(scanning.result.unread)

    # Rows on the terminal are progress enough, and a bar would stand in their way.
    growing = face.format in (JSON, CSV) and not face.output and sys.stdout.isatty()
    leave(run(face, work, watched=not growing, kept=lambda: _kept(begun, resume=resume)))


def _kept(begun: Sequence[Scanning], *, resume: bool) -> str:
    """Say what the store has of a scan that was cut off; one that is resumed was kept before."""
    if not (resume or any(scanning.kept for scanning in begun)):
        return "nothing was read yet"
    if begun and not begun[0].left:
        return "all in scope was read before, and is kept"
    return "what was read so far is kept. Go on with: hubmend scan --resume"


async def _stream(face: Face, scanning: Scanning) -> None:
    """Write rows as they come; what is written is whole also where the scan is stopped."""
    from hubmend.report.streams import CsvStream, JsonStream

    head, stream = scanning.head, JsonStream() if face.format == JSON else CsvStream()
    with face.open() as file:
        file.write(stream.begin(head))
        file.flush()  # what cannot be written is told before anything is read
        try:
            async with aclosing(aiter(scanning)) as rows:
                async for row in rows:
                    file.write(stream.row(head, row))
                    if scanning.tally.total == 1:
                        file.flush()  # whoever waits for the first row has it
        finally:
            file.write(stream.end(scanning.result, scanning.tally))


def _tell_gaps(face: Face, scanning: Scanning) -> None:
    """Say on standard error what a format without room for it leaves unsaid."""
    from hubmend.report.text.scan import scan_gaps

    if gaps := scan_gaps(scanning.result, scanning.tally):
        face.tell(gaps)


async def _table(face: Face, scanning: Scanning, *, everything: bool) -> None:
    from hubmend.report.text.scan import ScanTable

    table = ScanTable(everything=everything, verbose=face.verbose)
    async for row in scanning:
        table.add(row)
    face.show(table.render(scanning.result, scanning.tally))


async def _whole(face: Face, scanning: Scanning) -> None:
    """Write a format of others, whose documents are made of a scan as a whole."""
    from hubmend import report

    found = await scanning.whole()
    if face.format == SARIF:
        face.document(report.scan_sarif(found))
    elif face.format == ASFF:
        face.document(report.scan_asff(found))
    else:
        face.document(report.scan_ocsf(found))
