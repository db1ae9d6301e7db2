"""The gateway: every call to AWS passes here, paced, timed out, and retried where that is safe."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

from hubmend.aws.failures import TIMED_OUT
from hubmend.aws.optin import REGION_OFF, OptIn, suspected
from hubmend.aws.pacing import Pacing
from hubmend.aws.sessions import Sessions
from hubmend.aws.silence import NOT_ASKED, Silence
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Identity, Response
from hubmend.core.quotas import Quota

T = TypeVar("T")

READ_ATTEMPTS, CHANGE_ATTEMPTS = 6, 8
MOST_TIMEOUTS = 3  # of one call: each costs as long as an answer may take
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 10.0
# A throttled call did not happen, and AWS is merely busy: it is given up only after pauses of so
# many seconds in all, since a verdict lost to a busy AWS would be a wrong answer.
_PATIENCE = 300.0

REPEATED = "AWS gave the same page token twice, so that the pages after it are not known"

# A read may be repeated whenever the answer did not come; a change only when it did not happen.
_RETRY_READ = {ErrorKind.THROTTLED, ErrorKind.UNREACHABLE, ErrorKind.UNCERTAIN}
_RETRY_CHANGE = {ErrorKind.THROTTLED, ErrorKind.UNREACHABLE}
_RETRY_IDENTITY = {ErrorKind.THROTTLED, ErrorKind.UNCERTAIN}


class AwsGateway:
    """Implements core.ports.Gateway over HTTP; `pause` is how it waits, in seconds of `now`."""

    def __init__(
        self,
        sessions: Sessions,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        raised: Mapping[str, Quota] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._pause = pause
        self._pacing = Pacing(pause, raised, now)
        self._silence = Silence(sessions.answer)
        self._optin = OptIn(self._read)
        self._models = sessions.models

    async def identity(self) -> Identity:
        """Return whose credentials are in use; without a connection it says so at once."""
        return await self._insist(self._sessions.identity, READ_ATTEMPTS, _RETRY_IDENTITY)

    async def read(self, target: Target, call: Call) -> Response:
        """Make a call that changes nothing; a region that is off in the account is told as that."""
        try:
            return await self._read(target, call)
        except AwsError as error:
            if not suspected(call, error):
                raise
            if not await self._optin.is_off(target, (await self.identity()).partition):
                raise
            kind = ErrorKind.REGION_OFF
            raise AwsError(kind, error.code, REGION_OFF, error.operation) from None

    async def change(self, target: Target, call: Call) -> Response:
        """Make a call that changes something; never repeated once it may have happened."""

        async def once() -> Response:
            return await self._once(target, call, change=True)

        return await self._insist(once, CHANGE_ATTEMPTS, _RETRY_CHANGE)

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        """Follow every page of a paginated read, empty ones included (F§4.3).

        Raise AwsError, too, where AWS gives a page's own token as the next: the rest is not known.
        """
        more: dict[str, Any] = {}
        while True:
            asked = Call(call.service, call.operation, {**call.params, **more})
            response = await self.read(target, asked)
            yield response
            following = self._models.next_page(call, response)
            if not following:
                return
            if following == more:
                raise AwsError(ErrorKind.UNCERTAIN, "RepeatedToken", REPEATED, str(call))
            more = following

    def fault(self, call: Call) -> str | None:
        """Return what is wrong with a call's parameters, None when nothing is."""
        return self._models.fault(call)

    async def close(self) -> None:
        """Close every connection."""
        await self._sessions.close()

    async def _read(self, target: Target, call: Call) -> Response:
        """Make a read as often as helps; an endpoint that is silent is soon left alone."""

        async def once() -> Response:
            self._silence.check(target, call)
            return await self._once(target, call, change=False)

        return await self._insist(once, READ_ATTEMPTS, _RETRY_READ)

    async def _insist(
        self, once: Callable[[], Awaitable[T]], attempts: int, retried: set[ErrorKind]
    ) -> T:
        pause, patience, timeouts = _FIRST_PAUSE, _PATIENCE, 0
        while True:
            wait = random.uniform(pause / 2, pause)  # noqa: S311 - jitter, no secret
            try:
                return await once()
            except AwsError as error:
                if error.kind is ErrorKind.THROTTLED:
                    patience -= wait
                else:
                    attempts -= 1
                timeouts += error.code == TIMED_OUT
                spent = not attempts or patience < 0 or timeouts == MOST_TIMEOUTS
                if spent or error.kind not in retried or error.code == NOT_ASKED:
                    raise
            await self._pause(wait)
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def _once(self, target: Target, call: Call, *, change: bool) -> Response:
        taken = await self._pacing.turn(target, call.service, call.operation)
        began = self._silence.now()
        try:
            answer = await self._sessions.call(target, call, change=change)
        except AwsError as error:
            if error.kind is ErrorKind.THROTTLED:
                self._pacing.throttled(target, call.service, call.operation, taken)
            if not change:  # a change is made, and its answer waited for, whatever reads met
                self._silence.failed(target, call, error, began)
            raise
        self._silence.heard(target, call)
        return answer
