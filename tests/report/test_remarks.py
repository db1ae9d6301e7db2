"""What a scan says beside its verdicts is counted, and listed where details are wanted."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group

from hubmend.core.resource import Remark, RemarkKind
from hubmend.report.text.remarks import remark_lines

ARN = "arn:aws:states:eu-west-1:111122223333:stateMachine:pay"


def shown(remarks: Sequence[Remark], *, verbose: bool = False) -> list[str]:
    console = Console(record=True, width=160, no_color=True)
    with console.capture() as capture:
        console.print(Group(*remark_lines(remarks, verbose=verbose)))
    return [line.strip() for line in capture.get().splitlines() if line.strip()]


def test_nothing_to_say_takes_no_line() -> None:
    assert shown([]) == []


def test_each_kind_is_counted() -> None:
    remarks = [
        Remark(RemarkKind.DELETED, ARN, "gone"),
        Remark(RemarkKind.DISAGREES, ARN, "differs"),
        Remark(RemarkKind.DISAGREES, ARN, "differs"),
        Remark(RemarkKind.NO_FINDING, ARN, "new"),
        Remark(RemarkKind.DOUBT, ARN, "read"),
        Remark(RemarkKind.ODD, "f", "left out"),
    ]
    assert shown(remarks) == [
        "2 findings differ from their machines (-v says which)",
        "1 machine was read itself (-v says which)",
        "1 machine has no finding yet (-v says which)",
        "1 finding is of a deleted machine (-v says which)",
        "1 finding was left out (-v says which)",
    ]


def test_details_name_the_machine_and_what_differs() -> None:
    (head, line) = shown([Remark(RemarkKind.DISAGREES, ARN, "says FAILED; is ALL")], verbose=True)
    assert head == "1 finding differs from its machine:"
    assert line == "pay: says FAILED; is ALL"


def test_what_holds_for_several_targets_is_said_once() -> None:
    remarks = [
        Remark(RemarkKind.SOURCE, "", "not compared"),
        Remark(RemarkKind.SOURCE, "1/eu-west-1", "off"),
        Remark(RemarkKind.SOURCE, "2/eu-west-1", "off"),
        Remark(RemarkKind.SOURCE, "3/eu-west-1", "denied"),
    ]
    assert shown(remarks) == [
        "Note: not compared.",
        "Note: 2 accounts and regions: off.",
        "Note: 3/eu-west-1: denied.",
    ]


def test_what_was_left_out_is_named_first_and_only_the_rest_of_many_is_counted() -> None:
    remarks = [
        Remark(RemarkKind.SOURCE, "", "not compared"),
        *(Remark(RemarkKind.LEFT_OUT, f"{number}", "SUSPENDED") for number in range(7)),
        Remark(RemarkKind.LEFT_OUT, "8/af-south-1", "region not enabled"),
    ]
    assert shown(remarks) == [
        "Left out: 0, 1, 2, 3, 4 and 2 more: SUSPENDED.",
        "Left out: 8/af-south-1: region not enabled.",
        "Note: not compared.",
    ]
    assert "Left out: 0, 1, 2, 3, 4, 5 and 6: SUSPENDED." in shown(remarks, verbose=True)


def test_what_holds_for_whole_regions_names_them() -> None:
    remarks = [Remark(RemarkKind.SOURCE, one, "no control") for one in ("af-south-1", "me-south-1")]
    assert shown(remarks) == ["Note: af-south-1 and me-south-1: no control."]
