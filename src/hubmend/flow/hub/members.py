"""Whom an account administers: Security Hub answers about others only to their administrator."""

from __future__ import annotations

from collections.abc import Sequence

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.ports import Gateway

_ASKED_ONCE, _ON = 50, "Enabled"  # GetMembers (BC)


async def members(gateway: Gateway, place: Target, accounts: Sequence[str]) -> frozenset[str]:
    """Return which of the accounts an account administers in a region; raise AwsError."""
    found: set[str] = set()
    for start in range(0, len(accounts), _ASKED_ONCE):
        ids = {"AccountIds": list(accounts[start : start + _ASKED_ONCE])}
        answer = await gateway.read(place, Call("securityhub", "GetMembers", ids))
        told = answer.get("Members") or ()
        found |= {str(one["AccountId"]) for one in told if one.get("MemberStatus") == _ON}
    return frozenset(found)
