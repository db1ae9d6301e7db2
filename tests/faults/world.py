"""The world of one case, and pictures of it, both straight in moto's own state.

Two machines share a role without delivery rights: an EXPRESS one with logging off, and a STANDARD
one, OFF with a destination, that is to log to a group that exists with another retention. A third,
in some worlds, has a role of its own whose hubmend policy is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends
from moto.logs.models import logs_backends

from hubmend.controls.stepfunctions_1.rights import POLICY_NAME
from hubmend.core.plan import Plan
from hubmend.sandbox.delivery import VALIDATION_STREAM
from hubmend.sandbox.moto_states import normal_logging, states_backend

ACCOUNT, REGION = "111122223333", "us-east-1"
GROUP_DAYS, DECIDED_DAYS = 30, 90
RECORDS = "states/run"
_DEFINITION = '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}'
_TRUST = '{"Version": "2012-10-17", "Statement": []}'


def _allowing(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


Picture = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class World:
    """The machines of one case by what is to become of them, and the group that exists."""

    fresh: str  # EXPRESS, OFF: needs everything
    joining: str  # STANDARD, OFF with a destination: logs to `group`
    group: str
    renewed: str | None  # STANDARD, own role with an old hubmend policy


def build(name: str, *, third: bool) -> World:
    """Make a world whose names begin with `name`, straight in moto: it is no part of a case."""
    group = f"/app/{name}"
    logs = logs_backends[ACCOUNT][REGION]
    logs.create_log_group(group, {"team": "billing"})
    logs.groups[group].retention_in_days = GROUP_DAYS
    role = _role(f"{name}-shared")
    off = {"level": "OFF", "includeExecutionData": False, "destinations": [_to(group)]}
    fresh = _machine(f"{name}-fresh", role, "EXPRESS")
    joining = _machine(f"{name}-joining", role, "STANDARD", off)
    renewed = None
    if third:
        own = _role(f"{name}-own", _allowing("logs:CreateLogDelivery"))
        renewed = _machine(f"{name}-renewed", own, "STANDARD")
    return World(fresh, joining, group, renewed)


def record(group: str) -> None:
    """Write an execution's record into a group."""
    found = logs_backends[ACCOUNT][REGION].groups[group]
    found.create_log_stream(RECORDS)
    found.put_log_events(RECORDS, [{"timestamp": 1_800_000_000_000, "message": "{}"}])


def clear() -> None:
    """Take every machine, role and group away."""
    states_backend(ACCOUNT, REGION).state_machines.clear()
    logs_backends[ACCOUNT][REGION].groups.clear()
    logs_backends[ACCOUNT][REGION].resource_policies.clear()
    iam_backends[ACCOUNT]["aws"].roles.clear()


def _role(name: str, policy: str | None = None) -> str:
    iam = iam_backends[ACCOUNT]["aws"]
    made = iam.create_role(name, _TRUST, "/", None, "", [{"Key": "team", "Value": "pay"}], None)
    iam.put_role_policy(name, "own", _allowing("sqs:SendMessage"))
    if policy:
        iam.put_role_policy(name, POLICY_NAME, policy)
    return str(made.arn)


def _machine(name: str, role: str, kind: str, logging: Mapping[str, Any] | None = None) -> str:
    made = states_backend(ACCOUNT, REGION).create_state_machine(
        name=name,
        definition=_DEFINITION,
        roleArn=role,
        tags=[{"key": "team", "value": "billing"}],
        loggingConfiguration=normal_logging(dict(logging or {})),
        tracingConfiguration=None,
        encryptionConfiguration=None,
        sm_type=kind,
    )
    return str(made.arn)


def _to(group: str) -> dict[str, Any]:
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    return {"cloudWatchLogsLogGroup": {"logGroupArn": arn}}


def picture() -> Picture:
    """Return every field of every machine, role and group that hubmend could change.

    The Logs resource policy is AWS's own work (F§3.9) and is left out; so are revision and update
    date, which no undo can bring back, and the stream by which AWS tests a group.
    """
    logs, states = logs_backends[ACCOUNT][REGION], states_backend(ACCOUNT, REGION)
    return {
        "machines": {
            one.arn: {
                "logging": deepcopy(normal_logging(one.loggingConfiguration)),
                "role": one.roleArn,
                "definition": one.definition,
                "type": one.type,
                "tags": deepcopy(states.get_tags_list_for_state_machine(one.arn)),
                "encryption": deepcopy(one.encryptionConfiguration),
                "tracing": deepcopy(one.tracingConfiguration),
            }
            for one in list(states.state_machines)
        },
        "roles": {
            one.name: {
                "inline": {name: json.loads(text) for name, text in one.policies.items()},
                "attached": sorted(one.managed_policies),
                "boundary": one.permissions_boundary_arn,
                "trust": one.assume_role_policy_document,
                "tags": deepcopy(one.tags),
            }
            for one in list(iam_backends[ACCOUNT]["aws"].roles.values())
        },
        "groups": {
            one.name: {
                "retention": one.retention_in_days,
                "key": one.kms_key_id,
                "tags": dict(logs.list_tags_for_resource(one.arn)),
                "streams": sorted(set(one.streams) - {VALIDATION_STREAM}),
            }
            for one in list(logs.groups.values())
        },
    }


def as_planned(start: Picture, plan: Plan) -> Picture:
    """Return the picture a plan must lead to."""
    wanted = deepcopy(start)
    for change in plan.changes:
        params: Mapping[str, Any] = change.call.params
        match change.call.operation:
            case "CreateLogGroup":
                wanted["groups"][params["logGroupName"]] = {
                    "retention": None, "key": None, "tags": dict(params["tags"]), "streams": [],
                }  # fmt: skip
            case "PutRetentionPolicy":
                wanted["groups"][params["logGroupName"]]["retention"] = params["retentionInDays"]
            case "PutRolePolicy":
                inline = wanted["roles"][params["RoleName"]]["inline"]
                inline[params["PolicyName"]] = json.loads(params["PolicyDocument"])
            case "UpdateStateMachine":
                machine = wanted["machines"][params["stateMachineArn"]]
                machine["logging"] = normal_logging(dict(params["loggingConfiguration"]))
            case other:
                raise AssertionError(f"a plan with {other}, which this world knows nothing of")
    return wanted
