"""Credentials: those the SDK finds, and those of roles taken with them, renewed before they end.

Finding and renewing may ask the network (SSO, instance metadata, a credential process), and
botocore does it without asyncio: in a thread, and only when something is to be found or renewed.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.credentials import ReadOnlyCredentials as Keys
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

from hubmend.aws.failures import not_renewed, translate
from hubmend.core.errors import AwsError, CredentialsError, ErrorKind, HubmendError

__all__ = ["Credentials", "Keys"]

RENEW_BEFORE = timedelta(minutes=5)
# An account that refuses its role refuses it in every region: it is asked once for all of them, and
# again after so long, since its people may be mending the role meanwhile. So are credentials that
# cannot be found or renewed: each try may start a process, and every call would.
REFUSED_SECONDS = 60
_LASTING = {ErrorKind.DENIED, ErrorKind.NOT_FOUND, ErrorKind.INVALID}
Assume = Callable[[str], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True)
class _Taken:
    """A role's keys, and when they end."""

    keys: Keys
    until: datetime

    def lasts(self, margin: timedelta = timedelta(0)) -> bool:
        """Whether the keys work for some time yet."""
        return self.until - datetime.now(UTC) > margin


class Credentials:
    """Keys to sign with; raises CredentialsError where none work."""

    def __init__(self, session: Session, now: Callable[[], float] = time.monotonic) -> None:
        self._session, self._now = session, now
        self._found: Any = None
        self._finding = asyncio.Lock()
        self._lacking: tuple[CredentialsError, float] | None = None
        self._taken: dict[str, _Taken] = {}
        self._taking: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._refused: dict[str, tuple[AwsError, float]] = {}

    async def own(self) -> Keys:
        """Return the caller's own keys."""
        if self._ready():
            return self._frozen()
        async with self._finding:
            if self._lacking and self._now() < self._lacking[1]:
                raise self._lacking[0].with_traceback(None)
            try:
                return await asyncio.to_thread(self._find)
            except Exception as error:  # noqa: BLE001 - translate knows them all
                raise self._lack(error) from None

    async def of_role(self, arn: str, assume: Assume) -> Keys:
        """Return a role's keys, taken with `assume` (what AssumeRole answers) where need be."""
        async with self._taking[arn]:
            taken = self._taken.get(arn)
            if taken and taken.lasts(RENEW_BEFORE):
                return taken.keys
            try:
                answer = await self._ask(arn, assume)
            except HubmendError:
                if taken and taken.lasts():
                    return taken.keys  # there are minutes left to try again in
                raise
            keys = Keys(
                answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"], None
            )
            self._taken[arn] = _Taken(keys, answer["Expiration"])
            return keys

    async def _ask(self, arn: str, assume: Assume) -> Mapping[str, Any]:
        """Take a role, or raise the refusal of a moment ago."""
        error, until = self._refused.get(arn, (None, 0.0))
        if error and self._now() < until:
            raise error.with_traceback(None)
        try:
            return await assume(arn)
        except AwsError as refusal:
            if refusal.kind in _LASTING:
                self._refused[arn] = refusal, self._now() + REFUSED_SECONDS
            raise

    def _lack(self, error: Exception) -> HubmendError:
        """Say what went wrong, and remember it where only a person can mend it."""
        if self._found is None:
            failure = translate(error, "looking for credentials")
        else:
            failure = not_renewed(error)
        if isinstance(failure, CredentialsError):
            self._lacking = failure, self._now() + REFUSED_SECONDS
        return failure

    def _ready(self) -> bool:
        """Whether keys are there that need no renewal."""
        renewable = getattr(self._found, "refresh_needed", None)
        return self._found is not None and not (renewable and renewable())

    def _find(self) -> Keys:
        self._found = self._found or self._session.get_credentials()
        if self._found is None:
            raise NoCredentialsError
        return self._frozen()

    def _frozen(self) -> Keys:
        keys: Keys = self._found.get_frozen_credentials()
        return keys
