"""What could not be read, told once where one cause stands behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hubmend.core.arn import Target
from hubmend.core.resource import Unread

TAKING = "sts:AssumeRole"  # the operation of an AwsError that is the account's own refusal


def collapsed(unread: Sequence[Unread], targets: Sequence[Target]) -> tuple[Unread, ...]:
    """Return one row for each account that let nobody in, in place of a row for each region. Pure.

    Its region is "": all the regions in scope of that account, every one of which was refused. An
    account some of whose targets were read, or failed in another way, keeps its rows as they are.
    """
    refused = Counter(one.account for one in unread if _turned_away(one))
    whole = Counter(target.account for target in targets)
    closed = {account for account, number in refused.items() if number == whole[account]}
    rows = (Unread(one.account, "", one.error) if one.account in closed else one for one in unread)
    first: dict[tuple[str, str], Unread] = {}
    for row in rows:
        first.setdefault((row.account, row.region), row)
    return tuple(first.values())


def _turned_away(one: Unread) -> bool:
    """Whether the account refused its role: AwsError writes the operation before all else."""
    return one.error.startswith(f"{TAKING}: ")
