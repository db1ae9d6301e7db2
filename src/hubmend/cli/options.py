"""The common options of every verb, and the face that prints for it."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

import click

from hubmend.cli.output import Output

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from hubmend.policy import Options

F = TypeVar("F", bound=Callable[..., Any])
TABLE, JSON, CSV, SARIF = "table", "json", "csv", "sarif"
ASFF, OCSF = "asff", "ocsf"


@dataclass(frozen=True)
class Face:
    """What the common options say, and where output goes."""

    profile: str | None
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    config: str | None
    store: str | None
    format: str
    output: str | None
    yes: bool
    verbose: bool
    quiet: bool

    @property
    def options(self) -> Options:
        """Return the options for wiring."""
        from hubmend.policy import Options

        return Options(self.profile, self.accounts, self.regions, self.config, self.store)

    def ready(self) -> None:
        """Raise OutputError where output cannot be written: before work rather than after it."""
        if self.output:
            with _opened(self.output, "a"):
                return
        if self.format != TABLE or not self.quiet:
            sys.stdout.write("")

    def document(self, value: dict[str, Any] | list[Any]) -> None:
        """Write one JSON document, and nothing else, to standard output or --output."""
        self.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def write(self, text: str) -> None:
        """Write text to standard output or --output."""
        with self.open() as file:
            file.write(text)

    @contextmanager
    def open(self) -> Iterator[TextIO]:
        """Yield where text that grows is written: standard output or --output."""
        if self.output:
            with _opened(self.output) as file:
                yield file
        else:
            yield sys.stdout
            sys.stdout.flush()

    def emit(
        self, document: dict[str, Any], rows: str, table: Callable[[], RenderableType]
    ) -> None:
        """Print a verb's answer in the format asked for; `rows` names the list a CSV is made of."""
        if self.format == JSON:
            self.document(document)
        elif self.format == CSV:
            from hubmend.report import rows_csv

            self.write(rows_csv(document[rows]))
        else:
            self.show(table())

    def show(self, *parts: RenderableType) -> None:
        """Print for people, to standard output or, without colour, to --output."""
        from hubmend.report.text import show

        if self.quiet:
            return
        console = self.console()
        for part in parts:
            show(console, part)
        if self.output:
            self.write(console.export_text())

    def tell(self, part: RenderableType) -> None:
        """Print for people on standard error, where standard output holds the answer itself."""
        from rich.console import Console

        from hubmend.report.text import show

        show(Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty()), part)

    def console(self) -> Console:
        """Return where tables go: the terminal, a pipe (plain), or a file."""
        from io import StringIO

        from rich.console import Console

        if self.output:
            return Console(file=StringIO(), record=True, width=120, no_color=True, highlight=False)
        return Console(highlight=False, soft_wrap=not sys.stdout.isatty())

    def say(self, text: str) -> None:
        """Say something on standard error that is no part of the output."""
        if not self.quiet:
            click.echo(text, err=True)

    def confirm(self, question: str) -> None:
        """Ask before something changes; raise UsageError when nobody can answer."""
        from hubmend.core.errors import Interrupted, UsageError

        if self.yes:
            return
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(f"{question} Nobody is there to answer: add --yes to go on")
        try:
            agreed = click.confirm(question, err=True)
        except click.Abort:  # Ctrl-C, or the end of input, in place of an answer
            raise Interrupted("stopped by the user; nothing was changed") from None
        if not agreed:
            raise UsageError("stopped; nothing was changed")


def save(name: str, text: str) -> None:
    """Write a file whole; raise OutputError when it cannot be written."""
    with _opened(name) as file:
        file.write(text)


@contextmanager
def _opened(name: str, mode: str = "w") -> Iterator[TextIO]:
    with _file(name, mode) as file:
        output = cast("TextIO", Output(file, name))
        yield output
        output.flush()


def _file(name: str, mode: str) -> TextIO:
    from hubmend.core.errors import OutputError

    try:
        return cast("TextIO", Path(name).open(mode, encoding="utf-8"))
    except OSError as error:
        raise OutputError(f"{name} cannot be written: {error.strerror}") from None


def common(*formats: str) -> Callable[[F], F]:
    """Add the common options to a command and hand it a Face first."""
    decorators = (
        click.option("--profile", help="AWS profile (else AWS_PROFILE)."),
        click.option("--accounts", multiple=True, help='Account ids, or "all" (Organizations).'),
        click.option("--regions", multiple=True, help='Regions, comma separated, or "all".'),
        click.option("--config", help="Policy file (else HUBMEND_CONFIG, else ./hubmend.toml)."),
        click.option("--store", help="Store URL (else HUBMEND_STORE, else SQLite)."),
        click.option(
            "--format",
            type=click.Choice((TABLE, *formats)),
            default=TABLE,
            help="What to print.",
        ),
        click.option("--output", "-O", help="Write to a file instead of standard output."),
        click.option("--yes", "-y", is_flag=True, help="Do not ask before changing anything."),
        click.option("-v", "--verbose", is_flag=True, help="ARNs and details."),
        click.option("-q", "--quiet", is_flag=True, help="No tables, no progress; exit code only."),
    )  # fmt: skip

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def command(**given: Any) -> Any:
            names = Face.__dataclass_fields__
            face = Face(**{name: given.pop(name) for name in names})
            return function(face, **given)

        for decorator in reversed(decorators):
            command = decorator(command)
        return command  # type: ignore[return-value]

    return decorate
