"""What `check` and `fix` found in source files, as lines: path:line first, as editors open it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType

from hubmend.core.errors import INCOMPLETE
from hubmend.core.resource import Verdict
from hubmend.flow.check import Checked
from hubmend.flow.fix import Fixed
from hubmend.iac.source import Machine, Refused
from hubmend.report.text.layout import Columns, Line, quiet, word
from hubmend.report.wording import count

_FEW = 3  # refusals whose snippets are shown without being asked for
_ORDER = {Verdict.FAILED: 0, Verdict.UNKNOWN: 1, Verdict.PASSED: 2}


def check_table(checked: Checked, *, everything: bool = False) -> RenderableType:
    """Return the machines that do not pass (all with `everything`), and what was not read."""
    if not checked.machines and not checked.refused:
        return Group(
            Line("No state machine in these files."),
            Line("Looked for SAM, CloudFormation, Terraform, CDK and Serverless sources that git "
                 "does not ignore."),
        )  # fmt: skip
    shown = [one for one in checked.machines if everything or one.verdict is not Verdict.PASSED]
    return Group(
        *([_table(shown)] if shown else []),
        *_refusals(checked.refused, Verdict.UNKNOWN.value),
        *_hidden(checked, len(shown)),
        *_ending(checked),
    )


def fix_text(fixed: Fixed, *, verbose: bool = False) -> RenderableType:
    """Return what was patched and what was refused; the diff itself is printed apart.

    The snippets to paste are shown where they are few, else with `verbose`.
    """
    few = verbose or len(fixed.refused) <= _FEW
    refusals = _refusals(fixed.refused, "refused", snippets=few)
    left = any(one.snippet for one in fixed.refused) and not few
    hint = [Line("-v shows a snippet to paste for each that was refused.")] if left else []
    return Group(*refusals, *_fixed(fixed), *hint, *_next(fixed))


def _table(machines: list[Machine]) -> RenderableType:
    header = ["where", "machine", "kind", "level", "verdict", "why"]
    rows = [
        (f"{one.path}:{one.line}", one.id, one.kind, one.level or "-",
         word(one.verdict.value), _why(one))
        for one in sorted(machines, key=lambda one: (_ORDER[one.verdict], one.path, one.line))
    ]  # fmt: skip
    return Columns(rows, header)


def _why(machine: Machine) -> str:
    rights = "" if machine.verdict is Verdict.PASSED else f"; role rights {machine.role_rights}"
    return machine.reason + rights


def _refusals(
    refused: tuple[Refused, ...], said: str, *, snippets: bool = True
) -> Iterator[RenderableType]:
    for one in refused:
        place = f"{one.path}:{one.line}" if one.line else one.path
        yield Line(word(said), f"  {place}: {one.reason}", hang=9)
        for line in one.snippet.splitlines() if snippets else ():
            yield Line(quiet(line) if line.strip() else "", indent=9)


def _hidden(checked: Checked, shown: int) -> Iterator[RenderableType]:
    if rest := len(checked.machines) - shown:
        yield Line(quiet(f"{rest} PASSED more (--all)"))


def _ending(checked: Checked) -> Iterator[RenderableType]:
    counts = checked.summary
    refused = f", not read {len(checked.refused)}" if checked.refused else ""
    totals = f"failed {counts['failed']}, unknown {counts['unknown']}, passed {counts['passed']}"
    incomplete = f" Exit {INCOMPLETE}: not all could be judged." if _incomplete(checked) else ""
    yield Line(f"{totals.capitalize()}{refused}.{incomplete}")
    if counts["failed"]:
        yield Line("Next: hubmend fix PATH... shows the patch; --write writes it")


def _incomplete(checked: Checked) -> bool:
    return checked.exit_code == INCOMPLETE


def _fixed(fixed: Fixed) -> Iterator[RenderableType]:
    number, files = len(fixed.machines), len(fixed.patches)
    if number:
        done = "patched" if fixed.written else "can be patched"
        yield Line(f"{count(number, 'machine')} {done} in {count(files, 'file')}.")
    elif not fixed.refused:
        yield Line("Nothing to patch: no state machine here fails.")


def _next(fixed: Fixed) -> Iterator[RenderableType]:
    if fixed.patches and fixed.written:
        yield Line("Next: review with git diff, deploy, then hubmend scan")
    elif fixed.patches:
        yield Line("Next: git apply the diff, or run again with --write")
