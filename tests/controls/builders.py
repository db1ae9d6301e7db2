"""State machines and their surroundings as tests want them, and a gateway that follows a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hubmend.controls.stepfunctions_1.destination import destination
from hubmend.controls.stepfunctions_1.machine import Machine
from hubmend.controls.stepfunctions_1.rights import DOCUMENT
from hubmend.controls.stepfunctions_1.role import Role
from hubmend.controls.stepfunctions_1.survey import LogGroup, Surroundings
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.decision import Decision
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Identity, Response
from hubmend.core.resource import Kind
from hubmend.core.settings import Settings

ACCOUNT, REGION = "111122223333", "us-east-1"
TARGET = Target(ACCOUNT, REGION)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
GROUP = "/aws/vendedlogs/states/pay-Logs"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/PayRole"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
SETTINGS = Settings()


def machine_arn(name: str = "pay") -> str:
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"


def group_arn(name: str = GROUP) -> str:
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}:*"


def logging(level: str = "ALL", group: str = GROUP, *, data: bool = False) -> dict[str, Any]:
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": group_arn(group)}}]
    return {"level": level, "includeExecutionData": data, "destinations": destinations}


def machine(name: str = "pay", **changed: Any) -> Machine:
    """A STANDARD machine that logs nothing."""
    return replace(
        Machine(
            arn=machine_arn(name),
            name=name,
            type="STANDARD",
            role_arn=ROLE,
            logging={"level": "OFF", "includeExecutionData": False},
            revision_id=None,
            created="2026-01-01T00:00:00.000000Z",
        ),
        **changed,
    )


def statement(effect: str = "Allow", action: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": "*", **more}


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


ABLE = {"own": DOCUMENT}


def role(**changed: Any) -> Role:
    """A role without any right."""
    return replace(Role(arn=ROLE, name="PayRole", path="/app/"), **changed)


def decision(level: str | None = "ALL", **changed: Any) -> Decision:
    made = Decision("d-1", machine_arn(), Kind.ENABLE, "ana@example.com", NOW, level=level)
    return replace(made, **changed)


def around(
    chosen: Decision | None = None, settings: Settings = SETTINGS, **changed: Any
) -> Surroundings:
    """What a plan finds where nothing is there yet and nothing stands in the way."""
    where = destination(machine_arn(), "pay", chosen or decision(), settings)
    return replace(Surroundings(where, role(), policies={}), **changed)


def group(retention: int | None = None, **changed: Any) -> LogGroup:
    return replace(LogGroup(group_arn(), retention, "STANDARD", None), **changed)


def refusal(kind: ErrorKind, operation: str, reason: str = "refused") -> AwsError:
    return AwsError(kind, kind.value, reason, operation)


class Scripted:
    """The `Gateway` port over a script: operation to answer, pages, error, or function of params.

    `calls` lists what was asked.
    """

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[Target, Call]] = []

    async def identity(self) -> Identity:
        return Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/tester", "aws")

    async def read(self, target: Target, call: Call) -> Response:
        answer: Response = self._answer(target, call)
        return answer

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        answer = self._answer(target, call)
        for page in answer if isinstance(answer, list) else [answer]:
            yield page

    async def change(self, target: Target, call: Call) -> Response:
        return await self.read(target, call)

    def fault(self, call: Call) -> str | None:
        return None if call.operation in self.answers else f"{call} is not in the script"

    def _answer(self, target: Target, call: Call) -> Any:
        self.calls.append((target, call))
        answer = self.answers[call.operation]
        if callable(answer):
            answer = answer(call.params)
        if isinstance(answer, AwsError):
            raise answer
        return answer
