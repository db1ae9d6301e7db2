"""A gateway that answers by script, one operation at a time, for verbs that only look."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Identity, Response

ACCOUNT, REGION = "111122223333", "us-east-1"
USER = Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/ana", "aws")

Answer = dict[str, Any] | AwsError | Callable[[Target, Call], dict[str, Any]]


def refused(kind: ErrorKind = ErrorKind.DENIED, code: str = "403", reason: str = "no") -> AwsError:
    return AwsError(kind, code, reason, "x:Y")


def simulation(*denied: str) -> Callable[[Target, Call], dict[str, Any]]:
    """SimulatePrincipalPolicy that denies some actions and allows the rest."""

    def answer(_: Target, call: Call) -> dict[str, Any]:
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": name,
                    "EvalDecision": "implicitDeny" if name in denied else "allowed",
                }
                for name in call.params["ActionNames"]
            ]
        }

    return answer


@dataclass
class ScriptedGateway:
    """The `Gateway` port: `answers` by operation; what is not in it says "not found"."""

    who: Identity = USER
    answers: dict[str, Answer] = field(default_factory=dict)
    changing: dict[str, Answer] = field(default_factory=dict)
    read_calls: list[Call] = field(default_factory=list)
    changes: list[Call] = field(default_factory=list)

    async def identity(self) -> Identity:
        return self.who

    async def read(self, target: Target, call: Call) -> Response:
        self.read_calls.append(call)
        return self._answer(self.answers, target, call)

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        yield await self.read(target, call)

    async def change(self, target: Target, call: Call) -> Response:
        self.changes.append(call)
        return self._answer(self.changing, target, call)

    def fault(self, call: Call) -> str | None:
        return f"{call} is fine"

    def _answer(self, answers: dict[str, Answer], target: Target, call: Call) -> Response:
        missing = AwsError(ErrorKind.NOT_FOUND, "NotFound", "there is none", str(call))
        answer = answers.get(call.operation, missing)
        if isinstance(answer, AwsError):
            raise answer
        return answer(target, call) if callable(answer) else answer
