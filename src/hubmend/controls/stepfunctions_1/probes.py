"""Reads that change nothing and find nothing, to see whether a permission is there. Pure.

They name things that do not exist: "not found" proves the permission as well as an answer does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call

NOBODY = "hubmend-doctor"
GROUP = f"/aws/vendedlogs/states/{NOBODY}"
_NO_KEY = "00000000-0000-0000-0000-000000000000"

Params = dict[str, Any]
_Where = Callable[[str, str], str]  # service and resource to ARN in the target


def probe(service: str, operation: str, partition: str, target: Target) -> Call | None:
    """Return a harmless call of an operation, None where there is none (changes, by and large)."""
    params = _PROBES.get((service, operation))
    if params is None:
        return None
    region = "" if service == "iam" else target.region
    return Call(
        service,
        operation,
        params(lambda name, thing: f"arn:{partition}:{name}:{region}:{target.account}:{thing}"),
    )


def _machine(arn: _Where) -> str:
    return arn("states", f"stateMachine:{NOBODY}")


def _policy(arn: _Where) -> str:
    return arn("iam", f"policy/{NOBODY}")


_PROBES: Mapping[tuple[str, str], Callable[[_Where], Params]] = {
    ("stepfunctions", "ListStateMachines"): lambda _: {"maxResults": 1},
    ("stepfunctions", "DescribeStateMachine"): lambda arn: {
        "stateMachineArn": _machine(arn),
        "includedData": "METADATA_ONLY",
    },
    ("stepfunctions", "ListTagsForResource"): lambda arn: {"resourceArn": _machine(arn)},
    ("stepfunctions", "ListStateMachineAliases"): lambda arn: {"stateMachineArn": _machine(arn)},
    ("stepfunctions", "DescribeStateMachineAlias"): lambda arn: {
        "stateMachineAliasArn": f"{_machine(arn)}:{NOBODY}",
    },
    ("stepfunctions", "ListStateMachineVersions"): lambda arn: {"stateMachineArn": _machine(arn)},
    ("stepfunctions", "ListExecutions"): lambda arn: {
        "stateMachineArn": _machine(arn),
        "maxResults": 1,
    },
    ("stepfunctions", "GetExecutionHistory"): lambda arn: {
        "executionArn": arn("states", f"execution:{NOBODY}:{NOBODY}"),
        "maxResults": 1,
    },
    ("resourcegroupstaggingapi", "GetResources"): lambda _: {
        "ResourceTypeFilters": ["states:stateMachine"],
        "ResourcesPerPage": 1,
    },
    ("ec2", "DescribeRegions"): lambda _: {},
    ("logs", "DescribeLogGroups"): lambda _: {"limit": 1},
    ("logs", "DescribeResourcePolicies"): lambda _: {"limit": 1},
    ("logs", "DescribeLogStreams"): lambda _: {"logGroupName": GROUP, "limit": 1},
    ("logs", "FilterLogEvents"): lambda _: {"logGroupName": GROUP, "limit": 1},
    ("logs", "ListTagsLogGroup"): lambda _: {"logGroupName": GROUP},
    ("iam", "GetRole"): lambda _: {"RoleName": NOBODY},
    ("iam", "ListRolePolicies"): lambda _: {"RoleName": NOBODY},
    ("iam", "GetRolePolicy"): lambda _: {"RoleName": NOBODY, "PolicyName": NOBODY},
    ("iam", "ListAttachedRolePolicies"): lambda _: {"RoleName": NOBODY},
    ("iam", "GetPolicy"): lambda arn: {"PolicyArn": _policy(arn)},
    ("iam", "GetPolicyVersion"): lambda arn: {"PolicyArn": _policy(arn), "VersionId": "v1"},
    ("kms", "GetKeyPolicy"): lambda arn: {
        "KeyId": arn("kms", f"key/{_NO_KEY}"),
        "PolicyName": "default",
    },
    ("kms", "DescribeKey"): lambda arn: {"KeyId": arn("kms", f"key/{_NO_KEY}")},
    ("cloudformation", "GetTemplate"): lambda _: {"StackName": NOBODY},
    ("securityhub", "GetFindings"): lambda _: {"MaxResults": 1},
    ("securityhub", "GetEnabledStandards"): lambda _: {"MaxResults": 1},
    ("securityhub", "BatchGetSecurityControls"): lambda _: {
        "SecurityControlIds": ["StepFunctions.1"]
    },
    ("securityhub", "DescribeHub"): lambda _: {},
    ("securityhub", "GetSecurityControlDefinition"): lambda _: {
        "SecurityControlId": "StepFunctions.1"
    },
    ("securityhub", "ListStandardsControlAssociations"): lambda _: {
        "SecurityControlId": "StepFunctions.1"
    },
    ("config", "SelectResourceConfig"): lambda _: {
        "Expression": f"SELECT resourceId WHERE resourceName = '{NOBODY}'",
        "Limit": 1,
    },
    ("config", "GetResourceConfigHistory"): lambda arn: {
        "resourceType": "AWS::StepFunctions::StateMachine",
        "resourceId": _machine(arn),
        "limit": 1,
    },
    ("config", "DescribeConfigurationRecorders"): lambda _: {},
    ("config", "DescribeConfigurationRecorderStatus"): lambda _: {},
}
