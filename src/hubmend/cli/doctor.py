"""hubmend doctor."""

from __future__ import annotations

import click

from hubmend.cli.options import JSON, Face, common


@click.command()
@common(JSON)
def doctor(face: Face) -> None:
    """Show what credentials, permissions, AWS Config and Security Hub allow, per target.

    Reads are tried once each on things that do not exist; what changes something is only asked
    about (iam:SimulatePrincipalPolicy). Nothing is changed.

    Exit codes: 0 all that scan needs is there; 1 something that remediation needs is missing;
    3 a target cannot be scanned whole; 2 no credentials.

    \b
    Examples:
      hubmend doctor
      hubmend doctor --accounts all --regions us-east-1,ap-northeast-1
    """
    from hubmend.cli.running import leave, run
    from hubmend.report.doctor import doctor_document
    from hubmend.report.text.doctor import doctor_table

    found = run(face, lambda hub: hub.doctor())
    if face.format == JSON:
        face.document(doctor_document(found))
    else:
        face.show(doctor_table(found))
    leave(found.exit_code)
