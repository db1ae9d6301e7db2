"""The traffic of an alias is taken along, found again after a kill, and brought back exactly."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hubmend.core.call import Call
from hubmend.core.codec import encode
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.reference import Reference
from hubmend.core.run import ResourceStatus, RunResult, RunStatus
from hubmend.core.settings import Defaults, Settings
from hubmend.core.verification import ProofStatus
from hubmend.flow.verify import verify
from tests.fakes.aws import FakeAws
from tests.fakes.faults import Fault
from tests.fakes.world import FakeAlias, FakeMachine, FakeVersion, machine_arn
from tests.flow.bench import Bench, error_of, statuses

ARN, LIVE = machine_arn("pay"), f"{machine_arn('pay')}:live"
DONE, FAILED, STALE, KEPT = (
    ResourceStatus.DONE, ResourceStatus.FAILED, ResourceStatus.STALE, ResourceStatus.KEPT,
)  # fmt: skip
POLICY = Settings(defaults=Defaults(update_versions="yes"))
PUBLISH, REPOINT = 5, 6  # which of a run's calls


def prepare(*weights: int, kind: str = "STANDARD") -> Bench:
    """A machine without logs, with alias `live`, and a policy file that takes aliases along."""
    bench = Bench(POLICY)
    made = bench.aws.machine("pay", kind=kind)
    bench.aws.alias(made, "live", *weights, description="production")
    return bench


async def begun(bench: Bench) -> str:
    await bench.enable()
    return (await bench.begin(await bench.plan())).id


async def applied(bench: Bench) -> str:
    run = await begun(bench)
    assert (await bench.resume(run)).ok
    bench.clock.advance(60)
    bench.aws.calls.clear()
    return run


def pay(bench: Bench) -> FakeMachine:
    return bench.aws.world.machines[ARN]


def live(bench: Bench) -> FakeAlias:
    return pay(bench).aliases[LIVE]


def routed(bench: Bench) -> list[tuple[str, int]]:
    """Where the alias routes to: version number and weight."""
    return [
        (one["stateMachineVersionArn"].rsplit(":", 1)[-1], one["weight"])
        for one in live(bench).routing
    ]


def levels(bench: Bench) -> dict[str, str]:
    return {
        arn.rsplit(":", 1)[-1]: one.shown["loggingConfiguration"]["level"]
        for arn, one in pay(bench).versions.items()
    }


def publish_by_hand(bench: Bench, description: str = "") -> str:
    """Somebody else publishes the machine as it is."""
    params = {"stateMachineArn": ARN, "description": description}
    answer = bench.aws.states.publish_state_machine_version(bench.aws.target_of(ARN), params)
    return str(answer["stateMachineVersionArn"])


def before_call(bench: Bench, operation: str, deed: Callable[[], Any]) -> None:
    """Let somebody do something right before the first call of an operation."""

    def interfere(call: Call) -> None:
        if call.operation == operation:
            bench.aws.interfere = lambda _: None
            deed()

    bench.aws.interfere = interfere


def redefine(bench: Bench) -> None:
    """Somebody deploys another definition."""
    params = {"stateMachineArn": ARN, "definition": '{"StartAt": "Other"}'}
    bench.aws.states.update_state_machine(bench.aws.target_of(ARN), params)


async def test_the_alias_comes_to_a_version_that_logs_and_goes_back_exactly() -> None:
    bench = prepare()
    await bench.enable()
    start = bench.aws.world.picture()
    result = await bench.apply(await bench.plan())
    assert result.ok
    assert (routed(bench), levels(bench)) == ([("2", 100)], {"1": "OFF", "2": "ALL"})
    assert live(bench).description == "production"

    bench.aws.calls.clear()
    assert (await bench.rollback(result.run)).status is RunStatus.ROLLED_BACK
    assert [call.operation for call in bench.aws.calls][:3] == [
        "UpdateStateMachineAlias", "DeleteStateMachineVersion", "UpdateStateMachine",
    ]  # fmt: skip
    assert bench.aws.world.picture() == start


async def test_what_was_published_is_in_the_journal_and_so_is_the_call_that_used_it() -> None:
    bench = prepare()
    run = await applied(bench)
    answers = {
        entry.body["call"]["operation"]: entry.body
        for entry in await bench.store.entries(run)
        if entry.kind == "call-after"
    }
    version = answers["PublishStateMachineVersion"]["response"]["stateMachineVersionArn"]
    (route,) = answers["UpdateStateMachineAlias"]["call"]["params"]["routingConfiguration"]
    assert version == route["stateMachineVersionArn"] == f"{ARN}:2"
    assert (
        answers["PublishStateMachineVersion"]["call"]["params"]["revisionId"]
        == (answers["UpdateStateMachine"]["response"]["revisionId"])
    )


async def test_a_weighted_alias_keeps_its_other_version_and_the_weights() -> None:
    bench = prepare(90, 10)
    pay(bench).versions[f"{ARN}:1"].shown["definition"] = "another"
    await bench.enable()
    made = await bench.plan()
    assert "version 1, whose definition is not the machine's" in made.manual[0].reason
    result = await bench.apply(made)
    assert result.ok
    assert routed(bench) == [("1", 90), ("3", 10)]
    assert (await bench.rollback(result.run)).ok
    assert routed(bench) == [("1", 90), ("2", 10)]


async def test_unless_asked_for_no_version_is_published() -> None:
    bench = Bench()
    bench.aws.alias(bench.aws.machine("pay"))
    await bench.enable()
    made = await bench.plan()
    assert "decide again with --update-versions yes" in made.notes[0].text
    assert (await bench.apply(made)).ok
    assert (routed(bench), levels(bench)) == ([("1", 100)], {"1": "OFF"})
    await bench.enable(update_versions="yes")
    again = await bench.plan()
    assert [change.call.operation for change in again.changes] == [
        "PublishStateMachineVersion", "UpdateStateMachineAlias",
    ]  # fmt: skip
    assert (await bench.apply(again)).ok
    assert (routed(bench), levels(bench)) == ([("2", 100)], {"1": "OFF", "2": "ALL"})


every_end = pytest.mark.parametrize(
    ("call", "fault"),
    [
        (PUBLISH, Fault.KILLED_AFTER), (PUBLISH, Fault.LOST_ANSWER), (PUBLISH, Fault.STOPPED_AFTER),
        (REPOINT, Fault.KILLED_BEFORE), (REPOINT, Fault.KILLED_AFTER), (4, Fault.KILLED_AFTER),
    ],
)  # fmt: skip


@every_end
async def test_a_run_that_died_finds_its_version_again(call: int, fault: Fault) -> None:
    bench = prepare()
    run = await begun(bench)
    await bench.endure(lambda: bench.resume(run), {call: fault})
    assert (await bench.resume(run)).ok
    assert routed(bench) == [("2", 100)]
    assert bench.aws.made("PublishStateMachineVersion") == 1
    assert bench.aws.made("UpdateStateMachineAlias") == 1


@every_end
async def test_a_run_that_died_takes_its_version_back(call: int, fault: Fault) -> None:
    bench = prepare()
    await bench.enable()
    start = bench.aws.world.picture()
    run = await begun(bench)
    await bench.endure(lambda: bench.resume(run), {call: fault})
    assert (await bench.rollback(run)).status is RunStatus.ROLLED_BACK
    assert bench.aws.world.picture() == start


async def test_a_lost_version_is_looked_for_among_those_since_the_plan_only() -> None:
    bench = prepare()
    long_ago = bench.clock.now() - timedelta(days=9)
    for number in range(1000, 1250):
        arn = f"{ARN}:{number}"
        shown = {**bench.aws.states.shown(pay(bench)), "revisionId": f"r{number}"}
        pay(bench).versions = {arn: FakeVersion(arn, shown, long_ago), **pay(bench).versions}
    run = await begun(bench)
    await bench.endure(lambda: bench.resume(run), {PUBLISH: Fault.KILLED_AFTER})
    read: list[str] = []
    bench.aws.interfere = lambda call: read.append(call.params.get("stateMachineArn", ""))
    assert (await bench.rollback(run)).ok
    assert not [arn for arn in read if arn.startswith(f"{ARN}:1") and arn != f"{ARN}:1"]
    assert f"{ARN}:2" not in pay(bench).versions


async def test_a_version_that_somebody_else_published_is_used_but_never_deleted() -> None:
    bench = prepare()
    run = await begun(bench)
    before_call(bench, "PublishStateMachineVersion", lambda: publish_by_hand(bench, "theirs"))
    assert (await bench.resume(run)).ok
    assert (routed(bench), levels(bench)) == ([("2", 100)], {"1": "OFF", "2": "ALL"})
    assert (await bench.rollback(run)).ok
    assert (routed(bench), levels(bench)) == ([("1", 100)], {"1": "OFF", "2": "ALL"})
    assert bench.aws.made("DeleteStateMachineVersion") == 0


def move_alias(bench: Bench) -> None:
    version = publish_by_hand(bench)
    live(bench).routing = [{"stateMachineVersionArn": version, "weight": 100}]
    if version == f"{ARN}:1":  # the machine is as it was published
        live(bench).routing = [{"stateMachineVersionArn": f"{ARN}:0", "weight": 100}]


def redescribe(bench: Bench) -> None:
    live(bench).description = "theirs"


def delete_alias(bench: Bench) -> None:
    del pay(bench).aliases[LIVE]


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (move_alias, "alias live was on version 1 (100 %), now it is on version 0 (100 %)"),
        (redescribe, "alias live was on version 1 (100 %)"),
        (delete_alias, "alias live was deleted"),
    ],
)
async def test_an_alias_that_moved_since_the_plan_is_refused_before_anything_is_changed(
    move: Callable[[Bench], None], said: str
) -> None:
    bench = prepare()
    run = await begun(bench)
    move(bench)
    result = await bench.resume(run)
    assert statuses(result) == {"pay": STALE}
    assert error_of(result, "pay").startswith(said)
    assert error_of(result, "pay").endswith("nothing was changed. Make the plan again")
    assert bench.aws.calls == []


async def test_an_alias_that_may_not_be_read_fails_its_machine_before_anything_is_changed() -> None:
    bench = prepare()
    run = await begun(bench)
    denied = AwsError(ErrorKind.DENIED, "AccessDenied", "not you", "states:X")
    bench.aws.refused = {"DescribeStateMachineAlias": denied}
    result = await bench.resume(run)
    assert statuses(result) == {"pay": FAILED}
    assert "not you" in error_of(result, "pay")
    assert bench.aws.calls == []


async def test_an_alias_that_moved_during_the_run_is_left_alone_and_the_way_back_is_open() -> None:
    bench = prepare()
    run = await begun(bench)
    before_call(bench, "PublishStateMachineVersion", lambda: move_alias(bench))
    result = await bench.resume(run)
    assert statuses(result) == {"pay": STALE}
    assert f"what was made before stays until: hubmend rollback {run}" in error_of(result, "pay")
    assert bench.aws.made("UpdateStateMachineAlias") == 0
    assert (await bench.rollback(run)).ok
    assert routed(bench) == [("2", 100)], "theirs"
    assert pay(bench).logging["level"] == "OFF"


async def test_a_definition_deployed_during_the_run_is_never_published() -> None:
    bench = prepare()
    run = await begun(bench)
    before_call(bench, "PublishStateMachineVersion", lambda: redefine(bench))
    result = await bench.resume(run)
    assert statuses(result) == {"pay": FAILED}
    assert "Failed to publish the State Machine version for revision" in error_of(result, "pay")
    assert (routed(bench), levels(bench)) == ([("1", 100)], {"1": "OFF"})


async def test_a_definition_deployed_while_the_run_lay_dead_never_comes_behind_the_alias() -> None:
    """The revision is read from the machine then, so it is the difference that is seen."""
    bench = prepare()
    run = await begun(bench)
    await bench.endure(lambda: bench.resume(run), {4: Fault.KILLED_AFTER})
    redefine(bench)
    result = await bench.resume(run)
    assert statuses(result) == {"pay": STALE}
    assert "has not the definition of version 1: somebody changed the machine" in (
        error_of(result, "pay")
    )
    assert routed(bench) == [("1", 100)]
    assert (await bench.rollback(run)).ok
    assert levels(bench) == {"1": "OFF"}


async def test_a_version_that_does_not_show_yet_is_waited_for() -> None:
    bench = prepare()
    run = await begun(bench)
    left = [AwsError(ErrorKind.NOT_FOUND, "StateMachineDoesNotExist", "not yet", "x")] * 2

    def interfere(call: Call) -> None:
        if left and call.params.get("stateMachineArn") == f"{ARN}:2":
            raise left.pop()

    bench.aws.interfere = interfere
    assert (await bench.resume(run)).ok
    assert left == []


async def test_a_version_that_never_shows_fails_its_machine() -> None:
    bench = prepare()
    run = await begun(bench)
    gone = AwsError(ErrorKind.NOT_FOUND, "StateMachineDoesNotExist", "not there", "x")

    def interfere(call: Call) -> None:
        if call.params.get("stateMachineArn") == f"{ARN}:2":
            raise gone

    bench.aws.interfere = interfere
    result = await bench.resume(run)
    assert statuses(result) == {"pay": FAILED}
    assert "not there" in error_of(result, "pay")


async def test_a_version_that_another_alias_came_to_use_is_kept_and_said() -> None:
    bench = prepare()
    run = await applied(bench)
    canary = FakeAlias(f"{ARN}:canary", [{"stateMachineVersionArn": f"{ARN}:2", "weight": 100}])
    pay(bench).aliases[canary.arn] = canary
    back = await bench.rollback(run)
    assert statuses(back) == {"pay": KEPT}
    assert "version 2 stays, and logs: alias canary routes to it" in back.resources[0].notes
    assert any(
        "-Logs stays: alias canary logs to it still" in note for note in back.resources[0].notes
    )
    assert routed(bench) == [("1", 100)]
    assert pay(bench).logging["level"] == "OFF"


async def test_a_stale_list_of_aliases_keeps_nothing() -> None:
    bench = prepare()
    run = await applied(bench)
    stale = {"stateMachineAliases": [{"stateMachineAliasArn": LIVE}]}
    bench.aws.states.list_state_machine_aliases = lambda _target, _params: stale  # type: ignore[method-assign,assignment]
    assert statuses(await bench.rollback(run)) == {"pay": DONE}
    assert levels(bench) == {"1": "OFF"}


async def test_an_alias_repointed_since_is_not_taken_back_and_neither_is_what_it_needs() -> None:
    bench = prepare()
    run = await applied(bench)
    redescribe(bench)
    back = await bench.rollback(run)
    assert statuses(back) == {"pay": STALE}
    assert "somebody changed it since" in error_of(back, "pay")
    assert bench.aws.calls == []


async def test_an_answer_without_the_value_needed_fails_the_machine_and_says_so() -> None:
    bench = prepare()
    run = await begun(bench)
    whole = bench.aws.states.update_state_machine

    def mute(target: Any, params: Any) -> dict[str, Any]:
        return {"updateDate": whole(target, params)["updateDate"]}

    bench.aws.states.update_state_machine = mute  # type: ignore[method-assign]
    result = await bench.resume(run)
    assert statuses(result) == {"pay": FAILED}
    unknown = Reference("c4", "revisionId")
    assert f"PublishStateMachineVersion needs {unknown}, which is not known" in (
        error_of(result, "pay")
    )
    assert encode(unknown) not in [call.params.get("revisionId") for call in bench.aws.calls]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_verify_starts_the_alias_and_says_what_it_goes_through(kind: str) -> None:
    bench = prepare(kind=kind)
    run = await applied(bench)
    (answer,) = await verify(bench.context, run, inputs={ARN: ["{}"]}, wait=timedelta(minutes=5))
    assert (answer.proof.status, answer.proof.expected) == (ProofStatus.PROVED, 4)
    assert answer.configuration.status == "passed"
    assert answer.configuration.traffic == "alias live: version 2 (100 %) logs ALL"
    (started,) = [c for c in bench.aws.calls if c.operation.startswith("Start")]
    assert started.params["stateMachineArn"] == LIVE


async def test_of_an_alias_that_keeps_another_version_the_published_one_is_started() -> None:
    bench = prepare(90, 10)
    pay(bench).versions[f"{ARN}:1"].shown["definition"] = "another"
    run = await applied(bench)
    (answer,) = await verify(bench.context, run, inputs={ARN: ["{}"]}, wait=timedelta(minutes=5))
    assert answer.proof.status is ProofStatus.PROVED
    assert answer.configuration.traffic == (
        "alias live: version 1 (90 %) logs OFF; alias live: version 3 (10 %) logs ALL"
    )
    (started,) = [c for c in bench.aws.calls if c.operation == "StartExecution"]
    assert started.params["stateMachineArn"] == f"{ARN}:3"


async def test_traffic_through_the_alias_counts_as_proof_by_itself() -> None:
    bench = prepare()
    run = await applied(bench)
    run_alias(bench.aws)
    bench.clock.advance(30)
    (answer,) = await verify(bench.context, run)
    assert (answer.proof.status, answer.proof.found) == (ProofStatus.PROVED, 4)


def run_alias(aws: FakeAws) -> None:
    started = {"stateMachineArn": LIVE, "name": "traffic", "input": "{}"}
    aws.states.start_execution(aws.target_of(ARN), started)


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (redescribe, "alias live is on version 2 (100 %), not as planned"),
        (delete_alias, "alias live was deleted"),
    ],
)
async def test_an_alias_that_left_since_fails_the_configuration(
    move: Callable[[Bench], None], said: str
) -> None:
    bench = prepare()
    run = await applied(bench)
    move(bench)
    (answer,) = await verify(bench.context, run)
    assert (answer.configuration.status, answer.configuration.why) == ("failed", said)


async def test_executions_of_a_version_that_logs_otherwise_do_not_count() -> None:
    bench = prepare()
    run = await applied(bench)
    pay(bench).versions[f"{ARN}:2"].shown["loggingConfiguration"]["level"] = "ERROR"
    run_alias(bench.aws)
    bench.clock.advance(30)
    (answer,) = await verify(bench.context, run)
    assert answer.proof.status is ProofStatus.NOT_PROVABLE
    assert "went through an alias or version" in answer.proof.why


async def test_a_run_taken_back_says_nothing_of_aliases() -> None:
    bench = prepare()
    run = await applied(bench)
    result: RunResult = await bench.rollback(run)
    assert result.ok
    (answer,) = await verify(bench.context, run)
    assert (answer.configuration.status, answer.configuration.traffic) == ("failed", "")
