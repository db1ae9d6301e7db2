"""hubmend verify."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from hubmend.cli.options import CSV, JSON, Face, common

if TYPE_CHECKING:
    from hubmend.core.run import Run
    from hubmend.core.verification import Verification
    from hubmend.wiring import Hubmend


@click.command()
@click.argument("run_id", metavar="RUN")
@click.argument("arns", nargs=-1, metavar="[ARN]...")
@click.option("--execute", is_flag=True, help="Start one execution per machine first.")
@click.option("--input", "text", metavar="JSON|@FILE", help="Its input.")
@click.option("--wait", default="0s", help="How long to wait for what is pending, e.g. 3m.")
@common(JSON, CSV)
def verify(
    face: Face,
    *,
    run_id: str,
    arns: tuple[str, ...],
    execute: bool,
    text: str | None,
    wait: str,
) -> None:
    """Answer four questions about a run: configuration, proof, finding, score.

    The proof compares the log records with the executions since the change. Without --execute no
    workflow is started: running one has effects.

    \b
    Examples:
      hubmend verify 20261123-221530-7f3a9c
      hubmend verify RUN ARN --execute --input '{"amount": 12}' --wait 3m
    """
    from hubmend.cli.running import guarded, leave, run
    from hubmend.core.rollout import duration
    from hubmend.report import verification_document
    from hubmend.report.text import verification_text

    patience = guarded(face, lambda: duration(wait))
    given = guarded(face, lambda: execution_input(text)) if execute or text else None

    async def work(hub: Hubmend) -> tuple[Run, tuple[Verification, ...], Mapping[str, str]]:
        found = await hub.run(run_id)
        chosen = arns or found.plan.configured
        inputs = None
        if execute and given is not None and chosen:
            names = ", ".join(arn.rsplit(":", 1)[-1] for arn in chosen)
            face.confirm(
                f"Start one execution of each of: {names}? Running a workflow has effects."
            )
            inputs = dict.fromkeys(chosen, (given,))
        answers = await hub.verify(run_id, arns=arns, inputs=inputs, wait=patience)
        return found, answers, await hub.account_names()

    found, answers, accounts = run(face, work)
    face.emit(
        verification_document(run_id, answers),
        "resources",
        lambda: verification_text(found, answers, names=accounts, verbose=face.verbose),
    )
    leave(exit_code(answers))


def exit_code(answers: tuple[Verification, ...]) -> int:
    """0 nothing speaks against the run; 1 a configuration is wrong or records are missing."""
    bad = any(
        one.configuration.status == "failed" or one.proof.status == "missing" for one in answers
    )
    return 1 if bad else 0


def execution_input(text: str | None) -> str:
    """Return the input of an execution; raise UsageError when it is not JSON."""
    import json
    from pathlib import Path

    from hubmend.core.errors import UsageError

    if text is None:
        raise UsageError("--execute needs --input JSON or --input @FILE (an empty one is '{}')")
    try:
        whole = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        json.loads(whole)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the input file cannot be read: {error}") from None
    except json.JSONDecodeError as error:
        raise UsageError(
            f"the input is not JSON (line {error.lineno}, column {error.colno}): {error.msg}"
        ) from None
    return whole
