"""Token buckets that keep hubmend under AWS's quotas, shared by everything in the process.

One bucket per account, region and operation, as AWS has them. When AWS throttles all the same,
somebody else is drawing on the quota: the bucket empties and its rate falls, then recovers slowly,
as a sender does on a shared line: what is left is found by going a little over it now and then.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from hubmend.core.arn import Target
from hubmend.core.quotas import Quota, account_wide, quota

Pause = Callable[[float], Awaitable[None]]

# Slightly under AWS's figures, a token kept back: calls do not arrive as evenly as they leave.
_MARGIN, _RESERVE = 0.99, 1.0
_FLOOR = 0.05
# With half of the quota left, 2,000 calls take no longer than that half allows and well under 5 %
# of them are throttled (tests/aws/test_sharing.py). A faster recovery asks too much too often.
_DECREASE = 0.7
_RECOVERY_PER_SECOND = 0.01
_WHOLE = 1 - 1e-6  # a token, but for what floating point leaves of it
MANY = 2_000  # buckets; beyond, those nobody uses are forgotten
_TICK = 0.001  # no wait is shorter: what comes in meanwhile is not lost


class Bucket:
    """One token bucket; whoever takes a token waits in line for it.

    A token is taken when its time has come and not on credit, so that what still waits goes slower
    as soon as AWS throttles.
    """

    def __init__(self, size: Quota, now: Callable[[], float] = time.monotonic) -> None:
        self.capacity = max(1.0, min(size[0] * _MARGIN, size[0] - _RESERVE))
        self._full_rate = size[1] * _MARGIN
        self.rate = self._full_rate
        self.tokens = self.capacity
        self._now = now
        self._at = now()
        self._slowed = float("-inf")
        self._line = asyncio.Lock()

    @property
    def unused(self) -> bool:
        """Whether it is as good as new: full, at its full rate, and nobody in line."""
        self._refill()
        full = self.tokens >= self.capacity and self.rate >= self._full_rate
        return full and not self._line.locked()

    async def take(self, pause: Pause) -> float:
        """Wait for a token and take it; return that moment, for `throttled`."""
        async with self._line:
            while wait := self._missing():
                await pause(wait)
            self.tokens -= 1
            return self._now()

    def throttled(self, taken: float) -> None:
        """AWS refused a call whose token was taken at a moment: others share the quota.

        Of calls that were on their way together only the first to come back lowers the rate: they
        all tell of the same moment.
        """
        self._refill()
        self.tokens = min(self.tokens, 0.0)
        if taken >= self._slowed:
            self.rate = max(self._full_rate * _FLOOR, self.rate * _DECREASE)
            self._slowed = self._now()

    def _missing(self) -> float:
        """Return the seconds until there is a token."""
        self._refill()
        return 0.0 if self.tokens >= _WHOLE else max(_TICK, (1 - self.tokens) / self.rate)

    def _refill(self) -> None:
        now = self._now()
        passed, self._at = now - self._at, now
        self.tokens = min(self.capacity, self.tokens + passed * self.rate)
        regained = passed * _RECOVERY_PER_SECOND * self._full_rate
        self.rate = min(self._full_rate, self.rate + regained)


class Pacing:
    """All buckets of the process; `pause` is how it waits, in seconds of `now`.

    `raised` holds what AWS granted beyond its published quotas, by SERVICE:OPERATION.
    """

    def __init__(
        self,
        pause: Pause = asyncio.sleep,
        raised: Mapping[str, Quota] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause, self._raised, self._now = pause, raised or {}, now
        self._buckets: dict[tuple[str, str, str, str], Bucket] = {}
        self._many = MANY

    def bucket(self, target: Target, service: str, operation: str) -> Bucket:
        """Return the bucket an operation draws on."""
        region = "" if account_wide(service) else target.region
        key = (target.account, region, service, operation)
        if key not in self._buckets:
            if len(self._buckets) >= self._many:
                self._sweep()
            size = quota(service, operation, self._raised)
            self._buckets[key] = Bucket(size, self._now)
        return self._buckets[key]

    async def turn(self, target: Target, service: str, operation: str) -> float:
        """Wait until the quota allows one more call; return that moment."""
        return await self.bucket(target, service, operation).take(self._pause)

    def throttled(self, target: Target, service: str, operation: str, taken: float) -> None:
        """AWS refused a call whose turn came at a moment."""
        self.bucket(target, service, operation).throttled(taken)

    def _sweep(self) -> None:
        """Forget buckets that are as good as new: thousands of targets have eight each."""
        self._buckets = {key: one for key, one in self._buckets.items() if not one.unused}
        self._many = max(MANY, 2 * len(self._buckets))
