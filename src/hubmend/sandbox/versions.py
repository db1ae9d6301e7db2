"""Versions of state machines: immutable snapshots of definition, role and logging (F§3.6).

moto keeps versions but publishes them only with a create or an update; publishing, listing and
deleting are added here. Aliases are moto's own.
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
        }

    def publish(self, machine: Any, description: str | None) -> Any:
        """Publish the current revision; a revision already published last is not repeated."""
        revision = self._revisions.get(machine.arn, NEVER_UPDATED)
        latest = machine.latest_version
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

    def _delete(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        backend = states_backend(request.account, request.region)
        arn = params.get("stateMachineVersionArn", "")
        source, _, number = arn.rpartition(":")
        machine = machine_of(backend, source)
        for alias in machine.aliases.values():
            if any(r["stateMachineVersionArn"] == arn for r in alias.routing_configuration):
                message = (
                    "Version to be deleted must not be referenced by an alias. "
                    f"Current list of aliases referencing this version: [{alias.name}]"
                )
                raise AwsError("ConflictException", message)
        if number.isdigit():
            machine.versions.pop(int(number), None)
        return {}
