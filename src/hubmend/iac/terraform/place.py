"""Where text is inserted in a file, and in which style: its indentation and its line ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubmend.iac.source import Edit
from hubmend.iac.terraform.syntax import Block

# What by custom ends a resource: what is added goes before it.
_TAIL = ("depends_on", "lifecycle")
INDENT = "  "  # what writing.py indents by


@dataclass(frozen=True)
class Style:
    """How a block's file is laid out: the block's own indentation, one step more, line ends."""

    base: str = ""
    step: str = INDENT
    newline: str = "\n"

    def lay(self, lines: Sequence[str], depth: int = 0) -> str:
        """Return lines in this style, each on a line of its own, from a new line on."""
        laid = []
        for line in lines:
            steps = (len(line) - len(line.lstrip(" "))) // len(INDENT) + depth
            laid.append(f"{self.base}{self.step * steps}{line.lstrip(' ')}" if line else "")
        return "".join(f"{self.newline}{line}" for line in laid)


def style(block: Block) -> Style:
    """Return the style a block is written in, by its first line inside."""
    text = block.source
    base = _indentation(text, block.start)
    starts = [one.start for one in block.attributes.values()] + [one.start for one in block.blocks]
    inner = _indentation(text, min(starts, default=block.start))
    step = inner.removeprefix(base) if inner.startswith(base) else INDENT
    end = text[line_end(text, block.start) :]
    return Style(base, step or INDENT, "\r\n" if end.startswith("\r\n") else "\n")


@dataclass(frozen=True)
class Places:
    """Where a block takes another part, and where a block can follow it: ends of lines.

    `clear` is False where it is laid out so that nothing can be put there.
    """

    inside: int
    behind: int
    clear: bool


def places(block: Block) -> Places:
    """Return where text can be put; what by custom ends a block stays its end."""
    ends = [one.end for name, one in block.attributes.items() if name not in _TAIL]
    ends += [one.end for one in block.blocks if one.keyword not in _TAIL]
    last, text = max(ends, default=block.opened), block.source
    inside, behind = line_end(text, last), line_end(text, block.end)
    clear = inside <= block.closing and _clear(text, last) and _clear(text, block.end)
    return Places(inside, behind, clear)


def put(block: Block, offset: int, parts: Sequence[Sequence[str]], depth: int = 0) -> Edit:
    """Return the insertion of parts at a line's end, an empty line before each."""
    layout = style(block)
    text = "".join(layout.newline + layout.lay(part, depth) for part in parts)
    crowded = _followed(block.source, offset)
    return Edit(block.path, offset, text + layout.newline * crowded)


def depend(block: Block, address: str) -> list[Edit] | None:
    """Return the insertions that make a block depend on one more; None for no plain list."""
    expression = block.value("depends_on")
    node = expression.node if expression else None
    while node and node.type in ("expression", "collection_value"):
        node = node.children[0]
    if node is None or node.type != "tuple":
        return None
    elements = [child for child in node.children if child.type == "expression"]
    if not elements:
        return [Edit(block.path, node.start_byte + 1, address)]
    last, text = elements[-1], block.source
    comma = next(
        (c for c in node.children if c.type == "," and c.start_byte >= last.end_byte), None
    )
    if "\n" not in text[last.end_byte : node.end_byte]:
        return [Edit(block.path, last.end_byte, f", {address}")]
    offset = comma.end_byte if comma else last.end_byte
    if not _clear(text, offset):
        return None
    end = line_end(text, offset)
    indentation = _indentation(text, last.start_byte)
    line = f"{style(block).newline}{indentation}{address}"
    if comma:
        return [Edit(block.path, end, f"{line},")]
    return [Edit(block.path, last.end_byte, ","), Edit(block.path, end, line)]


def line_end(text: str, offset: int) -> int:
    """Return where the line of an offset ends."""
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    return end - text[offset:end].endswith("\r")


def _clear(text: str, offset: int) -> bool:
    """Whether no more than a comment, and it whole, follows an offset on its line."""
    rest = text[offset : line_end(text, offset)].strip()
    whole = rest.startswith("/*") and rest.endswith("*/") and "*/" not in rest[2:-2]
    return not rest or whole or rest.startswith(("#", "//"))


def _followed(text: str, offset: int) -> bool:
    """Whether the line after the one that ends at an offset holds more than a closing brace."""
    line = text[offset:].lstrip("\r").removeprefix("\n").partition("\n")[0].strip()
    return bool(line) and not line.startswith("}")


def _indentation(text: str, offset: int) -> str:
    line = text[text.rfind("\n", 0, offset) + 1 : offset]
    return line[: len(line) - len(line.lstrip(" \t"))]
