"""Findings written or looked at at the same time go out together; each has its own answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest

from hubmend.aws.batching import BatchingGateway
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Identity, Response

HERE, THERE = Target("111122223333", "us-east-1"), Target("111122223333", "eu-west-1")
SUPPRESSED = {"Workflow": {"Status": "SUPPRESSED"}}


class Aws:
    """A gateway that answers as `answer` says, and remembers what it was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[Target, Call]] = []
        self.answer: Callable[[Call], Any] = processed

    async def identity(self) -> Identity:
        return Identity(HERE.account, "arn", "aws")

    async def read(self, target: Target, call: Call) -> Response:
        return await self.change(target, call)

    async def change(self, target: Target, call: Call) -> Response:
        self.calls.append((target, call))
        await asyncio.sleep(0)
        answer: Response = self.answer(call)
        return answer

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        yield await self.read(target, call)

    def fault(self, call: Call) -> str | None:
        return f"{call} is fine"

    @property
    def sizes(self) -> list[int]:
        return [len(call.params["FindingIdentifiers"]) for _, call in self.calls]


def processed(call: Call) -> Any:
    return {"ProcessedFindings": call.params["FindingIdentifiers"], "UnprocessedFindings": []}


def found(call: Call) -> Any:
    return {"Findings": [{"Id": one["Value"]} for one in call.params["Filters"]["Id"]]}


def identity(name: str) -> dict[str, str]:
    return {"Id": name, "ProductArn": "arn:product"}


def update(name: str, **payload: Any) -> Call:
    params = {"FindingIdentifiers": [identity(name)], **(payload or SUPPRESSED)}
    return Call("securityhub", "BatchUpdateFindings", params)


def look(name: str) -> Call:
    filters = {"Id": [{"Value": name, "Comparison": "EQUALS"}]}
    return Call("securityhub", "GetFindings", {"Filters": filters, "MaxResults": 100})


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def gateway(aws: Aws) -> BatchingGateway:
    return BatchingGateway(aws, linger=0.05)


async def all_of(work: Sequence[Any]) -> list[Any]:
    return await asyncio.gather(*work, return_exceptions=True)


async def test_a_hundred_and_thirty_findings_with_one_payload_are_two_calls(
    aws: Aws, gateway: BatchingGateway
) -> None:
    names = [f"f{number}" for number in range(130)]
    answers = await all_of([gateway.change(HERE, update(name)) for name in names])
    assert aws.sizes == [100, 30]
    assert [one["ProcessedFindings"] for one in answers] == [[identity(name)] for name in names]
    assert all(call.params["Workflow"] == SUPPRESSED["Workflow"] for _, call in aws.calls)


async def test_another_payload_or_another_target_is_another_call(
    aws: Aws, gateway: BatchingGateway
) -> None:
    await all_of(
        [
            gateway.change(HERE, update("a")),
            gateway.change(THERE, update("b")),
            gateway.change(HERE, update("c", Workflow={"Status": "NEW"})),
            gateway.change(HERE, update("d")),
        ]
    )
    assert sorted(aws.sizes) == [1, 1, 2]


async def test_what_aws_leaves_unprocessed_is_the_error_of_that_finding_alone(
    aws: Aws, gateway: BatchingGateway
) -> None:
    refused = {"a": "ConcurrentUpdateError", "b": "FindingNotFound", "c": "InvalidInput"}

    def partly(call: Call) -> Any:
        asked = call.params["FindingIdentifiers"]
        return {
            "ProcessedFindings": [one for one in asked if one["Id"] == "fine"],
            "UnprocessedFindings": [
                {"FindingIdentifier": one, "ErrorCode": refused[one["Id"]], "ErrorMessage": "why"}
                for one in asked
                if one["Id"] in refused
            ],
        }

    aws.answer = partly
    names = ["fine", *refused, "silent"]
    fine, *errors = await all_of([gateway.change(HERE, update(name)) for name in names])
    assert fine == {"ProcessedFindings": [identity("fine")]}
    assert [(one.kind, one.code) for one in errors] == [
        (ErrorKind.CONFLICT, "ConcurrentUpdateError"),
        (ErrorKind.NOT_FOUND, "FindingNotFound"),
        (ErrorKind.INVALID, "InvalidInput"),
        (ErrorKind.UNCERTAIN, ""),  # the answer does not name it: it may have happened
    ]
    assert str(errors[2]) == "securityhub:BatchUpdateFindings: InvalidInput: why"


async def test_an_uncertain_batch_is_uncertain_for_all_in_it(
    aws: Aws, gateway: BatchingGateway
) -> None:
    lost = AwsError(ErrorKind.UNCERTAIN, "Timeout", "no answer in time")

    def lose(_: Call) -> Any:
        raise lost

    aws.answer = lose
    assert await all_of([gateway.change(HERE, update(name)) for name in "ab"]) == [lost, lost]
    assert aws.sizes == [2]


