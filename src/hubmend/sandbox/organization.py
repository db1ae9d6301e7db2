"""The sample organization: three accounts, two regions, 24 machines, one of each case.

What it holds is data in definitions/organization.json; this module makes it in moto's backends
directly, in process, because doing so through the API would take several times as long. The
sandbox's own account of each case is kept for printing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.delivery import VALIDATION_STREAM, VALIDATION_TEXT
from hubmend.sandbox.log_policy import admit_group
from hubmend.sandbox.moto_states import states_backend
from hubmend.sandbox.sample_accounts import (
    DEFINITIONS,
    create_accounts,
    create_keys,
    create_roles,
    role_arn,
)
from hubmend.sandbox.stacks import Stack

if TYPE_CHECKING:
    from hubmend.sandbox.hub import HubSimulation

FULL_TARGET = ("222233334444", "ap-northeast-1")
KEPT_GROUP = "/aws/vendedlogs/states/statement-render-Logs"
KEPT_TARGET = ("111122223333", "ap-northeast-1")
SHOWN = ("account", "region", "type", "level", "case", "expected", "succeeds_with", "fails_with")


@dataclass
class Built:
    """What was made: rows for printing, machines whose key refuses, and the stacks.

    `unreadable` maps a machine's ARN to its key's ARN, `account_names` account ids to names.
    """

    contents: list[dict[str, Any]] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    stacks: list[Stack] = field(default_factory=list)
    account_names: dict[str, str] = field(default_factory=dict)


def build() -> Built:
    """Make the sample organization in moto's backends; they must be empty."""
    sample = json.loads((DEFINITIONS / "organization.json").read_text())
    create_accounts(sample["accounts"])
    create_roles(sample["roles"])
    keys = create_keys()
    names = {account["id"]: account["name"] for account in sample["accounts"]}
    built = Built(account_names=names)
    for spec in sample["machines"]:
        _create_group(spec)
        machine = _create_machine(spec, sample["roles"], keys)
        if spec.get("key") == "refusing":
            built.unreadable[machine.arn] = keys["refusing"]
        row = {name: spec[name] for name in SHOWN}
        row |= {"machine": spec["name"], "account_name": names[spec["account"]]}
        built.contents.append(row)
    built.stacks = _create_stacks(sample["machines"])
    _fill_resource_policies()
    _keep_old_records()
    return built


def enable_security_hub(hub: HubSimulation, built: Built, *, home: str, home_region: str) -> None:
    """Turn Security Hub on wherever the sample has machines; `home` aggregates (F§2.9)."""
    if not built.contents:
        return
    targets = {(row["account"], row["region"]) for row in built.contents}
    for account, region in sorted(targets | {(home, home_region)}):
        hub.enable(account, region)
    hub.aggregate(home, home_region)


def _create_machine(spec: dict[str, Any], roles: list[dict[str, str]], keys: dict[str, str]) -> Any:
    backend = states_backend(spec["account"], spec["region"])
    workflow = files("hubmend.sandbox") / "definitions" / "workflows" / f"{spec['workflow']}.json"
    encryption = None
    if "key" in spec:
        encryption = {
            "type": "CUSTOMER_MANAGED_KMS_KEY",
            "kmsKeyId": keys[spec["key"]],
            "kmsDataKeyReusePeriodSeconds": 300,
        }
    machine = backend.create_state_machine(
        name=spec["name"],
        definition=workflow.read_text(),
        roleArn=role_arn(next(r for r in roles if _same(r, spec))),
        tags=[{"key": key, "value": value} for key, value in _tags(spec).items()],
        loggingConfiguration=_logging(spec),
        encryptionConfiguration=encryption,
        sm_type=spec["type"],
    )
    if "alias" in spec:
        routes = _versions(machine, spec.get("weights", [100]))
        backend.create_state_machine_alias(spec["alias"], routes, "production traffic")
    return machine


