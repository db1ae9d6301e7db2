"""HubSimulation: Security Hub as the sandbox mounts it, and as tests reach into it.

The public face is small on purpose: the wire (`handle`), what a sample organization needs
(`enable`, `aggregate`), what the engine tells (`observe`), and what tests ask or provoke.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from hubmend.sandbox.hub.calls import decode
from hubmend.sandbox.hub.catalogue import CONTROLS, FSBP, PCI, Standard, standard_of
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.machines import MachineSource, MotoMachines
from hubmend.sandbox.hub.operations import OPERATIONS, WITHOUT_HUB
from hubmend.sandbox.hub.scores import control_status, score, score_answer
from hubmend.sandbox.hub.settings import Clock, Settings
from hubmend.sandbox.hub.world import Aggregator, Failure, World
from hubmend.sandbox.wire import Request, Response, error_answer, json_answer


class HubSimulation:
    """Security Hub for every account and Region of one sandbox.

    Args:
        clock: the sandbox's time.
        administrator: the delegated administrator; every other account with Security Hub on is
            its member (F§2.9).
        settings: delays and choices.
        source: where the state machines are read; moto's backend by default.
        account_names: account id to the `AwsAccountName` that its findings carry.

    """

    services = frozenset({"securityhub"})

    def __init__(
        self,
        clock: Clock,
        *,
        administrator: str | None = None,
        settings: Settings | None = None,
        source: MachineSource | None = None,
        account_names: Mapping[str, str] | None = None,
    ) -> None:
        self.world = World(
            clock,
            settings or Settings(),
            source or MotoMachines(clock),
            administrator,
            dict(account_names or {}),
        )

    def handle(self, request: Request) -> Response | None:
        """Answer a Security Hub request; None for operations outside the simulation.

        An account without Security Hub gets InvalidAccessException, as on AWS.
        """
        handler = OPERATIONS.get(request.operation or "")
        if request.service not in self.services or handler is None:
            return None
        with self.world.lock:
            try:
                self._admit(request)
                return json_answer(handler(self.world, decode(request)), rest=True)
            except HubError as error:
                return error_answer(request.service, error.code, error.message, status=error.status)

    def _admit(self, request: Request) -> None:
        target = self.world.target(request.account, request.region)
        if not target.enabled and request.operation not in WITHOUT_HUB:
            raise HubError(
                "InvalidAccessException",
                f"Account {request.account} is not subscribed to AWS Security Hub",
            )

    def enable(
        self,
        account: str,
        region: str,
        standards: Iterable[str] = (FSBP.key, PCI.key),
        *,
        consolidated: bool = True,
    ) -> None:
        """Turn Security Hub on with standards ("fsbp", "pci"); existing machines are checked now.

        Raises ValueError for an unknown standard.
        """
        with self.world.lock:
            self.world.enable(account, region, standards, consolidated=consolidated)

    def aggregate(
        self, account: str, home: str, mode: str = "ALL_REGIONS", regions: Sequence[str] = ()
    ) -> None:
        """Give the account a finding aggregator with `home` as its home Region."""
        with self.world.lock:
            self.world.aggregators[account] = Aggregator(account, home, mode, tuple(regions))

    def observe(self, account: str | None = None, region: str | None = None) -> None:
        """Look at the machines now, of one account or Region or of all known ones.

        Called right after a state machine was created, updated or deleted, so that the delays
        count from the change and not from the next look.
        """
        with self.world.lock:
            if account is not None and region is not None:
                self.world.target(account, region)
                return
            for known_account, known_region in list(self.world.targets):
                if account in (None, known_account) and region in (None, known_region):
                    self.world.target(known_account, known_region)

    def set_recording(self, account: str, region: str, mode: str) -> None:
        """Config's recording mode: CONTINUOUS, DAILY or OFF (then findings are WARNING, F§1.5)."""
        with self.world.lock:
            self.world.target(account, region).recorder.mode = mode

    def fail_updates(
        self, ids: Iterable[str], code: str | None, *, times: int | None = None
    ) -> None:
        """Make BatchUpdateFindings refuse these finding ids with an ErrorCode of F§2.5.

        `times` counts the refusals, None lasts until the same ids are given with code None.
        """
        with self.world.lock:
            for identity in ids:
                if code is None:
                    self.world.failures.pop(identity, None)
                else:
                    self.world.failures[identity] = Failure(code, times)

    def control_status(self, account: str, region: str, control: str) -> str:
        """Passed, Failed, Unknown, No data or Disabled, as the account sees it (F§1.6)."""
        with self.world.lock:
            return control_status(self.world.visible(account, region), CONTROLS[control])

    def score(self, account: str, region: str, standard: str = FSBP.key) -> int | None:
        """The security score in percent as the account sees it (F§1.7); None without data."""
        with self.world.lock:
            return score(self.world.visible(account, region), _standard(standard))

    def score_response(self, request: Request) -> Response:
        """GET /hubmend/score?account=..&region=..: both scores and every control's status."""
        with self.world.lock:
            return score_answer(self.world, request)


def _standard(key: str) -> Standard:
    standard = standard_of(key)
    if standard is None:
        known = json.dumps([FSBP.key, PCI.key])
        raise ValueError(f"no standard {key!r}; use one of {known}")
    return standard
