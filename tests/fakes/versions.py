"""Versions and aliases as AWS answers for them (F§3.6, botocore's model of Step Functions)."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.errors import AwsError, ErrorKind
from tests.fakes.answers import Answer, Params, page, refusal, with_token
from tests.fakes.clock import FakeClock
from tests.fakes.world import FakeAlias, FakeMachine, FakeVersion, World


class FakeVersions:
    """Answers for versions and aliases of the machines of a world."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self._world, self._clock = world, clock

    def publish_state_machine_version(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - one signature
        """Idempotent per revision: one that is published already answers its version."""
        machine = self._source(params["stateMachineArn"], "PublishStateMachineVersion")
        revision = machine.revision or "INITIAL"
        wanted = params.get("revisionId", revision)
        if wanted != revision:
            reason = f"Failed to publish the State Machine version for revision {wanted}."
            raise _conflict(reason, "PublishStateMachineVersion")
        for version in machine.versions.values():
            if version.shown.get("revisionId", "INITIAL") == revision:
                return _published(version)
        machine.published += 1
        arn = f"{machine.arn}:{machine.published}"
        shown = {**deepcopy(self.shown(machine)), "stateMachineArn": arn}
        version = FakeVersion(arn, shown, self._clock.now(), params.get("description", ""))
        machine.versions[arn] = version
        return _published(version)

    def list_state_machine_versions(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        machine = self._source(params["stateMachineArn"], "ListStateMachineVersions")
        listed = [_published(one) for one in reversed(machine.versions.values())]
        shown, more = page(listed, params.get("maxResults"), params.get("nextToken"))
        return with_token({"stateMachineVersions": shown}, "nextToken", more)

    def delete_state_machine_version(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        arn = params["stateMachineVersionArn"]
        machine = self._source(_source(arn), "DeleteStateMachineVersion")
        if users := [one.arn for one in machine.aliases.values() if arn in _routed(one.routing)]:
            reason = (
                "Version to be deleted must not be referenced by an alias. "
                f"Current list of aliases referencing this version: {users}"
            )
            raise _conflict(reason, "DeleteStateMachineVersion")
        machine.versions.pop(arn, None)
        return {}

    def list_state_machine_aliases(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        """Those of a machine, or of one of its versions."""
        arn = params["stateMachineArn"]
        machine = self._source(_source(arn), "ListStateMachineAliases")
        found = [
            {"stateMachineAliasArn": one.arn}
            for one in machine.aliases.values()
            if arn == machine.arn or arn in _routed(one.routing)
        ]
        return {"stateMachineAliases": found}

    def describe_state_machine_alias(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        alias = self._alias(params["stateMachineAliasArn"], "DescribeStateMachineAlias")
        told: Answer = {
            "stateMachineAliasArn": alias.arn,
            "name": alias.arn.rsplit(":", 1)[-1],
            "routingConfiguration": alias.routing,
        }
        return {**told, "description": alias.description} if alias.description else told

    def create_state_machine_alias(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        machine = self._source(
            _source(params["routingConfiguration"][0]["stateMachineVersionArn"]),
            "CreateStateMachineAlias",
        )
        arn = f"{machine.arn}:{params['name']}"
        routing = [dict(one) for one in params["routingConfiguration"]]
        machine.aliases[arn] = FakeAlias(arn, routing, params.get("description", ""))
        return {"stateMachineAliasArn": arn, "creationDate": self._clock.now()}

    def update_state_machine_alias(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        alias = self._alias(params["stateMachineAliasArn"], "UpdateStateMachineAlias")
        routing = params.get("routingConfiguration", alias.routing)
        known = self._source(_source(alias.arn), "UpdateStateMachineAlias").versions
        routed = _routed(routing)
        if len(set(routed)) < len(routed) or sum(one["weight"] for one in routing) != 100:
            raise _refused("ValidationException", f"bad routing {routing}")
        if not set(routed) <= known.keys():
            raise _refused("ResourceNotFound", f"no such version among {routed}")
        alias.routing = [dict(one) for one in routing]
        alias.description = params.get("description", alias.description)
        return {"updateDate": self._clock.now()}

    def shown(self, machine: FakeMachine) -> Answer:
        """What DescribeStateMachine shows of a machine."""
        raise NotImplementedError

    def snapshot(self, arn: str) -> Answer | None:
        """What DescribeStateMachine shows of a version, None where there is none."""
        machine = self._world.machines.get(_source(arn))
        version = machine.versions.get(arn) if machine else None
        if version is None:
            return None
        more = {"description": version.description} if version.description else {}
        return {**version.shown, **more}

    def _alias(self, arn: str, operation: str) -> FakeAlias:
        machine = self._world.machines.get(_source(arn))
        if machine is None or arn not in machine.aliases:
            reason = f"Request references a resource that does not exist: {arn}"
            code, where = "ResourceNotFound", f"stepfunctions:{operation}"
            raise refusal(ErrorKind.NOT_FOUND, code, reason, where)
        return machine.aliases[arn]

    def _source(self, arn: str, operation: str) -> FakeMachine:
        if arn not in self._world.machines:
            reason, code = f"State Machine Does Not Exist: '{arn}'", "StateMachineDoesNotExist"
            raise refusal(ErrorKind.NOT_FOUND, code, reason, f"stepfunctions:{operation}")
        return self._world.machines[arn]


def _source(arn: str) -> str:
    """Return the machine of a qualified ARN, or of its own."""
    return ":".join(arn.split(":")[:7])


def _routed(routing: list[dict[str, Any]]) -> list[str]:
    return [one["stateMachineVersionArn"] for one in routing]


def _published(version: FakeVersion) -> Answer:
    return {"stateMachineVersionArn": version.arn, "creationDate": version.created}


def _conflict(reason: str, operation: str) -> AwsError:
    where = f"stepfunctions:{operation}"
    return refusal(ErrorKind.CONFLICT, "ConflictException", reason, where)


def _refused(code: str, reason: str) -> AwsError:
    return refusal(ErrorKind.INVALID, code, reason, "stepfunctions:UpdateStateMachineAlias")
