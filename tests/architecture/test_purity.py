"""What the pure layers may import, where import-linter cannot say it: hardly anything.

Import-linter squashes outside packages to their first name, so it can neither allow
`urllib.parse` while forbidding `urllib.request`, nor forbid everything that is not listed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "hubmend"
NETWORK = {"socket", "ssl", "http", "ftplib", "smtplib", "socketserver", "xmlrpc", "subprocess"}
# Libraries that turn text into values and touch nothing else.
PARSERS = {"controls": {"yaml"}}
NETWORK_MODULES = {"urllib.request", "asyncio.streams", "asyncio.subprocess"}


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted name of everything that a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; say hubmend.… in full"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(layer: str) -> list[Path]:
    return sorted((SOURCE / layer).rglob("*.py"))


@pytest.mark.parametrize("layer", ["core", "controls", "flow"])
def test_a_pure_layer_imports_the_standard_library_hubmend_and_parsers(layer: str) -> None:
    allowed = sys.stdlib_module_names | {"hubmend"} | PARSERS.get(layer, set())
    foreign = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in modules(layer)
        for name in imported(path)
        if name.partition(".")[0] not in allowed
    ]
    assert not foreign


@pytest.mark.parametrize("layer", ["core", "controls", "flow"])
def test_a_pure_layer_cannot_reach_the_network_or_start_a_process(layer: str) -> None:
    reaching = [
        f"{path.relative_to(SOURCE)}: {name}"
        for path in modules(layer)
        for name in imported(path)
        if name.partition(".")[0] in NETWORK
        or any(name == module or name.startswith(f"{module}.") for module in NETWORK_MODULES)
    ]
    assert not reaching
