"""What the gateway repeats and what it never repeats, and what each failure means."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path

import botocore.session
import pytest

from hubmend.aws import gateway as gateway_module
from hubmend.aws.gateway import CHANGE_ATTEMPTS, MOST_TIMEOUTS, READ_ATTEMPTS, AwsGateway
from hubmend.aws.pacing import Bucket
from hubmend.aws.sessions import Sessions, known_regions
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind, UsageError
from hubmend.core.settings import Scope
from tests.aws.loopback import Reply, Script, refusal, serving, unused_address

HERE = Target("111122223333", "us-east-1")
LOOK = Call("stepfunctions", "ListStateMachines", {})
MAKE = Call("logs", "CreateLogGroup", {"logGroupName": "g"})
FINE = Reply(body={"stateMachines": []})
ANSWER_SECONDS = 0.3


def quick(gateway: AwsGateway) -> Bucket:
    """Give the listing a quota that is no reason to wait."""
    bucket = gateway._pacing.bucket(HERE, LOOK.service, LOOK.operation)  # noqa: SLF001 - to set its rate
    bucket.rate = bucket._full_rate = 10_000.0  # noqa: SLF001 - as above
    return bucket


Connect = Callable[..., tuple[AwsGateway, Script]]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pause for no time to speak of between tries."""
    monkeypatch.setattr(gateway_module, "_FIRST_PAUSE", 0.001)
    monkeypatch.setattr(gateway_module, "_LONGEST_PAUSE", 0.002)
    monkeypatch.setattr(gateway_module, "_PATIENCE", 0.05)


@pytest.fixture
async def connect(
    monkeypatch: pytest.MonkeyPatch,
    hurried: None,  # noqa: ARG001 - as the name says
) -> AsyncIterator[Connect]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    made: list[AwsGateway] = []
    with ExitStack() as stack:

        def start(*replies: Reply) -> tuple[AwsGateway, Script]:
            address, script = stack.enter_context(serving(*replies))
            monkeypatch.setenv("AWS_ENDPOINT_URL", address)
            made.append(AwsGateway(Sessions(None, Scope(), "us-east-1", answer=ANSWER_SECONDS)))
            return made[-1], script

        yield start
        for one in made:
            await one.close()


SERVER_FAULT = refusal("InternalFailure", status=500)
THROTTLED = refusal("ThrottlingException", "Rate exceeded")
LOST = [SERVER_FAULT, Reply(how="drop"), Reply(body={"a": "b" * 40}, how="cut"), Reply(how="slow")]
lost_answers = pytest.mark.parametrize("lost", LOST, ids=["500", "dropped", "truncated", "slow"])


@lost_answers
async def test_a_read_whose_answer_is_lost_is_asked_again(connect: Connect, lost: Reply) -> None:
    gateway, script = connect(lost, FINE)
    assert await gateway.read(HERE, LOOK) == {"stateMachines": []}
    assert script.seen == ["ListStateMachines"] * 2


@lost_answers
async def test_a_change_that_may_have_happened_is_never_repeated(
    connect: Connect, lost: Reply
) -> None:
    gateway, script = connect(lost, Reply())
    with pytest.raises(AwsError) as caught:
        await gateway.change(HERE, MAKE)
    assert caught.value.kind is ErrorKind.UNCERTAIN
    assert caught.value.operation == "logs:CreateLogGroup"
    assert script.seen == ["CreateLogGroup"]


SILENT = Reply(how="slow")


async def test_a_silent_endpoint_is_asked_twice_and_then_left_alone(connect: Connect) -> None:
    gateway, script = connect(SILENT)
    with pytest.raises(AwsError, match="did not answer 2 times in a row") as caught:
        await gateway.read(HERE, LOOK)
    assert caught.value.kind is ErrorKind.UNREACHABLE
    with pytest.raises(AwsError, match="left alone"):
        await gateway.read(HERE, LOOK)
    assert script.seen == ["ListStateMachines"] * 2


