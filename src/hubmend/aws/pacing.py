"""Token buckets that keep hubmend under AWS's quotas, shared by everything in the process.

One bucket per account, region and operation, as AWS has them. When AWS throttles all the same,
somebody else is drawing on the quota: the bucket empties and its rate halves, then recovers.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from hubmend.aws.quotas import Quota, quota
from hubmend.core.arn import Target

# Slightly under AWS's figures: requests do not arrive as evenly as they leave.
_MARGIN = 0.99
_FLOOR = 0.05
_RECOVERY_PER_SECOND = 0.05


class Bucket:
    """One token bucket; `take` waits in line for a token."""

    def __init__(self, size: Quota, now: Callable[[], float] = time.monotonic) -> None:
        self.capacity, self._full_rate = size[0] * _MARGIN, size[1] * _MARGIN
        self.rate = self._full_rate
        self.tokens = self.capacity
        self._now = now
        self._at = now()

    def reserve(self) -> float:
        """Take a token, on credit if need be; return the seconds to wait before using it."""
        self._refill()
        self.tokens -= 1
        return max(0.0, -self.tokens / self.rate)

    def throttled(self) -> None:
        """AWS refused: others share the quota. Empty the bucket and halve the rate."""
        self._refill()
        self.tokens = min(self.tokens, 0.0)
        self.rate = max(self._full_rate * _FLOOR, self.rate / 2)

    def _refill(self) -> None:
        now = self._now()
        passed, self._at = now - self._at, now
        self.tokens = min(self.capacity, self.tokens + passed * self.rate)
        regained = passed * _RECOVERY_PER_SECOND * self._full_rate
        self.rate = min(self._full_rate, self.rate + regained)


class Pacing:
    """All buckets of the process; `pause` is how it waits, in seconds.

    `raised` holds what AWS granted beyond its published quotas, by SERVICE:OPERATION.
    """

    def __init__(
        self,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        raised: Mapping[str, Quota] | None = None,
    ) -> None:
        self._pause, self._raised = pause, raised or {}
        self._buckets: dict[tuple[str, str, str, str], Bucket] = {}

    def bucket(self, target: Target, service: str, operation: str) -> Bucket:
        """Return the bucket an operation draws on; IAM's are per account (F§4.4)."""
        region = "" if service in ("iam", "organizations") else target.region
        key = (target.account, region, service, operation)
        if key not in self._buckets:
            size = self._raised.get(f"{service}:{operation}") or quota(service, operation)
            self._buckets[key] = Bucket(size)
        return self._buckets[key]

    async def turn(self, target: Target, service: str, operation: str) -> None:
        """Wait until the quota allows one more call."""
        delay = self.bucket(target, service, operation).reserve()
        if delay:
            await self._pause(delay)
