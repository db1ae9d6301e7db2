"""The changes that turn logging on for one machine, each with its undo. Pure.

In this order, each only where needed: log group, retention, role policy (once per role), logging
configuration, alone and whole (F§3.5), then a version, and the aliases that are to route to it
(F§3.6). Undone in reverse: the machine before its role, since a role without rights would refuse
later updates of the machine (F§8.5).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hubmend.controls.stepfunctions_1.deployed import owner, owner_note, reverted
from hubmend.controls.stepfunctions_1.destination import chosen_key
from hubmend.controls.stepfunctions_1.draft import Draft
from hubmend.controls.stepfunctions_1.machine import Machine, same_logging
from hubmend.controls.stepfunctions_1.notes import group_notes, role_notes
from hubmend.controls.stepfunctions_1.obstacles import AGAIN, obstacle
from hubmend.controls.stepfunctions_1.repoint import Choice, repoint
from hubmend.controls.stepfunctions_1.rights import DOCUMENT, POLICY_NAME
from hubmend.controls.stepfunctions_1.survey import Surroundings
from hubmend.core.call import Call, Change
from hubmend.core.codec import encode
from hubmend.core.control import Outline
from hubmend.core.decision import LEVELS, Decision
from hubmend.core.plan import Manual, Note
from hubmend.core.settings import Settings

PLAN_TAG, MACHINE_TAG = "hubmend:plan", "hubmend:machine"
CLOUDWATCH_16_DAYS = 365  # F§3.11


def outline(
    machine: Machine,
    decision: Decision,
    settings: Settings,
    around: Surroundings,
    planned: Sequence[Change],
    created: datetime,
) -> Outline:
    """Propose the changes for one machine, given those planned before it."""
    if decision.level not in LEVELS:
        return Outline(manual=_without_level(machine, decision))
    wanted = _logging(decision, settings, around)
    by, draft = owner(machine, around.deployed), Draft(machine, planned)
    notes: tuple[Note, ...] = ()
    if not same_logging(machine.logging, wanted):
        refused = reverted(machine, around.deployed, wanted, around.role)
        manual = refused or obstacle(machine, around)
        if manual:
            return Outline(manual=manual, owner=by)
        _log_group(draft, decision, settings, around, encode(created))
        _role_policy(draft, around)
        _turn_on(draft, wanted, decision)
        notes = _notes(machine, wanted, around, draft)
    choice = Choice(decision.update_versions or settings.defaults.update_versions)
    traffic = repoint(draft, around.aliases, wanted, choice, encode(created))
    if draft.changes or traffic.manual:
        told = (*notes, *(Note(machine.arn, text) for text in traffic.notes))
        return Outline(tuple(draft.changes), traffic.manual, told, owner=by)
    return Outline(skip="; ".join(("logging is already as decided", *traffic.notes)))


def _without_level(machine: Machine, decision: Decision) -> Manual:
    """Return what to do where nobody chose a level, and the last scan tells of none to take."""
    return Manual(
        machine.arn,
        f"no level to turn its logging on at is known (found: {decision.level})",
        (f"decide one: hubmend decide {machine.arn} --enable --level ERROR --by NAME", AGAIN),
    )


def _turn_on(draft: Draft, wanted: Mapping[str, Any], decision: Decision) -> None:
    machine = draft.machine

    def update(logging: Mapping[str, Any]) -> Call:
        params = {"stateMachineArn": machine.arn, "loggingConfiguration": logging}
        return Call("stepfunctions", "UpdateStateMachine", params)

    draft.add(
        update(wanted),
        update(_before(machine)),
        title=_logging_title(machine, wanted),
        reason=decision.reason or f"decided by {decision.by}",
    )


def _logging(decision: Decision, settings: Settings, around: Surroundings) -> dict[str, Any]:
    data = decision.include_execution_data
    if data is None:
        data = settings.defaults.include_execution_data
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": around.destination.arn}}
    return {"level": decision.level, "includeExecutionData": data, "destinations": [group]}


def _before(machine: Machine) -> Mapping[str, Any]:
    """Return the configuration to restore: as it was read, or OFF where there was none."""
    return machine.logging or {"level": "OFF", "includeExecutionData": False}


def _log_group(
    draft: Draft, decision: Decision, settings: Settings, around: Surroundings, created: str
) -> None:
    name, target, group = around.destination.name, draft.machine.target, around.group

    def planned(operation: str) -> Change | None:
        return draft.planned_before(
            lambda change: (
                change.target == target
                and change.call.operation == operation
                and change.call.params["logGroupName"] == name
            )
        )

    if group is None and planned("CreateLogGroup") is None:
        tags = {PLAN_TAG: created, MACHINE_TAG: draft.machine.arn}
        params: dict[str, Any] = {"logGroupName": name, "tags": tags}
        key = (around.new_key and around.new_key.arn) or chosen_key(decision, settings)
        if key:
            params["kmsKeyId"] = key
        draft.add(
            Call("logs", "CreateLogGroup", params),
            Call("logs", "DeleteLogGroup", {"logGroupName": name}),
            title=f"log group {name}" + (f" with key {key}" if key else ""),
            reason="logging needs a destination that exists",
        )
        _retention(draft, name, decision.retention_days or settings.defaults.retention_days, None)
    elif decision.retention_days is not None:
        earlier = planned("PutRetentionPolicy")
        before = group.retention_days if group else None
        standing = earlier.call.params["retentionInDays"] if earlier else before
        if decision.retention_days != standing:
            _retention(draft, name, decision.retention_days, standing)


def _retention(draft: Draft, name: str, days: int, before: int | None) -> None:
    undo = (
        Call("logs", "DeleteRetentionPolicy", {"logGroupName": name})
        if before is None
        else Call("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": before})
    )
    draft.add(
        Call("logs", "PutRetentionPolicy", {"logGroupName": name, "retentionInDays": days}),
        undo,
        title=f"retention {days} days",
        reason="records are kept as long as decided, not for ever",
    )


def _role_policy(draft: Draft, around: Surroundings) -> None:
    role, account = around.role, draft.machine.target.account
    if role.rights.sufficient:
        return
    names = {"RoleName": role.name, "PolicyName": POLICY_NAME}

    def same(change: Change) -> bool:
        return (
            change.account == account
            and change.call.operation == "PutRolePolicy"
            and change.call.params["RoleName"] == role.name
        )

    if draft.planned_before(same):
        return
    old = role.inline.get(POLICY_NAME)
    undo = (
        Call("iam", "DeleteRolePolicy", names)
        if old is None
        else Call("iam", "PutRolePolicy", {**names, "PolicyDocument": json.dumps(old)})
    )
    draft.add(
        Call("iam", "PutRolePolicy", {**names, "PolicyDocument": json.dumps(DOCUMENT)}),
        undo,
        title=f"role {role.name}: inline policy {POLICY_NAME}",
        reason=f"the role lacks {', '.join(role.rights.lacking)}",
    )


def _logging_title(machine: Machine, wanted: Mapping[str, Any]) -> str:
    data = "on" if wanted["includeExecutionData"] else "off"
    return f"logging {machine.level} -> {wanted['level']}, execution data {data}"


def _notes(
    machine: Machine, wanted: Mapping[str, Any], around: Surroundings, draft: Draft
) -> tuple[Note, ...]:
    texts = list(around.notes)
    by = owner(machine, around.deployed)
    if by:
        texts.append(owner_note(by, around.deployed))
    if not around.role.rights.sufficient:
        texts += role_notes(around.role)
    if around.role.rights.perhaps_denied:
        denied = around.role.rights.perhaps_denied[0]
        texts.append(f"a conditional Deny in its role may refuse {denied}")
    if wanted["level"] == "FATAL":
        texts.append("FATAL passes Security Hub but fails Control Tower's CT.STEPFUNCTIONS.PR.1")
    if wanted["includeExecutionData"]:
        texts.append("input and output of every state go to the log: they can hold personal data")
    days = [change.call.params.get("retentionInDays") for change in draft.changes]
    if any(one is not None and one < CLOUDWATCH_16_DAYS for one in days):
        texts.append("retention under 365 days fails control CloudWatch.16 where NIST is on")
    texts += group_notes(around)
    return tuple(Note(machine.arn, text) for text in texts)
