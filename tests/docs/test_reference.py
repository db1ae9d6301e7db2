"""The committed reference pages say what the code says."""

from __future__ import annotations

import click
import pytest

from docs import generate
from hubmend.cli.group import verbs

PAGES = generate.pages()


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_generates(name: str) -> None:
    path = generate.FOLDER / name
    assert path.exists(), f"{name} is missing: run make reference"
    assert path.read_text(encoding="utf-8") == PAGES[name], f"{name} is old: run make reference"


def test_no_reference_page_is_left_of_something_removed() -> None:
    assert {path.name for path in generate.FOLDER.glob("*.md")} == PAGES.keys()


def test_every_command_is_documented() -> None:
    group = verbs
    assert isinstance(group, click.Group)
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert command.hidden or f"## hubmend {name}\n" in PAGES["commands.md"]


def test_every_command_and_option_says_what_it_does() -> None:
    group = verbs
    assert isinstance(group, click.Group)
    context = click.Context(group)
    silent = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        silent += [] if command.help else [name]
        silent += [
            f"{name} {parameter.opts[0]}"
            for parameter in command.params
            if isinstance(parameter, click.Option) and not (parameter.help or parameter.hidden)
        ]
    assert not silent
