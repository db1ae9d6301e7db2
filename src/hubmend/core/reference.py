"""What a plan cannot know yet: a value that AWS gives out when an earlier change is made.

The ARN of a version exists only once it is published. A guess (the next number) could be somebody
else's version by then, so the plan says whose answer holds the value, as plain JSON among a call's
parameters, and the value is filled in from the journal when its turn has come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hubmend.core.call import Call, Change


@dataclass(frozen=True)
class Reference:
    """A member of what an earlier change answered, such as its "stateMachineVersionArn"."""

    answer_of: str
    member: str

    def __str__(self) -> str:
        return f"({self.member} answered to {self.answer_of})"


def filled(call: Call, value: Callable[[Reference], Any]) -> Call:
    """Return a call with each reference among its parameters replaced by `value(reference)`."""
    return replace(call, params=_filled(call.params, value))


def resolved(change: Change, answers: Mapping[str, Mapping[str, Any]]) -> Change:
    """Return a change with what earlier ones answered filled in, as far as that is known.

    `answers` maps the ids of changes to AWS's answers.
    """

    def known(reference: Reference) -> Any:
        answer = answers.get(reference.answer_of) or {}
        return answer.get(reference.member, vars(reference))

    undo = change.undo and filled(change.undo, known)
    return replace(change, call=filled(change.call, known), undo=undo)


def references(call: Call) -> tuple[Reference, ...]:
    """Return the references among a call's parameters that are not filled in."""
    found: list[Reference] = []
    filled(call, found.append)
    return tuple(found)


def _filled(value: Any, known: Callable[[Reference], Any]) -> Any:
    if isinstance(value, Mapping):
        if value.keys() == {"answer_of", "member"}:
            return known(Reference(**value))
        return {key: _filled(one, known) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(one, known) for one in value]
    return value
