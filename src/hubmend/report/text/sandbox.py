"""What the sandbox prints when it is up: what to export, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType

from hubmend.report.text.layout import Cell, Columns, Line, quiet, strong


def sandbox_text(
    endpoint: str, environment: Mapping[str, str], contents: Sequence[Mapping[str, Any]]
) -> RenderableType:
    """Return how to use a running sandbox and the machines of its sample organization."""
    exports = [Line(f"  export {name}={value}") for name, value in environment.items()]
    parts: list[RenderableType] = [
        Line(strong(f"An embedded AWS serves on {endpoint}"), " (loopback only; Ctrl-C stops it)"),
        Line("In another terminal:"),
        *exports,
        *_machines(contents),
        Line("Next: hubmend scan --accounts all --regions us-east-1,ap-northeast-1"),
    ]
    return Group(*parts)


def _machines(contents: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    if not contents:
        return [Line("It is empty: create state machines with any AWS tool.")]
    rows: list[list[Cell]] = [
        [
            str(row["account_name"]),
            str(row["region"]),
            str(row["machine"]),
            str(row["type"]),
            str(row["level"]),
            quiet(str(row["case"])),
        ]
        for row in contents
    ]
    header = ["account", "region", "machine", "type", "level", "what it shows"]
    return [Line(f"Its sample organization has {len(contents)} state machines:"),
            Columns(rows, header, indent=2)]  # fmt: skip
