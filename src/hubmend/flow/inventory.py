"""Which source a scan reads: the one asked for, or the cheapest that covers the scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hubmend.core.arn import Target
from hubmend.core.inventory import Gathered, Inventory, Wanted
from hubmend.core.resource import Source

# AWS answers this many DescribeStateMachine calls at once (F§4.1): nothing is won by claims.
FEW = 100
ASKED = "asked for"
LABELS = {
    Source.API: "Step Functions",
    Source.HUB: "Security Hub + Step Functions",
    Source.CONFIG: "AWS Config + Step Functions",
}


@dataclass(frozen=True)
class Reading:
    """The source of a scan, why it was chosen, and what it told."""

    source: Source
    why: str
    gathered: Gathered = field(default_factory=Gathered)


async def choose(
    inventories: Sequence[Inventory], targets: Sequence[Target], wanted: Wanted
) -> Reading:
    """Ask the wanted source, or for AUTO each in the order given until one covers the scope.

    What a source does not cover is read from Step Functions itself, so each choice is complete.
    """
    reasons = []
    for inventory in inventories:
        if wanted not in (Wanted.AUTO, inventory.source.value):
            continue
        gathered = await inventory.gather(targets)
        if wanted is not Wanted.AUTO:
            return Reading(inventory.source, ASKED, gathered)
        if gathered.claims and gathered.count <= FEW:
            return Reading(Source.API, "auto: few enough to read one by one")
        if gathered.claims:
            why = f"auto: it tells of {gathered.count:,} machines, a hundred a call"
            return Reading(inventory.source, why, gathered)
        reasons.append(_silence(gathered))
    if wanted is not Wanted.AUTO:
        return Reading(Source.API, ASKED)
    return Reading(Source.API, f"auto: {'; '.join(reasons)}")


def _silence(gathered: Gathered) -> str:
    return next(iter(gathered.silent.values()), "there is nothing to ask about")