def _versions(machine: Any, weights: list[int]) -> list[dict[str, Any]]:
    """Publish a version for each weight, all but the last of an earlier definition (F§3.6)."""
    current, routes = machine.definition, []
    for place, weight in enumerate(weights, 1):
        earlier = {**json.loads(current), "Comment": f"release {place}"}
        machine.definition = current if place == len(weights) else json.dumps(earlier)
        machine.publish("what production runs")
        route = {"stateMachineVersionArn": machine.latest_version.arn, "weight": weight}
        routes.append(route)
    return routes


def _same(role: dict[str, str], spec: dict[str, Any]) -> bool:
    return (role["account"], role["name"]) == (spec["account"], spec["role"])


def _tags(spec: dict[str, Any]) -> dict[str, str]:
    """Return a machine's tags; a stack's are the ones only CloudFormation can set (F§5.1)."""
    tags: dict[str, str] = dict(spec["tags"])
    if "stack" in spec:
        stack = Stack(spec["account"], spec["region"], spec["stack"], "")
        tags["aws:cloudformation:stack-name"] = stack.name
        tags["aws:cloudformation:stack-id"] = stack.arn
        tags["aws:cloudformation:logical-id"] = spec["logical_id"]
    return tags


def _logging(spec: dict[str, Any]) -> dict[str, Any]:
    logging: dict[str, Any] = {
        "level": spec["level"],
        "includeExecutionData": spec.get("include_execution_data", False),
    }
    if "destination" in spec:
        arn = f"arn:aws:logs:{spec['region']}:{spec['account']}:log-group:{spec['destination']}:*"
        logging["destinations"] = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
    return logging


def _create_group(spec: dict[str, Any]) -> None:
    """Make a destination group with a year's retention, and the delivery policy it once got."""
    if "destination" not in spec:
        return
    logs = _logs(spec["account"], spec["region"])
    if not spec.get("group_deleted"):
        logs.create_log_group(spec["destination"], spec["tags"])
        logs.put_retention_policy(spec["destination"], 365)
        _write_validation_stream(logs, spec["destination"])
    admit_group(logs, spec["destination"])


def _write_validation_stream(logs: Any, group: str) -> None:
    """Leave what AWS left when the group's logging was first turned on (F§3.3)."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    logs.create_log_stream(group, VALIDATION_STREAM)
    logs.put_log_events(group, VALIDATION_STREAM, [{"timestamp": now, "message": VALIDATION_TEXT}])


def _create_stacks(machines: list[dict[str, Any]]) -> list[Stack]:
    stacks: dict[str, Stack] = {}
    for spec in machines:
        if "stack" not in spec:
            continue
        name = spec["stack"]
        if name not in stacks:
            template = (DEFINITIONS / f"{name}.yaml").read_text()
            stacks[name] = Stack(spec["account"], spec["region"], name, template)
        arn = f"arn:aws:states:{spec['region']}:{spec['account']}:stateMachine:{spec['name']}"
        stacks[name].machines[spec["logical_id"]] = arn
    return list(stacks.values())


def _fill_resource_policies() -> None:
    """Use up the ten Logs resource policies of one account and region (F§3.9)."""
    logs = _logs(*FULL_TARGET)
    for number in range(1, 11):
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:{FULL_TARGET[1]}:{FULL_TARGET[0]}:log-group:/etl/{number}:*",
        }
        document = {"Version": "2012-10-17", "Statement": [statement]}
        logs.put_resource_policy(f"etl-{number}", json.dumps(document))


def _keep_old_records() -> None:
    """Make a group that was there before hubmend: it has records and never expires."""
    logs = _logs(*KEPT_TARGET)
    logs.create_log_group(KEPT_GROUP, {"owner": "team-cards@example.com"})
    stream = "states/statement-render/2026-06-01-00/00000000"
    logs.create_log_stream(KEPT_GROUP, stream)
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [
        {"timestamp": now - 86_400_000 + n, "message": json.dumps({"note": "kept by hand", "n": n})}
        for n in range(3)
    ]
    logs.put_log_events(KEPT_GROUP, stream, events)


def _logs(account: str, region: str) -> Any:
    from moto.logs.models import logs_backends  # noqa: PLC0415 - moto is slow to import

    return logs_backends[account][region]
