"""The state machines the findings follow, read live from moto's Step Functions backend.

The rest of the simulation sees frozen `Machine` values through a one-method protocol, so the
lifecycle is tested without moto and moto's private attribute names appear in this module only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from hubmend.sandbox.hub.settings import Clock
from hubmend.sandbox.moto_states import states_backend


@dataclass(frozen=True)
class Machine:
    """One state machine as Config would record it.

    `logging` and `tracing` are in the API's camelCase; `changed_at` is the update date.
    """

    arn: str
    name: str
    kind: str
    role_arn: str
    logging: dict[str, Any]
    created_at: datetime
    changed_at: datetime
    tracing: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def level(self) -> str:
        """The logging level; a missing one counts as OFF (F§1.2)."""
        return str(self.logging.get("level") or "OFF")

    def recordable(self) -> tuple[object, ...]:
        """What Config compares: everything but the dates."""
        return (
            self.name,
            self.kind,
            self.role_arn,
            repr(self.logging),
            repr(self.tracing),
            repr(sorted(self.tags.items())),
            self.created_at,
        )


class MachineSource(Protocol):
    """Where the current state machines of one account and Region are read."""

    def machines(self, account: str, region: str) -> list[Machine]:
        """Every state machine that exists now."""


class MotoMachines:
    """The machines in moto's executing in-process backend, with their dates in sandbox time.

    moto stamps real time and the sandbox clock may be ahead of it, so update dates are moved by
    the lead the clock had at the look before: exact unless the clock was moved between that look
    and the change.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lead: dict[tuple[str, str], timedelta] = {}

    def machines(self, account: str, region: str) -> list[Machine]:
        """Every machine of the account and Region; a Region moto does not know has none."""
        try:
            backend = states_backend(account, region)
        except KeyError:
            return []
        current = self._clock.now() - datetime.now(UTC)
        lead = self._lead.get((account, region), current)
        self._lead[account, region] = current
        return [_machine(backend, live, lead) for live in list(backend.state_machines)]


def _machine(backend: Any, live: Any, lead: timedelta) -> Machine:
    return Machine(
        arn=live.arn,
        name=live.name,
        kind=live.type,
        role_arn=live.roleArn,
        logging=dict(live.loggingConfiguration or {}),
        tracing=dict(live.tracingConfiguration or {}),
        tags=dict(backend.tagger.get_tag_dict_for_resource(live.arn)),
        created_at=_aware(live.creation_date),
        changed_at=_aware(live.update_date) + lead,
    )


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