async def test_a_read_that_keeps_timing_out_is_given_up_though_others_are_answered(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, script = connect(SILENT)
    monkeypatch.setattr(gateway._silence, "check", lambda *_: None)  # noqa: SLF001 - as if answered
    with pytest.raises(AwsError, match="no answer in time"):
        await gateway.read(HERE, LOOK)
    assert script.seen == ["ListStateMachines"] * MOST_TIMEOUTS


async def test_a_change_is_made_where_reads_were_left_alone_and_its_answer_ends_that(
    connect: Connect,
) -> None:
    gateway, script = connect(SILENT, SILENT, Reply())
    look = Call("logs", "DescribeLogGroups", {})
    with pytest.raises(AwsError, match="left alone"):
        await gateway.read(HERE, look)
    assert await gateway.change(HERE, MAKE) == {}
    assert await gateway.read(HERE, look) == {}
    assert len(script.seen) == 4


async def test_a_throttled_change_did_not_happen_and_is_repeated(connect: Connect) -> None:
    gateway, script = connect(THROTTLED, THROTTLED, Reply())
    assert await gateway.change(HERE, MAKE) == {}
    assert script.seen == ["CreateLogGroup"] * 3


async def test_throttling_without_end_is_given_up_and_said(connect: Connect) -> None:
    gateway, script = connect(THROTTLED)
    quick(gateway)
    with pytest.raises(AwsError) as caught:
        await gateway.read(HERE, LOOK)
    assert caught.value.kind is ErrorKind.THROTTLED
    assert len(script.seen) > CHANGE_ATTEMPTS > READ_ATTEMPTS


async def test_throttling_slows_the_operation_that_was_throttled(connect: Connect) -> None:
    gateway, _ = connect(THROTTLED, FINE)
    bucket = gateway._pacing.bucket(HERE, "stepfunctions", "ListStateMachines")  # noqa: SLF001 - its rate is the effect
    full = bucket.rate
    await gateway.read(HERE, LOOK)
    assert bucket.rate < full


async def test_without_a_connection_a_change_did_not_happen_and_is_tried_until_given_up(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", unused_address())
    gateway, _ = connect(FINE)
    with pytest.raises(AwsError) as caught:
        await gateway.change(HERE, MAKE)
    assert caught.value.kind is ErrorKind.UNREACHABLE
    assert "no connection to AWS" in caught.value.reason


ROLE = "The state machine IAM Role is not authorized to access the Log Destination"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (refusal("AccessDeniedException", "User is not authorized"), ErrorKind.DENIED),
        (refusal("AccessDeniedException", ROLE), ErrorKind.ROLE_DENIED),
        (refusal("KmsAccessDeniedException"), ErrorKind.DENIED),
        (refusal("SomethingElse", status=403), ErrorKind.DENIED),
        (refusal("ExpiredTokenException", status=403), ErrorKind.CREDENTIALS),
        (refusal("UnrecognizedClientException"), ErrorKind.CREDENTIALS),
        (refusal("InvalidSignatureException", status=403), ErrorKind.CREDENTIALS),
        (refusal("StateMachineDoesNotExist"), ErrorKind.NOT_FOUND),
        (refusal("ResourceNotFoundException"), ErrorKind.NOT_FOUND),
        (refusal("NoSuchEntity", status=404), ErrorKind.NOT_FOUND),
        (refusal("ResourceAlreadyExistsException"), ErrorKind.EXISTS),
        (refusal("ConflictException"), ErrorKind.CONFLICT),
        (refusal("OperationAbortedException"), ErrorKind.CONFLICT),
        (refusal("InvalidLoggingConfiguration"), ErrorKind.INVALID),
        (refusal("ValidationException"), ErrorKind.INVALID),
        (refusal("NotImplemented", status=501), ErrorKind.INVALID),
        (refusal("ServiceUnavailableException", status=503), ErrorKind.UNCERTAIN),
    ],
    ids=lambda value: value.body["__type"] if isinstance(value, Reply) else value.value,
)
async def test_what_an_error_of_aws_means(connect: Connect, reply: Reply, kind: ErrorKind) -> None:
    gateway, script = connect(reply)
    with pytest.raises(AwsError) as caught:
        await gateway.change(HERE, MAKE)
    assert caught.value.kind is kind
    assert caught.value.code == reply.body["__type"]
    assert caught.value.reason == reply.body["message"]
    assert len(script.seen) == 1


