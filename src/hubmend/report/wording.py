"""Words, numbers and times as people read them.

Hostile characters stop here: a machine's name, a tag or an error text may hold terminal escapes
or bidirectional overrides that make a line read as something else (CVE-2021-42574), so they are
shown as their code instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime

_BIDI = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LAYOUT = frozenset("\n\t")


def visible(text: str, *, one_line: bool = False) -> str:
    """Return `text` with control and direction characters shown as codes.

    New lines and tabs stay, or become spaces with `one_line`.
    """
    if text.isascii() and text.isprintable():
        return text  # nearly all there is
    if one_line:
        text = " ".join(text.splitlines()).replace("\t", " ")
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if char in _LAYOUT:
        return char
    if char in _BIDI or unicodedata.category(char) in ("Cc", "Cs"):
        return f"\\u{ord(char):04x}"
    return char


def count(number: int, noun: str, plural: str = "") -> str:
    """Return "1 machine", "2 machines"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}".replace(",", " ")


def listed(parts: Sequence[str], last: str = "and") -> str:
    """Return "a", "a and b", "a, b and c"."""
    if len(parts) < 2:  # noqa: PLR2004 - one thing needs no conjunction
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def clipped(text: str, length: int) -> str:
    """Return at most `length` characters, with an ellipsis where something was left out."""
    return text if len(text) <= length else text[: length - 1] + "…"


def moment(at: datetime) -> str:
    """Return "23 Nov 2026 14:05:09 UTC"."""
    utc = at.astimezone(UTC)
    return f"{day(utc.date())} {utc:%H:%M:%S} UTC"


def day(on: date) -> str:
    """Return "23 Nov 2026", whatever the locale of the process."""
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{on.day} {months[on.month - 1]} {on.year}"


def duration(seconds: float) -> str:
    """Return "8 s", "3 min 20 s", "2 h 5 min", rounded to what a waiting person needs."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min" if minutes_left else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{whole} s"


def about(seconds: float) -> str:
    """Return a duration that is only roughly known: "8 s", "1 min 20 s", "15 min"."""
    if seconds >= 600:  # noqa: PLR2004 - ten minutes: nobody counts seconds any more
        return duration(round(seconds / 60) * 60)
    return duration(round(seconds, -1) if seconds >= 60 else seconds)  # noqa: PLR2004 - a minute


_STANDARDS = {
    "aws-foundational-security-best-practices": "FSBP",
    "aws-resource-tagging-standard": "tagging",
    "cis-aws-foundations-benchmark": "CIS",
    "nist-800-53": "NIST 800-53",
    "nist-800-171": "NIST 800-171",
    "pci-dss": "PCI DSS",
}


def standard_name(standard: str) -> str:
    """Return "FSBP v1.0.0" for standards/aws-foundational-security-best-practices/v/1.0.0."""
    name, found, version = standard.rpartition("/v/")
    if not found:
        return standard
    short = name.rsplit("/", 1)[-1]
    return f"{_STANDARDS.get(short, short)} v{version}"
