"""Credentials and clients: whose session works where, each client made once.

Credentials, profiles, SSO, regions and AWS_ENDPOINT_URL are the SDK's own. In the account of the
credentials they are used as they are; in any other account the audit role (to read) or the
remediate role (to change) is assumed, and refreshed by the SDK.
"""

from __future__ import annotations

import asyncio
import difflib
import os
from contextlib import AsyncExitStack
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from aiobotocore.config import AioConfig
from aiobotocore.credentials import (
    AioAssumeRoleCredentialFetcher,
    AioDeferredRefreshableCredentials,
)
from aiobotocore.session import AioSession

from hubmend.aws.answers import refuse_broken
from hubmend.aws.failures import translate
from hubmend.core.arn import Target
from hubmend.core.errors import UsageError
from hubmend.core.ports import Identity
from hubmend.core.settings import Scope

CONNECT_SECONDS, ANSWER_SECONDS, POOL = 5, 30, 64


@cache
def known_regions() -> frozenset[str]:
    """Return every region with Step Functions the SDK knows, of all partitions."""
    sdk = botocore.session.Session()
    return frozenset(
        name
        for partition in sdk.get_available_partitions()
        for name in sdk.get_available_regions("stepfunctions", partition)
    )


class Sessions:
    """Clients by target, service and role."""

    def __init__(
        self,
        profile: str | None,
        scope: Scope,
        region: str | None = None,
        answer: float = ANSWER_SECONDS,
    ) -> None:
        self._scope, self._region, self._answer = scope, region, answer
        try:
            self._base = AioSession(profile=profile)
            self._base.user_agent_extra = "hubmend"
            self._base.get_scoped_config()  # refuses a profile there is none of
            # botocore knows AWS_DEFAULT_REGION only; every other SDK and the AWS CLI read this.
            configured = self._base.get_config_variable("region")
            self._default_region = os.environ.get("AWS_REGION") or configured
        except Exception as error:  # noqa: BLE001 - translate knows them all
            raise translate(error, "reading the AWS configuration") from None
        # StartSyncExecution puts "sync-" before the host, which no loopback address has.
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        self._loopback = urlsplit(endpoint).hostname in ("127.0.0.1", "localhost", "::1")
        self._stack = AsyncExitStack()
        self._clients: dict[tuple[str, ...], Any] = {}
        self._assumed: dict[tuple[str, str], AioSession] = {}
        self._lock = asyncio.Lock()
        self._identity: Identity | None = None

    @property
    def region(self) -> str:
        """Return the region to begin with; raise UsageError where there is none such."""
        region = self._region or self._default_region
        if not region:
            raise UsageError("no region: give --regions, or set AWS_REGION or a profile with one")
        self.check_region(str(region))
        return str(region)

    def check_region(self, region: str) -> None:
        """Raise UsageError for a region AWS does not have."""
        known = sorted(known_regions())
        if region not in known:
            near = difflib.get_close_matches(region, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UsageError(f"{region!r} is not a region with Step Functions{hint}")

    async def identity(self) -> Identity:
        """Return whose credentials these are, asked once."""
        if self._identity is None:
            client = await self._client(self._base, ("", self.region, "sts", ""))
            try:
                who = await client.get_caller_identity()
            except Exception as error:  # noqa: BLE001 - translate knows them all
                raise translate(error, "sts:GetCallerIdentity") from None
            arn = str(who["Arn"])
            self._identity = Identity(str(who["Account"]), arn, arn.split(":")[1])
        return self._identity

    async def client(self, target: Target, service: str, *, change: bool) -> Any:
        """Return the client for a service in a target."""
        own = await self.identity()
        role = self._scope.remediate_role if change else self._scope.audit_role
        if target.account == own.account:
            role = ""
        key = (target.account, target.region, service, role)
        if key in self._clients:
            return self._clients[key]
        session = await self._session(own, target.account, role) if role else self._base
        return await self._client(session, key)

    async def close(self) -> None:
        """Close every connection."""
        await self._stack.aclose()

    async def _client(self, session: AioSession, key: tuple[str, ...]) -> Any:
        _, region, service, _ = key
        async with self._lock:
            if key not in self._clients:
                config = AioConfig(
                    connect_timeout=CONNECT_SECONDS,
                    read_timeout=self._answer,
                    retries={"total_max_attempts": 1},  # the gateway retries, in the pace it keeps
                    max_pool_connections=POOL,
                    user_agent_extra="hubmend",
                    inject_host_prefix=not self._loopback,
                )
                try:
                    factory: Any = session.create_client  # typed per service name only
                    context = factory(service, region_name=region, config=config)
                    client = await self._stack.enter_async_context(context)
                    client.meta.events.register("before-parse", refuse_broken)
                    self._clients[key] = client
                except Exception as error:  # noqa: BLE001 - translate knows them all
                    raise translate(error, f"connecting to {service} in {region}") from None
            return self._clients[key]

    async def _session(self, own: Identity, account: str, role: str) -> AioSession:
        if (account, role) not in self._assumed:
            arn = f"arn:{own.partition}:iam::{account}:role/{role}"
            extra = {"RoleSessionName": "hubmend"}
            if self._scope.external_id:
                extra["ExternalId"] = self._scope.external_id
            factory: Any = self._base.create_client
            fetcher = AioAssumeRoleCredentialFetcher(
                client_creator=factory,
                source_credentials=await self._base.get_credentials(),
                role_arn=arn,
                extra_args=extra,
            )
            session: Any = AioSession()
            # The SDK has no public way to hand a session refreshable credentials.
            session._credentials = AioDeferredRefreshableCredentials(  # noqa: SLF001
                method="assume-role", refresh_using=fetcher.fetch_credentials
            )
            self._assumed[account, role] = session
        return self._assumed[account, role]
