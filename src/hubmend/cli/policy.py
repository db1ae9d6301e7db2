"""hubmend policy."""

from __future__ import annotations

import click

from hubmend.cli.options import CSV, JSON, Face, common


@click.command()
@click.argument("action", type=click.Choice(("check",)))
@common(JSON, CSV)
def policy(face: Face, *, action: str) -> None:  # noqa: ARG001 - the one thing there is to do
    """Validate the policy file, and show which rule catches which machine on the last scan.

    An unknown key or an impossible date is refused with its line. Nothing is asked of AWS.

    \b
    Examples:
      hubmend policy check
      hubmend policy check --format json | jq '.rules[] | select(.state != "catches")'
    """
    from hubmend.cli.running import run
    from hubmend.report.policy import policy_document
    from hubmend.report.text.policy import policy_text

    found = run(face, lambda hub: hub.policy())
    face.emit(policy_document(found), "rules", lambda: policy_text(found, verbose=face.verbose))
