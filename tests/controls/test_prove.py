"""Proof: what must be there is there, record for record, or it is said what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls.stepfunctions_1.events import ALL_TYPES, ENDINGS, UNLISTED_TYPES, written
from hubmend.controls.stepfunctions_1.judging import EXPRESS_LONGEST
from hubmend.controls.stepfunctions_1.machine import SETTLING
from hubmend.controls.stepfunctions_1.prove import (
    EXCERPT,
    PATIENCE,
    Event,
    Execution,
    Record,
    prove,
)
from hubmend.core.verification import ProofAnswer, ProofStatus
from tests.controls.executions import (
    BEGUN,
    CAUGHT,
    EXPRESS_RUN,
    FAILURE,
    LATER,
    RUN,
    SINCE,
    SUCCESS,
    execution,
    history,
    record,
    records_of,
    rules,
)

PROVED, MISSING = ProofStatus.PROVED, ProofStatus.MISSING
PENDING, NOT_PROVABLE = ProofStatus.PENDING, ProofStatus.NOT_PROVABLE
SECOND = timedelta(seconds=1)


def counts(answer: ProofAnswer) -> tuple[ProofStatus, int, int]:
    return answer.status, answer.expected, answer.found


# STANDARD: record for record.


@pytest.mark.parametrize(
    ("level", "types", "expected"),
    [
        ("ALL", SUCCESS, (PROVED, 4, 4)),
        ("ALL", FAILURE, (PROVED, 5, 5)),
        ("ALL", CAUGHT, (PROVED, 5, 5)),
        ("ERROR", FAILURE, (PROVED, 3, 3)),
        ("ERROR", CAUGHT, (PROVED, 1, 1)),
        ("ERROR", SUCCESS, (NOT_PROVABLE, 0, 0)),
        ("FATAL", FAILURE, (PROVED, 1, 1)),
        ("FATAL", ("ExecutionStarted", "ExecutionAborted"), (PROVED, 1, 1)),
        ("FATAL", ("ExecutionStarted", "ExecutionTimedOut"), (PROVED, 1, 1)),
        ("FATAL", CAUGHT, (NOT_PROVABLE, 0, 0)),
        ("FATAL", SUCCESS, (NOT_PROVABLE, 0, 0)),
    ],
)
def test_what_each_level_writes_of_an_execution_proves_it(
    level: str, types: Sequence[str], expected: tuple[ProofStatus, int, int]
) -> None:
    run = execution(types)
    answer = prove(rules(level), [run], records_of(run.history or (), level))
    assert counts(answer) == expected
    assert (answer.level, answer.executions) == (level, (RUN,))
    assert answer.missing == ()


def test_a_proof_says_how_many_executions_left_their_records() -> None:
    runs = [execution(SUCCESS, f"{RUN}{number}") for number in range(2)]
    found = [one for run in runs for one in records_of(run.history or (), "ALL", run.arn)]
    answer = prove(rules(), runs, found)
    assert answer.why == "2 of 2 executions left their records"
    assert answer.records == tuple(one.text for one in found)


def test_the_excerpt_for_the_report_is_short() -> None:
    run = execution((*SUCCESS[:1], *["PassStateEntered"] * 40, "ExecutionSucceeded"))
    assert len(prove(rules(), [run], records_of(run.history or ())).records) == EXCERPT


standard_types = st.lists(
    st.sampled_from(sorted((ALL_TYPES | UNLISTED_TYPES) - set(ENDINGS))), max_size=12
).flatmap(lambda some: st.sampled_from(sorted(ENDINGS)).map(lambda end: (*some, end)))
levels = st.sampled_from(["ALL", "ERROR", "FATAL"])


@given(standard_types, levels, st.data())
def test_taking_any_one_record_from_a_proof_makes_it_missing(
    types: tuple[str, ...], level: str, data: st.DataObject
) -> None:
    run = execution(types)
    found = records_of(run.history or (), level)
    whole = prove(rules(level), [run], found)
    if not found:
        assert whole.status is NOT_PROVABLE
        return
    assert counts(whole) == (PROVED, len(found), len(found))
    place = data.draw(st.integers(0, len(found) - 1))
    answer = prove(rules(level), [run], found[:place] + found[place + 1 :])
    assert counts(answer) == (MISSING, len(found), len(found) - 1)
    lost = found[place].event
    assert answer.missing == (f"{lost.id} {lost.type}",)
    assert answer.why == f"1 of {len(found)} records never arrived"


@given(standard_types, levels, st.data())
def test_neither_order_nor_repetition_nor_strangers_change_a_proof(
    types: tuple[str, ...], level: str, data: st.DataObject
) -> None:
    run = execution(types)
    found = records_of(run.history or (), level)
    strangers = records_of(history(SUCCESS), "ALL", f"{RUN}-other")
    mixed = data.draw(st.permutations([*found, *found[:2], *strangers]))
    assert counts(prove(rules(level), [run], mixed)) == counts(prove(rules(level), [run], found))


@pytest.mark.parametrize(
    "altered",
    [
        {"id": 9},
        {"type": "PassStateExited"},
        {"previous": 0},
        {"moment": history()[1].moment + 2},
        {"moment": history()[1].moment - 2},
    ],
)
def test_a_record_with_anything_altered_is_not_the_one_expected(altered: dict[str, Any]) -> None:
    run = execution()
    first, second, *rest = records_of(run.history or ())
    changed = replace(second, event=replace(second.event, **altered))
    answer = prove(rules(), [run], [first, changed, *rest])
    assert (answer.status, answer.missing) == (MISSING, ("2 PassStateEntered",))
    assert prove(rules(), [run], [first, changed, second, *rest]).status is PROVED


@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_millisecond_of_rounding_alters_nothing(off: int) -> None:
    run = execution()
    found = [
        replace(one, event=replace(one.event, moment=one.event.moment + off))
        for one in records_of(run.history or ())
    ]
    assert prove(rules(), [run], found).status is PROVED


@pytest.mark.parametrize("name", sorted({*UNLISTED_TYPES, "SomethingNew"}))
@pytest.mark.parametrize("level", ["ERROR", "FATAL"])
def test_types_aws_does_not_list_are_never_asserted_on(level: str, name: str) -> None:
    run = execution(("ExecutionStarted", name, "ExecutionFailed"))
    with_it = [*records_of(run.history or (), level), record((run.history or ())[1])]
    for found in (records_of(run.history or (), level), with_it):
        assert counts(prove(rules(level), [run], found)) == (PROVED, 1, 1)


# How long is waited.


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, PENDING), (180, PENDING), (181, MISSING), (9999, MISSING)]
)
def test_records_are_on_their_way_until_patience_is_over(seconds: int, status: ProofStatus) -> None:
    run = execution()
    assert run.stopped is not None
    at = rules(now=run.stopped + seconds * SECOND)
    answer = prove(at, [run], records_of(run.history or ())[:-1])
    assert counts(answer) == (status, 4, 3)
    assert answer.missing == ("4 ExecutionSucceeded",)
    if status is PENDING:
        assert "on their way" in answer.why


def test_a_running_execution_is_pending_however_much_it_wrote() -> None:
    run = execution(SUCCESS[:2])
    found = records_of(run.history or ())
    for some in ([], found):
        answer = prove(rules(now=BEGUN + SECOND), [run], some)
        assert (answer.status, answer.why) == (PENDING, "still running")
    assert prove(rules(), [run], found).status is PENDING


def test_what_a_running_execution_should_have_written_long_ago_is_missing() -> None:
    run = execution(SUCCESS[:2])
    assert counts(prove(rules(), [run], records_of(run.history or ())[:1])) == (MISSING, 2, 1)


def test_a_history_that_does_not_end_yet_is_waited_for_and_never_proves() -> None:
    run = execution(status="SUCCEEDED", stopped=BEGUN + SECOND, history=history(SUCCESS[:2]))
    found = records_of(run.history or ())
    early = prove(rules(now=BEGUN + SECOND + PATIENCE), [run], found)
    assert (early.status, early.why) == (PENDING, "its history has no ending (yet)")
    assert prove(rules(), [run], found).status is NOT_PROVABLE
    empty = replace(run, history=())
    assert prove(rules(), [empty], []).status is NOT_PROVABLE
    assert "writes nothing" not in prove(rules(), [empty], []).why


# Which executions count.


def test_one_missing_record_is_enough() -> None:
    whole, broken = execution(), execution(FAILURE, f"{RUN}-2")
    found = records_of(whole.history or ())
    found += records_of(broken.history or (), "ALL", broken.arn)[1:]
    assert counts(prove(rules(), [whole, broken], found)) == (MISSING, 9, 8)


def test_an_execution_that_proves_is_enough_beside_one_that_cannot() -> None:
    green, red = execution(), execution(FAILURE, f"{RUN}-2")
    found = records_of(red.history or (), "ERROR", red.arn)
    answer = prove(rules("ERROR"), [green, red], found)
    assert (answer.status, answer.why) == (PROVED, "1 of 2 executions left their records")


def test_a_busy_machine_is_proved_by_what_is_old_enough() -> None:
    done = execution()
    running = execution(SUCCESS[:1], f"{RUN}-2", BEGUN + 5 * SECOND)
    young = execution(SUCCESS, f"{RUN}-3", BEGUN + 5 * SECOND)
    at = rules(now=BEGUN + 10 * SECOND)
    answer = prove(at, [done, running, young], records_of(done.history or ()))
    assert counts(answer) == (PROVED, 4, 4)
    assert answer.executions == (RUN,)


def test_what_ended_before_the_proof_is_waited_for() -> None:
    done = execution(SUCCESS, RUN, BEGUN + 5 * SECOND)
    late = execution(SUCCESS, f"{RUN}-2", BEGUN)
    at = rules(now=BEGUN + 10 * SECOND)
    assert prove(at, [done, late], records_of(done.history or ())).status is PENDING


def test_what_verify_started_itself_is_always_waited_for() -> None:
    done = execution()
    ours = execution(SUCCESS[:1], f"{RUN}-2", BEGUN + 5 * SECOND, ours=True)
    at = rules(now=BEGUN + 10 * SECOND)
    assert prove(at, [done, ours], records_of(done.history or ())).status is PENDING


def test_without_a_proof_the_young_are_waited_for() -> None:
    run = execution()
    assert prove(rules(now=BEGUN + 10 * SECOND), [run], []).status is PENDING


def test_executions_through_an_alias_do_not_count() -> None:
    aliased = execution(SUCCESS, qualifier="live")
    answer = prove(rules(), [aliased], records_of(aliased.history or ()))
    assert counts(answer) == (NOT_PROVABLE, 0, 0)
    assert answer.why.startswith("all 1 executions since went through an alias or version")
    own = execution(SUCCESS, f"{RUN}-2")
    found = records_of(own.history or (), "ALL", own.arn)
    assert counts(prove(rules(), [aliased, own], found)) == (PROVED, 4, 4)


EARLY = SINCE + SETTLING - SECOND


@pytest.mark.parametrize(
    "found",
    [
        [],
        records_of(history(FAILURE, EARLY), "ERROR"),
        records_of(history(FAILURE, EARLY))[1:],
        [record(history(FAILURE, EARLY)[0], input="{}")],
    ],
    ids=["silent", "another level", "one missing", "payload"],
)
def test_right_after_the_change_the_old_configuration_may_still_have_been_used(
    found: list[Record],
) -> None:
    early = execution(FAILURE, began=EARLY)
    answer = prove(rules(), [early], found)
    assert counts(answer) == (NOT_PROVABLE, 0, 0)
    assert answer.why.startswith("1 executions began within 15 s of the change")
    assert "hubmend verify RUN --execute" in answer.why
    settled = execution(FAILURE, began=SINCE + SETTLING)
    assert prove(rules(), [settled], []).status is MISSING


def test_right_after_the_change_a_whole_set_of_records_proves_all_the_same() -> None:
    early = execution(began=EARLY)
    assert prove(rules(), [early], records_of(early.history or ())).status is PROVED
    waited = prove(rules(now=EARLY + SECOND), [early], [])
    assert waited.status is PENDING


def test_early_executions_and_those_through_an_alias_are_told_apart() -> None:
    runs = [execution(began=EARLY), execution(SUCCESS, f"{RUN}-2", qualifier="live")]
    why = prove(rules(), runs, []).why
    assert "1 executions began within" in why
    assert "; 1 executions since went through an alias" in why


# What is not provable says what would be.


@pytest.mark.parametrize(
    ("level", "run", "why"),
    [
        ("ERROR", execution(),
         "at ERROR; a run that fails, or one that is stopped, would prove it"),
        ("FATAL", execution(CAUGHT),
         "at FATAL; a run that ends failed, timed out or aborted would prove it"),
        ("FATAL", Execution(EXPRESS_RUN, "SUCCEEDED", BEGUN, BEGUN, None),
         "at FATAL; a run that fails would prove it"),
    ],
)  # fmt: skip
def test_a_level_that_writes_nothing_of_a_run_says_what_would_prove_it(
    level: str, run: Execution, why: str
) -> None:
    answer = prove(rules(level), [run], [])
    said = f"a run that ends SUCCEEDED writes nothing {why}"
    assert (answer.status, answer.why) == (NOT_PROVABLE, said)


def test_without_executions_it_is_said_how_to_start_one() -> None:
    start = "start one: hubmend verify RUN --execute --input '{}'"
    answer = prove(rules(), [], [])
    assert counts(answer) == (NOT_PROVABLE, 0, 0)
    assert answer.why == f"no execution has run since the change; {start}"
    silent = prove(rules(express=True), [], [])
    assert "whether it ran cannot be told" in silent.why
    assert silent.why.endswith(start)


# Execution data.

PAYLOADS = ["input", "inputDetails", "output", "outputDetails"]


@pytest.mark.parametrize("key", PAYLOADS)
def test_payload_where_execution_data_is_off_is_a_fault(key: str) -> None:
    run = execution()
    found = records_of(run.history or ())
    found[2] = record(found[2].event, **{key: "secret"})
    answer = prove(rules(), [run], found)
    assert (answer.status, answer.why) == (
        MISSING, "record 3 holds execution data although it is off",
    )  # fmt: skip
    assert prove(rules(include_execution_data=True), [run], found).status is PROVED


def test_error_and_cause_are_no_payload() -> None:
    run = execution(FAILURE)
    found = [record(event, error="E", cause="c") for event in run.history or ()]
    assert prove(rules(), [run], found).status is PROVED


# EXPRESS: against itself, and against the result of a synchronous run.


def express(status: str = "", types: Sequence[str] = SUCCESS) -> Execution:
    events = history(types)
    return Execution(EXPRESS_RUN, status, BEGUN, events[-1].at, None)


def express_records(types: Sequence[str] = SUCCESS, level: str = "ALL") -> list[Record]:
    return records_of(history(types), level, EXPRESS_RUN)


def changed(found: list[Record], place: int, **event: Any) -> list[Record]:
    one = replace(found[place], event=replace(found[place].event, **event))
    return [*found[:place], one, *found[place + 1 :]]


WHOLE = express_records()


@pytest.mark.parametrize(
    ("found", "expected", "missing"),
    [
        (WHOLE, (PROVED, 4, 4), ()),
        (WHOLE * 2, (PROVED, 4, 4), ()),
        (WHOLE[1:], (MISSING, 4, 3), ("1 (gap)",)),
        (WHOLE[2:], (MISSING, 4, 2), ("1 to 2 (gap)",)),
        (WHOLE[:1] + WHOLE[2:], (MISSING, 4, 3), ("2 (gap)",)),
        (WHOLE[:1] + WHOLE[3:], (MISSING, 4, 2), ("2 to 3 (gap)",)),
        (changed(WHOLE, 0, type="PassStateEntered"), (MISSING, 4, 3), ("1 (gap)",)),
        (changed(WHOLE, 1, type="ExecutionStarted"), (MISSING, 4, 3), ("2 (gap)",)),
        (changed(WHOLE, 1, id=-2), (MISSING, 4, 3), ("2 (gap)",)),
        (changed(WHOLE, 3, id=10**12), (MISSING, 10**12, 4), (f"4 to {10**12 - 1} (gap)",)),
    ],
)
def test_express_records_at_all_begin_with_the_start_and_have_no_gaps(
    found: list[Record], expected: tuple[ProofStatus, int, int], missing: tuple[str, ...]
) -> None:
    for status in ("", "SUCCEEDED"):
        answer = prove(rules(express=True), [express(status)], found)
        assert (counts(answer), answer.missing) == (expected, missing)


ANY_ENDING = "ExecutionAborted or ExecutionFailed or ExecutionSucceeded or ExecutionTimedOut"


@pytest.mark.parametrize(
    ("level", "status", "types", "missing"),
    [
        ("ALL", "", SUCCESS[:3], (ANY_ENDING,)),
        ("ALL", "SUCCEEDED", SUCCESS[:3], ("ExecutionSucceeded",)),
        ("ALL", "FAILED", SUCCESS, ("ExecutionFailed",)),
        ("ALL", "TIMED_OUT", SUCCESS[:1], ("ExecutionTimedOut",)),
        ("ALL", "SUCCEEDED", (), ("1 (gap)", "ExecutionSucceeded")),
        ("ERROR", "FAILED", (), ("ExecutionFailed",)),
        ("ERROR", "FAILED", FAILURE[:4], ("ExecutionFailed",)),
        ("FATAL", "TIMED_OUT", (), ("ExecutionTimedOut",)),
    ],
)
def test_express_records_must_end_as_the_execution_did(
    level: str, status: str, types: Sequence[str], missing: tuple[str, ...]
) -> None:
    found = express_records(types, level)
    answer = prove(rules(level, express=True), [express(status)], found)
    lost = len(missing)
    assert counts(answer) == (MISSING, len(found) + lost, len(found))
    assert answer.missing == missing


@pytest.mark.parametrize(
    ("level", "status", "types"),
    [
        ("ALL", "FAILED", FAILURE),
        ("ALL", "", FAILURE),
        ("ERROR", "FAILED", FAILURE),
        ("FATAL", "FAILED", FAILURE),
        ("FATAL", "", FAILURE),
    ],
)
def test_express_records_that_fit_the_execution_prove_it(
    level: str, status: str, types: Sequence[str]
) -> None:
    found = express_records(types, level)
    answer = prove(rules(level, express=True), [express(status, types)], found)
    assert counts(answer) == (PROVED, len(found), len(found))


def test_a_proof_of_express_at_error_admits_what_it_cannot_tell() -> None:
    found = express_records(CAUGHT, "ERROR")
    answer = prove(rules("ERROR", express=True), [express()], found)
    assert counts(answer) == (PROVED, 1, 1)
    assert "that none is missing cannot be told" in answer.why


@given(st.integers(0, 20), st.sampled_from(["", "SUCCEEDED"]), st.data())
def test_taking_any_one_record_from_an_express_proof_makes_it_missing(
    length: int, status: str, data: st.DataObject
) -> None:
    types = ("ExecutionStarted", *["PassStateEntered"] * length, "ExecutionSucceeded")
    run, found = express(status, types), express_records(types)
    assert prove(rules(express=True), [run], found).status is PROVED
    place = data.draw(st.integers(0, len(found) - 1))
    answer = prove(rules(express=True), [run], found[:place] + found[place + 1 :])
    assert counts(answer) == (MISSING, len(found), len(found) - 1)


@pytest.mark.parametrize(
    ("status", "found", "over"),
    [
        ("SUCCEEDED", WHOLE[:3], WHOLE[3].event.at),
        ("", WHOLE[1:], WHOLE[3].event.at),
        ("", WHOLE[:3], BEGUN + EXPRESS_LONGEST),
    ],
    ids=["sync run", "closed with a gap", "perhaps waiting"],
)
def test_express_records_are_waited_for_until_the_execution_must_be_over(
    status: str, found: list[Record], over: Any
) -> None:
    run = express(status)
    before, after = rules(now=over + PATIENCE), rules(now=over + PATIENCE + SECOND)
    assert prove(before, [run], found).status is PENDING
    assert prove(after, [run], found).status is MISSING


def test_an_express_run_of_which_nothing_is_known_ends_when_it_began() -> None:
    run = Execution(EXPRESS_RUN, "FAILED", BEGUN, None, None)
    assert prove(rules(now=BEGUN + PATIENCE), [run], []).status is PENDING
    assert prove(rules(), [run], []).status is MISSING


@given(
    st.lists(
        st.builds(Event, st.integers(-3, 30), st.sampled_from(sorted(ALL_TYPES)), st.integers(),
                  st.integers(0, 4 * 10**12)),
        max_size=8,
    ),
    levels | st.sampled_from(["TRACE"]),
    st.sampled_from(["", "SUCCEEDED", "FAILED", "ABORTED", "RUNNING", "PENDING_REDRIVE"]),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_any_records_get_an_answer_and_counts_that_agree(
    events: list[Event], level: str, status: str, standard: bool, ended: bool
) -> None:
    found = [record(event) for event in events]
    stopped = LATER if ended else None
    run = Execution(RUN, status, BEGUN, stopped, history() if standard else None)
    answer = prove(rules(level), [run], found)
    assert answer.found <= answer.expected
    assert bool(answer.missing) <= (answer.status in (MISSING, PENDING))
    assert answer.why
    if answer.status is PROVED:
        assert 0 < answer.expected == answer.found
    if standard and answer.status is PROVED:
        wanted = [event for event in history() if written(level, event.type)]
        assert {one.id for one in wanted} <= {one.id for one in events}
