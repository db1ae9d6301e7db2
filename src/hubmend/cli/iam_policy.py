"""hubmend iam-policy."""

from __future__ import annotations

import click

from hubmend.cli.options import JSON, Face

TEXT = "text"
KINDS = ("audit", "remediate", "decide", "operator")


@click.command(name="iam-policy")
@click.argument("kind", type=click.Choice(KINDS), metavar="|".join(KINDS))
@click.option("--partition", help="aws, aws-cn, aws-us-gov (else that of the region).")
@click.option(
    "--log-group",
    "log_groups",
    multiple=True,
    metavar="PATTERN",
    help="Log groups beside the policy file's, for machines that log elsewhere.",
)
@click.option("--regions", multiple=True, help="Regions, to tell the partition.")
@click.option("--config", help="Policy file (else HUBMEND_CONFIG, else ./hubmend.toml).")
@click.option(
    "--format", type=click.Choice((JSON, TEXT)), default=JSON, help="A policy, or why each action."
)
@click.option("--output", "-O", help="Write to a file instead of standard output.")
def iam_policy(
    *,
    kind: str,
    partition: str | None,
    log_groups: tuple[str, ...],
    regions: tuple[str, ...],
    config: str | None,
    format: str,  # noqa: A002 - click names it after the option
    output: str | None,
) -> None:
    """Print an IAM policy with the least privilege hubmend needs.

    audit reads everything and changes nothing; remediate is enough for the whole journey; decide
    is for people who suppress findings in Security Hub; operator is what the caller's own
    credentials need to reach the roles. Asks nothing of AWS.

    \b
    Examples:
      hubmend iam-policy audit > audit.json
      hubmend iam-policy remediate --log-group '/audit/*' --format text
    """
    from hubmend.cli.running import guarded
    from hubmend.core.permission import Document
    from hubmend.privileges import iam_policy as made
    from hubmend.report.text.iam_policy import iam_policy_table

    face = Face(
        profile=None, accounts=(), regions=regions, config=config, store=None, format=format,
        output=output, yes=False, verbose=False, quiet=False,
    )  # fmt: skip
    policy = guarded(
        face,
        lambda: made(face.options, Document(kind), partition=partition, log_groups=log_groups),
    )
    if format == JSON:
        guarded(face, lambda: face.document(policy.document))
    else:
        face.show(iam_policy_table(policy.kind, policy.document, policy.permissions))
