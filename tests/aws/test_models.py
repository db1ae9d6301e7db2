"""The service models say how pages are chained, also where botocore has no paginator."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.aws.models import Models
from hubmend.core.call import Call

MODELS = Models()


@pytest.mark.parametrize(
    ("service", "operation", "response", "more"),
    [
        ("stepfunctions", "ListStateMachines", {"nextToken": "t"}, {"nextToken": "t"}),
        ("stepfunctions", "ListStateMachines", {"stateMachines": []}, {}),
        ("iam", "ListRolePolicies", {"IsTruncated": True, "Marker": "m"}, {"Marker": "m"}),
        ("iam", "ListRolePolicies", {"IsTruncated": False, "Marker": "m"}, {}),
        ("logs", "FilterLogEvents", {"events": [], "nextToken": "t"}, {"nextToken": "t"}),
        ("stepfunctions", "ListStateMachineAliases", {"nextToken": "t"}, {"nextToken": "t"}),
        ("stepfunctions", "ListStateMachineAliases", {"stateMachineAliases": []}, {}),
        (
            "resourcegroupstaggingapi",
            "GetResources",
            {"ResourceTagMappingList": [], "PaginationToken": ""},
            {},
        ),
        ("securityhub", "GetFindings", {"Findings": [], "NextToken": "n"}, {"NextToken": "n"}),
        ("sts", "GetCallerIdentity", {"Account": "1"}, {}),
        (
            "route53",
            "ListResourceRecordSets",
            {
                "IsTruncated": True,
                "NextRecordName": "a",
                "NextRecordType": "A",
                "NextRecordIdentifier": None,
            },
            {"StartRecordName": "a", "StartRecordType": "A"},
        ),
    ],
)
def test_the_next_page_is_asked_for_with_the_tokens_of_this_one(
    service: str, operation: str, response: dict[str, Any], more: dict[str, Any]
) -> None:
    assert MODELS.next_page(Call(service, operation, {}), response) == more


def test_a_call_without_parameters_must_have_none() -> None:
    assert MODELS.fault(Call("organizations", "DescribeOrganization", {})) is None
    fault = MODELS.fault(Call("organizations", "DescribeOrganization", {"a": 1}))
    assert fault is not None
    assert "takes no parameters" in fault