async def test_whoever_was_stopped_before_it_went_out_is_left_out(
    aws: Aws, gateway: BatchingGateway
) -> None:
    first = asyncio.ensure_future(gateway.change(HERE, update("first")))
    second = asyncio.ensure_future(gateway.change(HERE, update("second")))
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert aws.calls[0][1].params["FindingIdentifiers"] == [identity("second")]
    alone = asyncio.ensure_future(gateway.change(HERE, update("alone")))
    await asyncio.sleep(0)
    alone.cancel()
    await asyncio.sleep(0.1)
    assert len(aws.calls) == 1


async def test_whoever_is_stopped_while_it_is_out_takes_nobody_along(
    aws: Aws, gateway: BatchingGateway
) -> None:
    first = asyncio.ensure_future(gateway.change(HERE, update("first")))

    def stop(call: Call) -> Any:
        first.cancel()
        return processed(call)

    aws.answer = stop
    assert await gateway.change(HERE, update("second")) == {
        "ProcessedFindings": [identity("second")]
    }


async def test_a_later_one_is_a_call_of_its_own(aws: Aws, gateway: BatchingGateway) -> None:
    await gateway.change(HERE, update("a"))
    await gateway.change(HERE, update("b"))
    assert aws.sizes == [1, 1]


async def test_findings_looked_at_by_id_are_read_twenty_at_a_time(
    aws: Aws, gateway: BatchingGateway
) -> None:
    aws.answer = found
    names = [f"f{number}" for number in range(45)]
    answers = await all_of([gateway.read(HERE, look(name)) for name in names])
    assert [one["Findings"] for one in answers] == [[{"Id": name}] for name in names]
    assert [len(call.params["Filters"]["Id"]) for _, call in aws.calls] == [20, 20, 5]


async def test_a_finding_that_is_not_there_has_an_empty_answer(
    aws: Aws, gateway: BatchingGateway
) -> None:
    aws.answer = lambda _: {"Findings": [{"Id": "b"}]}
    assert await all_of([gateway.read(HERE, look(name)) for name in "ab"]) == [
        {"Findings": []}, {"Findings": [{"Id": "b"}]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "call",
    [
        Call("securityhub", "GetFindings", {"MaxResults": 1}),
        Call("securityhub", "GetFindings", {"Filters": {"Id": [{"Value": "a"}]}}),
        Call("securityhub", "GetFindings", {"Filters": {"Region": [], "Id": []}}),
        Call("stepfunctions", "ListStateMachines", {}),
    ],
)
async def test_any_other_read_passes_as_it_is(
    call: Call, aws: Aws, gateway: BatchingGateway
) -> None:
    aws.answer = lambda asked: {"asked": asked}
    assert await gateway.read(HERE, call) == {"asked": call}


async def test_a_control_left_unprocessed_is_an_error_with_awss_code(
    aws: Aws, gateway: BatchingGateway
) -> None:
    entry = {"ErrorCode": "ACCESS_DENIED", "ErrorReason": "centrally managed"}
    aws.answer = lambda _: {"UnprocessedAssociationUpdates": [entry]}
    updates: dict[str, Any] = {"StandardsControlAssociationUpdates": [{}]}
    with pytest.raises(AwsError, match="ACCESS_DENIED: centrally managed") as refused:
        await gateway.change(
            HERE, Call("securityhub", "BatchUpdateStandardsControlAssociations", updates)
        )
    assert refused.value.kind is ErrorKind.DENIED


async def test_an_automation_rule_left_unprocessed_is_an_error_that_says_it_is_gone(
    aws: Aws, gateway: BatchingGateway
) -> None:
    entry = {"ErrorCode": 404, "ErrorMessage": "The automation rule was not found"}
    aws.answer = lambda _: {"UnprocessedAutomationRules": [entry]}
    with pytest.raises(AwsError, match="404: The automation rule was not found") as refused:
        await gateway.change(
            HERE, Call("securityhub", "BatchDeleteAutomationRules", {"AutomationRulesArns": ["a"]})
        )
    assert refused.value.kind is ErrorKind.NOT_FOUND


async def test_any_other_change_and_everything_else_passes_as_it_is(
    aws: Aws, gateway: BatchingGateway
) -> None:
    aws.answer = lambda asked: {"asked": asked}
    several = {"FindingIdentifiers": [identity("a"), identity("b")], **SUPPRESSED}
    for call in (
        Call("securityhub", "BatchUpdateFindings", several),
        Call("logs", "CreateLogGroup", {"logGroupName": "g"}),
    ):
        assert await gateway.change(HERE, call) == {"asked": call}
    assert [page async for page in gateway.pages(HERE, look("a"))] == [{"asked": look("a")}]
    assert gateway.fault(look("a")) == "securityhub:GetFindings is fine"
    assert (await gateway.identity()).partition == "aws"
