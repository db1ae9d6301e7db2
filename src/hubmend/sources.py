"""check and fix on files: composed here, apart from `wiring`, since they need no AWS at all."""

from __future__ import annotations

from collections.abc import Sequence

from hubmend.core.ports import Progress, Silence
from hubmend.files import FileTree
from hubmend.flow import check as check_flow
from hubmend.flow import fix as fix_flow
from hubmend.flow.check import Checked
from hubmend.flow.fix import Fixed
from hubmend.iac.source import Wanted


def check(
    paths: Sequence[str],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    progress: Progress | None = None,
) -> Checked:
    """Judge every state machine in source files; raise UsageError when a path does not exist.

    `include` and `exclude` are patterns as .gitignore writes them, relative to each path.
    """
    tree = FileTree(include, exclude)
    return check_flow.check(tree, paths, progress or Silence())


def fix(
    paths: Sequence[str],
    wanted: Wanted | None = None,
    *,
    write: bool = False,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    progress: Progress | None = None,
) -> Fixed:
    """Return the source patch for every failing state machine, and write it when asked to.

    Raise UsageError when a path does not exist.
    """
    tree = FileTree(include, exclude)
    wish = wanted or Wanted()
    return fix_flow.fix(tree, paths, wish, progress or Silence(), write=write)
