"""What a call needs of IAM, as data: the rows that policies, advice and `doctor` are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hubmend.core.call import Call

# AWS's limit for a managed policy, white space not counted (F§4.4).
POLICY_LIMIT = 6_144
_PARTITIONS = {
    "cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b",
    "eusc-": "aws-eusc",
}  # fmt: skip


class Document(StrEnum):
    """The policies hubmend prints, each for one kind of principal."""

    AUDIT = "audit"  # reads everything, changes nothing
    REMEDIATE = "remediate"  # the whole journey: reads, changes, executions and undos
    DECIDE = "decide"  # people who suppress findings or disable the control
    OPERATOR = "operator"  # the caller's own credentials: how to reach the roles


@dataclass(frozen=True)
class Place:
    """Where actions are allowed: ARN patterns and a condition, under one statement id.

    Patterns may hold {partition}, {log_group}, {audit_role} and {remediate_role}.
    """

    sid: str
    arns: tuple[str, ...]
    condition: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Permission:
    """One IAM action that one call needs.

    `verb` is the first that makes the call. `changes`: the call goes through Gateway.change.
    `optional`: hubmend goes on without it, and `why` says what for. `also` names documents beyond
    those that follow from verb and changes.
    """

    service: str
    operation: str
    action: str
    place: Place
    verb: str
    why: str
    changes: bool = False
    optional: bool = False
    also: tuple[Document, ...] = ()

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return the policies the action belongs in, the smallest first."""
        if self.verb in (Document.DECIDE, Document.OPERATOR):
            return (Document(self.verb), *self.also)
        own = (Document.REMEDIATE,) if self.changes else (Document.AUDIT, Document.REMEDIATE)
        return (*own, *self.also)


@dataclass(frozen=True)
class Denial:
    """Actions that stay forbidden in a place, whatever else is allowed."""

    actions: tuple[str, ...]
    place: Place


@dataclass(frozen=True)
class Names:
    """What the patterns of a place are filled with."""

    partition: str = "aws"
    audit_role: str = "HubmendAudit"
    remediate_role: str = "HubmendRemediate"
    log_groups: tuple[str, ...] = ("/aws/vendedlogs/states/*",)

    def fill(self, pattern: str) -> tuple[str, ...]:
        """Return a pattern filled: once, or once per log group where it names one."""
        filled = (
            pattern.format(
                partition=self.partition,
                audit_role=self.audit_role,
                remediate_role=self.remediate_role,
                log_group=group,
            )
            for group in self.log_groups
        )
        return tuple(dict.fromkeys(filled))


def of_call(permissions: Sequence[Permission], call: Call) -> list[Permission]:
    """Return what a call needs."""
    return [
        one for one in permissions if (one.service, one.operation) == (call.service, call.operation)
    ]


def partition_of(region: str) -> str:
    """Return the partition a region belongs to, by AWS's own prefixes."""
    found = (partition for prefix, partition in _PARTITIONS.items() if region.startswith(prefix))
    return next(found, "aws")


def policy(
    permissions: Iterable[Permission], denials: Iterable[Denial], kind: Document, names: Names
) -> dict[str, Any]:
    """Return an IAM policy document: one statement per place, then the denials it needs."""
    places: dict[str, Place] = {}
    actions: dict[str, set[str]] = {}
    for one in permissions:
        if kind in one.documents:
            places[one.place.sid] = one.place
            actions.setdefault(one.place.sid, set()).add(one.action)
    statements = [
        _statement("Allow", place, sorted(actions[sid]), names) for sid, place in places.items()
    ]
    allowed = {action for some in actions.values() for action in some}
    for denial in denials:
        denied = [action for action in denial.actions if action in allowed]
        if denied:
            statements.append(_statement("Deny", denial.place, denied, names))
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(effect: str, place: Place, actions: Sequence[str], names: Names) -> dict[str, Any]:
    arns = [arn for pattern in place.arns for arn in names.fill(pattern)]
    statement: dict[str, Any] = {
        "Sid": place.sid,
        "Effect": effect,
        "Action": list(actions),
        "Resource": arns[0] if len(arns) == 1 else arns,
    }
    if place.condition:
        statement["Condition"] = filled_condition(place, names)
    return statement


def filled_condition(place: Place, names: Names) -> dict[str, dict[str, str]]:
    """Return a place's condition with its values filled."""
    return {
        operator: {key: names.fill(value)[0] for key, value in keys.items()}
        for operator, keys in place.condition.items()
    }
