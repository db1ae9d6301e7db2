"""The command line, from click's own description of it.

Options that most commands take are told once, at the top; each command then shows its own.
"""

from __future__ import annotations

import inspect
from collections import Counter

import click

from docs.generators.markdown import table
from hubmend.cli.group import verbs

INTRODUCTION = """# Commands

`hubmend COMMAND --help` says the same in the terminal. Standard output carries the answer and
nothing else; with `--format json` it is exactly one document ([](documents.md)). How each command
ends is told by its exit code ([](exit-codes.md)).

"""


Record = tuple[str, str]  # what one types, and what it does


def page() -> str:
    """Return the page."""
    found = _commands(verbs, "hubmend")
    common = _common([_records(command) for _, command in found])
    text = INTRODUCTION
    if common:
        text += "## Common options\n\n" + _options(common)
    return text + "".join(_section(name, command, common) for name, command in found)


def _commands(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(name, command)]
    context = click.Context(command, info_name=name)
    found = []
    for part in command.list_commands(context):
        inner = command.get_command(context, part)
        assert inner is not None, f"{name} lists {part} but does not have it"
        if not inner.hidden:
            found += _commands(inner, f"{name} {part}")
    return found


def _section(name: str, command: click.Command, common: list[Record]) -> str:
    context = click.Context(command, info_name=name, terminal_width=1000)
    usage = " ".join(command.get_usage(context).split()).removeprefix("Usage: ")
    text = f"## {name}\n\n{_prose(command.help)}\n\n```text\n{usage}\n```\n\n"
    records = _records(command)
    takes_common = bool(common) and _names(common) <= _names(records)
    if takes_common:
        records = [record for record in records if record not in common]
    if records:
        text += _options(records)
    if takes_common:
        text += "And the [common options](#common-options).\n\n"
    return text + (f"{_prose(command.epilog)}\n\n" if command.epilog else "")


def _prose(text: str | None) -> str:
    """Return help text as Markdown; click's mark for "keep these lines" makes a code block."""
    paragraphs = []
    for part in inspect.cleandoc(text or "").split("\n\n"):
        if part.startswith("\b"):
            lines = part.lstrip("\b").strip("\n")
            paragraphs.append(f"```text\n{inspect.cleandoc(lines)}\n```")
        else:
            paragraphs.append(part.split("\f")[0].strip().replace("<", "\\<"))
    return "\n\n".join(paragraphs)


def _records(command: click.Command) -> list[Record]:
    """Return each option as `--help` has it; arguments are in the usage line."""
    context = click.Context(command, info_name=command.name)
    options = [one for one in command.params if isinstance(one, click.Option)]
    records = [option.get_help_record(context) for option in options]
    return [record for record in records if record is not None]


def _names(records: list[Record]) -> set[str]:
    return {typed.split()[0] for typed, _ in records}


def _common(commands: list[list[Record]]) -> list[Record]:
    """Return the options that most commands take, in the order of the first that has them."""
    counted = Counter(record for records in commands for record in records)
    return [record for record, count in counted.items() if count > len(commands) / 2]


def _options(records: list[Record]) -> str:
    return table(
        ["Option", "What it does"],
        [[f"`{typed}`", meaning.replace("<", "\\<")] for typed, meaning in records],
    )
