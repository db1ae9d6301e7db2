"""Which source a scan reads: the one asked for, or the cheapest that covers the scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from hubmend.core.arn import Target
from hubmend.core.errors import AwsError, CredentialsError
from hubmend.core.inventory import Gathered, Inventory, Listed, Wanted
from hubmend.core.resource import Scan, Source
from hubmend.flow.context import Context

# AWS answers this many DescribeStateMachine calls at once (F§4.1): nothing is won by claims.
FEW = 100
ASKED, ENOUGH = "asked for", "auto: few enough to read one by one"
READ_SINGLY = (Wanted.AUTO, Wanted.API)  # for AUTO where they are few
RESUMED = "; resumed: "
LABELS = {
    Source.API: "Step Functions",
    Source.HUB: "Security Hub + Step Functions",
    Source.CONFIG: "AWS Config + Step Functions",
}


# The resources of a scope's only target, if they are few; or why they could not be listed.
First: TypeAlias = Sequence[Listed] | AwsError | None


@dataclass(frozen=True)
class Reading:
    """The source of a scan, why it was chosen, and what it told; `first` as `list_first` has it."""

    source: Source
    why: str
    gathered: Gathered = field(default_factory=Gathered)
    first: First = None


async def list_first(context: Context, region: str, wanted: Wanted) -> First:
    """List the resources of a scope that is the caller's own account and region alone.

    None where it is not, and where they are too many to be read at once; an error is handed on, so
    that what was refused or silent is not asked again. Most scans are of this kind: their machines
    are listed while AWS says who is calling.
    """
    if not (context.settings.scope.only(region) and wanted in READ_SINGLY):
        return None
    found: list[Listed] = []
    try:
        async for page in context.control.listed(context.gateway, Target("", region)):
            found += page
            if len(found) > FEW:
                return None
    except CredentialsError:
        return None  # who asks for the identity says so
    except AwsError as error:
        return error
    return found


async def choose(
    inventories: Sequence[Inventory],
    targets: Sequence[Target],
    wanted: Wanted,
    first: First = None,
) -> Reading:
    """Ask the wanted source, or for AUTO each in the order given until one covers the scope.

    What a source does not cover is read from Step Functions itself, so each choice is complete.
    Where the resources of the only target are known to be few, nobody need be asked for AUTO.
    """
    if wanted is Wanted.AUTO and isinstance(first, Sequence):
        return Reading(Source.API, ENOUGH, first=first)
    reasons = []
    for inventory in inventories:
        if wanted not in (Wanted.AUTO, inventory.source.value):
            continue
        gathered = await inventory.gather(targets)
        if wanted is not Wanted.AUTO:
            return Reading(inventory.source, ASKED, gathered)
        if gathered.claims and gathered.count <= FEW:
            return Reading(Source.API, ENOUGH, first=first)
        if gathered.claims:
            why = f"auto: it tells of {gathered.count:,} machines, a hundred a call"
            return Reading(inventory.source, why, gathered)
        reasons.append(_silence(gathered))
    if wanted is not Wanted.AUTO:
        return Reading(Source.API, ASKED, first=first)
    return Reading(Source.API, f"auto: {'; '.join(reasons)}", first=first)


def resumed(head: Scan, reading: Reading) -> Scan:
    """Return a scan's head after another reading: source, reason and remarks are of both."""
    source = dict.fromkeys(f"{head.source} + {LABELS[reading.source]}".split(" + "))
    told = head.source_why.split(RESUMED)
    return replace(
        head,
        source=" + ".join(source),
        source_why=RESUMED.join(dict.fromkeys((*told, reading.why))),
        remarks=tuple(dict.fromkeys((*head.remarks, *reading.gathered.remarks))),
    )


def _silence(gathered: Gathered) -> str:
    return next(iter(gathered.silent.values()), "there is nothing to ask about")
