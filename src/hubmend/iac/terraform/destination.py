"""Where a machine's records are to go: a log group made beside it, or one that exists (F§3.11)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hubmend.core.settings import Defaults
from hubmend.iac.source import NEW, Wanted
from hubmend.iac.terraform.folder import Folder
from hubmend.iac.terraform.syntax import Block, Expression
from hubmend.iac.terraform.values import Value
from hubmend.iac.terraform.writing import GROUP, aligned, literal, quoted, resource

# The provider's first version whose log groups outlive `terraform destroy`.
# https://github.com/hashicorp/terraform-provider-aws/pull/26775
_KEEPING = (4, 40)
_CONSTRAINT = re.compile(r"\s*(~>|<=|<|=|)\s*(\d+(?:\.\d+)*)\s*")
_BEFORE, _AFTER = Defaults.log_group.split("{name}")
_META = ("provider", "region", "count", "for_each")


@dataclass(frozen=True)
class Destination:
    """The expression of a log group's ARN that ends in `:*`, and the block it needs, if any."""

    expression: str
    block: tuple[str, ...] = ()


def destination(folder: Folder, machine: Block, wanted: Wanted, name: str) -> Destination:
    """Return where the records of a machine go; `name` is free for a new resource."""
    if wanted.log_group == NEW:
        return _new(folder, machine, wanted, name)
    if wanted.log_group.startswith("arn:"):
        return Destination(literal(wanted.log_group.removesuffix(":*") + ":*"))
    for group in folder.resources(GROUP):
        if folder.value(group, "name") == wanted.log_group and not index(group):
            return Destination(f'"${{{GROUP}.{group.labels[1]}.arn}}:*"')
    # The data source's ARN ends in :* or does not, by the provider's version.
    expression = f'"${{trimsuffix(data.{GROUP}.{name}.arn, ":*")}}:*"'
    inner = aligned({"name": literal(wanted.log_group)})
    outer = {key: one for key, one in meta(machine).items() if key in ("provider", "region")}
    return Destination(expression, tuple(resource(GROUP, name, outer, inner, "data")))


def _new(folder: Folder, machine: Block, wanted: Wanted, name: str) -> Destination:
    key, text = group_name(machine) or ("name_prefix", _BEFORE)
    body = {key: quoted(text), "retention_in_days": str(wanted.retention_days)}
    if not _old(folder):
        body["skip_destroy"] = "true"  # the records stay when the machine goes
    lines = resource(GROUP, name, meta(machine), aligned(body))
    return Destination(f'"${{{GROUP}.{name}{index(machine)}.arn}}:*"', tuple(lines))


def group_name(machine: Block) -> tuple[str, str] | None:
    """Return the attribute and the text that name a machine's log group, after the machine.

    None where the machine's name is an expression of several lines, which a string cannot hold.
    """
    if name := machine.value("name"):
        inner = _within(name)
        return None if "\n" in inner else ("name", f"{_BEFORE}{inner}{_AFTER}")
    if prefix := machine.value("name_prefix"):
        inner = _within(prefix)
        return None if "\n" in inner else ("name_prefix", f"{_BEFORE}{inner}")
    return "name_prefix", f"{_BEFORE}{machine.labels[-1]}-"


def _within(value: Expression) -> str:
    """Return an expression as a string holds it: a string's inside, or an interpolation."""
    node = value.node
    while node.type in ("expression", "literal_value", "template_expr"):
        node = node.children[0]
    plain = node.type in ("string_lit", "quoted_template") and node.end_byte == value.end
    return value.text[1:-1] if plain else f"${{{value.text}}}"


def meta(block: Block) -> dict[str, str]:
    """Return the meta-arguments that what belongs to a block must share with it, as written."""
    return {key: value.text for key in _META if (value := block.value(key))}


def index(block: Block) -> str:
    """Return how an instance of a block made several times speaks of its own companion."""
    if block.value("count"):
        return "[count.index]"
    return "[each.key]" if block.value("for_each") else ""


def _old(folder: Folder) -> bool:
    """Whether the folder holds the provider below the version that can keep log groups."""
    for block in folder.blocks:
        for needs in block.named("required_providers") if block.keyword == "terraform" else ():
            wanted = folder.value(needs, "aws")
            version = wanted.get("version") if isinstance(wanted, dict) else wanted
            if _below(version):
                return True
    return False


def _below(version: Value) -> bool:
    for part in version.split(",") if isinstance(version, str) else ():
        if found := _CONSTRAINT.fullmatch(part):
            numbers = tuple(int(number) for number in found[2].split("."))
            if found[1] == "~>":
                kept = numbers[:-1] or numbers
                numbers = (*kept[:-1], kept[-1] + 1)
            exclusive = found[1] in ("~>", "<")
            if numbers < _KEEPING or (exclusive and numbers == _KEEPING):
                return True
    return False
