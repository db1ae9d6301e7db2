"""The record of StepFunctions.1: each question of core.control answered by one module here.

A scan asks few of them, and does not wait for the modules that answer the others.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import date, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any

from hubmend.controls.stepfunctions_1 import claims, detect
from hubmend.controls.stepfunctions_1.destination import destination
from hubmend.controls.stepfunctions_1.machine import SETTLING, Machine, same_logging
from hubmend.controls.stepfunctions_1.permissions import DENIALS, PERMISSIONS
from hubmend.controls.stepfunctions_1.read import (
    all_tags,
    list_machines,
    read_machine,
    read_machines,
)
from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.codec import encode
from hubmend.core.control import Doubt, Parameters, Unreadable
from hubmend.core.decision import Decision
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.inventory import Claim, Listed
from hubmend.core.permission import Denial, Permission
from hubmend.core.ports import Clock, Gateway
from hubmend.core.resource import Finding, Resource, Verdict
from hubmend.core.settings import Settings

if TYPE_CHECKING:
    from hubmend.controls.stepfunctions_1.history import HistoryRow
    from hubmend.controls.stepfunctions_1.survey import Surroundings
    from hubmend.core.control import Effect, Neighbours, Outline
    from hubmend.core.verification import ConfigurationAnswer, ProofAnswer, ProofRequest, Traffic


class StepFunctions1:
    """Implements core.control.Control for Machine."""

    id = "StepFunctions.1"
    title = "Step Functions state machines should have logging turned on"
    settling = SETTLING
    config_type = "AWS::StepFunctions::StateMachine"
    config_rule = "step-functions-state-machine-logging-enabled"
    asff_type = "AwsStepFunctionStateMachine"
    arns = "arn:{partition}:states:{region}:{account}:stateMachine:{name}"
    config_query = claims.CONFIG_QUERY
    costs = ("stepfunctions", "DescribeStateMachine")
    permissions: Sequence[Permission] = PERMISSIONS
    denials: Sequence[Denial] = DENIALS

    def explain(self) -> str:
        """Return what the control is about, in Markdown."""
        return resources.files(__package__).joinpath("explain.md").read_text(encoding="utf-8")

    def probe(self, permission: Permission, partition: str, target: Target) -> Call | None:
        """Return a harmless call that shows whether a permission is there, None where none is."""
        from hubmend.controls.stepfunctions_1.probes import probe

        return probe(permission.service, permission.operation, partition, target)

    def needs(
        self, change: Change, snapshot: Mapping[str, Any]
    ) -> Iterable[tuple[Permission, str | None]]:
        """Return what a change and its undo need, with the resource asked about."""
        from hubmend.controls.stepfunctions_1.needs import needs

        return needs(change, snapshot)

    def read(
        self, gateway: Gateway, target: Target, pages: AsyncIterator[Sequence[Listed]]
    ) -> AsyncIterator[Machine | Unreadable]:
        """Read every state machine of a target, given the pages of `listed`."""
        return read_machines(gateway, target, pages)

    async def read_one(
        self, gateway: Gateway, arn: str, tags: Mapping[str, str] | None = None
    ) -> Machine:
        """Read one state machine; raise AwsError when it cannot be read.

        `tags` are those it was scanned with: reading them costs a call that AWS refills once a
        second (F§4.1), and they bind nothing.
        """
        return await read_machine(gateway, arn, tags or {})

    def listed(self, gateway: Gateway, target: Target) -> AsyncIterator[Sequence[Listed]]:
        """List a target's state machines, a thousand a call."""
        return list_machines(gateway, target)

    async def read_tagged(self, gateway: Gateway, arn: str) -> Machine:
        """Read one state machine with its tags; raise AwsError when it cannot be read."""
        return await read_machine(gateway, arn)

    async def tags(
        self, gateway: Gateway, target: Target
    ) -> Mapping[str, Mapping[str, str]] | None:
        """Return the tags of a target's state machines, a hundred a call."""
        return await all_tags(gateway, target)

    def claimed(
        self, claim: Claim, parameters: Parameters, settings: Settings, now: datetime
    ) -> Resource | Doubt:
        """Judge one machine by what a finding or AWS Config tells of it."""
        return claims.claimed(claim, parameters, settings, now)

    def row(
        self,
        state: Machine | Unreadable,
        parameters: Parameters,
        settings: Settings,
        finding: Finding | None,
        today: date,
    ) -> Resource:
        """Judge one machine."""
        return detect.row(state, parameters, settings, finding, today)

    def verdict(self, state: Machine, parameters: Parameters) -> tuple[Verdict, str]:
        """Return the verdict and its reason."""
        return detect.verdict(state, parameters)

    def check(self, resource: Resource, decision: Decision, settings: Settings) -> None:
        """Raise UsageError when a decision cannot be meant (a log group elsewhere, a bad name)."""
        destination(resource.arn, resource.name, decision, settings)

    async def survey(
        self, gateway: Gateway, state: Machine, decision: Decision, settings: Settings
    ) -> Surroundings:
        """Read all that a plan for this machine must know."""
        from hubmend.controls.stepfunctions_1.survey import survey

        return await survey(gateway, state, decision, settings)

    def outline(
        self,
        state: Machine,
        decision: Decision,
        settings: Settings,
        surroundings: Surroundings,
        planned: Sequence[Change],
        created: datetime,
    ) -> Outline:
        """Propose the changes for one machine."""
        from hubmend.controls.stepfunctions_1 import plan

        return plan.outline(state, decision, settings, surroundings, planned, created)

    def snapshot(self, state: Machine) -> Mapping[str, Any]:
        """Return the machine as plain JSON; tags are left out, they bind nothing."""
        return {key: value for key, value in encode(state).items() if key not in ("tags", "tagged")}

    def moved(self, snapshot: Mapping[str, Any], state: Machine) -> str | None:
        """Return what moved since the snapshot, None when nothing did."""
        now = self.snapshot(state)
        for key in ("created", "revision_id", "logging", "role_arn", "type", "encryption"):
            before = snapshot.get(key)
            same = same_logging(before or {}, now[key]) if key == "logging" else before == now[key]
            if not same:
                return f"its {key.replace('_', ' ')} was {before}, now it is {now[key]}"
        return None

    def as_planned(self, changes: Sequence[Change], state: Machine) -> str | None:
        """Return how the machine differs from what the changes set, None when it does not."""
        for change in changes:
            wanted = change.call.params.get("loggingConfiguration")
            if wanted is not None and not same_logging(wanted, state.logging):
                return (
                    f"level is {state.level} to {state.log_group_arn or 'no log group'}, "
                    f"planned was {wanted['level']}"
                )
        return None

    def effect(self, call: Call) -> Effect:
        """Return how to see whether a call took effect."""
        from hubmend.controls.stepfunctions_1 import effects

        return effects.effect(call)

    def will_pass(self, call: Call, error: AwsError) -> bool:
        """Whether this refusal is expected to pass: new rights and groups take seconds (F§3.7)."""
        if call.operation != "UpdateStateMachine":
            return error.kind is ErrorKind.CONFLICT
        young = "Log Destination not found" in error.reason
        return young or error.kind in (ErrorKind.ROLE_DENIED, ErrorKind.CONFLICT)

    async def refuse(self, gateway: Gateway, change: Change) -> str | None:
        """Return why a change must not be made now, None when it may: an alias that moved."""
        from hubmend.controls.stepfunctions_1.traffic import refuse

        return await refuse(gateway, change)

    async def keep(self, gateway: Gateway, change: Change, neighbours: Neighbours) -> str | None:
        """Return why a change must not be undone now, None when it may."""
        from hubmend.controls.stepfunctions_1 import undo

        return await undo.keep(gateway, change, neighbours)

    def traffic(self, changes: Sequence[Change]) -> Traffic:
        """Return where changes, as made, sent the traffic of aliases."""
        from hubmend.controls.stepfunctions_1.traffic import traffic

        return traffic(changes)

    async def routed(
        self, gateway: Gateway, changes: Sequence[Change]
    ) -> ConfigurationAnswer | None:
        """Say whether aliases are as the changes set them, and how their versions log."""
        from hubmend.controls.stepfunctions_1.traffic import routed

        return await routed(gateway, changes)

    async def execute(
        self, gateway: Gateway, state: Machine, name: str, text: str, start: str | None = None
    ) -> tuple[str, str]:
        """Start one execution with an input; return its ARN and its status so far.

        `start` is the alias or version to start instead of the machine.
        """
        params = {"stateMachineArn": start or state.arn, "name": name, "input": text}
        if state.type == "EXPRESS":
            call = Call("stepfunctions", "StartSyncExecution", params)
            answer = await gateway.change(state.target, call)
            return str(answer["executionArn"]), str(answer["status"])
        call = Call("stepfunctions", "StartExecution", params)
        answer = await gateway.change(state.target, call)
        return str(answer["executionArn"]), "RUNNING"

    async def prove(
        self, gateway: Gateway, state: Machine, request: ProofRequest, clock: Clock
    ) -> ProofAnswer:
        """Compare the records that must exist with those that do."""
        from hubmend.controls.stepfunctions_1 import proof

        return await proof.prove_machine(gateway, state, request, clock)

    async def history(self, gateway: Gateway, execution: str) -> tuple[HistoryRow, ...]:
        """Return an execution's events with the levels that write each."""
        from hubmend.controls.stepfunctions_1.history import execution_history

        return await execution_history(gateway, execution)
