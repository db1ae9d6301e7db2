"""Help: every command has an example, and every example is a command that parses."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from hubmend.cli import COMMANDS, help_text
from hubmend.cli.group import verbs
from tests.journey.terminal import Terminal


def examples(name: str) -> list[list[str]]:
    """The words of each example of a command's help, without what is piped on."""
    command = command_of(name)
    _, example, lines = re.split(r"^ *(Examples?)\b", command.help or "", flags=re.MULTILINE)
    assert example
    found = [line.strip() for line in lines.splitlines() if line.strip().startswith("hubmend ")]
    return [shlex.split(re.split(r" [|>] ", line)[0])[1:] for line in found]


def command_of(name: str) -> click.Command:
    command = verbs.get_command(click.Context(verbs), name)
    assert command
    return command


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_example_is_a_command_that_parses(name: str) -> None:
    found = examples(name)
    assert found
    for words in found:
        command = command_of(words[0])
        command.make_context(words[0], words[1:])  # raises where an option is not known


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "sandbox"])
def test_an_example_is_of_the_command_itself(name: str) -> None:
    assert all(words[0] == name for words in examples(name))


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_option_says_what_it_does(name: str) -> None:
    for parameter in command_of(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"


# A policy is printed from the code alone: no account, no store, nothing to confirm.
@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "iam-policy"])
def test_help_is_given_with_the_common_options(terminal: Terminal, name: str) -> None:
    done = terminal.call(name, "--help")
    for option in ("--profile", "--regions", "--config", "--store", "--format", "--quiet"):
        assert option in done.out
    assert done.err == ""


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_the_first_help_names_every_command_and_exit_code(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    done = terminal.run(*arguments)
    assert done.out == help_text()
    assert all(name in done.out for name in COMMANDS)
    assert all(f"{code} " in done.out for code in range(4))


def test_the_version_is_that_of_the_package(terminal: Terminal) -> None:
    from hubmend import __version__  # noqa: PLC0415 - beside what it is compared with

    assert terminal.run("--version").out.split()[-1] == __version__
