"""Endpoints that do not answer: asked twice, then left alone for a while.

A target makes several calls one after another, and each answer may take half a minute to not come:
without this, one silent target would hold a scan for as long as all its calls and their repeats.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from hubmend.aws.failures import TIMED_OUT
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind

# Calls made together fall silent together, which says no more than one call does. So a timeout
# counts only where its call began after the one counted before it.
MOST_ROUNDS = 2
REST_SECONDS = 60
NOT_ASKED = "NotAsked"
_ADVICE = "scan again later, or see what is on the way to it (proxy, firewall, VPC endpoint)"


@dataclass
class _Endpoint:
    """One service in one target: timeouts in a row, when the last was counted, and its rest."""

    rounds: int = 0
    counted: float = 0.0
    until: float = 0.0


class Silence:
    """What did not answer lately, by account, region and service; `answer` is in seconds."""

    def __init__(self, answer: float, now: Callable[[], float] = time.monotonic) -> None:
        self._answer, self.now = answer, now
        self._endpoints: dict[tuple[Target, str], _Endpoint] = {}

    def check(self, target: Target, call: Call) -> None:
        """Raise AwsError where an endpoint is left alone."""
        found = self._endpoints.get((target, call.service))
        if found and self.now() < found.until:
            said = (
                f"{call.service} did not answer {found.rounds} times in a row, "
                f"{self._answer:g} s each: left alone for {REST_SECONDS} s"
            )
            raise AwsError(ErrorKind.UNREACHABLE, NOT_ASKED, said, str(call), _ADVICE)

    def heard(self, target: Target, call: Call) -> None:
        """Remember that an endpoint answered."""
        self._endpoints.pop((target, call.service), None)

    def failed(self, target: Target, call: Call, error: AwsError, began: float) -> None:
        """Count a call that got no answer; any refusal is one."""
        if error.kind is ErrorKind.UNREACHABLE:
            return
        if error.code != TIMED_OUT:
            self.heard(target, call)
            return
        found = self._endpoints.setdefault((target, call.service), _Endpoint())
        if began >= found.counted:
            found.rounds, found.counted = found.rounds + 1, self.now()
        if found.rounds >= MOST_ROUNDS:
            found.until = found.counted + REST_SECONDS
