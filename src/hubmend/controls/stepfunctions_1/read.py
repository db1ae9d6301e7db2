"""Reading state machines: list, describe and tags, at the pace AWS allows.

Tags come in bulk from the Resource Groups Tagging API, since ListTagsForResource refills at one
a second (F§4.1); where that is refused they are read one by one. METADATA_ONLY spares the caller
kms:Decrypt on machines with a customer managed key (F§3.5).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from hubmend.controls.stepfunctions_1.machine import Machine, from_description
from hubmend.core.arn import Target, parse_machine_arn
from hubmend.core.call import Call
from hubmend.core.control import Unreadable
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.inventory import Listed
from hubmend.core.ordered import ordered
from hubmend.core.ports import Gateway

WIDTH = 32
LISTED = 1000  # a page of ListStateMachines, AWS's most
Tags = Mapping[str, str]


async def read_machines(
    gateway: Gateway, target: Target, pages: AsyncIterator[Sequence[Listed]]
) -> AsyncIterator[Machine | Unreadable]:
    """Yield every state machine of a target that is listed.

    Raise what the listing raises, and AwsError when the credentials ended.
    """
    asking: asyncio.Task[Mapping[str, Tags] | None] | None = None

    async def describe(one: Listed) -> Machine | Unreadable | None:
        nonlocal asking
        asking = asking or asyncio.ensure_future(all_tags(gateway, target))
        try:
            described = await _describe(gateway, target, one.arn)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:  # no word about this machine, nor any other
                raise
            if error.kind is ErrorKind.NOT_FOUND:  # deleted since it was listed
                return None
            return Unreadable(one.arn, one.name, one.type, target, str(error))
        known = asking.result() if asking.done() else await asyncio.shield(asking)
        own = known.get(one.arn, {}) if known is not None else None
        tags = await _own_tags(gateway, target, one.arn) if own is None else own
        return from_description(described, tags)

    try:
        async for machine in ordered(_singly(pages), describe, WIDTH):
            if machine is not None:
                yield machine
    finally:
        if asking:
            asking.cancel()


async def list_machines(gateway: Gateway, target: Target) -> AsyncIterator[Sequence[Listed]]:
    """Yield the state machines of a target, 1000 a call; raise AwsError."""
    call = Call("stepfunctions", "ListStateMachines", {"maxResults": LISTED})
    async for page in gateway.pages(target, call):
        yield [
            Listed(one["stateMachineArn"], one["name"], one.get("type"))
            for one in page["stateMachines"]
        ]


async def _singly(pages: AsyncIterator[Sequence[Listed]]) -> AsyncIterator[Listed]:
    async for page in pages:
        for one in page:
            yield one


async def read_machine(gateway: Gateway, arn: str, tags: Tags | None = None) -> Machine:
    """Read one state machine; raise AwsError when it cannot be read."""
    target = parse_machine_arn(arn).target
    described = await _describe(gateway, target, arn)
    if tags is None:
        tags = await _own_tags(gateway, target, arn)
    return from_description(described, tags)


async def _describe(gateway: Gateway, target: Target, arn: str) -> Mapping[str, Any]:
    params = {"stateMachineArn": arn, "includedData": "METADATA_ONLY"}
    return await gateway.read(target, Call("stepfunctions", "DescribeStateMachine", params))


async def all_tags(gateway: Gateway, target: Target) -> Mapping[str, Tags] | None:
    """Return the tags of every machine that has any, a hundred a call; None where refused."""
    call = Call(
        "resourcegroupstaggingapi",
        "GetResources",
        {"ResourceTypeFilters": ["states:stateMachine"], "ResourcesPerPage": 100},
    )
    found: dict[str, Tags] = {}
    try:
        async for page in gateway.pages(target, call):
            for entry in page.get("ResourceTagMappingList", ()):
                found[entry["ResourceARN"]] = {tag["Key"]: tag["Value"] for tag in entry["Tags"]}
    except AwsError:
        return None
    return found


async def _own_tags(gateway: Gateway, target: Target, arn: str) -> Tags | None:
    call = Call("stepfunctions", "ListTagsForResource", {"resourceArn": arn})
    try:
        answer = await gateway.read(target, call)
    except AwsError:
        return None  # tags help to decide; they are no reason to call a machine unreadable
    return {tag["key"]: tag["value"] for tag in answer.get("tags", ())}
