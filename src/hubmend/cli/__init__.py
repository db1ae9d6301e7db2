"""The command line: each command is a thin face over one verb, imported when it is run.

Only click is imported here, so that `hubmend --help` answers at once.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click

# name: (module, one line for hubmend --help)
COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("scan", "Judge every state machine in scope."),
    "decide": ("decide", "Record what is to happen to a state machine, and who said so."),
    "decisions": ("decide", "Show which decisions stand, from whom, until when."),
    "plan": ("plan", "Turn decisions into changes, each with its undo."),
    "apply": ("apply", "Run a plan, journalled call by call."),
    "verify": ("verify", "Prove with log records that a run works."),
    "rollback": ("apply", "Take a run back."),
    "report": ("report", "Evidence of a run or of the whole scope, as one file."),
    "events": ("events", "Show which events each level writes."),
    "sandbox": ("sandbox", "Serve an embedded AWS with a sample organization."),
    "demo": ("demo", "Watch the whole journey on the embedded AWS."),
}


class Verbs(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the journey."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"hubmend.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hubmend")
def main() -> None:
    """Take Security Hub control StepFunctions.1 from FAILED to PASSED, with proof, and back.

    \b
    The journey:  scan > decide > plan > apply > verify > report   (and rollback)
    Try it:       hubmend demo

    Exit codes: 0 done and nothing failing; 1 failing resources remain or a change failed;
    2 wrong usage or configuration; 3 incomplete.
    """


if __name__ == "__main__":
    sys.exit(main())
