"""Whose credentials work where, and the calls made with them.

Credentials, profiles, SSO, regions and AWS_ENDPOINT_URL are the SDK's own. In the account of the
credentials they are used as they are; in any other account the audit role (to read) or the
remediate role (to change) is assumed.
"""

from __future__ import annotations

import asyncio
import difflib
import os
from functools import cache
from typing import Any

import botocore.session

from hubmend.aws.credentials import Credentials, Keys
from hubmend.aws.data import loader
from hubmend.aws.failures import translate
from hubmend.aws.optin import default_region, suspected
from hubmend.aws.wire import Wire
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind, HubmendError, UsageError
from hubmend.core.permission import partition_of
from hubmend.core.ports import Identity
from hubmend.core.settings import Scope

ANSWER_SECONDS = 30


@cache
def known_regions() -> frozenset[str]:
    """Return every region with Step Functions the SDK knows, of all partitions."""
    # endpoints.json has them by service, takes as long to read as AWS to answer, and has the same
    # (tests/aws/test_gateway.py); a partition's global services have a region's name here.
    listed = loader().load_data("partitions")["partitions"]
    named = ((one["id"], region) for one in listed for region in one["regions"])
    return frozenset(region for partition, region in named if region != f"{partition}-global")


def _session(profile: str | None = None) -> Any:
    """Return the SDK's session, which finds credentials and settings."""
    made = botocore.session.Session(profile=profile)
    made.register_component("data_loader", loader())
    return made


class Sessions:
    """Calls with the credentials that work in a target: the caller's own, or a role taken there.

    `answer` is how long an answer may take, in seconds: the AWS SDK has no setting for it that
    people could give.
    """

    def __init__(
        self,
        profile: str | None,
        scope: Scope,
        region: str | None = None,
        answer: float = ANSWER_SECONDS,
    ) -> None:
        self._scope, self._region, self.answer = scope, region, answer
        try:
            self._base = _session(profile)
            self._base.get_scoped_config()  # refuses a profile there is none of
            # botocore knows AWS_DEFAULT_REGION only; every other SDK and the AWS CLI read this.
            configured = self._base.get_config_variable("region")
            self._default_region = os.environ.get("AWS_REGION") or configured
        except Exception as error:  # noqa: BLE001 - translate knows them all
            raise translate(error, "reading the AWS configuration") from None
        self._wire = Wire(self._base, answer)
        self.models = self._wire.models  # a service's model takes a while to read: once will do
        self._credentials = Credentials(self._base)
        self._asking = asyncio.Lock()
        self._identity: Identity | None = None
        self._sts = ""  # the region STS is asked in, once it is known not to be the first

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

    async def prepare(self, *services: str) -> None:
        """Read, in a thread, what the SDK knows of services that are to be asked next."""
        await asyncio.to_thread(lambda: [self.models.service(one) for one in services])

    async def identity(self) -> Identity:
        """Return whose credentials these are, asked once."""
        async with self._asking:
            if self._identity is None:
                call = Call("sts", "GetCallerIdentity", {})
                who = await self._ask_sts(call)
                arn = str(who["Arn"])
                self._identity = Identity(str(who["Account"]), arn, arn.split(":")[1])
            return self._identity

    async def call(self, target: Target, call: Call, *, change: bool) -> dict[str, Any]:
        """Make a call in a target, once, with the credentials that work there."""
        return await self._call(await self._keys(target, change=change), target.region, call)

    async def close(self) -> None:
        """Close every connection."""
        await self._wire.close()

    async def _keys(self, target: Target, *, change: bool) -> Keys:
        if not target.account or target.account == (own := await self.identity()).account:
            return await self._credentials.own()
        role = self._scope.remediate_role if change else self._scope.audit_role
        arn = f"arn:{own.partition}:iam::{target.account}:role/{role}"
        return await self._credentials.of_role(arn, self._assume)

    async def _assume(self, role: str) -> dict[str, Any]:
        """Return what AssumeRole answers for a role."""
        params = {"RoleArn": role, "RoleSessionName": "hubmend"}
        if self._scope.external_id:
            params["ExternalId"] = self._scope.external_id
        call = Call("sts", "AssumeRole", params)
        try:
            answer = await self._ask_sts(call)
        except AwsError as error:
            if error.kind in (ErrorKind.DENIED, ErrorKind.NOT_FOUND):
                raise await self._turned_away(role, error) from None
            raise
        taken: dict[str, Any] = answer["Credentials"]
        return taken

    async def _ask_sts(self, call: Call) -> dict[str, Any]:
        """Ask STS with the caller's own keys, in a region that is on in the account.

        Where the region to begin with is off, STS there calls good keys wrong (aws.optin).
        """
        keys, region = await self._credentials.own(), self._sts or self.region
        try:
            return await self._call(keys, region, call)
        except AwsError as error:
            on = default_region(partition_of(region))
            if region == on or not suspected(call, error):
                raise
        answer = await self._call(keys, on, call)
        self._sts = on
        return answer

    async def _turned_away(self, role: str, error: AwsError) -> AwsError:
        """Say what to look at: AWS answers the same whatever it is that refuses a role."""
        who = (await self.identity()).arn
        proof = "asks for the external_id of hubmend.toml"
        if not self._scope.external_id:
            proof = "asks for no external id (hubmend.toml gives none)"
        step = f"see that {role} exists, trusts {who} and {proof}"
        step += "; hubmend iam-policy operator has what the caller needs"
        return AwsError(error.kind, error.code, error.reason, error.operation, step)

    async def _call(self, keys: Keys, region: str, call: Call) -> dict[str, Any]:
        try:
            return await self._wire.call(keys, region, call)
        except HubmendError:
            raise
        except Exception as error:  # noqa: BLE001 - translate knows them all
            raise translate(error, str(call)) from None
