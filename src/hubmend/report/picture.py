"""The picture: machines by standing before and after, as the geometry of two stacked bars.

Drawn in percent without a viewBox, so that text keeps its size on a narrow screen. Every standing
has its own pattern besides its colour, and its number stands in the table below the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hubmend.report.census import Census, Standing
from hubmend.report.wording import count, listed

_LEAST = 1.5  # percent: one machine among thousands still shows
_GLYPH, _ROOM, _NARROW = 8.5, 14, 300  # pixels per character, padding, narrowest bar


@dataclass(frozen=True)
class Segment:
    """One part of a bar: `x` and `width` in percent of the bar, `label` "" where it has no room."""

    standing: Standing
    number: int
    x: float
    width: float
    label: str


@dataclass(frozen=True)
class Bar:
    """One stacked bar."""

    name: str
    segments: tuple[Segment, ...]
    text: str


def bars(counted: Census) -> tuple[Bar, ...]:
    """Return the bars to draw: before and after, or one for a scan alone."""
    if counted.after is None:
        return (_bar("Now", counted.before),)
    return (_bar("Before", counted.before), _bar("After", counted.after))


def _bar(name: str, numbers: Mapping[Standing, int]) -> Bar:
    present = [(standing, number) for standing, number in numbers.items() if number]
    total = sum(number for _, number in present)
    raw = [max(_LEAST, 100 * number / total) for _, number in present]
    scale = 100 / sum(raw) if raw else 1
    segments, x = [], 0.0
    for (standing, number), share in zip(present, raw, strict=True):
        width = share * scale
        segments.append(
            Segment(standing, number, round(x, 3), round(width, 3), _label(standing, number, width))
        )
        x += width
    words = [f"{number:,} {standing}" for standing, number in present]
    return Bar(name, tuple(segments), f"{name}: {listed(words)} of {count(total, 'machine')}")


def _label(standing: Standing, number: int, width: float) -> str:
    room = width / 100 * _NARROW - _ROOM
    for text in (f"{number:,} {standing}", f"{number:,}"):
        if len(text) * _GLYPH <= room:
            return text
    return ""
