"""What a document of rows alone leaves unsaid is said beside it, and no more than can be read."""

from __future__ import annotations

from dataclasses import replace

from rich.console import Console

from hubmend.core.resource import Remark, RemarkKind, Scan, Tally, Unread
from hubmend.report.text.scan import MOST_GAPS, scan_gaps
from hubmend.report.wording import count
from tests.store import values

LEFT_OUT = Remark(RemarkKind.LEFT_OUT, "4" * 12, "AWS Organizations says SUSPENDED: not read")
WHOLE = replace(values.scan(), unread=(), remarks=())


def said(scan: Scan) -> list[str]:
    gaps = scan_gaps(scan, Tally())
    assert gaps
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(gaps)
    return [line.strip() for line in capture.get().splitlines()]


def test_of_a_whole_scan_there_is_nothing_to_say() -> None:
    assert scan_gaps(WHOLE, Tally()) is None


def test_what_could_not_be_read_is_named_and_counted() -> None:
    lines = said(replace(WHOLE, unread=(Unread("1" * 12, "eu-west-1", "denied"),)))
    assert lines[0].startswith("UNKNOWN")
    assert lines[0].endswith("eu-west-1: not read: denied")
    assert lines[1] == (
        "Incomplete (exit 3): 1 account and region could not be read. "
        "Once that is mended: hubmend scan --resume."
    )


def test_what_was_left_out_is_said_and_makes_nothing_incomplete() -> None:
    assert said(replace(WHOLE, remarks=(LEFT_OUT,))) == [
        f"Left out: {LEFT_OUT.subject}: {LEFT_OUT.text}."
    ]


def test_of_many_only_so_many_are_named() -> None:
    unread = tuple(Unread(f"{number:012d}", "", "denied") for number in range(MOST_GAPS + 1005))
    lines = said(replace(WHOLE, unread=unread))
    assert len([line for line in lines if "not read: denied" in line]) == MOST_GAPS
    assert lines[MOST_GAPS] == f"and {count(1005, 'more', 'more')}"
    (_, number) = lines[MOST_GAPS + 1].split(": ", 1)
    assert number.startswith(count(MOST_GAPS + 1005, "", "accounts and regions"))
