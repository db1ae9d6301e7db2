"""Walking changes in parallel while each waits for those it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hubmend.core.arn import Target
from hubmend.core.call import Change
from hubmend.core.lanes import Lanes, Width
from hubmend.flow.hub import effects as hub

T = TypeVar("T")
# UpdateStateMachine refills at one a second in each target (F§4.1): all of them are under way.
NARROW = Width(32, 1024)
BROAD = Width(256, 2048)  # per target two full batches of findings on their way (F§2.5)


@dataclass(frozen=True)
class Lane:
    """Where a change waits for its turn; the gateway sends many of the `wide` as one call."""

    target: Target
    wide: bool = False


def forward(changes: Sequence[Change]) -> dict[str, tuple[str, ...]]:
    """Return what each change waits for when applying: its resource's one before, its needs."""
    last: dict[str, str] = {}
    waits = {}
    for change in changes:
        before = (last[change.resource],) if change.resource in last else ()
        waits[change.id] = (*before, *change.needs)
        last[change.resource] = change.id
    return waits


def backward(changes: Sequence[Change]) -> dict[str, tuple[str, ...]]:
    """Return what each change waits for when undoing, the last first: all that waited for it."""
    waits: dict[str, tuple[str, ...]] = {change.id: () for change in reversed(changes)}
    for later, earlier in forward(changes).items():
        for one in earlier:
            if one in waits:
                waits[one] = (*waits[one], later)
    return waits


def awaited(changes: Sequence[Change]) -> dict[str, set[str]]:
    """Return, for each change, the resources that cannot be finished without it, its own too."""
    found = {change.id: {change.resource} for change in changes}
    waits = forward(changes)
    for later in reversed(waits):  # what is waited for stands before
        for earlier in waits[later]:
            found[earlier] |= found[later]
    return found


def lanes(changes: Sequence[Change]) -> dict[str, Lane]:
    """Return the lane of each change: its target's, apart for what many are sent of as one call."""
    return {one.id: Lane(one.target, wide=hub.of_hub(one.call)) for one in changes}


async def walk(
    waits: Mapping[str, Sequence[str]],
    work: Callable[[str, Sequence[T]], Awaitable[T]],
    lanes: Mapping[str, Lane],
    narrow: Width = NARROW,
    broad: Width = BROAD,
) -> dict[str, T]:
    """Run `work(id, results of what it waited for)` for every id, each in its lane.

    Of all that may go next the first in order goes: a resource is finished before the next is
    begun, so that what was read of it is still fresh at its last change. A failure inside `work`
    cancels the rest and is raised.
    """
    turns = {False: Lanes(narrow), True: Lanes(broad)}
    tasks: dict[str, asyncio.Task[T]] = {}

    async def one(place: int, name: str) -> T:
        before = [await tasks[other] for other in waits[name] if other in tasks]
        lane = lanes[name]
        async with turns[lane.wide].turn(lane.target, place):
            return await work(name, before)

    async with asyncio.TaskGroup() as group:
        for place, name in enumerate(waits):
            tasks[name] = group.create_task(one(place, name))
    return {name: task.result() for name, task in tasks.items()}
