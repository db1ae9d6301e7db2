"""hubmend decide, hubmend decisions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from hubmend.cli.options import CSV, JSON, Face, common

if TYPE_CHECKING:
    from hubmend.core.decision import Decision
    from hubmend.flow.decide import Wish
    from hubmend.wiring import Hubmend

    Made = tuple[tuple[Decision, ...], Mapping[str, str]]


@click.command()
@click.argument("arns", nargs=-1, metavar="[ARN]...")
@click.option("--enable", is_flag=True, help="Turn logging on.")
@click.option("--suppress", is_flag=True, help="Leave it, until a day.")
@click.option("--disable-control", is_flag=True, help="For an account.")
@click.option("--parameter-level", help="Set the control's logLevel: ALL, ERROR, FATAL, DEFAULT.")
@click.option("--account", help="The account, for what is decided about the control.")
@click.option("--all-accounts", is_flag=True, help="Every account of the last scan instead.")
@click.option("--by", required=True, help="Who decides.")
@click.option("--reason", default="", help="Why; needed to suppress or disable.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day it holds.")
@click.option("--level", help="ALL, ERROR or FATAL (else as recommended).")
@click.option(
    "--include-execution-data/--no-execution-data",
    default=None,
    help="Log input and output of states too; they can hold personal data.",
)
@click.option("--log-group", help="new, a name, or an ARN (else by the policy file).")
@click.option("--retention-days", type=int, help="How long records are kept.")
@click.option("--kms-key", help="KMS key for a log group that is created.")
@click.option(
    "--update-versions",
    type=click.Choice(["yes", "no", "ask"]),
    help="Publish a version and repoint aliases, so that their traffic logs, too.",
)
@common(JSON, CSV)
def decide(
    face: Face,
    *,
    arns: tuple[str, ...],
    account: str | None,
    all_accounts: bool,
    parameter_level: str | None,
    **wish: Any,
) -> None:
    """Record what is to happen to state machines: enable, suppress, or disable the control.

    \b
    Examples:
      hubmend decide ARN --enable --level ERROR --by ana@example.com
      hubmend decide ARN --enable --log-group /audit/workflows --retention-days 400 --by ana
      hubmend decide ARN --suppress --reason "test only" --until 2027-03-31 --by ana
      hubmend decide --account 222233334444 --disable-control --reason SEC-12 --by ana
      hubmend decide --all-accounts --parameter-level ERROR --reason SEC-9 --by ana
    """
    from hubmend.cli.running import guarded, run

    asked = guarded(face, lambda: _meant(parameter_level, **wish))

    async def work(hub: Hubmend) -> Made:
        made = await hub.decide(asked, arns, account, everywhere=all_accounts)
        return made, await hub.account_names()

    _print(face, *run(face, work))


def _meant(parameter_level: str | None, **said: Any) -> Wish:
    """Return what the options ask for; raise UsageError where that is nothing, or not one thing."""
    from hubmend.core.errors import UsageError
    from hubmend.core.resource import Kind
    from hubmend.flow.decide import Wish

    kinds = {
        "--enable": (Kind.ENABLE, said.pop("enable")),
        "--suppress": (Kind.SUPPRESS, said.pop("suppress")),
        "--disable-control": (Kind.DISABLE_CONTROL, said.pop("disable_control")),
        "--parameter-level": (Kind.SET_PARAMETER, parameter_level is not None),
    }
    given = [option for option, (_, chosen) in kinds.items() if chosen]
    if not given:
        raise UsageError("say what is decided: --enable, --suppress or --disable-control")
    if parameter_level is not None and said["level"] is not None:
        given.append("--level")
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} contradict each other: give one of them")
    until = said.pop("until")
    said["until"] = until.date() if until else None
    if parameter_level is not None:
        said["level"] = parameter_level
    return Wish(kinds[given[0]][0], **said)


@click.command()
@common(JSON, CSV)
def decisions(face: Face) -> None:
    """Show which decisions stand, from whom, until when.

    \b
    Example:
      hubmend decisions
    """
    from hubmend.cli.running import run

    async def work(hub: Hubmend) -> Made:
        return await hub.decisions(), await hub.account_names()

    _print(face, *run(face, work))


def _print(face: Face, made: tuple[Decision, ...], names: Mapping[str, str]) -> None:
    from hubmend.report import decisions_document
    from hubmend.report.text import decisions_table

    today = datetime.now(UTC).date()
    face.emit(
        decisions_document(made),
        "decisions",
        lambda: decisions_table(made, today, verbose=face.verbose, names=names),
    )
