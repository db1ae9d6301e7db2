"""Step Functions as AWS answers: machines created, described and updated with its checks.

moto stores and runs the machines; this simulation validates logging, gives revisions, default
logging and readable refusals, and hands executions and versions to their own modules. What it
does not name goes to moto.
"""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.executions import Executions
from hubmend.sandbox.identity import caller_arn
from hubmend.sandbox.moto_states import (
    definition_errors,
    epoch,
    machine_of,
    normal_logging,
    states_backend,
)
from hubmend.sandbox.validation import AwsError, check_logging, destination_of
from hubmend.sandbox.versions import Versions
from hubmend.sandbox.wire import Request, Response, error_answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hubmend.sandbox.delivery import Deliveries
    from hubmend.sandbox.rights import RoleRights

    Operation = Callable[[Request, dict[str, Any]], dict[str, Any] | None]

# Parameter of UpdateStateMachine to attribute of moto's machine: the same names.
UPDATABLE = (
    "definition",
    "roleArn",
    "loggingConfiguration",
    "tracingConfiguration",
    "encryptionConfiguration",
)
NOTHING_TO_UPDATE = (
    "Either the definition, the role ARN, the LoggingConfiguration, "
    "or the TracingConfiguration must be specified"
)


class StatesSimulation:
    """The Step Functions operations that AWS does differently from moto.

    `unreadable` maps ARNs of machines whose key nobody may use to that key: describing them is
    refused. `changed` is told account and region after a machine was created or updated, so that
    finding delays count from the change.
    """

    services = frozenset({"states"})

    def __init__(
        self,
        rights: RoleRights,
        deliveries: Deliveries,
        unreadable: Mapping[str, str],
        changed: Callable[[str, str], None],
    ) -> None:
        self._unreadable = unreadable
        self._changed = changed
        self._rights = rights
        self._deliveries = deliveries
        self._revisions: dict[str, str] = {}
        self._lock = threading.RLock()
        versions = Versions(self._revisions)
        executions = Executions(deliveries)
        self._publish = versions.publish
        self._operations: dict[str, Operation] = {
            "CreateStateMachine": self._create,
            "UpdateStateMachine": self._update,
            "DescribeStateMachine": self._describe,
            "DeleteStateMachine": self._forget,
            **versions.operations(),
        }
        self._unlocked = executions.operations()

    def handle(self, request: Request) -> Response | None:
        """Answer the operations named above; None for those moto answers."""
        operation = request.operation or ""
        try:
            if operation in self._unlocked:
                answer = self._unlocked[operation](request, request.json())
            elif operation in self._operations:
                with self._lock:
                    answer = self._operations[operation](request, request.json())
                if operation in {"CreateStateMachine", "UpdateStateMachine"}:
                    self._changed(request.account, request.region)
            else:
                return None
        except AwsError as error:
            return error_answer("states", error.code, error.message)
        return None if answer is None else json_answer(answer)

    def _create(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """Create after AWS's checks; the same machine again is idempotent, another is refused."""
        backend = states_backend(request.account, request.region)
        logging = normal_logging(params.get("loggingConfiguration"))
        existing = next((m for m in backend.state_machines if m.name == params["name"]), None)
        if existing is not None:
            return _same_machine(existing, params, logging)
        definition_errors(backend, params["definition"])
        check_logging(
            logging,
            account=request.account,
            region=request.region,
            role_arn=params["roleArn"],
            rights=self._rights,
        )
        machine = backend.create_state_machine(
            name=params["name"],
            definition=params["definition"],
            roleArn=params["roleArn"],
            tags=params.get("tags"),
            loggingConfiguration=logging,
            tracingConfiguration=params.get("tracingConfiguration"),
            encryptionConfiguration=params.get("encryptionConfiguration"),
            sm_type=params.get("type"),
        )
        self._wire_delivery(logging)
        answer = {"stateMachineArn": machine.arn, "creationDate": epoch(machine.creation_date)}
        if params.get("publish"):
            version = self._publish(machine, params.get("versionDescription"))
            answer["stateMachineVersionArn"] = version.arn
        return answer

    def _update(self, request: Request, params: dict[str, Any]) -> dict[str, Any]:
        """Update as F§3.5: whole logging replaced, omitted members kept, no-op keeps revision.

        Logging that stays on is checked again, so a role stripped of its rights blocks every
        later update (F§8.5).
        """
        backend = states_backend(request.account, request.region)
        machine = machine_of(backend, params.get("stateMachineArn", ""))
        given = {name: params[name] for name in UPDATABLE if params.get(name) is not None}
        if not given:
            raise AwsError("MissingRequiredParameter", NOTHING_TO_UPDATE)
        if "definition" in given:
            definition_errors(backend, given["definition"])
        before = normal_logging(machine.loggingConfiguration)
        logging = normal_logging(given.get("loggingConfiguration", before))
        if "loggingConfiguration" in given:
            given["loggingConfiguration"] = logging
        check_logging(
            logging,
            account=request.account,
            region=request.region,
            role_arn=given.get("roleArn", machine.roleArn),
            rights=self._rights,
        )
        current = {name: getattr(machine, name) for name in given}
        current["loggingConfiguration"] = before
        if any(current[name] != value for name, value in given.items()):
            self._revisions[machine.arn] = str(uuid.uuid4())
        machine.update(**given)
        if logging != before:
            self._wire_delivery(logging)
        return self._updated(machine, params)

    def _updated(self, machine: Any, params: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"updateDate": epoch(machine.update_date)}
        if machine.arn in self._revisions:
            answer["revisionId"] = self._revisions[machine.arn]
        if params.get("publish"):
            version = self._publish(machine, params.get("versionDescription"))
            answer["stateMachineVersionArn"] = version.arn
        return answer

    def _wire_delivery(self, logging: dict[str, Any]) -> None:
        to = destination_of(logging)
        if to is not None and logging["level"] != "OFF":
            self._deliveries.validate(to)

    def _describe(self, request: Request, params: dict[str, Any]) -> dict[str, Any] | None:
        """Describe a machine or a version; METADATA_ONLY leaves the definition empty (F§3.5).

        An ARN that is neither is left to moto, which refuses it.
        """
        arn = params.get("stateMachineArn", "")
        self._refuse_unreadable(request, arn)
        backend = states_backend(request.account, request.region)
        known = {m.arn: m for m in backend.state_machines}
        known |= {v.arn: v for m in backend.state_machines for v in m.versions.values()}
        if arn not in known:
            return None
        machine = known[arn]
        answer = {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "status": "ACTIVE",
            "definition": machine.definition,
            "roleArn": machine.roleArn,
            "type": machine.type,
            "creationDate": epoch(machine.creation_date),
            "loggingConfiguration": normal_logging(machine.loggingConfiguration),
            "tracingConfiguration": machine.tracingConfiguration,
            "encryptionConfiguration": machine.encryptionConfiguration,
        }
        if params.get("includedData") == "METADATA_ONLY":
            answer["definition"] = ""
        if machine.description:
            answer["description"] = machine.description
        if arn in self._revisions:
            answer["revisionId"] = self._revisions[arn]
        return answer

    def _refuse_unreadable(self, request: Request, arn: str) -> None:
        """Refuse machines whose key policy shuts the caller out; moto enforces none (F§3.10)."""
        if arn in self._unreadable:
            raise AwsError(
                "AccessDeniedException",
                f"User: {caller_arn(request)} is not authorized to perform: kms:Decrypt "
                f"on resource: {self._unreadable[arn]} because no resource-based policy allows the "
                f"kms:Decrypt action",
            )

    def _forget(self, _request: Request, params: dict[str, Any]) -> None:
        """Forget the revisions of a machine that moto is about to delete."""
        self._revisions.pop(params.get("stateMachineArn", ""), None)


def _same_machine(existing: Any, params: dict[str, Any], logging: dict[str, Any]) -> dict[str, Any]:
    same = (
        existing.definition == params["definition"]
        and existing.roleArn == params["roleArn"]
        and existing.type == params.get("type", "STANDARD")
        and normal_logging(existing.loggingConfiguration) == logging
    )
    if not same:
        message = f"State Machine Already Exists: '{existing.arn}'"
        raise AwsError("StateMachineAlreadyExists", message)
    return {"stateMachineArn": existing.arn, "creationDate": epoch(existing.creation_date)}
