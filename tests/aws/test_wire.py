"""Requests as botocore's own clients send them: the same address, signature scope and body."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials

from hubmend.aws.models import Models
from hubmend.aws.wire import Wire
from hubmend.core.call import Call

KEYS = ReadOnlyCredentials("AKIAEXAMPLE", "secret", "token")
ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:a"
CALLS = (
    Call("stepfunctions", "DescribeStateMachine", {"stateMachineArn": ARN}),
    Call("stepfunctions", "StartSyncExecution", {"stateMachineArn": ARN, "input": "{}"}),
    Call("logs", "FilterLogEvents", {"logGroupName": "é", "startTime": 1}),
    Call("iam", "GetRolePolicy", {"RoleName": "r", "PolicyName": "p"}),
    Call("sts", "GetCallerIdentity", {}),
    Call("organizations", "ListAccounts", {}),
    Call("ec2", "DescribeRegions", {}),
    Call("cloudformation", "GetTemplate", {"StackName": "s"}),
    Call("config", "SelectResourceConfig", {"Expression": "SELECT *"}),
    Call("resourcegroupstaggingapi", "GetResources", {"ResourcesPerPage": 100}),
    Call("securityhub", "GetFindings", {"MaxResults": 100}),
    Call("securityhub", "DescribeStandardsControls", {"StandardsSubscriptionArn": "arn:a:b/c d"}),
    Call("kms", "DescribeKey", {"KeyId": "k"}),
)
REGIONS = ("us-east-1", "ap-northeast-1", "cn-north-1", "us-gov-west-1")
SETTINGS: dict[str, dict[str, str]] = {
    "plain": {},
    "fips": {"AWS_USE_FIPS_ENDPOINT": "true"},
    "dual stack": {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    "own endpoint": {"AWS_ENDPOINT_URL": "https://proxy.example/base"},
    "of one service": {"AWS_ENDPOINT_URL_SFN": "https://sfn.example"},
    "no prefix": {"AWS_DISABLE_HOST_PREFIX_INJECTION": "true"},
    "ignored": {
        "AWS_ENDPOINT_URL": "https://proxy.example",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    },
}


def session() -> Any:
    made = botocore.session.Session()
    made.set_credentials(*KEYS[:3])
    return made


def sent_by_botocore(made: Any, region: str, call: Call) -> Any:
    """The request that botocore's client prepares."""
    client = made.create_client(call.service, region_name=region, config=Config())
    seen: list[Any] = []

    def instead(request: Any, **_: Any) -> AWSResponse:
        seen.append(request)
        return AWSResponse(request.url, 400, {}, None)

    client.meta.events.register("before-send", instead)
    with pytest.raises(Exception):  # noqa: B017, PT011 - there is no body to parse
        client._make_api_call(call.operation, dict(call.params))  # noqa: SLF001 - by its AWS name
    return seen[0]


def sent_by_us(made: Any, region: str, call: Call) -> Any:
    wire = Wire(made, 1)
    operation = Models().service(call.service).operation_model(call.operation)
    return wire._request(KEYS, region, operation, call.params)  # noqa: SLF001 - what is compared


def scope(request: Any) -> list[str]:
    """The region and service a request is signed for."""
    header = request.headers["Authorization"]
    text = header.decode() if isinstance(header, bytes) else header
    return str(text).split("Credential=")[1].split(",")[0].split("/")[2:4]


@pytest.mark.parametrize("variables", SETTINGS.values(), ids=SETTINGS.keys())
def test_requests_are_those_of_botocore(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = session()  # one, since it keeps the service models it has read
    regions = REGIONS if not variables else REGIONS[:1]
    calls = CALLS if not variables else CALLS[:4]
    for call, region in itertools.product(calls, regions):
        theirs, ours = sent_by_botocore(made, region, call), sent_by_us(made, region, call)
        same = (theirs.method, theirs.url, _text(theirs.body), scope(theirs))
        assert (ours.method, ours.url, _text(ours.body), scope(ours)) == same, (call, region)


def test_a_profile_may_name_endpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile p]\nservices = local\n[services local]\nlogs =\n  endpoint_url = https://l.example\n"
        "cloudwatch_logs =\n  endpoint_url = https://c.example\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "p")
    ours = sent_by_us(session(), "us-east-1", CALLS[2])
    theirs = sent_by_botocore(session(), "us-east-1", CALLS[2])
    assert ours.url == theirs.url == "https://c.example/"


def test_a_session_token_is_sent() -> None:
    token = sent_by_us(session(), "us-east-1", CALLS[0]).headers["X-Amz-Security-Token"]
    assert token in ("token", b"token")


@pytest.mark.parametrize(
    ("variables", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "http://proxy.example:3128"}, "http://proxy.example:3128"),
        ({"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": ".amazonaws.com"}, None),
    ],
)
def test_proxies_are_those_of_the_environment(
    variables: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    wire = Wire(session(), 1)
    assert wire._proxy("https://states.us-east-1.amazonaws.com/") == proxy  # noqa: SLF001


def _text(body: Any) -> str:
    return body.decode() if isinstance(body, bytes) else str(body or "")
