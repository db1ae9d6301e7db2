"""What to do about a call refused for lack of a permission: the gateway says it, in one place.

Every message about a refused call, wherever it is shown, is the text of one AwsError; so the
advice is added where that error passes, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.permission import Permission, of_call
from hubmend.core.ports import Gateway, Identity, Response

# Security Hub answers so where it is off: no permission helps.
NOT_SUBSCRIBED = "InvalidAccessException"
_NAMED = re.compile(r"not authorized to perform: ([a-z0-9-]+:\w+)")
# In these cases AWS's own words say who must change what; one more identity policy would not do.
_ELSEWHERE = re.compile(
    r"explicit deny|resource-based policy|service control policy|resource control policy"
    r"|permissions boundary|session policy"
)


class AdvisingGateway:
    """Implements core.ports.Gateway over another one; a refusal names the action to add."""

    def __init__(self, gateway: Gateway, permissions: Sequence[Permission]) -> None:
        self._gateway, self._permissions = gateway, permissions

    async def identity(self) -> Identity:
        """Return whose credentials are in use."""
        return await self._gateway.identity()

    async def read(self, target: Target, call: Call) -> Response:
        """Make a call that changes nothing."""
        try:
            return await self._gateway.read(target, call)
        except AwsError as error:
            raise self._advised(call, error) from None

    async def pages(self, target: Target, call: Call) -> AsyncIterator[Response]:
        """Follow every page of a read."""
        try:
            async for page in self._gateway.pages(target, call):
                yield page
        except AwsError as error:
            raise self._advised(call, error) from None

    async def change(self, target: Target, call: Call) -> Response:
        """Make a call that changes something."""
        try:
            return await self._gateway.change(target, call)
        except AwsError as error:
            raise self._advised(call, error) from None

    def fault(self, call: Call) -> str | None:
        """Return what is wrong with a call's parameters."""
        return self._gateway.fault(call)

    def _advised(self, call: Call, error: AwsError) -> AwsError:
        if error.advice:  # who raised it knows better: the call itself may not have been made
            return error
        text = advice(self._permissions, call, error)
        if not text:
            return error
        return AwsError(error.kind, error.code, error.reason, error.operation, text)


def advice(permissions: Sequence[Permission], call: Call, error: AwsError) -> str:
    """Return which IAM action to add and which policy has it; empty where that would not help.

    The action AWS itself names comes before those the call is known to need.
    """
    if error.kind is not ErrorKind.DENIED or error.code == NOT_SUBSCRIBED:
        return ""
    if _ELSEWHERE.search(error.reason):
        return ""
    named = _NAMED.search(error.reason)
    if named:
        rows = [one for one in permissions if one.action == named[1]]
    else:
        rows = of_call(permissions, call)
    if not rows:
        return f"add {named[1]}" if named else ""
    needed = [one for one in rows if not one.optional] or rows
    actions = " and ".join(dict.fromkeys(one.action for one in needed))
    return f"add {actions} (hubmend iam-policy {needed[0].documents[0]})"
