"""One embedded AWS, from start to stop.

moto's state and configuration are global to the process, so one sandbox lives at a time, and
stopping it puts everything back: backends, configuration, environment, port.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any, Self

from hubmend.sandbox.clock import SandboxClock
from hubmend.sandbox.identity import OPERATOR_KEY, OPERATOR_SECRET, create_operator
from hubmend.sandbox.organization import Built, build, enable_security_hub
from hubmend.sandbox.quotas import Count, CountKey, Quotas
from hubmend.sandbox.server import LoopbackServer, SandboxApplication

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from hubmend.sandbox.server import Score
    from hubmend.sandbox.wire import Simulation

HOME_REGION = "ap-northeast-1"
_ONE = threading.Lock()


class SandboxInUseError(RuntimeError):
    """A second sandbox was started while one runs in the same process."""


class Sandbox:
    """An embedded AWS on 127.0.0.1; a context manager.

    `port` 0 takes a free port. `empty` leaves the sample organization out. `quotas` refuses calls
    beyond AWS's quotas. `account` is the account the sandbox's own credentials belong to; the
    sample organization needs the default. `simulate=False` serves plain moto. `propagation` and
    `delivery_delay` are seconds of `clock`.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        empty: bool = False,
        quotas: bool = False,
        clock: SandboxClock | None = None,
        account: str = "111122223333",
        simulate: bool = True,
        propagation: float = 2.0,
        delivery_delay: float = 0.5,
    ) -> None:
        self.clock = clock or SandboxClock()
        self._port = port
        self._empty = empty
        self._account = account
        self._simulate = simulate
        self._propagation = propagation
        self._delivery_delay = delivery_delay
        self._quotas = Quotas(enabled=quotas)
        self._score: Score | None = None
        self._server: LoopbackServer | None = None
        self._before: dict[str, Any] = {}
        # moto logs every failing state; without a handler Python prints that to standard error.
        self._silence = logging.NullHandler()
        self._contents: list[dict[str, Any]] = []

    def start(self) -> Self:
        """Import moto, build the sample organization and serve.

        Raises SandboxInUseError when one already runs in this process, OSError when the port is
        taken.
        """
        if not _ONE.acquire(blocking=False):
            raise SandboxInUseError(
                "a sandbox already runs in this process, and moto's state is global: "
                "stop it first, or start the second one in another process"
            )
        try:
            self._start()
        except BaseException:
            self._restore()
            _ONE.release()
            raise
        return self

    def stop(self) -> None:
        """Stop serving, free the port and reset moto; harmless when not running."""
        if self._server is None:
            return
        self._server.stop()
        self._server = None
        self._restore()
        _ONE.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """The URL to use as AWS_ENDPOINT_URL."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running: call start() first")
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def counters(self) -> Mapping[CountKey, Count]:
        """Calls and refusals by (service, operation, account, region)."""
        return self._quotas.counts

    def environment(self) -> dict[str, str]:
        """Return the variables that point any AWS SDK or tool at this sandbox.

        Host prefixes are switched off because StartSyncExecution would otherwise go to
        `sync-127.0.0.1`.
        """
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": OPERATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": OPERATOR_SECRET,
            "AWS_REGION": HOME_REGION,
            "AWS_DEFAULT_REGION": HOME_REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        }

    def contents(self) -> list[dict[str, Any]]:
        """Return the sample organization's machines for printing; empty in an empty sandbox.

        Keys: account, account_name, region, machine, type, level, case, expected, succeeds_with,
        fails_with (inputs as JSON text, or None).
        """
        return [dict(row) for row in self._contents]

    def _start(self) -> None:
        from moto.core.config import default_user_config  # noqa: PLC0415 - moto is slow to import
        from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - moto is slow to import
            create_backend_app,
        )

        from hubmend.sandbox.dispatch import Dispatcher  # noqa: PLC0415 - it imports moto

        logging.getLogger("moto").addHandler(self._silence)
        self._before = {
            "stepfunctions": dict(default_user_config["stepfunctions"]),
            "iam": dict(default_user_config["iam"]),
            "MOTO_PORT": os.environ.get("MOTO_PORT"),
        }
        default_user_config["stepfunctions"]["execute_state_machine"] = True
        default_user_config["iam"]["load_aws_managed_policies"] = True
        create_operator(self._account)
        built = Built() if self._empty else build()
        self._contents = built.contents
        simulations = self._simulations(built) if self._simulate else []
        application = SandboxApplication(
            Dispatcher(create_backend_app),
            simulations,
            clock=self.clock,
            quotas=self._quotas,
            home=self._account,
            score=self._score,
        )
        self._server = LoopbackServer(application, self._port)
        os.environ["MOTO_PORT"] = str(self._server.port)
        self._server.start()

    def _simulations(self, built: Built) -> list[Simulation]:
        """Make every simulation, imported here because a plain sandbox needs none."""
        from hubmend.sandbox.config_service import ConfigSimulation  # noqa: PLC0415
        from hubmend.sandbox.delivery import Deliveries  # noqa: PLC0415
        from hubmend.sandbox.hub import HubSimulation  # noqa: PLC0415
        from hubmend.sandbox.logs import LogsSimulation  # noqa: PLC0415
        from hubmend.sandbox.policy_simulation import PolicySimulation  # noqa: PLC0415
        from hubmend.sandbox.rights import RoleRights  # noqa: PLC0415
        from hubmend.sandbox.stacks import StacksSimulation  # noqa: PLC0415
        from hubmend.sandbox.states import StatesSimulation  # noqa: PLC0415

        deliveries = Deliveries(self.clock, self._delivery_delay)
        rights = RoleRights(self.clock, self._propagation)
        hub = HubSimulation(
            self.clock, administrator=self._account, account_names=built.account_names
        )
        states = StatesSimulation(rights, deliveries, built.unreadable, hub.observe)
        enable_security_hub(hub, built, home=self._account, home_region=HOME_REGION)
        self._score = hub.score_response
        return [
            rights,
            PolicySimulation(),
            states,
            LogsSimulation(deliveries),
            StacksSimulation(built.stacks),
            hub,
            ConfigSimulation(self.clock, hub),
        ]

    def _restore(self) -> None:
        """Put moto and the environment back as they were before the start."""
        from moto.core.base_backend import BackendDict  # noqa: PLC0415 - moto is slow to import
        from moto.core.config import default_user_config  # noqa: PLC0415
        from moto.core.model_instances import reset_model_data  # noqa: PLC0415

        logging.getLogger("moto").removeHandler(self._silence)
        if not self._before:
            return
        default_user_config["stepfunctions"] = self._before["stepfunctions"]
        default_user_config["iam"] = self._before["iam"]
        BackendDict.reset()
        reset_model_data()
        if self._before["MOTO_PORT"] is None:
            os.environ.pop("MOTO_PORT", None)
        else:
            os.environ["MOTO_PORT"] = self._before["MOTO_PORT"]
