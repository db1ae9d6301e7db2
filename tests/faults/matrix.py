"""The matrix: every fault at every call of apply and of rollback, and the cases drawn from it.

A case is a number. The number chooses the cell (any len(CELLS) that follow each other are each cell
once) and seeds everything else: which world, which of several calls, how often, what follows.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tests.faults.script import FOREVER, IN_PROCESS, KILLS, SINGLE, Fault, Mishap


class Verb(StrEnum):
    """Which way the run goes when the fault strikes."""

    APPLY = "apply"
    ROLLBACK = "rollback"


class Follow(StrEnum):
    """What the operator does afterwards, when nothing goes wrong any more."""

    RESUME = "resume"
    ROLLBACK = "rollback"
    BOTH = "resume, then rollback"


@dataclass(frozen=True)
class Step:
    """One call of a verb. `title` is its column in docs/safety.md, `calls` how many a run makes."""

    verb: Verb
    operation: str
    title: str
    calls: int = 1


STEPS = (
    Step(Verb.APPLY, "DescribeStateMachine", "read machine", 3),
    Step(Verb.APPLY, "CreateLogGroup", "create group"),
    Step(Verb.APPLY, "PutRetentionPolicy", "set retention", 2),
    Step(Verb.APPLY, "PutRolePolicy", "add role policy"),
    Step(Verb.APPLY, "UpdateStateMachine", "set logging", 2),
    Step(Verb.APPLY, "FilterLogEvents", "verify canary"),
    Step(Verb.ROLLBACK, "DescribeStateMachine", "read machine", 2),
    Step(Verb.ROLLBACK, "UpdateStateMachine", "restore logging", 2),
    Step(Verb.ROLLBACK, "GetRolePolicy", "read role policy"),
    Step(Verb.ROLLBACK, "DeleteRolePolicy", "remove role policy"),
    Step(Verb.ROLLBACK, "DescribeLogGroups", "read group", 3),
    Step(Verb.ROLLBACK, "ListTagsLogGroup", "read its tags"),
    Step(Verb.ROLLBACK, "DescribeLogStreams", "look for records"),
    Step(Verb.ROLLBACK, "PutRetentionPolicy", "restore retention"),
    Step(Verb.ROLLBACK, "DeleteRetentionPolicy", "remove retention"),
    Step(Verb.ROLLBACK, "DeleteLogGroup", "delete group"),
)
CANARY = "FilterLogEvents"  # apply reads records for its canary only
CELLS = tuple((fault, step) for fault in IN_PROCESS for step in STEPS)
KILL_CELLS = tuple((fault, step) for fault in KILLS for step in STEPS)
_LASTING = (Fault.CLOSED_BEFORE, Fault.RESET_BEFORE, Fault.BROKEN_BEFORE, Fault.UNAVAILABLE,
            Fault.DENIED)  # fmt: skip
_SOME = 0.3
_STRIDE = 7  # so that a few numbers already meet every fault, and steps of both verbs


@dataclass(frozen=True)
class Case:
    """One case, whole: what to build, what goes wrong where, what is done afterwards."""

    number: int
    fault: Fault
    step: Step
    mishaps: Sequence[Mishap]
    third: bool
    recorded: bool  # the new group holds records when rollback comes
    follow: Follow
    relapse: Sequence[Mishap]  # what goes wrong when the operator goes on or back
    canary: bool  # whether one machine goes first

    @property
    def name(self) -> str:
        """A name for its machines, roles and groups."""
        return f"case-{self.number}"


def case(number: int) -> Case:
    """Return the case of a number."""
    return _case(number, *CELLS[number * _STRIDE % len(CELLS)])


def kill_case(number: int) -> Case:
    """Return the kill of a number."""
    return _case(number, *KILL_CELLS[number * _STRIDE % len(KILL_CELLS)])


def _case(number: int, fault: Fault, step: Step) -> Case:
    draw = random.Random(number)  # noqa: S311 - a script to repeat, no secret
    recorded = draw.random() < _SOME and step.operation not in ("DeleteLogGroup",
                                                              "DeleteRetentionPolicy")  # fmt: skip
    mishaps = [_mishap(draw, fault, step)]
    if fault is Fault.SEVERAL:
        mishaps = [_mishap(draw, draw.choice(SINGLE), step)]
        others = [one for one in STEPS if one.verb is step.verb]
        mishaps += [
            _mishap(draw, draw.choice(SINGLE), draw.choice(others))
            for _ in range(draw.randint(1, 2))
        ]
    third, follow = draw.random() < _SOME, draw.choice(tuple(Follow))
    again = Verb.ROLLBACK if follow is Follow.ROLLBACK else step.verb
    relapse = [_mishap(draw, draw.choice(SINGLE), one) for one in STEPS if one.verb is again]
    relapse = draw.sample(relapse, 2) if draw.random() < _SOME else []
    return Case(
        number=number,
        fault=fault,
        step=step,
        mishaps=tuple(mishaps),
        third=third,
        recorded=recorded,
        follow=follow,
        relapse=tuple(relapse),
        canary=draw.random() < _SOME or step.operation == CANARY,
    )


def _mishap(draw: random.Random, fault: Fault, step: Step) -> Mishap:
    times = {Fault.THROTTLED: draw.randint(1, 3), Fault.THROTTLED_ON: FOREVER}.get(fault, 1)
    # Some troubles last: a call that is tried again meets the same.
    if fault in _LASTING:
        times = draw.choice((1, 1, 2, FOREVER))
    return Mishap(
        fault, step.operation, draw.randint(1, step.calls), times, draw.choice((1, 2, 3, 6))
    )
