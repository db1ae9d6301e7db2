"""Opt-in regions that are off in an account, told from an account that refuses.

Where a region is off, AWS does not know the account's credentials: it answers as if they were
wrong. Session tokens of a regional STS endpoint, which are what is used here, are valid in every
region that is on, so such an answer is worth asking the account which regions it enabled
(docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache

from hubmend.aws.data import loader
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError
from hubmend.core.once import Once
from hubmend.core.ports import Response

# What services say to credentials they do not know; EC2 has words of its own.
_NOT_KNOWN = {"UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired"}
_ASK = Call("ec2", "DescribeRegions", {"AllRegions": True})
REGION_OFF = "region not enabled in the account: nothing can run there"

Read = Callable[[Target, Call], Awaitable[Response]]


def suspected(call: Call, error: AwsError) -> bool:
    """Whether a refused call may come from a region that is off, and not from a refused role."""
    return error.code in _NOT_KNOWN and error.operation == str(call)


@cache
def default_region(partition: str) -> str:
    """Return a region that is on in every account of a partition."""
    listed = loader().load_data("partitions")["partitions"]
    found = {one["id"]: str(one["outputs"]["implicitGlobalRegion"]) for one in listed}
    return found.get(partition, found["aws"])


class OptIn:
    """Which regions are off where; an account is asked once, with `read`."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._off = Once(self._asked)

    async def is_off(self, target: Target, partition: str) -> bool:
        """Whether a region is off in an account; where the account does not tell, it is not."""
        place = Target(target.account, default_region(partition))
        return target != place and target.region in await self._off.of(place)

    async def _asked(self, place: Target) -> frozenset[str]:
        try:
            answer = await self._read(place, _ASK)
        except AwsError:  # it stays an account that refuses
            return frozenset()
        off = (one for one in answer["Regions"] if one.get("OptInStatus") == "not-opted-in")
        return frozenset(str(one["RegionName"]) for one in off)
