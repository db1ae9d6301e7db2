"""A folder of Terraform as Terraform reads it: all its files together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hubmend.iac.source import Refused, SourceFile
from hubmend.iac.terraform.syntax import BYTE_ORDER_MARK, Block, Expression, Parsed, parse
from hubmend.iac.terraform.values import Scope, Value


@dataclass(frozen=True, eq=False)
class Folder:
    """The files that parse, and what the others are refused for.

    Variables have their defaults, and what terraform.tfvars and *.auto.tfvars give them, which
    Terraform reads by itself; what a command line or a calling module gives is not known here.
    """

    parsed: tuple[Parsed, ...]
    broken: tuple[Refused, ...]
    settings: Mapping[str, Value]

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Return all top-level blocks but those of override files."""
        return tuple(
            block for one in self.parsed if not _overrides(one.file.path) for block in one.blocks
        )

    @cached_property
    def overridden(self) -> Mapping[tuple[str, ...], str]:
        """Return which file overrides a block, by the block's keyword and labels."""
        return {
            (block.keyword, *block.labels): block.path
            for one in self.parsed
            if _overrides(one.file.path)
            for block in one.blocks
        }

    @cached_property
    def scope(self) -> Scope:
        """Return what the folder says its variables and locals are."""
        expressions: dict[str, Expression] = {}
        for block in self.blocks:
            if block.keyword == "variable" and (default := block.value("default")):
                expressions |= {f"var.{label}": default for label in block.labels[:1]}
            if block.keyword == "locals":
                expressions |= {f"local.{n}": one.value for n, one in block.attributes.items()}
        return Scope(expressions, self.settings)

    @cached_property
    def _by_kind(self) -> Mapping[tuple[str, str], Sequence[Block]]:
        found: dict[tuple[str, str], list[Block]] = {}
        for block in self.blocks:
            match block.labels:
                case (kind, _):
                    found.setdefault((block.keyword, kind), []).append(block)
        return found

    @cached_property
    def _worth(self) -> dict[tuple[Block, str], Value]:
        return {}

    def resources(self, kind: str, keyword: str = "resource") -> Sequence[Block]:
        """Return the resources of a type, or the data sources where `keyword` is "data"."""
        return self._by_kind.get((keyword, kind), ())

    def resource(self, kind: str, name: str, keyword: str = "resource") -> Block | None:
        """Return one resource by its address."""
        return next((one for one in self.resources(kind, keyword) if one.labels[1] == name), None)

    def value(self, block: Block, name: str) -> Value:
        """Return what an attribute is worth; None where it is absent, as Terraform has it."""
        if (block, name) not in self._worth:
            expression = block.value(name)
            self._worth[block, name] = self.scope.evaluate(expression) if expression else None
        return self._worth[block, name]


def read(files: Sequence[SourceFile]) -> Folder:
    """Parse what Terraform reads of a folder by itself."""
    parsed: list[Parsed] = []
    broken: list[Refused] = []
    settings: dict[str, Value] = {}
    own = [file for file in files if automatic(file.path)]
    # Settings of later files win: terraform.tfvars, its JSON, then the automatic ones by name.
    for file in sorted(own, key=lambda file: (".auto." in _name(file), _name(file))):
        found = _decoded(file) if file.path.endswith(".json") else parse(file)
        if isinstance(found, Refused):
            broken.append(found)
        elif isinstance(found, Parsed) and file.path.endswith(".tf"):
            parsed.append(found)
        else:
            settings |= _assigned(found)
    return Folder(tuple(parsed), tuple(broken), settings)


def automatic(path: str) -> bool:
    """Whether Terraform reads a file of this name without being told to."""
    name = path.rpartition("/")[2]
    automatic = name.startswith("terraform.tfvars") or ".auto.tfvars" in name
    return name.endswith(".tf") or (automatic and name.endswith((".tfvars", ".tfvars.json")))


def _assigned(found: Parsed | Mapping[str, Value]) -> Mapping[str, Value]:
    if isinstance(found, Parsed):
        nothing = Scope()
        found = {n: nothing.evaluate(one.value) for n, one in found.attributes.items()}
    return {f"var.{name}": value for name, value in found.items()}


def _decoded(file: SourceFile) -> Mapping[str, Value] | Refused:
    try:
        found = json.loads(file.text.removeprefix(BYTE_ORDER_MARK))
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else Refused(file.path, None, "it is no JSON object")


def _overrides(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name == "override.tf" or name.endswith("_override.tf")


def _name(file: SourceFile) -> str:
    return file.path.rpartition("/")[2]