@pytest.mark.parametrize(
    "reply",
    [
        refusal("LimitExceededException", status=429),  # as Security Hub's model says (F§4.2)
        refusal("TooManyRequestsException", status=429),  # and its front end
        refusal("ThrottledException", status=429),  # tagging
        refusal("TooManyRequestsException"),  # Organizations
        refusal("Throttling", "Rate exceeded"),  # IAM, STS, CloudFormation
        THROTTLED,
    ],
    ids=lambda reply: reply.body["__type"] + str(reply.status),
)
async def test_each_service_has_its_own_word_for_being_busy(connect: Connect, reply: Reply) -> None:
    gateway, script = connect(reply, FINE)
    assert await gateway.read(HERE, LOOK) == {"stateMachines": []}
    assert len(script.seen) == 2


async def test_a_refusal_for_good_is_not_asked_again(connect: Connect) -> None:
    gateway, script = connect(refusal("AccessDeniedException"))
    with pytest.raises(AwsError):
        await gateway.read(HERE, LOOK)
    assert len(script.seen) == 1


async def test_pages_are_followed_through_empty_ones_to_the_end(connect: Connect) -> None:
    pages = [
        Reply(body={"stateMachines": [], "nextToken": "1"}),
        Reply(body={"stateMachines": [], "nextToken": "2"}),
        FINE,
    ]
    gateway, _ = connect(*pages)
    assert len([page async for page in gateway.pages(HERE, LOOK)]) == 3


async def test_a_token_that_repeats_itself_breaks_the_pages_off_and_is_said(
    connect: Connect,
) -> None:
    gateway, script = connect(Reply(body={"stateMachines": [], "nextToken": "same"}))
    pages = gateway.pages(HERE, LOOK)
    assert [(await anext(pages))["stateMachines"] for _ in range(2)] == [[], []]
    with pytest.raises(AwsError, match="the same page token twice") as caught:
        await anext(pages)
    assert (caught.value.kind, caught.value.operation) == (ErrorKind.UNCERTAIN, str(LOOK))
    assert len(script.seen) == 2


async def test_parameters_the_service_does_not_know_are_a_wrong_use(connect: Connect) -> None:
    gateway, script = connect(FINE)
    with pytest.raises(UsageError, match="Unknown parameter"):
        await gateway.read(HERE, Call("stepfunctions", "ListStateMachines", {"colour": "red"}))
    assert script.seen == []


async def test_without_credentials_nothing_is_asked_and_the_way_to_get_some_is_said(
    monkeypatch: pytest.MonkeyPatch, hurried: None
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", unused_address())
    gateway = AwsGateway(Sessions(None, Scope(), "us-east-1"))
    with pytest.raises(CredentialsError, match="aws sso login"):
        await gateway.read(HERE, LOOK)
    await gateway.close()
    assert hurried is None


async def test_an_expired_token_is_told_apart_from_a_missing_permission(connect: Connect) -> None:
    gateway, _ = connect(refusal("ExpiredTokenException", "The security token is expired"))
    with pytest.raises(AwsError, match="expired") as caught:
        await gateway.read(HERE, LOOK)
    assert caught.value.kind is ErrorKind.CREDENTIALS


def test_an_unknown_profile_is_a_wrong_use() -> None:
    with pytest.raises(UsageError, match="nowhere"):
        Sessions("nowhere", Scope())


def test_a_config_file_that_cannot_be_read_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "config"
    broken.write_text("[default\nregion=", encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    with pytest.raises(CredentialsError, match="config"):
        Sessions(None, Scope())


def test_a_region_nobody_configured_is_asked_for() -> None:
    with pytest.raises(UsageError, match="no region"):
        _ = Sessions(None, Scope()).region


@pytest.mark.parametrize(
    ("region", "hint"), [("us-east-11", "did you mean us-east-1"), ("moon-1", "is not a region")]
)
def test_an_unknown_region_is_refused_with_the_nearest_there_is(region: str, hint: str) -> None:
    with pytest.raises(UsageError, match=hint):
        Sessions(None, Scope()).check_region(region)


def test_regions_of_every_partition_are_known() -> None:
    sdk, known = botocore.session.Session(), known_regions()
    assert known == {
        region
        for partition in sdk.get_available_partitions()
        for region in sdk.get_available_regions("stepfunctions", partition)
    }
    assert {"us-east-1", "ap-northeast-1", "cn-north-1", "us-gov-west-1"} <= known


async def test_a_call_beyond_the_bucket_waits_for_its_token(connect: Connect) -> None:
    gateway, _ = connect(FINE)
    bucket = quick(gateway)
    bucket.tokens = -5.0
    await gateway.read(HERE, LOOK)
    assert bucket.tokens < bucket.capacity
