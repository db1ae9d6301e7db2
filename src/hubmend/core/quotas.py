"""AWS's published request quotas as (bucket, refill per second), per account and region (F§4).

Where AWS gives two values the smaller region's is used. What AWS does not publish gets DEFAULT,
and is slowed when AWS throttles (F§9 no. 12).
"""

from __future__ import annotations

from collections.abc import Mapping

Quota = tuple[float, float]

DEFAULT: Quota = (10, 10)

_STATES: dict[str, Quota] = {
    "ListStateMachines": (100, 5),
    "DescribeStateMachine": (200, 20),
    "UpdateStateMachine": (100, 1),
    "StartExecution": (800, 150),
    "StartSyncExecution": (800, 150),
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
}
_LOGS: dict[str, Quota] = {
    "CreateLogGroup": (10, 10),
    "DescribeLogGroups": (10, 10),
    "DescribeLogStreams": (25, 25),
    "GetLogEvents": (10, 10),
    "FilterLogEvents": (5, 5),
    "PutRetentionPolicy": (5, 5),
    "DeleteRetentionPolicy": (5, 5),
    "TagResource": (5, 5),
    "ListTagsForResource": (30, 30),
}
_HUB: dict[str, Quota] = {
    "GetFindings": (6, 3),
    "BatchUpdateFindings": (30, 10),
    "BatchImportFindings": (30, 10),
    "UpdateStandardsControl": (5, 1),
    "BatchEnableStandards": (1, 1),
}
# AWS gives one value per account and a higher one per organization (F§4.4): the account's holds.
_ORGANIZATIONS: dict[str, Quota] = {
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
_BY_SERVICE = {
    "stepfunctions": _STATES,
    "logs": _LOGS,
    "securityhub": _HUB,
    "organizations": _ORGANIZATIONS,
}
_SERVICE_WIDE: dict[str, Quota] = {"securityhub": (30, 10), "sts": (600, 600)}


_ACCOUNT_WIDE = frozenset({"iam", "organizations"})  # global services (F§4.4)


def quota(service: str, operation: str, raised: Mapping[str, Quota] | None = None) -> Quota:
    """Return (bucket size, refill per second) of an operation.

    `raised` holds what AWS granted beyond its published quotas, by SERVICE:OPERATION.
    """
    wide = _SERVICE_WIDE.get(service, DEFAULT)
    size = published(service).get(operation, wide)
    return (raised or {}).get(f"{service}:{operation}", size)


def published(service: str) -> Mapping[str, Quota]:
    """Return the quotas that AWS publishes for a service's operations."""
    return _BY_SERVICE.get(service, {})


def account_wide(service: str) -> bool:
    """Whether a service's quotas hold for an account over all its regions."""
    return service in _ACCOUNT_WIDE
