"""Versions of state machines: immutable snapshots of definition, role and logging (F§3.6).

moto keeps versions but publishes them only with a create or an update; publishing, listing and
deleting are added here, and what moto does not check of an alias's routing. An execution through a
version or an alias logs as that version does: executions.py gives it the version's logging.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubmend.sandbox.moto_states import epoch, machine_of, page, states_backend
from hubmend.sandbox.validation import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hubmend.sandbox.wire import Request

    Operation = Callable[[Request, dict[str, Any]], dict[str, Any] | None]

NEVER_UPDATED = "INITIAL"


class Versions:
    """Publishes versions; `revisions` maps machine and version ARNs to revision ids."""

    def __init__(self, revisions: dict[str, str]) -> None:
        self._revisions = revisions

    def operations(self) -> dict[str, Operation]:
        """Return the operations answered here, by name."""
        return {
            "PublishStateMachineVersion": self._publish_operation,
            "ListStateMachineVersions": self._list,
            "DeleteStateMachineVersion": self._delete,
            "ListStateMachineAliases": self._list_aliases,
            "UpdateStateMachineAlias": self._update_alias,
        }

    def publish(self, machine: Any, description: str | None) -> Any:
        """Publish the current revision; a revision that has a version is not published again.

        Source: botocore's PublishStateMachineVersion, "doesn't create a duplicate state machine
        version if it already exists for the current revision".
        """
        revision = self._revisions.get(machine.arn, NEVER_UPDATED)
        latest = machine.versions.get(max(machine.versions, default=0))
        if latest is not None and self._revisions.get(latest.arn, NEVER_UPDATED) == revision:
            return latest
        machine.publish(description=description)
        if revision != NEVER_UPDATED:
            self._revisions[machine.latest_version.arn] = revision
        return machine.latest_version

    def _publish_operation(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        backend = states_backend(request.account, request.region)
        machine = machine_of(backend, params.get("stateMachineArn", ""))
        wanted = params.get("revisionId")
        current = self._revisions.get(machine.arn, NEVER_UPDATED)
        if wanted and wanted != current:
            raise AwsError(
                "ConflictException",
                f"Failed to publish the State Machine version for revision {wanted}. "
                f"The current State Machine revision is {current}.",
            )
        version = self.publish(machine, params.get("description"))
        return {
            "creationDate": epoch(version.creation_date),
            "stateMachineVersionArn": version.arn,
        }

    def _list(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        backend = states_backend(request.account, request.region)
        machine = machine_of(backend, params.get("stateMachineArn", ""))
        newest_first = [
            {"stateMachineVersionArn": v.arn, "creationDate": epoch(v.creation_date)}
            for _, v in sorted(machine.versions.items(), reverse=True)
        ]
        items, more = page(newest_first, params)
        return {"stateMachineVersions": items, **more}

    def _list_aliases(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """List the aliases of a machine, or those that route to a version; newest first.

        Source: botocore's ListStateMachineAliases. moto lists those of a machine, oldest first.
        """
        backend = states_backend(request.account, request.region)
        arn = params.get("stateMachineArn", "")
        machine = machine_of(backend, ":".join(arn.split(":")[:7]))
        newest_first = [
            {"stateMachineAliasArn": alias.arn, "creationDate": epoch(alias.creation_date)}
            for alias in sorted(
                machine.aliases.values(), key=lambda one: one.creation_date, reverse=True
            )
            if arn == machine.arn or arn in _routed(alias.routing_configuration)
        ]
        items, more = page(newest_first, params)
        return {"stateMachineAliases": items, **more}

    def _update_alias(self, request: Request, params: dict[str, Any]) -> dict[str, Any] | None:
        """Refuse a routing to one version twice, or to one that is not there; moto does the rest.

        Sources: the same check in LocalStack's provider, whose tests are recorded from AWS
        (duplicates); botocore's list of errors (ResourceNotFound), whose words are ours.
        """
        routed = _routed(params.get("routingConfiguration") or [])
        if len(set(routed)) < len(routed):
            raise AwsError(
                "ValidationException",
                "Routing configuration must contain distinct state machine version ARNs. "
                f"Received: [{', '.join(routed)}]",
            )
        backend = states_backend(request.account, request.region)
        known = {v.arn for machine in backend.state_machines for v in machine.versions.values()}
        for arn in routed:
            if arn not in known:
                message = f"Request references a resource that does not exist: {arn}"
                raise AwsError("ResourceNotFound", message)
        return None

    def _delete(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        backend = states_backend(request.account, request.region)
        arn = params.get("stateMachineVersionArn", "")
        source, _, number = arn.rpartition(":")
        machine = machine_of(backend, source)
        for alias in machine.aliases.values():
            if arn in _routed(alias.routing_configuration):
                message = (
                    "Version to be deleted must not be referenced by an alias. "
                    f"Current list of aliases referencing this version: [{alias.name}]"
                )
                raise AwsError("ConflictException", message)
        if number.isdigit():
            machine.versions.pop(int(number), None)
        return {}


def _routed(routing: list[dict[str, Any]]) -> list[str]:
    return [str(route["stateMachineVersionArn"]) for route in routing]
