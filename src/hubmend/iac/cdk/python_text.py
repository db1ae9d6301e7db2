"""Python as ast and tokenize see it, and the characters where their places are."""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from hubmend.iac.cdk.program import BYTE_ORDER_MARK
from hubmend.iac.source import SourceFile

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError, tokenize.TokenError)
"""What reading a file raises that is not Python, or too deep to be read."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_SKIPPED = {tokenize.NL, tokenize.COMMENT, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}

Token = tuple[int, str]  # character offset and text


def parse(text: str) -> ast.Module:
    """Return the tree of a file's text; SyntaxError, ValueError, RecursionError, MemoryError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the user's code: invalid escapes and the like
        return ast.parse(text.removeprefix(BYTE_ORDER_MARK))


def tokens(file: SourceFile) -> list[Token] | None:
    """Return the tokens of a file; None where it does not compile."""
    try:
        compile(parse(file.text), file.path, "exec", dont_inherit=True)
        return _tokens(file.text)
    except UNREADABLE:
        return None


def _tokens(text: str) -> list[Token]:
    """Return the tokens of a text, comments and line ends left out; tokenize.TokenError."""
    lines, starts = _lines(text)
    reader = iter([*lines, ""])
    found = tokenize.generate_tokens(lambda: next(reader, ""))
    return [
        (starts[one.start[0] - 1] + one.start[1], one.string)
        for one in found
        if one.type not in _SKIPPED and one.string
    ]


def _lines(text: str) -> tuple[list[str], list[int]]:
    """Return the lines as Python counts them, and the character offset of each and of the end."""
    mark = len(text) - len(text.removeprefix(BYTE_ORDER_MARK))
    lines = [line for line in _LINE.findall(text[mark:]) if line]
    return lines, [mark + n for n in accumulate(map(len, lines), initial=0)]


@dataclass
class Text:
    """A file's tree, and the text by the places that ast tells: lines, and bytes of UTF-8."""

    file: SourceFile

    @cached_property
    def tree(self) -> ast.Module:
        """Return the file's tree; one of `UNREADABLE`."""
        return parse(self.file.text)

    @cached_property
    def lines(self) -> tuple[list[str], list[int]]:
        """Return the lines, and where they start."""
        return _lines(self.file.text)

    @cached_property
    def tokens(self) -> list[Token]:
        """Return the file's tokens; one of `UNREADABLE`."""
        return _tokens(self.file.text)

    @cached_property
    def token_at(self) -> dict[int, int]:
        """Return the numbers of the tokens by where they start."""
        return {start: number for number, (start, _) in enumerate(self.tokens)}

    def last(self, close: int) -> tuple[int, int | None]:
        """Return where the last entry before a closing bracket ends, and its comma."""
        number = self.token_at[close] - 1
        start, text = self.tokens[number]
        if text != ",":
            return start + len(text), None
        before, word = self.tokens[number - 1]
        return before + len(word), start + 1

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Return a node's place."""
        start = self.at(node.lineno, node.col_offset)
        return start, self.at(node.end_lineno, node.end_col_offset)

    def at(self, line: int | None, column: int | None) -> int:
        """Return the character offset of a place as ast tells it: line, and bytes of UTF-8."""
        assert line is not None  # noqa: S101  # what was parsed has its ends
        lines, starts = self.lines
        text = lines[line - 1]
        before = text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "surrogatepass")
        return starts[line - 1] + len(before)
