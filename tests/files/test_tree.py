"""Source files on disk: found as git sees them, read whole, replaced at once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubmend.core.errors import SourceError, UsageError
from hubmend.files import FileTree
from hubmend.files.tree import MOST_BYTES


def made(folder: Path, *names: str, **texts: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts.get(path.name, "x"), encoding="utf-8")
    return folder


def found(folder: Path, *roots: str, **kinds: list[str]) -> list[str]:
    tree = FileTree(**kinds)
    names = tree.paths([str(folder / root) for root in roots or [""]], [".yaml", ".tf"])
    return [Path(name).relative_to(folder).as_posix() for name in names]


def ignore(folder: Path, *lines: str) -> None:
    (folder / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_files_come_once_in_the_order_of_their_names(tmp_path: Path) -> None:
    made(tmp_path, "b.yaml", "a/z.tf", "a/A.YAML", "c.txt")
    assert found(tmp_path) == ["a/A.YAML", "a/z.tf", "b.yaml"]
    assert found(tmp_path, "b.yaml", "", "c.txt") == ["b.yaml", "a/A.YAML", "a/z.tf"]


def test_generated_folders_and_ignored_files_are_left_out(tmp_path: Path) -> None:
    made(
        tmp_path, "node_modules/a.yaml", ".terraform/b.tf", "cdk.out/c.yaml", "d.yaml", "in/e.yaml"
    )
    ignore(tmp_path, "d.yaml")
    ignore(tmp_path / "in", "!d.yaml", "f.yaml")
    made(tmp_path, "in/d.yaml", "in/f.yaml")
    assert found(tmp_path) == ["in/d.yaml", "in/e.yaml"]
    assert found(tmp_path, "d.yaml", "cdk.out") == ["d.yaml", "cdk.out/c.yaml"]  # asked for


def test_the_repositorys_own_rules_hold_below_it(tmp_path: Path) -> None:
    made(tmp_path, ".git/config", "in/a.yaml", "in/deep/b.yaml")
    ignore(tmp_path, "/in/a.yaml")
    assert found(tmp_path, "in") == ["in/deep/b.yaml"]


def test_the_caller_may_narrow_the_search(tmp_path: Path) -> None:
    made(tmp_path, "a.yaml", "infra/b.yaml", "infra/old/c.yaml")
    assert found(tmp_path, include=["infra/"]) == ["infra/b.yaml", "infra/old/c.yaml"]
    assert found(tmp_path, exclude=["old/"]) == ["a.yaml", "infra/b.yaml"]
    assert found(tmp_path, include=["infra/**"], exclude=["old/"]) == ["infra/b.yaml"]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    made(tmp_path, "real/a.yaml")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real/again").symlink_to(tmp_path)
    assert found(tmp_path) == ["real/a.yaml"]


NAMES = st.sampled_from(["a", "b", "x.yaml", "y.yaml"])
LINES = st.sampled_from(["a/", "*.yaml", "!x.yaml", "/a", "b/**", "!b/", "**/y.yaml", "# a", "a/b"])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=5),
    st.lists(LINES, max_size=3),
    st.lists(LINES, max_size=2),
)
def test_the_same_files_as_git_lists(
    tmp_path_factory: pytest.TempPathFactory,
    places: list[list[str]],
    top: list[str],
    below: list[str],
) -> None:
    folder = tmp_path_factory.mktemp("repository")
    for place in places:
        path = folder.joinpath(*[part.removesuffix(".yaml") for part in place], "x.yaml")
        made(folder, path.relative_to(folder).as_posix())
        made(folder, path.with_name("y.yaml").relative_to(folder).as_posix())
    ignore(folder, *top)
    (folder / "a").mkdir(exist_ok=True)
    ignore(folder / "a", *below)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    listing = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "*.yaml"],
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert sorted(found(folder)) == sorted(listing.stdout.split())


def test_a_missing_root_is_a_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist: name a file or a folder"):
        found(tmp_path, "nowhere")


def test_files_beside_a_path(tmp_path: Path) -> None:
    made(tmp_path, "in/b.tf", "in/a.tf", "in/c.yaml", "in/deep/d.tf")
    beside = FileTree().beside(str(tmp_path / "in/b.tf"), [".tf"])
    assert [Path(name).name for name in beside] == ["a.tf", "b.tf"]


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree")
    assert FileTree().read(str(tmp_path / "a")) == "\ufeffone\r\ntwo\rthree"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\xff", r"is not UTF-8 text \(line 2\)"),
        (b" " * (MOST_BYTES + 1), "is larger than 16 MiB"),
        (None, "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "a"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=message):
        FileTree().read(str(path))


def test_a_file_is_replaced_at_once_with_its_mode_and_links(tmp_path: Path) -> None:
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_text("before", encoding="utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    FileTree().write(str(link), "before", "after\r\n")
    assert path.read_bytes() == b"after\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert link.is_symlink()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a", "link"]


def test_a_file_somebody_changed_is_not_written(tmp_path: Path) -> None:
    path = made(tmp_path, "a", a="theirs") / "a"
    with pytest.raises(SourceError, match="changed by somebody else"):
        FileTree().write(str(path), "before", "after")
    assert path.read_text(encoding="utf-8") == "theirs"


def test_a_failed_write_leaves_the_file_and_nothing_else(tmp_path: Path) -> None:
    path = made(tmp_path, "a", a="before") / "a"
    with pytest.raises(UnicodeEncodeError):
        FileTree().write(str(path), "before", "\ud800")
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]
