"""AWS's published request quotas as token buckets, and a count of every call made.

Off unless asked for: a demonstration should be quick, while a pacing test wants to be refused.
Buckets refill in real time rather than on the sandbox clock, because what they teach is the pace
of the program that calls. StartExecution uses the STANDARD row for both machine types. Services
for which AWS publishes no request quotas (IAM, Config, CloudFormation, KMS, tagging: F§4.4) never
refuse; requests to global services all come from one region, so that theirs hold for the account.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubmend.sandbox.wire import Response, error_answer

if TYPE_CHECKING:
    from hubmend.sandbox.wire import Request

LARGE_REGIONS = frozenset({"us-east-1", "us-west-2", "eu-west-1"})

# (bucket, refill per second): F§4.1 to F§4.4.
STATES = {
    "ListStateMachines": (100, 5),
    "DescribeStateMachine": (200, 20),
    "UpdateStateMachine": (100, 1),
    "CreateStateMachine": (100, 1),
    "StartExecution": (800, 150),
    "DescribeExecution": (250, 10),
    "GetExecutionHistory": (400, 20),
    "ListExecutions": (100, 2),
    "StopExecution": (500, 25),
    "ListTagsForResource": (100, 1),
    "TagResource": (200, 1),
    "UntagResource": (200, 1),
    "ListStateMachineVersions": (100, 1),
    "ListStateMachineAliases": (100, 1),
    "PublishStateMachineVersion": (100, 1),
    "UpdateStateMachineAlias": (100, 1),
    "DescribeStateMachineAlias": (200, 1),
    "DescribeStateMachineForExecution": (200, 1),
    "TestState": (50, 10),
    "ValidateStateMachineDefinition": (100, 1),
}
STATES_LARGE_REGIONS = {
    "StartExecution": (1300, 300),
    "DescribeExecution": (300, 15),
    "ListExecutions": (200, 5),
    "StopExecution": (1000, 200),
}
SECURITY_HUB = {
    "GetFindings": (6, 3),
    "UpdateStandardsControl": (5, 1),
    "BatchEnableStandards": (1, 1),
}
SECURITY_HUB_OTHERS = (30, 10)
SLOW_LOGS_REGIONS = frozenset(
    {"ap-northeast-3", "ap-southeast-3", "ca-west-1", "eu-central-1", "il-central-1"}
)
SLOW_GET_REGIONS = (SLOW_LOGS_REGIONS - {"ap-southeast-3"}) | {
    "us-west-2",
    "ap-southeast-3",
    "eu-west-1",
}
LOGS = {
    "CreateLogGroup": 10,
    "DescribeLogGroups": 10,
    "DescribeLogStreams": 25,
    "PutRetentionPolicy": 5,
    "AssociateKmsKey": 5,
    "TagResource": 5,
    "ListTagsForResource": 30,
    "StartQuery": 10,
    "GetQueryResults": 10,
}
ORGANIZATIONS = {
    "ListAccounts": (12, 8),
    "ListAccountsForParent": (8, 5),
    "ListParents": (8, 5),
    "ListOrganizationalUnitsForParent": (8, 5),
    "ListChildren": (10, 6),
    "DescribeAccount": (30, 20),
    "DescribeOrganization": (2, 1),
    "ListRoots": (2, 1),
    "ListTagsForResource": (15, 10),
    "ListDelegatedAdministrators": (8, 5),
}
STS = (600, 600)  # shared by its operations
# What each service calls it, by the SDK's models; all others say ThrottlingException.
REFUSALS = {
    "securityhub": ("TooManyRequestsException", "Too Many Requests", 429),
    "organizations": ("TooManyRequestsException", "Rate exceeded", 400),
    "sts": ("Throttling", "Rate exceeded", 400),
}


def quota(service: str, operation: str, region: str) -> tuple[float, float] | None:
    """Return (bucket, refill per second) of an operation, or None where AWS publishes none."""
    if service == "states":
        large = STATES_LARGE_REGIONS if region in LARGE_REGIONS else {}
        return large.get(operation) or STATES.get(operation)
    if service == "securityhub":
        return SECURITY_HUB.get(operation, SECURITY_HUB_OTHERS)
    if service == "logs":
        rate = _logs_rate(operation, region)
        return (rate, rate) if rate else None
    if service == "organizations":
        return ORGANIZATIONS.get(operation)
    return STS if service == "sts" else None


def _logs_rate(operation: str, region: str) -> int | None:
    if operation == "FilterLogEvents":
        return 25 if region == "us-east-1" else 5 if region in SLOW_LOGS_REGIONS else 10
    if operation == "GetLogEvents":
        return 30 if region == "eu-west-3" else 10 if region in SLOW_GET_REGIONS else 25
    return LOGS.get(operation)


@dataclass
class Bucket:
    """A token bucket: `size` tokens at most, `refill` a second, `tokens` as of `at`."""

    size: float
    refill: float
    tokens: float
    at: float

    def take(self, now: float) -> bool:
        """Take one token if there is one; `now` is monotonic seconds."""
        self.tokens = min(self.size, self.tokens + (now - self.at) * self.refill)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


@dataclass
class Count:
    """How often an operation was called in one account and region, and refused."""

    calls: int = 0
    throttled: int = 0


CountKey = tuple[str, str, str, str]


class Quotas:
    """Counts every call and, while `enabled`, refuses those beyond AWS's quotas.

    `counts` is keyed by (service, operation, account, region).
    """

    def __init__(self, *, enabled: bool = False) -> None:
        self.enabled = enabled
        self.counts: dict[CountKey, Count] = {}
        self._buckets: dict[CountKey, Bucket] = {}
        self._lock = threading.Lock()

    def admit(self, request: Request) -> Response | None:
        """Count the request; answer a throttling error when its bucket is empty, else None."""
        operation = request.operation or "?"
        key = (request.service, operation, request.account, request.region)
        with self._lock:
            count = self.counts.setdefault(key, Count())
            count.calls += 1
            if not self.enabled or self._take(key):
                return None
            count.throttled += 1
        return throttled(request.service)

    def _take(self, key: CountKey) -> bool:
        limits = quota(key[0], key[1], key[3])
        if limits is None:
            return True
        if key[0] == "sts":
            key = ("sts", "", *key[2:])
        now = time.monotonic()
        size, refill = limits
        bucket = self._buckets.setdefault(key, Bucket(size, refill, size, now))
        return bucket.take(now)

    def rows(self) -> list[dict[str, str | int]]:
        """Return the counts as JSON-ready rows, in the order of first call."""
        with self._lock:
            return [
                {
                    "service": service,
                    "operation": operation,
                    "account": account,
                    "region": region,
                    "calls": count.calls,
                    "throttled": count.throttled,
                }
                for (service, operation, account, region), count in self.counts.items()
            ]


def throttled(service: str) -> Response:
    """Answer as AWS does over quota: 400 ThrottlingException, or 429 from Security Hub (F§4.2)."""
    code, said, status = REFUSALS.get(service, ("ThrottlingException", "Rate exceeded", 400))
    return error_answer(service, code, said, status=status)
