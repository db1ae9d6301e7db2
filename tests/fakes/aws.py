"""AWS in memory behind the `Gateway` port, with a script of what goes wrong.

It answers and refuses as AWS does for what hubmend asks; the contract suite in tests/aws holds it
to the real gateway against the embedded AWS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from typing import Any

from hubmend.aws.models import Models
from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Call
from hubmend.core.errors import AwsError
from hubmend.core.ports import Identity, Response
from tests.fakes.clock import FakeClock
from tests.fakes.faults import Mishaps
from tests.fakes.iam import FakeIam
from tests.fakes.logs import FakeLogs, snake
from tests.fakes.security_hub import FakeSecurityHub
from tests.fakes.states import FakeStates
from tests.fakes.world import (
    ACCOUNT,
    DELIVERY,
    REGION,
    FakeAlias,
    FakeGroup,
    FakeMachine,
    FakeRole,
    FakeVersion,
    World,
    allowing,
    machine_arn,
    role_arn,
)

_MODELS = Models()  # read once: they are large and never change


async def _others(_target: Target, _call: Call) -> None:
    await asyncio.sleep(0)


class FakeAws:
    """The `Gateway` port over a `World`.

    `mishaps` is the script of faults; `refused` maps an operation to the error every call of it
    gets; `calls` lists the changes that took effect; `interfere`, when set, is called before every
    call with it: what somebody else does at that moment.
    """

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.world = World()
        self.mishaps = Mishaps()
        self.refused: dict[str, AwsError] = {}
        self.calls: list[Call] = []
        self.interfere: Callable[[Call], None] = lambda _: None
        self.meanwhile: Callable[[Target, Call], Awaitable[None]] = _others
        iam = FakeIam(self.world, self.clock)
        self.states = FakeStates(self.world, self.clock, iam)
        self.security_hub = FakeSecurityHub(self.world, self.clock)
        self._services: dict[str, Any] = {
            "stepfunctions": self.states,
            "resourcegroupstaggingapi": self.states,
            "logs": FakeLogs(self.world, self.clock),
            "iam": iam,
            "kms": iam,
            "cloudformation": iam,
        }

    async def identity(self) -> Identity:
        return Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/tester", "aws")

    async def read(self, target: Target, call: Call) -> Response:
        await self.meanwhile(target, call)
        self.mishaps.breathe()
        return self._answer(Target(target.account or ACCOUNT, target.region), call)

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        more: dict[str, Any] = {}
        while True:
            asked = Call(call.service, call.operation, {**call.params, **more})
            response = await self.read(target, asked)
            yield response
            more = _MODELS.next_page(call, response)
            if not more:
                return

    async def change(self, target: Target, call: Call) -> Response:
        await asyncio.sleep(0)
        self.mishaps.breathe()
        fault = self.mishaps.next()
        self.mishaps.before(fault, call)
        answer = self._answer(target, call)
        self.calls.append(call)
        self.mishaps.after(fault, call)
        return answer

    def fault(self, call: Call) -> str | None:
        return _MODELS.fault(call)

    def made(self, operation: str) -> int:
        """Return how often a change took effect."""
        return sum(call.operation == operation for call in self.calls)

    def _answer(self, target: Target, call: Call) -> Response:
        self.interfere(call)
        if call.operation in self.refused:
            raise self.refused[call.operation]
        if call.service in ("securityhub", "config"):
            return self.security_hub.ask(target, call)
        answer: Response = getattr(self._services[call.service], snake(call.operation))(
            target, call.params
        )
        return deepcopy(answer)

    # What a test puts into the world before it begins.

    def role(self, name: str, *, rights: bool = False, account: str = ACCOUNT) -> FakeRole:
        """A role, with or without the right to deliver logs."""
        inline = {"own": allowing(*DELIVERY)} if rights else {}
        role = FakeRole(role_arn(name, account), name, inline=dict(inline))
        return self.world.roles.setdefault((account, name), role)

    def group(self, name: str, retention: int | None = None, **where: str) -> FakeGroup:
        """A log group of somebody else's."""
        key = (where.get("account", ACCOUNT), where.get("region", REGION), name)
        return self.world.groups.setdefault(key, FakeGroup(name, retention=retention))

    def machine(
        self,
        name: str,
        role: FakeRole | None = None,
        logging: dict[str, Any] | None = None,
        *,
        kind: str = "STANDARD",
        account: str = ACCOUNT,
        region: str = REGION,
    ) -> FakeMachine:
        """A state machine; without a role it gets one that lacks the rights."""
        role = role or self.role(f"{name}-role", account=account)
        arn = machine_arn(name, account, region)
        made = FakeMachine(arn, name, kind, role.arn, self.clock.now(), logging or {})
        self.world.machines[arn] = made
        return made

    def alias(
        self, machine: FakeMachine, name: str = "live", *weights: int, description: str = ""
    ) -> FakeAlias:
        """An alias to versions published now, with their weights: one with all, if not said."""
        routing: list[dict[str, Any]] = []
        for weight in weights or (100,):
            machine.published += 1
            arn = f"{machine.arn}:{machine.published}"
            shown = {**deepcopy(self.states.shown(machine)), "stateMachineArn": arn}
            if len(routing) + 1 < len(weights):  # of revisions before: there is one version of each
                shown["revisionId"] = f"before-{machine.published}"
            machine.versions[arn] = FakeVersion(arn, shown, self.clock.now())
            routing.append({"stateMachineVersionArn": arn, "weight": weight})
        made = FakeAlias(f"{machine.arn}:{name}", routing, description)
        machine.aliases[made.arn] = made
        return made

    def target_of(self, arn: str) -> Target:
        """The account and region of a machine."""
        return parse_arn(arn).target

    def somebody_sets(self, arn: str, logging: dict[str, Any]) -> None:
        """Another person configures a machine by hand."""
        params = {"stateMachineArn": arn, "loggingConfiguration": logging}
        self.states.update_state_machine(self.target_of(arn), params)
