"""What a scan has to say beside its verdicts: counted, or one by one where details are wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hubmend.core.arn import resource_name
from hubmend.core.resource import Remark, RemarkKind
from hubmend.report.text.layout import Line, quiet
from hubmend.report.wording import count, listed

_NAMED = 5  # subjects named before the rest is counted

_COUNTED = {
    RemarkKind.DISAGREES: (
        "finding differs from its machine",
        "findings differ from their machines",
    ),
    RemarkKind.DOUBT: ("machine was read itself", "machines were read themselves"),
    RemarkKind.NO_FINDING: ("machine has no finding yet", "machines have no finding yet"),
    RemarkKind.DELETED: ("finding is of a deleted machine", "findings are of deleted machines"),
    RemarkKind.ODD: ("finding was left out", "findings were left out"),
}


def remark_lines(remarks: Sequence[Remark], *, verbose: bool) -> Iterator[Line]:
    """Yield what was left out, what there is to say of the source, then each kind by number."""
    yield from left_out(remarks, verbose=verbose)
    yield from _on_source(remarks)
    for kind, (one, several) in _COUNTED.items():
        found = [remark for remark in remarks if remark.kind is kind]
        if not found:
            continue
        said = count(len(found), one, several)
        yield Line(f"{said}{':' if verbose else ' (-v says which)'}", indent=2)
        for remark in found if verbose else ():
            yield Line(quiet(f"{resource_name(remark.subject)}: {remark.text}"), indent=4, hang=2)


def left_out(remarks: Sequence[Remark], *, verbose: bool = False) -> Iterator[Line]:
    """Name what nothing was read of: it is in scope, and nobody may take it for passing."""
    for text, subjects in _by_text(remarks, RemarkKind.LEFT_OUT).items():
        shown = subjects if verbose else subjects[:_NAMED]
        rest = [f"{len(subjects) - len(shown):,} more"] if len(subjects) > len(shown) else []
        yield Line(f"Left out: {listed([*shown, *rest])}: {text}.", indent=2, hang=2)


def _on_source(remarks: Sequence[Remark]) -> Iterator[Line]:
    """Say once what holds for several regions or targets."""
    for text, subjects in _by_text(remarks, RemarkKind.SOURCE).items():
        where = f"{_where(subjects)}: " if any(subjects) else ""
        yield Line(f"Note: {where}{text}.", indent=2, hang=2)


def _where(subjects: Sequence[str]) -> str:
    if len(subjects) == 1:
        return subjects[0]
    regions = all("/" not in subject for subject in subjects)  # a target is account/region
    if regions:
        return listed(list(subjects))
    return count(len(subjects), "account and region", "accounts and regions")


def _by_text(remarks: Sequence[Remark], kind: RemarkKind) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for remark in remarks:
        if remark.kind is kind:
            found.setdefault(remark.text, []).append(remark.subject)
    return found
