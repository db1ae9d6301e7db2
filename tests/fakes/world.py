"""What the fake AWS holds, and what of it a person would compare before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

Document = Mapping[str, Any]

ACCOUNT, REGION = "111122223333", "us-east-1"
PARTITION = "aws"

# The eight that are enough (F§3.8), written here again so that a slip in hubmend's list shows.
DELIVERY = (
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
)  # fmt: skip


@dataclass
class FakeMachine:
    """A state machine; it has no revision before its first change (F§3.5)."""

    arn: str
    name: str
    type: str
    role_arn: str
    created: datetime
    logging: dict[str, Any] = field(default_factory=dict)
    revision: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    encryption: dict[str, Any] = field(default_factory=dict)
    definition: str = '{"StartAt": "Pay"}'
    versions: dict[str, FakeVersion] = field(default_factory=dict)  # by ARN
    aliases: dict[str, FakeAlias] = field(default_factory=dict)  # by ARN
    published: int = 0


@dataclass
class FakeVersion:
    """A version: what DescribeStateMachine showed of the machine when it was published."""

    arn: str
    shown: dict[str, Any]
    created: datetime
    description: str = ""


@dataclass
class FakeAlias:
    """An alias with its routingConfiguration."""

    arn: str
    routing: list[dict[str, Any]]
    description: str = ""


@dataclass
class FakeGroup:
    """A log group; `streams` maps names to (moment from which it is seen, message)."""

    name: str
    tags: dict[str, str] = field(default_factory=dict)
    retention: int | None = None
    kms_key: str | None = None
    log_class: str = "STANDARD"
    streams: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)


@dataclass
class FakeRole:
    """A role; a change of its rights is felt `delay` later, as in AWS (F§3.7)."""

    arn: str
    name: str
    path: str = "/"
    inline: dict[str, Document] = field(default_factory=dict)
    attached: dict[str, Document] = field(default_factory=dict)
    boundary_arn: str | None = None
    boundary: Document | None = None
    past: list[tuple[datetime, bool]] = field(default_factory=list)

    def may_deliver(self, now: datetime, delay: timedelta) -> bool:
        """Whether AWS thinks at this moment that the role may set up log delivery."""
        for changed, before in self.past:
            if changed > now - delay:
                return before
        return self.has_rights

    @property
    def has_rights(self) -> bool:
        own = [*self.inline.values(), *self.attached.values()]
        framed = self.boundary is None or _allows([self.boundary])
        return framed and _allows(own)


def _allows(documents: list[Document]) -> bool:
    granted = [
        action
        for document in documents
        for statement in document["Statement"]
        if statement["Effect"] == "Allow" and statement.get("Resource") == "*"
        for action in statement["Action"]
    ]
    return all(any(fnmatchcase(needed, one) for one in granted) for needed in DELIVERY)


@dataclass
class FakeExecution:
    """One execution with its history (STANDARD keeps one, EXPRESS does not)."""

    arn: str
    machine: str
    status: str
    started: datetime
    stopped: datetime | None
    events: list[dict[str, Any]] = field(default_factory=list)
    through: dict[str, str] = field(default_factory=dict)  # alias and version, as AWS lists them


@dataclass
class World:
    """Everything in it, in as many accounts and regions as the ARNs say."""

    machines: dict[str, FakeMachine] = field(default_factory=dict)
    groups: dict[tuple[str, str, str], FakeGroup] = field(default_factory=dict)
    roles: dict[tuple[str, str], FakeRole] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)  # Logs resource policies by name
    keys: dict[str, Document] = field(default_factory=dict)
    executions: dict[str, FakeExecution] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)  # actions that hubmend's own identity lacks
    templates: dict[str, Any] = field(default_factory=dict)  # body by the stack's name

    def picture(self) -> dict[str, Any]:
        """Return what a rollback must restore: all but records and revisions."""
        return {
            "machines": {arn: _logging(one.logging) for arn, one in self.machines.items()},
            "versions": {arn: sorted(one.versions) for arn, one in self.machines.items()},
            "aliases": {
                alias.arn: (json.dumps(alias.routing), alias.description)
                for one in self.machines.values()
                for alias in one.aliases.values()
            },
            "roles": {
                one.arn: json.loads(json.dumps([one.inline, one.attached]))
                for one in self.roles.values()
            },
            "groups": {
                key: (one.retention, dict(one.tags), one.kms_key)
                for key, one in self.groups.items()
            },
        }


def _logging(logging: Mapping[str, Any]) -> tuple[Any, ...]:
    destinations = json.dumps(logging.get("destinations") or [])
    return logging.get("level", "OFF"), logging.get("includeExecutionData", False), destinations


def role_arn(name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def machine_arn(name: str, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:states:{region}:{account}:stateMachine:{name}"


def group_arn(name: str, account: str = ACCOUNT, region: str = REGION) -> str:
    return f"arn:aws:logs:{region}:{account}:log-group:{name}:*"


def logs_to(group: str, level: str = "ALL", *, data: bool = False, **where: str) -> dict[str, Any]:
    """Return a loggingConfiguration."""
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": group_arn(group, **where)}}
    return {"level": level, "includeExecutionData": data, "destinations": [destination]}


def allowing(*actions: str) -> dict[str, Any]:
    """Return a policy document that allows actions on everything."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
