"""Over generated worlds and generated trouble: back is back, and on is the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.decision import Decision
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind
from hubmend.core.run import ResourceStatus, RunStatus
from tests.fakes.clock import START
from tests.fakes.faults import Fault
from tests.fakes.world import FakeMachine, logs_to, machine_arn
from tests.flow.bench import Bench, run, statuses

ROLES, GROUPS = ("r0", "r1"), ("/g/0", "/g/1")


@dataclass(frozen=True)
class Wanted:
    """One machine of a generated world, and what is decided for it."""

    role: str
    kind: str
    logging: tuple[str, str] | None  # level and group it has
    group: str | None  # where it is to log; None is a group of its own
    level: str
    retention: int | None
    runs: int  # how often it runs between apply and rollback
    weights: tuple[int, ...]  # of the versions its alias routes to, if it has one
    apart: bool  # whether the first of them has another definition
    versions: str | None  # whether the traffic of the alias is taken along


levels = st.sampled_from(["ALL", "ERROR", "FATAL"])
machines = st.builds(
    Wanted,
    st.sampled_from(ROLES),
    st.sampled_from(["STANDARD", "EXPRESS"]),
    st.one_of(st.none(), st.tuples(levels, st.sampled_from(GROUPS))),
    st.sampled_from([None, *GROUPS, "/new"]),
    levels,
    st.sampled_from([None, 30, 365]),
    st.integers(0, 2),
    st.sampled_from([(), (100,), (90, 10), (0, 100)]),
    st.booleans(),
    st.sampled_from([None, "yes", "yes", "no"]),
)
worlds = st.fixed_dictionaries(
    {
        "machines": st.lists(machines, min_size=1, max_size=6),
        "able": st.sets(st.sampled_from(ROLES)),
        "retention": st.dictionaries(
            st.sampled_from(GROUPS), st.sampled_from([None, 7, 30]), min_size=2
        ),
        "propagation": st.sampled_from([0, 3, 20]),
    }
)
scripts = st.dictionaries(st.integers(1, 14), st.sampled_from(Fault), max_size=4)


async def build(world: dict[str, Any]) -> tuple[Bench, Plan]:
    bench = Bench()
    bench.aws.states.propagation = timedelta(seconds=world["propagation"])
    for name in ROLES:
        bench.aws.role(name, rights=name in world["able"])
    for name, days in world["retention"].items():
        bench.aws.group(name, retention=days)
    for number, wanted in enumerate(world["machines"]):
        logging = logs_to(wanted.logging[1], wanted.logging[0]) if wanted.logging else None
        role = bench.aws.role("logs", rights=True) if logging else bench.aws.role(wanted.role)
        machine = bench.aws.machine(f"m{number}", role, logging, kind=wanted.kind)
        if wanted.weights:
            bench.aws.alias(machine, "live", *wanted.weights)
            if wanted.apart:
                machine.versions[f"{machine.arn}:1"].shown["definition"] = "another"
    await bench.scan()
    await bench.store.add_decisions(decided(world["machines"]))
    return bench, await bench.plan()


def decided(wishes: list[Wanted]) -> list[Decision]:
    """Return the decisions; the retention of a shared group is decided once."""
    said: set[str | None] = set()
    made = []
    for number, wanted in enumerate(wishes):
        days = None if wanted.group in said - {None} else wanted.retention
        said.add(wanted.group)
        arn = machine_arn(f"m{number}")
        one = Decision(f"d{number}", arn, Kind.ENABLE, "ann", START, level=wanted.level)
        one = replace(one, log_group=wanted.group, retention_days=days)
        made.append(replace(one, update_versions=wanted.versions))
    return made


def run_machine(bench: Bench, machine: FakeMachine, number: int) -> None:
    started = {"stateMachineArn": machine.arn, "name": f"x{number}", "input": "{}"}
    bench.aws.states._run(started, "execution")  # noqa: SLF001 - production traffic


@given(world=worlds)
def test_plan_then_apply_then_rollback_restores_the_world(world: dict[str, Any]) -> None:
    async def whole() -> None:
        bench, made = await build(world)
        start = bench.aws.world.picture()
        result = await bench.apply(made)
        assert result.ok
        for number, wanted in enumerate(world["machines"]):
            for again in range(wanted.runs):
                run_machine(bench, bench.aws.world.machines[machine_arn(f"m{number}")], again)
        bench.clock.advance(60)
        back = await bench.rollback(result.run)
        assert back.status is RunStatus.ROLLED_BACK
        end = bench.aws.world.picture()
        for what in ("machines", "roles", "aliases", "versions"):
            assert end[what] == start[what]
        kept = end["groups"].keys() - start["groups"].keys()
        assert {key: end["groups"][key] for key in start["groups"]} == start["groups"]
        for key in kept:  # only what holds records, and it is said
            assert any(name.startswith("states/") for name in bench.aws.world.groups[key].streams)
            assert any(key[2] in note for one in back.resources for note in one.notes)

    run(whole)


@given(world=worlds, first=scripts, second=scripts, third=scripts, forward=st.booleans())
def test_whatever_goes_wrong_the_way_back_leads_to_the_start_and_the_way_on_to_the_end(
    world: dict[str, Any],
    first: dict[int, Fault],
    second: dict[int, Fault],
    third: dict[int, Fault],
    forward: bool,
) -> None:
    async def whole() -> None:
        bench, made = await build(world)
        start = bench.aws.world.picture()
        started = await bench.begin(made)
        await bench.endure(lambda: bench.resume(started.id), first)
        await bench.endure(lambda: bench.resume(started.id), second)
        check(bench, started.id, start)
        if forward:
            assert (await bench.resume(started.id)).ok
            clean, _ = await build(world)
            assert (await clean.apply(made)).ok
            assert bench.aws.world.picture() == clean.aws.world.picture()
        else:
            await bench.endure(lambda: bench.rollback(started.id), third)
            check(bench, started.id, start)
            assert (await bench.rollback(started.id)).ok
            assert bench.aws.world.picture() == start
        effects = Counter(f"{call}{sorted(call.params.items())}" for call in bench.aws.calls)
        harmful = {key: times for key, times in effects.items() if "UpdateStateMachine" not in key}
        assert max(harmful.values(), default=0) <= 1
        check(bench, started.id, start)

    run(whole)


def check(bench: Bench, name: str, start: dict[str, Any]) -> None:
    """Every machine that differs from its start has an entry, and the chain holds."""
    now = bench.aws.world.picture()["machines"]
    moved = {arn for arn, logging in start["machines"].items() if now[arn] != logging}
    assert moved <= bench.journalled(name)
    assert bench.chain_holds(name)


@given(world=worlds)
def test_a_plan_applied_twice_is_refused_or_does_nothing(world: dict[str, Any]) -> None:
    async def whole() -> None:
        bench, made = await build(world)
        assert (await bench.apply(made)).ok
        before, calls = bench.aws.world.picture(), len(bench.aws.calls)
        again = await bench.apply(made)
        assert set(statuses(again).values()) <= {ResourceStatus.STALE, ResourceStatus.SKIPPED}
        assert (bench.aws.world.picture(), len(bench.aws.calls)) == (before, calls)

    run(whole)


@given(world=worlds)
def test_a_plan_made_anew_after_an_apply_has_nothing_left_to_change(world: dict[str, Any]) -> None:
    async def whole() -> None:
        bench, made = await build(world)
        assert (await bench.apply(made)).ok
        await bench.scan()
        assert (await bench.plan()).changes == ()

    run(whole)
