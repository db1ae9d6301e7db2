"""Security Hub behind the fake AWS: the sandbox's simulation, on the fake machines and clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Call
from hubmend.core.errors import ErrorKind
from hubmend.sandbox.config_service import ConfigSimulation
from hubmend.sandbox.hub import HubSimulation, Machine
from hubmend.sandbox.wire import Request
from tests.fakes.answers import Answer, refusal
from tests.fakes.clock import FakeClock
from tests.fakes.world import ACCOUNT, World

_KINDS = {
    "AccessDeniedException": ErrorKind.DENIED,
    "InvalidAccessException": ErrorKind.DENIED,
    "ResourceNotDiscoveredException": ErrorKind.NOT_FOUND,
    "ResourceNotFoundException": ErrorKind.NOT_FOUND,
}


class _Machines:
    """The fake machines as the simulation reads them, stamped when a change is first seen."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self._world, self._clock = world, clock
        self._seen: dict[str, tuple[dict[str, Any], datetime]] = {}

    def machines(self, account: str, region: str) -> list[Machine]:
        found = []
        for one in self._world.machines.values():
            if parse_arn(one.arn).target != Target(account, region):
                continue
            logging, at = self._seen.get(one.arn, ({}, one.created))
            if logging != one.logging:
                logging, at = deepcopy(one.logging), self._clock.now()
                self._seen[one.arn] = logging, at
            found.append(
                Machine(one.arn, one.name, one.type, one.role_arn, logging, one.created, at)
            )
        return found


class FakeSecurityHub:
    """Off everywhere until `enable`; `hub` is the simulation, for what tests provoke."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self._clock = clock
        self.hub = HubSimulation(clock, administrator=ACCOUNT, source=_Machines(world, clock))
        self.config = ConfigSimulation(clock, self.hub)

    def ask(self, target: Target, call: Call) -> Answer:
        request = Request(
            call.service, target.region, target.account, call.operation, "/", "POST",
            json.dumps(call.params).encode(), {}, "",
        )  # fmt: skip
        simulation = self.config if call.service == "config" else self.hub
        response = simulation.handle(request)
        assert response is not None, call
        body: Answer = json.loads(response.body)
        if response.status != 200:
            code = response.headers.get("x-amzn-ErrorType") or str(body.get("__type"))
            said = str(body.get("Message", body.get("message", "")))
            raise refusal(_KINDS.get(code, ErrorKind.INVALID), code, said, str(call))
        return body

    def manage(self, account: str, home: Target, policy: Mapping[str, Any]) -> str:
        """Have a configuration policy manage an account; return its id.

        Central configuration answers the administrator in its home region, and nobody else.
        """

        def ask(operation: str, **params: Any) -> Answer:
            return self.ask(home, Call("securityhub", operation, params))

        self.hub.aggregate(home.account, home.region)
        central = {"ConfigurationType": "CENTRAL"}
        ask("UpdateOrganizationConfiguration", AutoEnable=False, OrganizationConfiguration=central)
        made = ask("CreateConfigurationPolicy", Name="prod", ConfigurationPolicy=policy)
        self.associate(account, home, str(made["Id"]))
        return str(made["Id"])

    def associate(self, account: str, home: Target, policy: str) -> None:
        """Have another policy, or SELF_MANAGED_SECURITY_HUB, manage an account."""
        params = {"ConfigurationPolicyIdentifier": policy, "Target": {"AccountId": account}}
        self.ask(home, Call("securityhub", "StartConfigurationPolicyAssociation", params))

    def settle(self) -> None:
        """Let every finding follow its machine."""
        self.hub.observe()
        self._clock.advance(61)
        self.hub.observe()

    def written(self) -> dict[str, tuple[Any, ...]]:
        """Return what of each active finding a customer writes: workflow, note, fields."""
        found = {}
        for target in self.hub.world.targets.values():
            for one in target.findings.values():
                if one.active and one.control == "StepFunctions.1":
                    note = one.asff.get("Note") or {}
                    found[str(one.asff["Id"])] = (
                        one.asff["Workflow"]["Status"],
                        (note.get("Text"), note.get("UpdatedBy")),
                        dict(one.asff.get("UserDefinedFields") or {}),
                    )
        return found
