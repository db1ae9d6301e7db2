"""Changes are walked in parallel, each after what it waits for, the earliest first."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.lanes import Width
from hubmend.flow.graph import Lane, backward, forward, lanes, walk
from tests.flow.bench import run


def change(name: str, resource: str, needs: tuple[str, ...] = ()) -> Change:
    call = Call("logs", "CreateLogGroup", {})
    return Change(name, resource, "1" * 12, "us-east-1", call, None, "", "", needs)


@st.composite
def plans(draw: st.DrawFn) -> list[Change]:
    made: list[Change] = []
    for number in range(draw(st.integers(0, 12))):
        needs = draw(st.sets(st.sampled_from([one.id for one in made]), max_size=2)) if made else ()
        resource = draw(st.sampled_from("abcd"))
        made.append(change(f"c{number}", resource, tuple(sorted(needs))))
    return made


@given(changes=plans(), width=st.integers(1, 4), back=st.booleans(), pauses=st.randoms())
def test_nothing_starts_before_what_it_waits_for_and_no_more_run_than_allowed(
    changes: list[Change], width: int, back: bool, pauses: object
) -> None:
    waits = backward(changes) if back else forward(changes)
    finished: set[str] = set()
    running = most = 0

    async def work(name: str, before: Sequence[str]) -> str:
        nonlocal running, most
        assert set(waits[name]) <= finished
        assert list(before) == list(waits[name])
        running += 1
        most = max(most, running)
        for _ in range(getattr(pauses, "randrange")(4)):  # noqa: B009 - hypothesis hands a Random
            await asyncio.sleep(0)
        running -= 1
        finished.add(name)
        return name

    done = run(lambda: walk(waits, work, lanes(changes), Width(width, width)))
    assert set(done) == finished == {one.id for one in changes}
    assert most <= width


@given(changes=plans())
def test_undoing_waits_exactly_for_what_waited(changes: list[Change]) -> None:
    there = {(later, one) for later, before in forward(changes).items() for one in before}
    back = {(one, later) for later, before in backward(changes).items() for one in before}
    assert there == back


async def test_a_resource_is_finished_before_the_next_one_is_begun() -> None:
    changes = [change(f"{one}{step}", one) for one in "abcdefgh" for step in (1, 2, 3)]
    order: list[str] = []

    async def work(name: str, _: Sequence[None]) -> None:
        order.append(name)
        await asyncio.sleep(0)

    await walk(forward(changes), work, lanes(changes), Width(1, 1))
    assert order.index("a3") < order.index("e1")
    assert order.index("d3") < order.index("h1")


async def test_a_failure_cancels_what_is_under_way_and_what_still_waits() -> None:
    changes = [change(f"c{number}", str(number)) for number in range(6)]
    ended: list[str] = []

    async def work(name: str, _: Sequence[None]) -> None:
        if name == "c1":
            raise ValueError(name)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(name)

    with pytest.raises(ExceptionGroup) as caught:
        await walk(forward(changes), work, lanes(changes), Width(2, 2))
    assert [str(one) for one in caught.value.exceptions] == ["c1"]
    assert "c0" in ended


async def test_what_waits_for_something_outside_the_walk_does_not_wait() -> None:
    async def work(name: str, before: Sequence[str]) -> str:
        return f"{name}{len(before)}"

    here = {"a": Lane(Target("1" * 12, "us-east-1"))}
    assert await walk({"a": ("gone",)}, work, here) == {"a": "a0"}
    assert backward([change("b", "m", ("gone",))]) == {"b": ()}
