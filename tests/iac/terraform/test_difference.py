"""The second look at a patch: anything but whole additions is a reason to write nothing."""

from __future__ import annotations

import pytest

from hubmend.iac.source import Edit, Patch, SourceFile, patched
from tests.iac.terraform.sources import TERRAFORM

SOURCE = """# words
a "b" {
  c = [x.y, "z"]
  # more
}
"""


def told(offset: int, text: str) -> str | None:
    before = (SourceFile("x.tf", SOURCE),)
    edits = (Edit("x.tf", offset, text),)
    return TERRAFORM.differs(before, patched(before, edits), Patch(edits))


def at(text: str) -> int:
    """Return the offset after some text of the source."""
    return SOURCE.index(text) + len(text)


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (len(SOURCE), "\nd = 1\n"),
        (at("# words"), "\nd {\n}"),
        (at('"z"]'), "\n  d = 1"),
        (at("x.y"), ", v.w"),
        (at("# more"), "\n  # too\n"),
    ],
)
def test_whole_additions_are_no_difference(offset: int, text: str) -> None:
    assert told(offset, text) is None


@pytest.mark.parametrize(
    ("offset", "text", "why"),
    [
        (at("x.y"), ".w", "x.tf would read otherwise"),
        (at('"z'), "zz", "x.tf would read otherwise"),
        (at("c = "), "f(1) ? 2 : ", "x.tf would read otherwise"),
        (at("a"), "a", "x.tf would read otherwise"),
        (at("# wor"), "k\n", "x.tf would read otherwise"),
        (at("# words\n"), "/*", "x.tf would not parse"),
        (at('"z"]'), "\n}\nd {", "x.tf would read otherwise"),
        (at('"z"]'), "\n  d {", "x.tf would not parse"),
    ],
)
def test_anything_else_is_told(offset: int, text: str, why: str) -> None:
    assert told(offset, text) == why


def test_text_that_is_lost_is_told() -> None:
    before = (SourceFile("x.tf", SOURCE), SourceFile("y.tf", ""))
    lost = (SourceFile("x.tf", SOURCE.replace("# more", "")), before[1])
    assert TERRAFORM.differs(before, lost, Patch()) == "x.tf would lose text"


def test_what_did_not_parse_before_is_told() -> None:
    before = (SourceFile("x.tf", "}{"),)
    edits = (Edit("x.tf", 2, "\n"),)
    assert TERRAFORM.differs(before, patched(before, edits), Patch(edits)) == "x.tf would not parse"
