"""Decisions: what is to happen to a resource, who said so, why and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from hubmend.core.resource import Kind

LEVELS = ("ALL", "ERROR", "FATAL")
DEFAULT = "DEFAULT"  # of the control's parameter: no level asked for
UPDATE_VERSIONS = ("ask", "yes", "no")


@dataclass(frozen=True)
class Decision:
    """One decision about one resource, or about the control in one account.

    `resource` is an ARN, an account id for disable-control, or an account id and "/logLevel" for
    set-parameter, whose `level` may be DEFAULT. `source` is "person" or "rule".
    Unset fields of an enable decision (level, log_group, ...) take the policy file's defaults.
    """

    id: str
    resource: str
    kind: Kind
    by: str
    at: datetime
    source: str = "person"
    reason: str = ""
    until: date | None = None
    level: str | None = None
    include_execution_data: bool | None = None
    log_group: str | None = None
    retention_days: int | None = None
    kms_key: str | None = None
    update_versions: str | None = None

    def stands(self, today: date) -> bool:
        """Whether the decision still holds on this day."""
        return self.until is None or today <= self.until
