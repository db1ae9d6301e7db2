"""--max-failures: no machine is begun once so many failed; what is begun is finished."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.call import Call, Change
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.lanes import Width
from hubmend.core.rollout import Rollout
from hubmend.core.run import ResourceStatus, Run, RunResult, RunStatus
from hubmend.flow import apply as apply_flow
from hubmend.flow.graph import awaited, forward
from tests.fakes.faults import REFUSALS
from tests.flow.bench import Bench, error_of, run, statuses

DONE, FAILED, STALE, SKIPPED = (
    ResourceStatus.DONE, ResourceStatus.FAILED, ResourceStatus.STALE, ResourceStatus.SKIPPED,
)  # fmt: skip
NO = AwsError(ErrorKind.DENIED, "AccessDenied", "not you", "x")


async def several(number: int, limit: int, *, roles: int = 0) -> tuple[Bench, Run]:
    bench = Bench()
    for place in range(number):
        role = bench.aws.role(f"r{place % roles}") if roles else None
        bench.aws.machine(f"m{place:02}", role)
    await bench.enable()
    made = await bench.plan()
    return bench, await apply_flow.start(bench.context, made, Rollout(max_failures=limit))


def refusing(bench: Bench, *machines: str) -> None:
    """Refuse the log group of some machines."""

    def interfere(call: Call) -> None:
        group = str(call.params.get("logGroupName"))
        if call.operation == "CreateLogGroup" and any(f"/{one}-" in group for one in machines):
            raise NO

    bench.aws.interfere = interfere


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NARROW", "CAREFUL"):
        monkeypatch.setattr(apply_flow, name, Width(1, 1))


@pytest.mark.usefixtures("one_by_one")
async def test_no_machine_is_begun_once_so_many_failed_and_the_resume_goes_on() -> None:
    bench, made = await several(5, 2)
    refusing(bench, "m00", "m02")
    result = await bench.resume(made.id)
    assert list(statuses(result).values()) == [FAILED, DONE, FAILED, SKIPPED, SKIPPED]
    assert "not begun: 2 failed, and --max-failures says to stop there" in error_of(result, "m03")
    assert (result.status, result.ok) == (RunStatus.FAILED, False)
    assert bench.journalled(made.id) == set(made.plan.resources[:3])
    bench.aws.interfere = lambda _: None
    assert (await bench.resume(made.id)).ok


@pytest.mark.usefixtures("one_by_one")
async def test_machines_that_moved_were_not_touched_and_do_not_count() -> None:
    bench, made = await several(3, 1)
    bench.aws.world.machines[made.plan.resources[0]].revision = "somebody's"
    assert list(statuses(await bench.resume(made.id)).values()) == [STALE, DONE, DONE]


async def test_machines_begun_side_by_side_are_finished() -> None:
    bench, made = await several(40, 1)
    refusing(bench, "m00")
    result = statuses(await bench.resume(made.id))
    assert result["m00"] is FAILED
    assert list(result.values()).count(DONE) == apply_flow.CAREFUL.each - 1
    assert list(result.values()).count(SKIPPED) == 40 - apply_flow.CAREFUL.each


@pytest.mark.usefixtures("one_by_one")
async def test_a_machine_begun_before_the_process_died_is_finished_first_of_all() -> None:
    bench, made = await several(3, 0)
    refusing(bench, "m00")
    bench.store.die_at(4)
    await bench.endure(lambda: bench.resume(made.id))
    bench.store.die_at(0)
    assert bench.journalled(made.id) == set(made.plan.resources[:2])
    result = await apply_flow.apply(bench.context, made, Rollout(max_failures=1))
    assert statuses(result) == {"m00": FAILED, "m01": DONE, "m02": SKIPPED}


async def test_without_a_limit_one_bad_machine_never_stops_the_rest() -> None:
    bench, made = await several(5, 0)
    refusing(bench, "m00", "m01", "m02", "m03")
    assert list(statuses(await bench.resume(made.id)).values()) == [*[FAILED] * 4, DONE]


@given(
    number=st.integers(1, 8),
    roles=st.integers(0, 3),
    limit=st.integers(1, 3),
    script=st.dictionaries(st.integers(1, 16), st.sampled_from(REFUSALS), max_size=5),
)
def test_no_machine_is_left_half_way_by_the_limit(
    number: int, roles: int, limit: int, script: dict[int, Any]
) -> None:
    async def whole() -> None:
        bench, made = await several(number, limit, roles=roles)
        start = bench.aws.world.picture()
        result = await bench.endure(lambda: bench.resume(made.id), script)
        assert isinstance(result, RunResult)
        told = {one.arn: one for one in result.resources}
        for arn in bench.journalled(made.id):
            by_need = "made for another machine" in (told[arn].error or "")
            assert told[arn].status in (DONE, FAILED) or by_need
        failed = sum(one.status is FAILED for one in told.values())
        limited = [one for one in told.values() if "--max-failures" in (one.error or "")]
        assert not limited or failed >= limit
        assert (await bench.resume(made.id)).ok
        assert (await bench.rollback(made.id)).status is RunStatus.ROLLED_BACK
        assert bench.aws.world.picture() == start

    run(whole)


def test_a_begun_machine_takes_along_what_it_waits_for() -> None:
    def change(name: str, resource: str, *needs: str) -> Change:
        call = Call("logs", "CreateLogGroup", {})
        return Change(name, resource, "1" * 12, "us-east-1", call, None, "", needs=needs)

    changes = [change("1", "a"), change("2", "b", "1"), change("3", "b"), change("4", "c", "3")]
    assert forward(changes)["4"] == ("3",)
    assert awaited(changes) == {"1": {"a", "b", "c"}, "2": {"b", "c"}, "3": {"b", "c"}, "4": {"c"}}
