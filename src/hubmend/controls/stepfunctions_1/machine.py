"""The state machine as read: what DescribeStateMachine answers, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.codec import encode

OFF = "OFF"
# An execution started this soon after a change may still use the old configuration (F§3.5).
SETTLING = timedelta(seconds=15)
CUSTOMER_KEY = "CUSTOMER_MANAGED_KMS_KEY"


@dataclass(frozen=True)
class Machine:
    """One state machine. `logging` is the raw loggingConfiguration, which an undo must restore.

    `tagged` is False where its tags could not be read: then `tags` are not known, and empty.
    """

    arn: str
    name: str
    type: str
    role_arn: str
    logging: Mapping[str, Any]
    revision_id: str | None
    created: str
    encryption: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    tagged: bool = True

    @property
    def target(self) -> Target:
        """Return the account and region."""
        return parse_arn(self.arn).target

    @property
    def partition(self) -> str:
        """Return the AWS partition."""
        return parse_arn(self.arn).partition

    @property
    def level(self) -> str:
        """Return the log level; a machine without configuration is OFF (F§3.1)."""
        return str(self.logging.get("level") or OFF)

    @property
    def include_execution_data(self) -> bool:
        """Whether input and output of states are logged."""
        return bool(self.logging.get("includeExecutionData", False))

    @property
    def log_group_arn(self) -> str | None:
        """Return the ARN of the destination as configured, with its :* suffix."""
        return next((arn for arn in group_arns(self.logging) if arn), None)

    @property
    def log_group(self) -> str | None:
        """Return the name of the destination log group."""
        return group_name(self.log_group_arn) if self.log_group_arn else None

    @property
    def customer_key(self) -> str | None:
        """Return the KMS key of a machine encrypted with a customer managed key (F§3.10)."""
        if self.encryption.get("type") != CUSTOMER_KEY:
            return None
        return str(self.encryption.get("kmsKeyId") or "")


def group_arns(logging: Mapping[str, Any]) -> list[str | None]:
    """Return the log group of each destination, None where one names no group.

    Total: emulators leave out, or set to null, what AWS always sends.
    """
    destinations = logging.get("destinations")
    listed = destinations if isinstance(destinations, list | tuple) else ()
    return [_group_arn(one) for one in listed]


def _group_arn(destination: Any) -> str | None:
    group = destination.get("cloudWatchLogsLogGroup") if isinstance(destination, Mapping) else None
    arn = group.get("logGroupArn") if isinstance(group, Mapping) else None
    return str(arn) if arn else None


def group_name(arn: str) -> str:
    """Return the log group's name in an ARN, with or without its :* suffix."""
    return arn.split(":log-group:", 1)[-1].removesuffix(":*")


def from_description(described: Mapping[str, Any], tags: Mapping[str, str] | None) -> Machine:
    """Build a Machine from DescribeStateMachine's answer and its tags, None where not readable."""
    return Machine(
        arn=described["stateMachineArn"],
        name=described["name"],
        type=described.get("type") or "STANDARD",
        role_arn=described["roleArn"],
        logging=described.get("loggingConfiguration") or {},
        revision_id=described.get("revisionId"),
        created=encode(described["creationDate"]),
        encryption=described.get("encryptionConfiguration") or {},
        tags=tags or {},
        tagged=tags is not None,
    )


def same_logging(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two loggingConfigurations mean the same: AWS fills in what was left out (F§3.1)."""
    return _normal(one) == _normal(other)


def _normal(logging: Mapping[str, Any]) -> tuple[Any, ...]:
    data = bool(logging.get("includeExecutionData"))
    return (logging.get("level") or OFF, data, group_arns(logging))
