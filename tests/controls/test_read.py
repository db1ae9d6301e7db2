"""Reading machines: all of them, with tags where they can be had, at the pace AWS allows."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.controls.stepfunctions_1.history import HistoryRow, execution_history
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.read import list_machines, read_machine, read_machines
from hubmend.core.control import Unreadable
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from tests.controls.builders import NOW, ROLE, TARGET, Scripted, machine_arn, refusal

NAMES = ("a", "b", "c")
DENIED = refusal(ErrorKind.DENIED, "any")


def listed(*names: str) -> dict[str, Any]:
    return {
        "stateMachines": [
            {"stateMachineArn": machine_arn(name), "name": name, "type": "EXPRESS"}
            for name in names
        ]
    }


def described(asked: Any) -> dict[str, Any]:
    arn = asked["stateMachineArn"]
    assert asked["includedData"] == "METADATA_ONLY"
    return {
        "stateMachineArn": arn, "name": arn.rsplit(":")[-1], "roleArn": ROLE, "creationDate": NOW,
    }  # fmt: skip


def bulk(**tags: str) -> dict[str, Any]:
    return {
        "ResourceTagMappingList": [
            {"ResourceARN": machine_arn(name), "Tags": [{"Key": "env", "Value": value}]}
            for name, value in tags.items()
        ]
    }


def states(**changed: Any) -> Scripted:
    answers: dict[str, Any] = {
        "ListStateMachines": [listed("a"), listed(), listed("b", "c")],
        "DescribeStateMachine": described,
        "GetResources": [bulk(a="dev"), {}, bulk(c="prod")],
        "ListTagsForResource": {"tags": [{"key": "env", "value": "own"}]},
    }
    return Scripted(**{**answers, **changed})


async def all_of(gateway: Scripted) -> list[Machine | Unreadable]:
    return [one async for one in read_machines(gateway, TARGET, list_machines(gateway, TARGET))]


def tags_of(found: list[Machine | Unreadable]) -> list[dict[str, str]]:
    return [dict(one.tags) for one in found if isinstance(one, Machine)]


async def test_every_page_is_read_in_order_with_tags_in_bulk() -> None:
    gateway = states()
    found = await all_of(gateway)
    assert [one.name for one in found] == list(NAMES)
    assert tags_of(found) == [{"env": "dev"}, {}, {"env": "prod"}]
    assert "ListTagsForResource" not in {call.operation for _, call in gateway.calls}


async def test_tags_are_read_one_by_one_where_they_may_not_be_read_in_bulk() -> None:
    assert tags_of(await all_of(states(GetResources=DENIED))) == [{"env": "own"}] * 3


async def test_tags_that_may_not_be_read_at_all_are_no_reason_to_give_up() -> None:
    found = await all_of(states(GetResources=DENIED, ListTagsForResource=DENIED))
    assert tags_of(found) == [{}, {}, {}]


@pytest.mark.parametrize("pages", [[], [listed()], [listed(), listed()]])
async def test_an_empty_target_costs_no_reading_of_tags(pages: list[Any]) -> None:
    gateway = states(ListStateMachines=pages)
    assert await all_of(gateway) == []
    assert {call.operation for _, call in gateway.calls} == {"ListStateMachines"}


async def test_a_machine_that_may_not_be_described_is_unreadable_and_the_others_are_read() -> None:
    def describe(asked: Any) -> Any:
        return DENIED if asked["stateMachineArn"].endswith(":b") else described(asked)

    found = await all_of(states(DescribeStateMachine=describe))
    assert found[1] == Unreadable(machine_arn("b"), "b", "EXPRESS", TARGET, str(DENIED))
    assert [type(one) for one in found] == [Machine, Unreadable, Machine]


async def test_without_credentials_no_other_machine_is_tried() -> None:
    ended = refusal(ErrorKind.CREDENTIALS, "stepfunctions:DescribeStateMachine")
    with pytest.raises(AwsError) as caught:
        await all_of(states(DescribeStateMachine=ended))
    assert caught.value is ended


async def test_a_machine_deleted_since_it_was_listed_is_left_out() -> None:
    def describe(asked: Any) -> Any:
        gone = refusal(ErrorKind.NOT_FOUND, "stepfunctions:DescribeStateMachine")
        return gone if asked["stateMachineArn"].endswith(":a") else described(asked)

    assert [one.name for one in await all_of(states(DescribeStateMachine=describe))] == ["b", "c"]


async def test_machines_that_cannot_be_listed_are_an_error() -> None:
    with pytest.raises(AwsError):
        await all_of(states(ListStateMachines=DENIED))


async def test_tags_that_may_not_be_read_are_not_known() -> None:
    found = await all_of(states(GetResources=DENIED, ListTagsForResource=DENIED))
    known = [(one.tags, one.tagged) for one in found if isinstance(one, Machine)]
    assert known == [({}, False)] * 3


async def test_one_machine_is_read_with_its_own_tags_or_those_given() -> None:
    gateway = states()
    assert (await read_machine(gateway, machine_arn())).tags == {"env": "own"}
    assert (await read_machine(gateway, machine_arn(), {"x": "y"})).tags == {"x": "y"}
    with pytest.raises(AwsError):
        await read_machine(states(DescribeStateMachine=DENIED), machine_arn())


EXECUTION = "arn:aws:states:us-east-1:111122223333:execution:pay:run-1"


async def test_an_executions_history_tells_what_each_level_writes() -> None:
    events = [
        {"id": 1, "type": "ExecutionStarted", "timestamp": NOW},
        {"id": 2, "type": "ActivityFailed", "previousEventId": 1, "timestamp": NOW},
    ]
    gateway = Scripted(GetExecutionHistory=[{"events": events[:1]}, {"events": events[1:]}])
    assert await execution_history(gateway, EXECUTION) == (
        HistoryRow(1, "ExecutionStarted", {"ALL": True, "ERROR": False, "FATAL": False}),
        HistoryRow(2, "ActivityFailed", {"ALL": True, "ERROR": None, "FATAL": None}),
    )
    ((target, call),) = gateway.calls
    assert (target, call.params["includeExecutionData"]) == (TARGET, False)


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("arn:aws:states:us-east-1:111122223333:express:pay:run:id", "is an EXPRESS execution"),
        (machine_arn(), "is not the ARN of an execution"),
        ("arn:aws:s3:::execution:x", "is not the ARN of an execution"),
        ("run-1", "is not an ARN"),
    ],
)
async def test_only_a_standard_execution_has_a_history(arn: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        await execution_history(Scripted(), arn)
