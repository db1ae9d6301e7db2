"""Everything the Security Hub simulation holds: targets, who administers whom, aggregation.

The operations work on this one object under one lock; a request settles what it may see before
it reads it, so nobody observes half a change.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.calls import Call
from hubmend.sandbox.hub.catalogue import FSBP, PCI, standard_of
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.evaluation import Evaluator
from hubmend.sandbox.hub.findings import Place, digest
from hubmend.sandbox.hub.machines import MachineSource
from hubmend.sandbox.hub.recording import Recorder
from hubmend.sandbox.hub.settings import Clock, Settings, partition
from hubmend.sandbox.hub.target import Target

SELF_MANAGED = "SELF_MANAGED_SECURITY_HUB"


@dataclass(frozen=True)
class Aggregator:
    """A finding aggregator: the home Region and which Regions it links (F§2.9)."""

    account: str
    home: str
    mode: str
    regions: tuple[str, ...]

    @property
    def arn(self) -> str:
        """The FindingAggregatorArn."""
        unique = digest(self.account, self.home, "aggregator")[:32]
        return (
            f"arn:{partition(self.home)}:securityhub:{self.home}:{self.account}"
            f":finding-aggregator/{unique}"
        )

    def links(self, region: str) -> bool:
        """Whether findings of the Region reach the home Region."""
        return {
            "ALL_REGIONS": True,
            "ALL_REGIONS_EXCEPT_SPECIFIED": region not in self.regions,
            "SPECIFIED_REGIONS": region in self.regions,
            "NO_REGIONS": False,
        }[self.mode] or region == self.home


@dataclass
class Failure:
    """A planned refusal of BatchUpdateFindings; `left` counts down, None lasts."""

    code: str
    left: int | None


class World:
    """State of the simulation; see HubSimulation for the public face."""

    def __init__(
        self,
        clock: Clock,
        settings: Settings,
        source: MachineSource,
        administrator: str | None,
        account_names: dict[str, str],
    ) -> None:
        self.clock = clock
        self.settings = settings
        self.administrator = administrator
        self.account_names = account_names
        self.lock = threading.RLock()
        self.targets: dict[tuple[str, str], Target] = {}
        self.aggregators: dict[str, Aggregator] = {}
        self.failures: dict[str, Failure] = {}
        self.central = False  # else configuration is local (F§2.9)
        self.policies: dict[str, dict[str, Any]] = {}
        self.managed_by: dict[str, str] = {}  # account: its policy, or SELF_MANAGED
        self.evaluator = Evaluator(settings, source, self.rules_of)

    def now(self) -> datetime:
        """The simulation's time."""
        return self.clock.now()

    def target(self, account: str, region: str) -> Target:
        """The account in the Region, settled up to now; made at first sight."""
        target = self.targets.get((account, region))
        if target is None:
            name = self.account_names.get(account, "")
            recorder = Recorder(self.settings.record_delay)
            target = Target(Place(account, region, name), recorder)
            self.targets[account, region] = target
        self.evaluator.settle(target, self.now())
        return target

    def enable(
        self, account: str, region: str, standards: Iterable[str], *, consolidated: bool
    ) -> None:
        """Turn Security Hub on with standards, and run the first checks."""
        target = self.target(account, region)
        now = self.now()
        target.enabled_at = now
        target.consolidated = consolidated
        for key in standards:
            standard = standard_of(key)
            if standard is None:
                raise ValueError(f"no standard {key!r}; use {FSBP.key!r} or {PCI.key!r}")
            target.subscribe(standard, now)
        self.evaluator.enable(target, now)

    def is_administrator(self, account: str) -> bool:
        """Whether the account administers members."""
        return account == self.administrator

    def members(self) -> list[str]:
        """Every account with Security Hub on except the administrator."""
        on = {account for (account, _), target in self.targets.items() if target.enabled}
        return sorted(on - {self.administrator})

    def central_in(self, region: str) -> bool:
        """Whether configuration policies take effect in the Region: the home and linked ones."""
        aggregator = self.aggregators.get(self.administrator or "")
        return self.central and aggregator is not None and aggregator.links(region)

    def refuse_managed(self, call: Call) -> None:
        """Raise AccessDeniedException where a policy manages the caller's account (F§2.9)."""
        managed = self.managed_by.get(call.account, SELF_MANAGED) != SELF_MANAGED
        if managed and self.central_in(call.region):
            raise HubError(
                "AccessDeniedException",
                f"Account {call.account} is centrally managed: only its policy can do that",
            )

    def visible(self, account: str, region: str) -> list[Target]:
        """The targets whose findings the account sees in the Region (F§2.9), all settled.

        A member sees itself; the administrator its members too; in the home Region of an
        aggregator also the linked Regions.
        """
        aggregator = self.aggregators.get(account)
        seen = []
        for holder, place in sorted(self.targets):
            mine = holder == account or self.is_administrator(account)
            here = place == region
            if aggregator is not None and aggregator.home == region:
                here = aggregator.links(place)
            if mine and here:
                target = self.target(holder, place)
                if target.enabled:
                    seen.append(target)
        return seen

    def rules_of(self, target: Target) -> list[dict[str, Any]]:
        """The automation rules that apply to a target's findings: its administrator's (F§2.7)."""
        owners = dict.fromkeys([target.place.account, self.administrator or target.place.account])
        held = (self.targets.get((owner, target.place.region)) for owner in owners)
        return [rule for holder in held if holder for rule in holder.rules.values()]
