"""check: every machine of every language once, and what cannot be judged is said."""

from __future__ import annotations

import pytest

from hubmend.core.errors import UsageError
from hubmend.core.ports import Silence
from hubmend.flow.check import Checked, check
from tests.fakes.sources import FakeTree, Lines


def looked(
    files: dict[str, str], *, broken: set[str] | None = None, folder: bool = False
) -> Checked:
    tree = FakeTree(files, broken or set())
    return check(tree, [""], Silence(), [Lines(whole_folder=folder)])


@pytest.mark.parametrize(
    ("text", "summary", "code"),
    [
        ("machine a on\n", {"passed": 1, "failed": 0, "unknown": 0}, 0),
        ("machine a off\nmachine b on\n", {"passed": 1, "failed": 1, "unknown": 0}, 1),
        ("machine a off\nmachine b var\n", {"passed": 0, "failed": 1, "unknown": 1}, 3),
        ("machine a on\nbad\n", {"passed": 1, "failed": 0, "unknown": 0}, 3),
        ("nothing here", {"passed": 0, "failed": 0, "unknown": 0}, 0),
    ],
)
def test_the_exit_code_follows_the_verdicts(text: str, summary: dict[str, int], code: int) -> None:
    found = looked({"a.lines": text})
    assert (found.summary, found.exit_code) == (summary, code)


def test_rows_come_by_path_and_line() -> None:
    found = looked({"b.lines": "machine c on\n", "a.lines": "\nmachine b on\nmachine a on\n"})
    assert [(one.path, one.line, one.id) for one in found.machines] == [
        ("a.lines", 2, "b"), ("a.lines", 3, "a"), ("b.lines", 1, "c"),
    ]  # fmt: skip


def test_a_file_that_cannot_be_read_is_refused_and_the_rest_judged() -> None:
    found = looked({"a.lines": "machine a on", "b.lines": "machine b on"}, broken={"a.lines"})
    assert [one.id for one in found.machines] == ["b"]
    assert [(one.path, one.reason) for one in found.refused] == [("a.lines", "is not UTF-8 text")]


def test_a_folder_read_together_is_read_once_also_when_one_file_is_named() -> None:
    tree = FakeTree(
        {"x/a.lines": "machine a on", "x/b.lines": "machine b on", "x/c.lines": ""}, {"x/c.lines"}
    )
    language = Lines(whole_folder=True)
    whole = check(tree, ["x"], Silence(), [language])
    named = check(tree, ["x/b.lines"], Silence(), [language])
    assert [one.id for one in whole.machines] == ["a", "b"]
    assert [one.path for one in whole.refused] == ["x/c.lines"]
    assert named == whole


def test_what_no_language_claims_is_left_alone() -> None:
    found = looked({"other/a.lines": "machine a off", "b.txt": "machine b off"})
    assert found == Checked((), ())


def test_a_root_that_does_not_exist_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="nowhere does not exist"):
        check(FakeTree({"a.lines": ""}), ["nowhere"], Silence(), [Lines()])
