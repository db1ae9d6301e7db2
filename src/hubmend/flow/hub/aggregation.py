"""Finding aggregation: the home region of an account, which answers for the regions it links.

There the findings of linked regions are read, and what is written on them is replicated to where
they come from (F§2.5, F§2.9). Scans read there to ask in few places; what writes goes there only
where it may not, or cannot, be done in the region itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway, Response

# Makes a read in the caller's own account; the answer is empty where it is refused.
Ask = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True)
class Aggregation:
    """An account's finding aggregator: its home region, and which regions it links to that."""

    home: str
    mode: str = ""
    named: tuple[str, ...] = ()

    def links(self, region: str) -> bool:
        """Whether the findings of a region are in the home region, which is one of them."""
        linked = {
            "ALL_REGIONS": True,
            "ALL_REGIONS_EXCEPT_SPECIFIED": region not in self.named,
            "SPECIFIED_REGIONS": region in self.named,
        }
        return region == self.home or linked.get(self.mode, False)


async def aggregation(ask: Ask, account: str) -> Aggregation | None:
    """Return the finding aggregator of an account itself, None where it has none.

    Who has one sees its members' findings there, too; a member is shown its administrator's.
    """
    listed = await ask(Call("securityhub", "ListFindingAggregators", {}))
    arns = [str(one["FindingAggregatorArn"]) for one in listed.get("FindingAggregators", ())]
    own = [arn for arn in arns if f":{account}:" in arn]
    if not own:
        return None
    found = await ask(Call("securityhub", "GetFindingAggregator", {"FindingAggregatorArn": own[0]}))
    home = str(found.get("FindingAggregationRegion") or "")
    mode, named = str(found.get("RegionLinkingMode", "")), found.get("Regions") or ()
    return Aggregation(home, mode, tuple(map(str, named))) if home else None


async def home_of(gateway: Gateway, target: Target, elsewhere: Iterable[str]) -> Target | None:
    """Return where else the caller's own account has a target's findings; None: nowhere.

    The regions `elsewhere` are asked, too, as `own_aggregation` has it.
    """
    account = (await gateway.identity()).account
    found = await own_aggregation(gateway, account, (target.region, *elsewhere))
    there = found and found.home != target.region and found.links(target.region)
    return Target(account, found.home) if found and there else None


async def own_aggregation(
    gateway: Gateway, account: str, regions: Iterable[str]
) -> Aggregation | None:
    """Return the finding aggregator of the caller's own account, None where none is told.

    AWS tells of it in every region, yet not where Security Hub is off: the regions are asked in
    turn. Raise AwsError when the credentials end.
    """
    for region in dict.fromkeys(regions):
        found = await aggregation(partial(_ask, gateway, Target(account, region)), account)
        if found:
            return found
    return None


async def _ask(gateway: Gateway, place: Target, call: Call) -> Response:
    try:
        return await gateway.read(place, call)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return {}
