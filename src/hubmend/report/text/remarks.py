"""What a scan has to say beside its verdicts: counted, or one by one where details are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from hubmend.core.arn import resource_name
from hubmend.core.resource import Remark, RemarkKind
from hubmend.report.text.layout import Line, quiet
from hubmend.report.wording import count

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
    """Yield what there is to say of the source, then each kind with its number."""
    yield from _on_source(remarks)
    for kind, (one, several) in _COUNTED.items():
        found = [remark for remark in remarks if remark.kind is kind]
        if not found:
            continue
        said = count(len(found), one, several)
        yield Line(f"{said}{':' if verbose else ' (-v says which)'}", indent=2)
        for remark in found if verbose else ():
            yield Line(quiet(f"{resource_name(remark.subject)}: {remark.text}"), indent=4, hang=2)


def _on_source(remarks: Sequence[Remark]) -> Iterator[Line]:
    """Say once what holds for several targets."""
    of_source = [remark for remark in remarks if remark.kind is RemarkKind.SOURCE]
    targets = Counter(remark.text for remark in of_source if remark.subject)
    for remark in of_source:
        if not remark.subject:
            yield Line(f"Note: {remark.text}.", indent=2, hang=2)
    for text, number in targets.items():
        where = count(number, "account and region", "accounts and regions")
        if number == 1:
            where = next(one.subject for one in of_source if one.text == text)
        yield Line(f"Note: {where}: {text}.", indent=2, hang=2)
