"""The sample plan: decisions and the changes that carry them out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hubmend.core.call import Call, Change
from hubmend.core.decision import Decision
from hubmend.core.plan import Manual, NextDeploy, Note, Owner, Plan, Skipped, SourcePatch
from hubmend.core.resource import (
    Kind,
    Resource,
)
from tests.report.sample_machines import (
    CONTROL,
    DATA,
    OFF,
    RUN,
    SCANNED,
    SHARED,
    VIRGINIA,
    arn,
    rows,
)


def decision(resource: str, kind: Kind = Kind.ENABLE, **changes: Any) -> Decision:
    usual = Decision(f"d-{resource[-9:]}", resource, kind, "mika@payments.example", SCANNED)
    return replace(usual, **changes)


def enabling(machine: Resource, level: str, *, role: bool) -> tuple[Change, ...]:
    """The changes that turn logging on for one machine, in order."""
    group = f"/aws/vendedlogs/states/{machine.name}-Logs"
    group_arn = f"arn:aws:logs:{machine.region}:{machine.account}:log-group:{group}:*"
    logging = {
        "level": level,
        "includeExecutionData": False,
        "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group_arn}}],
    }
    named, days = {"logGroupName": group}, {"retentionInDays": 365}
    create = Call("logs", "CreateLogGroup", {**named, "tags": {"hubmend": RUN}})
    keep = Call("logs", "PutRetentionPolicy", {**named, **days})
    forget = Call("logs", "DeleteRetentionPolicy", named)
    update, undo = (
        Call(
            "stepfunctions",
            "UpdateStateMachine",
            {"stateMachineArn": machine.arn, "loggingConfiguration": one},
        )
        for one in (logging, OFF)
    )
    delete = Call("logs", "DeleteLogGroup", named)
    title = f"logging OFF -> {level}, execution data off"
    return (
        _change(machine, "group", create, delete, f"log group {group}"),
        _change(machine, "retention", keep, forget, "retention 365 days"),
        *([_role_change(machine)] if role else []),
        _change(machine, "logging", update, undo, title),
    )


def _role_change(machine: Resource) -> Change:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": [
                    "logs:CreateLogDelivery",
                    "logs:GetLogDelivery",
                    "logs:PutResourcePolicy",
                ],
                "Resource": "*",
            }
        ],
    }
    role = f"{machine.name}-role"
    named = {"RoleName": role, "PolicyName": "hubmend-log-delivery"}
    put = Call("iam", "PutRolePolicy", {**named, "PolicyDocument": json.dumps(policy)})
    title = f"role {role}: inline policy hubmend-log-delivery"
    return _change(machine, "role", put, Call("iam", "DeleteRolePolicy", named), title)


_WHY = {
    "group": "the log group does not exist yet",
    "retention": "365 days, from hubmend.toml",
    "role": "the role may not deliver logs",
    "logging": "the machine's logging is OFF",
    "finding": "the decision is to suppress",
}


def _change(machine: Resource, part: str, call: Call, undo: Call | None, title: str) -> Change:
    return Change(
        f"{machine.name}-{part}", machine.arn, machine.account, machine.region, call, undo,
        _WHY[part], title,
    )  # fmt: skip


def suppressing(machine: Resource) -> tuple[Change, ...]:
    identifier = {"Id": f"{machine.arn}/finding"}
    call = {"FindingIdentifiers": [identifier], "Workflow": {"Status": "SUPPRESSED"}}
    undo = {"FindingIdentifiers": [identifier], "Workflow": {"Status": "NEW"}}
    operation = "BatchUpdateFindings"
    made = Call("securityhub", operation, call), Call("securityhub", operation, undo)
    return (_change(machine, "finding", *made, "finding NEW -> SUPPRESSED"),)


ENABLED = {
    "card-authorize": "ALL", "card-capture": "ALL", "fraud-score": "ALL",
    "refund-approval": "ERROR", "chargeback-review": "ERROR", "etl-orders": "ERROR",
    "etl-customers": "ERROR",
}  # fmt: skip


def plan() -> Plan:
    """Seven machines enabled, one suppressed, one by hand, one skipped."""
    known = {machine.name: machine for machine in rows()}
    changes = [
        change
        for name, level in ENABLED.items()
        for change in enabling(known[name], level, role=name != "card-capture")
    ]
    shared = {"card-capture-logging": ("card-authorize-role",)}  # both machines use one role
    changes = [replace(change, needs=shared.get(change.id, ())) for change in changes]
    changes.extend(suppressing(known["report-preview"]))
    decisions = [decision(known[n].arn, level=level) for n, level in ENABLED.items()]
    decisions.append(
        decision(
            known["report-preview"].arn, Kind.SUPPRESS, source="rule", by="platform@example.com",
            reason="verification environment, SEC-12", until=date(2027, 3, 31),
        )
    )  # fmt: skip
    boundary = "its role is under a permissions boundary without logs:CreateLogDelivery"
    steps = (
        "Ask the boundary's owner to allow the statement in plan.json#/manual/0.",
        "Scan again: hubmend scan",
    )
    survives = "the template of stack pay-7 sets no logging, so this survives the next deploy"
    return Plan(
        created=SCANNED + timedelta(hours=4),
        control=CONTROL,
        changes=tuple(changes),
        skipped=(
            Skipped(arn("sandbox-echo", DATA, VIRGINIA), "suppressed already in Security Hub"),
            Skipped(arn("tenant-onboarding", SHARED), "nobody has decided"),
        ),
        manual=(Manual(arn("settle-nightly"), boundary, steps),),
        notes=(Note(arn("card-authorize"), survives),),
        decisions=tuple(decisions),
        snapshots={known[name].arn: {"type": known[name].type} for name in ENABLED},
        owners=(
            Owner(
                arn("card-authorize"), "CloudFormation", "pay-7 / CardAuthorize",
                NextDeploy.KEEPS, "pay-7", None, "CardAuthorize",
            ),
        ),
        patches=(
            SourcePatch(
                arn("card-authorize"), "infra/pay.yaml", 12,
                "--- a/infra/pay.yaml\n+++ b/infra/pay.yaml\n@@ -14,1 +14,2 @@\n"
                "     Properties:\n+      Logging: <b>{Level: ALL}</b>\n",
            ),
        ),
    )  # fmt: skip
