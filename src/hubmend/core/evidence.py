"""Evidence: what was done and seen, append-only, each entry chained to the one before by hash.

A chain belongs to one run (or to "decisions"). Altering, dropping or reordering any entry breaks
the chain from there on; cutting off the end is seen because a closed run ends in a closing entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubmend.core.codec import fingerprint

START = "sha256:" + "0" * 64


@dataclass(frozen=True)
class Entry:
    """One thing that was done or seen. `kind` names it, `body` is plain JSON."""

    chain: str
    seq: int
    at: datetime
    kind: str
    body: Mapping[str, Any]
    previous: str
    hash: str


def link(
    chain: str, seq: int, at: datetime, kind: str, body: Mapping[str, Any], previous: str
) -> Entry:
    """Make the next entry of a chain: its hash covers everything in it and the hash before."""
    covered = {
        "chain": chain,
        "seq": seq,
        "at": at,
        "kind": kind,
        "body": body,
        "previous": previous,
    }
    return Entry(chain, seq, at, kind, body, previous, fingerprint(covered))


def follows(entry: Entry, last: Entry | None) -> bool:
    """Whether `entry` may come right after `last` (None: it is the first)."""
    previous = last.hash if last else START
    seq = last.seq + 1 if last else 0
    try:
        return entry == link(entry.chain, seq, entry.at, entry.kind, entry.body, previous)
    except (ValueError, OverflowError):
        return False  # NaN, infinity, a moment outside the calendar: never written by `link`


def broken_at(entries: Iterable[Entry]) -> int | None:
    """Return the position of the first entry that does not fit its chain, None when all hold."""
    last: Entry | None = None
    for position, entry in enumerate(entries):
        if not follows(entry, last):
            return position
        last = entry
    return None
