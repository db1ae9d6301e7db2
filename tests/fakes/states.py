"""Step Functions as AWS answers: machines, validated updates, executions with their records."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.errors import AwsError, ErrorKind
from tests.fakes.answers import ROLE_REFUSED, Answer, Params, page, refusal, with_token
from tests.fakes.clock import FakeClock
from tests.fakes.iam import FakeIam
from tests.fakes.versions import FakeVersions
from tests.fakes.world import FakeExecution, FakeGroup, FakeMachine, World, machine_arn

LEVELS = ("ALL", "ERROR", "FATAL", "OFF")
VALIDATION = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"
_PREFIX = "Invalid Logging Configuration: "


class FakeStates(FakeVersions):
    """Answers for `stepfunctions` and the tagging API. `propagation`, `delivery` are delays."""

    def __init__(self, world: World, clock: FakeClock, iam: FakeIam) -> None:
        super().__init__(world, clock)
        self._iam = iam
        self._revisions, self._runs = count(1), count(1)
        self.propagation, self.delivery = timedelta(0), timedelta(seconds=1)

    def create_state_machine(self, target: Target, params: Params) -> Answer:
        arn = machine_arn(params["name"], target.account, target.region)
        logging = _whole(params.get("loggingConfiguration") or {})
        made = FakeMachine(
            arn, params["name"], params.get("type", "STANDARD"), params["roleArn"],
            self._clock.now(), logging,
            tags={tag["key"]: tag["value"] for tag in params.get("tags", ())},
        )  # fmt: skip
        known = self._world.machines.get(arn)
        if known and (known.role_arn, known.type) != (made.role_arn, made.type):
            reason = f"State Machine Already Exists: '{arn}'"
            code = "StateMachineAlreadyExists"
            raise refusal(ErrorKind.EXISTS, code, reason, "stepfunctions:CreateStateMachine")
        self._validate(target, made, logging, "CreateStateMachine")
        machine = self._world.machines.setdefault(arn, made)
        return {"stateMachineArn": arn, "creationDate": machine.created}

    def delete_state_machine(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - one signature
        self._world.machines.pop(params["stateMachineArn"], None)
        return {}

    def update_state_machine(self, target: Target, params: Params) -> Answer:
        machine = self._machine(params["stateMachineArn"], "UpdateStateMachine")
        if not {"loggingConfiguration", "roleArn", "definition"} & params.keys():
            raise refusal(
                ErrorKind.INVALID, "MissingRequiredParameter",
                "Either the definition, the role ARN, the LoggingConfiguration, "
                "or the TracingConfiguration must be specified",
                "stepfunctions:UpdateStateMachine",
            )  # fmt: skip
        logging = _whole(params.get("loggingConfiguration", machine.logging))
        self._validate(target, machine, logging, "UpdateStateMachine")
        role = params.get("roleArn", machine.role_arn)
        definition = params.get("definition", machine.definition)
        before = (_whole(machine.logging), machine.role_arn, machine.definition)
        if (logging, role, definition) != before:
            machine.revision = f"revision-{next(self._revisions)}"
        machine.logging, machine.role_arn, machine.definition = logging, role, definition
        return {"updateDate": self._clock.now(), "revisionId": machine.revision}

    def describe_state_machine(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        arn = params["stateMachineArn"]
        described = self.snapshot(arn) or self.shown(self._machine(arn, "DescribeStateMachine"))
        if params.get("includedData") == "METADATA_ONLY":
            return {**described, "definition": ""}
        return described

    def shown(self, machine: FakeMachine) -> Answer:
        described: Answer = {
            "stateMachineArn": machine.arn,
            "name": machine.name,
            "type": machine.type,
            "roleArn": machine.role_arn,
            "definition": machine.definition,
            "creationDate": machine.created,
            "loggingConfiguration": _whole(machine.logging),
            "encryptionConfiguration": machine.encryption or {"type": "AWS_OWNED_KEY"},
        }
        return {**described, "revisionId": machine.revision} if machine.revision else described

    def list_state_machines(self, target: Target, params: Params) -> Answer:
        found = [
            {
                "stateMachineArn": one.arn, "name": one.name, "type": one.type,
                "creationDate": one.created,
            }
            for one in self._world.machines.values()
            if parse_arn(one.arn).target == target
        ]  # fmt: skip
        shown, more = page(found, params.get("maxResults"), params.get("nextToken"))
        return with_token({"stateMachines": shown}, "nextToken", more)

    def list_tags_for_resource(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        tags = self._machine(params["resourceArn"], "ListTagsForResource").tags
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def get_resources(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        listed = [
            {
                "ResourceARN": one.arn,
                "Tags": [{"Key": key, "Value": value} for key, value in one.tags.items()],
            }
            for one in self._world.machines.values()
            if one.tags and parse_arn(one.arn).target == target
        ]
        return {"ResourceTagMappingList": listed, "PaginationToken": ""}

    def start_execution(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        execution = self._run(params, "execution")
        return {"executionArn": execution.arn, "startDate": execution.started}

    def start_sync_execution(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        execution = self._run(params, "express")
        return {"executionArn": execution.arn, "status": execution.status}

    def list_executions(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        arn = params["stateMachineArn"]
        found = [one for one in self._world.executions.values() if one.machine == arn]
        listed = [
            {
                "executionArn": one.arn, "status": one.status, "startDate": one.started,
                "stopDate": one.stopped, **one.through,
            }
            for one in sorted(found, key=lambda one: one.started, reverse=True)
        ]  # fmt: skip
        return {"executions": listed}

    def get_execution_history(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        return {"events": list(self._world.executions[params["executionArn"]].events)}

    def _validate(
        self, target: Target, machine: FakeMachine, logging: dict[str, Any], operation: str
    ) -> None:
        """Check what AWS checks, in its order and words (F§3.7)."""
        if logging["level"] not in LEVELS:
            reason = f"Value '{logging['level']}' at 'loggingConfiguration.level' failed"
            raise _invalid("ValidationException", reason, operation)
        if logging["level"] == "OFF":
            return
        if len(logging.get("destinations", ())) != 1:
            raise _bad_logging("Must specify exactly one Log Destination.", operation)
        arn = logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
        if not arn.endswith(":*"):
            raise _bad_logging("Log Group ARN must be provided with '*' qualifier.", operation)
        group = self._group(target, arn)
        if group is None:
            raise _bad_logging("Log Destination not found.", operation)
        role = self._iam.role(machine.role_arn)
        if role is None or not role.may_deliver(self._clock.now(), self.propagation):
            operation = f"stepfunctions:{operation}"
            raise refusal(ErrorKind.ROLE_DENIED, "AccessDeniedException", ROLE_REFUSED, operation)
        group.streams.setdefault(VALIDATION, [(self._clock.now(), "validation")])

    def _group(self, target: Target, arn: str) -> FakeGroup | None:
        where = parse_arn(arn.removesuffix(":*"))
        name = where.resource.removeprefix("log-group:")
        if where.target != target:
            return None
        return self._world.groups.get((target.account, target.region, name))

    def _machine(self, arn: str, operation: str) -> FakeMachine:
        if arn not in self._world.machines:
            reason, code = f"State Machine Does Not Exist: '{arn}'", "StateMachineDoesNotExist"
            raise refusal(ErrorKind.NOT_FOUND, code, reason, f"stepfunctions:{operation}")
        return self._world.machines[arn]

    def _run(self, params: Params, word: str) -> FakeExecution:
        """Run a machine that passes, or fails where its input says {"fail": true}."""
        machine, logging, through = self._started(params["stateMachineArn"])
        arn = f"{machine.arn.replace(':stateMachine:', f':{word}:')}:{params['name']}"
        if word == "express":
            arn = f"{arn}:{next(self._runs)}"
        failing = bool(json.loads(params["input"]).get("fail"))
        last = "ExecutionFailed" if failing else "ExecutionSucceeded"
        types = ("ExecutionStarted", "PassStateEntered", "PassStateExited", last)
        now = self._clock.now()
        events = [
            {"id": place + 1, "type": kind, "previousEventId": place, "timestamp": now}
            for place, kind in enumerate(types)
        ]
        status = "FAILED" if failing else "SUCCEEDED"
        execution = FakeExecution(arn, machine.arn, status, now, now, events, through)
        if word == "execution":
            self._world.executions[arn] = execution
        self._deliver(machine, execution, logging)
        return execution

    def _started(self, arn: str) -> tuple[FakeMachine, dict[str, Any], dict[str, str]]:
        """Return the machine of an ARN, the logging its runs have, and what they went through."""
        machine = self._machine(":".join(arn.split(":")[:7]), "StartExecution")
        if arn == machine.arn:
            return machine, _whole(machine.logging), {}
        through = {"stateMachineVersionArn": arn}
        if arn in machine.aliases:
            heaviest = max(machine.aliases[arn].routing, key=lambda one: one["weight"])
            version = heaviest["stateMachineVersionArn"]
            through = {"stateMachineAliasArn": arn, "stateMachineVersionArn": version}
        shown = machine.versions[through["stateMachineVersionArn"]].shown
        return machine, shown["loggingConfiguration"], through

    def _deliver(
        self, machine: FakeMachine, execution: FakeExecution, logging: dict[str, Any]
    ) -> None:
        if logging["level"] == "OFF":
            return
        arn = logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
        group = self._group(parse_arn(machine.arn).target, arn)
        if group is None:  # deleted since: AWS loses the records silently
            return
        stream = group.streams.setdefault(f"states/{machine.name}", [])
        for event in execution.events:
            if logging["level"] == "ALL" or event["type"] == "ExecutionFailed":
                stream.append((self._clock.now() + self.delivery, _record(execution, event)))


def _record(execution: FakeExecution, event: dict[str, Any]) -> str:
    moment: datetime = event["timestamp"]
    return json.dumps(
        {
            "id": str(event["id"]),
            "type": event["type"],
            "previous_event_id": str(event["previousEventId"]),
            "event_timestamp": str(int(moment.timestamp() * 1000)),
            "execution_arn": execution.arn,
            "details": {},
        }
    )


def _whole(logging: Params) -> dict[str, Any]:
    """Return a configuration as AWS shows it: what was left out filled in (F§3.1)."""
    whole: dict[str, Any] = {
        "level": logging.get("level", "OFF"),
        "includeExecutionData": bool(logging.get("includeExecutionData", False)),
    }
    destinations = list(logging.get("destinations") or ())
    return {**whole, "destinations": destinations} if destinations else whole


def _bad_logging(reason: str, operation: str) -> AwsError:
    return _invalid("InvalidLoggingConfiguration", f"{_PREFIX}{reason}", operation)


def _invalid(code: str, reason: str, operation: str) -> AwsError:
    return refusal(ErrorKind.INVALID, code, reason, f"stepfunctions:{operation}")
