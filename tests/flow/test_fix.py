"""fix: insertions shown or written, all of a unit or nothing, never on doubt."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.ports import Silence
from hubmend.flow.fix import FilePatch, Fixed, fix
from hubmend.iac.source import Wanted
from tests.fakes.sources import FakeTree, Lines

OFF = "machine a off\nmachine b on\n"


def fixed(tree: FakeTree, language: Lines | None = None, *, write: bool = True) -> Fixed:
    languages = [language or Lines()]
    return fix(tree, [""], Wanted(), Silence(), write=write, languages=languages)


def test_a_diff_writes_nothing_and_says_that_something_fails() -> None:
    tree = FakeTree({"a.lines": OFF})
    made = fixed(tree, write=False)
    assert tree.files == {"a.lines": OFF}
    assert made.diff == (
        "--- a/a.lines\n+++ b/a.lines\n@@ -1,2 +1,3 @@\n machine a off\n machine b on\n+on a\n"
    )
    assert ([one.id for one in made.machines], [one.id for one in made.others]) == (["a"], ["b"])
    assert (made.written, made.exit_code) == (False, 1)


def test_a_second_run_has_nothing_to_do() -> None:
    tree = FakeTree({"a.lines": OFF})
    assert (fixed(tree).exit_code, tree.files["a.lines"]) == (0, OFF + "on a\n")
    again = fixed(tree)
    assert (again.patches, again.exit_code) == ((), 0)


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        (Lines(stays=True), "a: not patched: a would still not pass"),
        (Lines(doubt="it reads differently"), "a: not patched: it reads differently"),
    ],
)
def test_nothing_is_written_on_doubt(language: Lines, reason: str) -> None:
    tree = FakeTree({"a.lines": OFF})
    made = fixed(tree, language)
    assert tree.files == {"a.lines": OFF}
    assert [one.reason for one in made.refused] == [reason]
    assert (made.patches, made.exit_code) == ((), 3)


def test_of_files_read_together_only_those_with_insertions_are_patched() -> None:
    made = fixed(FakeTree({"x/a.lines": OFF, "x/b.lines": ""}), Lines(whole_folder=True))
    assert [(one.path, one.machines[0].id) for one in made.patches] == [("x/a.lines", "a")]


def test_what_cannot_be_judged_is_left_and_said() -> None:
    made = fixed(FakeTree({"a.lines": "machine a var\n", "b.lines": "machine b on\nbad\n"}))
    assert [one.id for one in made.others] == ["a", "b"]
    assert [(one.path, one.line) for one in made.refused] == [("b.lines", 2)]
    assert made.exit_code == 3


def test_files_that_belong_together_are_written_all_or_none() -> None:
    tree = FakeTree({"x/a.lines": OFF, "x/b.lines": "machine c off\n"}, read_only={"x/b.lines"})
    made = fixed(tree, Lines(whole_folder=True))
    assert tree.files == {"x/a.lines": OFF, "x/b.lines": "machine c off\n"}
    assert [(one.path, one.reason) for one in made.refused] == [
        ("x/a.lines", "left as it was: the patch needs x/b.lines, too, which cannot be written"),
        ("x/b.lines", "cannot be written"),
    ]
    assert (made.patches, made.exit_code) == ((), 3)


_TEXT = st.lists(st.sampled_from(["a", "é", "\n", "\r\n", "\f", "\u2028", " "]), max_size=12).map(
    "".join
)


@given(_TEXT, _TEXT, _TEXT)
def test_git_applies_the_diff(
    tmp_path_factory: pytest.TempPathFactory, head: str, added: str, tail: str
) -> None:
    folder: Path = tmp_path_factory.mktemp("apply")
    patch = FilePatch("./a f.txt", head + tail, head + added + tail, ())
    (folder / "a f.txt").write_text(patch.before, encoding="utf-8", newline="")
    if patch.diff:
        command = ["git", "apply", "--whitespace=nowarn", "-"]
        subprocess.run(command, cwd=folder, input=patch.diff.encode(), check=True)
    assert (folder / "a f.txt").read_bytes().decode() == patch.after
