"""A scan put together from its parts: one a target, each kept as soon as it is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hubmend.core.resource import Remark, Scan, Score, Unread
from hubmend.core.unread import collapsed

STOPPED = "not read: the scan was stopped"


@dataclass(frozen=True)
class Part:
    """What one target gave; `rows` is how many rows, which are kept by themselves.

    `unknown` of them could not be read.
    """

    rows: int = 0
    unread: Unread | None = None
    scores: tuple[Score, ...] = ()
    remarks: tuple[Remark, ...] = ()
    unknown: int = 0

    @property
    def whole(self) -> bool:
        """Whether all of it was read, so that nothing is left to try again."""
        return self.unread is None and not self.unknown


@dataclass(frozen=True)
class Begun:
    """A scan that may be gone on with: its head, without rows, and its parts by target number."""

    head: Scan
    parts: Mapping[int, Part] = field(default_factory=dict)

    @property
    def done(self) -> dict[int, Part]:
        """Return the parts that were read; what could not be, or in part only, is tried again."""
        return {number: part for number, part in self.parts.items() if part.whole}


def assembled(head: Scan, parts: Mapping[int, Part]) -> Scan:
    """Return a scan without its rows, as its parts have it; a target without one was stopped.

    The head's remarks are about scope and source and come first. What holds for several targets is
    said once.
    """
    every = [
        parts.get(number) or Part(unread=Unread(target.account, target.region, STOPPED))
        for number, target in enumerate(head.targets)
    ]
    found = (remark for part in every for remark in part.remarks)
    return replace(
        head,
        unread=collapsed([part.unread for part in every if part.unread], head.targets),
        scores=tuple(score for part in every for score in part.scores),
        remarks=tuple(dict.fromkeys((*head.remarks, *found))),
    )
