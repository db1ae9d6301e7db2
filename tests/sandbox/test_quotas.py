"""The embedded AWS's quotas: AWS's figures, its buckets, and its words for refusing."""

from __future__ import annotations

import json

import pytest

from hubmend.core import quotas as ours
from hubmend.sandbox.quotas import Quotas, quota, throttled
from hubmend.sandbox.wire import Request

HERE = ("111122223333", "us-east-1")


def request(service: str, operation: str, where: tuple[str, str] = HERE) -> Request:
    return Request(service, where[1], where[0], operation, "/", "POST", b"", {}, "")


@pytest.mark.parametrize(
    ("service", "operation", "region", "size"),
    [
        ("states", "UpdateStateMachine", "eu-west-1", (100, 1)),
        ("states", "DescribeExecution", "us-east-1", (300, 15)),
        ("states", "DescribeExecution", "eu-west-2", (250, 10)),
        ("securityhub", "GetFindings", "eu-west-1", (6, 3)),
        ("securityhub", "BatchUpdateFindings", "eu-west-1", (30, 10)),
        ("logs", "FilterLogEvents", "us-east-1", (25, 25)),
        ("logs", "FilterLogEvents", "eu-central-1", (5, 5)),
        ("organizations", "ListAccounts", "us-east-1", (12, 8)),
        ("sts", "AssumeRole", "us-east-1", (600, 600)),
        ("iam", "PutRolePolicy", "us-east-1", None),
        ("kms", "DescribeKey", "us-east-1", None),
    ],
)
def test_the_figures_are_those_aws_publishes(
    service: str, operation: str, region: str, size: tuple[float, float] | None
) -> None:
    assert quota(service, operation, region) == size


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1", "ap-northeast-1", "us-west-2"])
@pytest.mark.parametrize("service", ["stepfunctions", "logs", "securityhub", "organizations"])
def test_hubmend_never_thinks_more_is_allowed_than_the_embedded_aws_allows(
    service: str, region: str
) -> None:
    signed = "states" if service == "stepfunctions" else service
    for operation in ours.published(service):
        allowed = quota(signed, operation, region)
        size, refill = ours.quota(service, operation)
        assert allowed is None or (size <= allowed[0] and refill <= allowed[1]), operation


def test_each_account_and_region_has_its_own_bucket_and_what_is_beyond_is_refused() -> None:
    quotas = Quotas(enabled=True)
    update = request("states", "UpdateStateMachine")
    refused = [quotas.admit(update) is not None for _ in range(103)]
    assert refused == [False] * 100 + [True] * 3
    for other in (("222233334444", HERE[1]), (HERE[0], "eu-west-1")):
        assert quotas.admit(request("states", "UpdateStateMachine", other)) is None
    assert quotas.admit(request("states", "DescribeStateMachine")) is None
    count = quotas.counts["states", "UpdateStateMachine", *HERE]
    assert (count.calls, count.throttled) == (103, 3)


def test_the_operations_of_sts_share_one_quota() -> None:
    quotas = Quotas(enabled=True)
    asked = [request("sts", "AssumeRole"), request("sts", "GetCallerIdentity")] * 320
    assert 30 < sum(quotas.admit(one) is not None for one in asked) <= 40


@pytest.mark.parametrize(
    ("service", "status", "code"),
    [
        ("states", 400, "ThrottlingException"),
        ("logs", 400, "ThrottlingException"),
        ("securityhub", 429, "TooManyRequestsException"),
        ("organizations", 400, "TooManyRequestsException"),
    ],
)
def test_a_refusal_is_worded_as_the_service_words_it(service: str, status: int, code: str) -> None:
    answer = throttled(service)
    body = json.loads(answer.body)
    assert answer.status == status
    assert code in (body.get("__type"), body.get("Code"))


def test_sts_refuses_in_the_query_protocol() -> None:
    answer = throttled("sts")
    assert answer.status == 400
    assert b"<Code>Throttling</Code>" in answer.body
