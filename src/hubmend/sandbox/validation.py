"""What AWS checks before it accepts a logging configuration, in AWS's order and words.

No emulator checks any of this (F§10): level, exactly one destination, the `:*` qualifier, the
group's existence in the same account and region, the role's rights, room in the delivery policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.log_policy import admit_group

if TYPE_CHECKING:
    from hubmend.sandbox.rights import RoleRights

LEVELS = ("ALL", "FATAL", "ERROR", "OFF")
PREFIX = "Invalid Logging Configuration: "
ONE_DESTINATION = f"{PREFIX}Must specify exactly one Log Destination."
NOT_FOUND = f"{PREFIX}Log Destination not found."
NO_QUALIFIER = f"{PREFIX}Log Group ARN must be provided with '*' qualifier."
POLICY_SIZE = (
    f"{PREFIX}The CloudWatch Logs Resource Policy size was exceeded. We suggest prefixing your "
    "CloudWatch log group name with /aws/vendedlogs/states/."
)
NOT_AUTHORIZED = (
    "The state machine IAM Role is not authorized to access the Log Destination"  # F§3.7
)


class AwsError(Exception):
    """An error the simulated AWS answers: its code and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Destination:
    """A log group by account, region and name, as its ARN gives it."""

    account: str
    region: str
    group: str


def destination_of(logging: dict[str, Any]) -> Destination | None:
    """Return the destination of a stored configuration, or None without a usable one."""
    destinations = logging.get("destinations") or []
    if not destinations:
        return None
    arn = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
    return _parse(arn)


def check_logging(
    logging: dict[str, Any], *, account: str, region: str, role_arn: str, rights: RoleRights
) -> None:
    """Accept a logging configuration or raise the `AwsError` AWS would (F§3.1, F§3.5, F§3.7).

    OFF is accepted with or without a destination. Accepting a level grows the delivery policy.
    """
    level = logging.get("level", "OFF")
    if level not in LEVELS:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{level}' at 'loggingConfiguration.level' "
            f"failed to satisfy constraint: Member must satisfy enum value set: "
            f"[{', '.join(LEVELS)}]",
        )
    if level == "OFF":
        return
    destinations = logging.get("destinations") or []
    if len(destinations) != 1:
        raise AwsError("InvalidLoggingConfiguration", ONE_DESTINATION)
    arn = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
    if not arn.endswith(":*"):
        raise AwsError("InvalidLoggingConfiguration", NO_QUALIFIER)
    found = _parse(arn)
    logs = _logs(account, region)
    if found is None or (found.account, found.region) != (account, region):
        raise AwsError("InvalidLoggingConfiguration", NOT_FOUND)
    if found.group not in logs.groups:
        raise AwsError("InvalidLoggingConfiguration", NOT_FOUND)
    if rights.missing(role_arn):
        raise AwsError("AccessDeniedException", NOT_AUTHORIZED)
    _check_room(logs, found.group)


def _check_room(logs: Any, group: str) -> None:
    """Grow the delivery policy; ten policies already is the AccessDenied of F§3.7 and F§3.9."""
    refused = admit_group(logs, group)
    if refused is None:
        return
    if refused.limit == "size":
        raise AwsError("InvalidLoggingConfiguration", POLICY_SIZE)
    raise AwsError("AccessDeniedException", NOT_AUTHORIZED)


def _parse(arn: str) -> Destination | None:
    """Split `arn:P:logs:R:A:log-group:NAME[:*]`; names hold no colon (F§3.11)."""
    parts = arn.split(":")
    if len(parts) not in {7, 8} or parts[2] != "logs" or parts[5] != "log-group":
        return None
    return Destination(account=parts[4], region=parts[3], group=parts[6])


def _logs(account: str, region: str) -> Any:
    from moto.logs.models import logs_backends  # noqa: PLC0415 - moto is slow to import

    return logs_backends[account][region]
