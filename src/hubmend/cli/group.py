"""The click group whose commands are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from hubmend.cli import COMMANDS, help_text


class Verbs(click.Group):
    """Imports a command when it is run, and prints the one help text there is."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the journey."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"hubmend.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command; what goes wrong while it prints is one sentence, too."""
        from hubmend.core.errors import HubmendError

        try:
            return super().main(*args, **extra)
        except HubmendError as error:
            from hubmend.cli.running import fail

            fail(str(error), error.exit_code)

    def get_help(self, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        """Return the help text, the same as without click."""
        return help_text().rstrip()


@click.group(cls=Verbs, name="hubmend", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="hubmend", prog_name="hubmend")
def verbs() -> None:
    """Take Security Hub control StepFunctions.1 from FAILED to PASSED, with proof, and back."""
