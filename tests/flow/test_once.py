"""A plan asks the same thing of AWS once, however many machines need the answer."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError
from hubmend.flow.once import REMEMBERED, OnceGateway
from tests.fakes.aws import FakeAws
from tests.fakes.world import ACCOUNT, REGION
from tests.flow.bench import Bench

HERE, THERE = Target(ACCOUNT, REGION), Target(ACCOUNT, "eu-west-1")
GROUPS = Call("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/a"})


def watched() -> tuple[OnceGateway, list[Call]]:
    aws = FakeAws()
    seen: list[Call] = []
    aws.interfere = seen.append
    aws.role("r")
    return OnceGateway(aws), seen


async def test_the_same_read_is_made_once_even_while_it_is_under_way() -> None:
    gateway, seen = watched()
    answers = await asyncio.gather(*(gateway.read(HERE, GROUPS) for _ in range(5)))
    assert answers == [await gateway.read(HERE, GROUPS)] * 5
    assert len(seen) == 1


async def test_other_regions_and_parameters_are_asked_by_themselves_save_for_iam() -> None:
    gateway, seen = watched()
    role = Call("iam", "GetRole", {"RoleName": "r"})
    for target in (HERE, THERE):
        await gateway.read(target, GROUPS)
        await gateway.read(target, role)
    await gateway.read(HERE, Call("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/b"}))
    assert Counter(str(call) for call in seen) == {"logs:DescribeLogGroups": 3, "iam:GetRole": 1}


async def test_pages_are_remembered_as_they_came() -> None:
    gateway, seen = watched()
    for _ in range(2):
        assert [page async for page in gateway.pages(HERE, GROUPS)] == [{"logGroups": []}]
    assert len(seen) == 1


async def test_a_refusal_is_remembered_too() -> None:
    gateway, seen = watched()
    for _ in range(2):
        with pytest.raises(AwsError):
            await gateway.read(HERE, Call("iam", "GetRole", {"RoleName": "nobody"}))
    assert len(seen) == 1


async def test_what_is_asked_for_again_and_again_is_kept_and_the_rest_forgotten() -> None:
    gateway, seen = watched()
    for number in range(REMEMBERED):
        await gateway.read(HERE, Call("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/b"}))
        other = {"logGroupNamePrefix": f"/c{number}"}
        await gateway.read(HERE, Call("logs", "DescribeLogGroups", other))
    asked = Counter(call.params["logGroupNamePrefix"] for call in seen)
    assert set(asked.values()) == {1}
    for prefix, times in (("/b", 1), (f"/c{REMEMBERED - 1}", 1), ("/c0", 2)):
        await gateway.read(HERE, Call("logs", "DescribeLogGroups", {"logGroupNamePrefix": prefix}))
        assert [call.params["logGroupNamePrefix"] for call in seen].count(prefix) == times


async def test_a_change_is_made_each_time() -> None:
    gateway, _ = watched()
    create = Call("logs", "CreateLogGroup", {"logGroupName": "/a"})
    await gateway.change(HERE, create)
    with pytest.raises(AwsError, match="already exists"):
        await gateway.change(HERE, create)
    assert gateway.fault(create) is None
    assert (await gateway.identity()).account == ACCOUNT


async def test_a_plan_reads_a_shared_role_and_stack_once() -> None:
    bench = Bench()
    role = bench.aws.role("shared")
    stack = {"aws:cloudformation:stack-name": "s", "aws:cloudformation:logical-id": "A"}
    for name in "abc":
        bench.aws.machine(name, role).tags.update(stack)
    bench.aws.world.templates["s"] = {"Resources": {"A": {"Type": "x", "Properties": {}}}}
    await bench.enable()
    seen: Counter[str] = Counter()
    bench.aws.interfere = lambda call: seen.update([str(call)])
    made = await bench.plan()
    assert len(made.owners) == 3
    assert seen["cloudformation:GetTemplate"] == seen["iam:GetRole"] == 1
    assert seen["logs:DescribeResourcePolicies"] == 1
