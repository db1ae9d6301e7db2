"""Asking AWS what a principal may do, without doing it (iam:SimulatePrincipalPolicy, F§3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.permission import Names, Place, filled_condition
from hubmend.core.ports import Gateway, Identity

SIMULATE = "SimulatePrincipalPolicy"
_NOBODY = "hubmend-doctor"

Decision = tuple[str, str, bool]  # action, resource, whether it is allowed


async def caller(gateway: Gateway, target: Target, identity: Identity) -> str | None:
    """Return the IAM principal behind the caller's credentials, None where it cannot be asked."""
    who = parse_arn(identity.arn)
    if who.resource.startswith("user/") or who.resource.startswith("role/"):
        return identity.arn
    if not who.resource.startswith("assumed-role/"):
        return None  # the root user, a federated user
    role = who.resource.split("/")[1]
    try:
        answer = await gateway.read(target, Call("iam", "GetRole", {"RoleName": role}))
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return None
    return str(answer["Role"]["Arn"])


async def simulate(
    gateway: Gateway,
    target: Target,
    source: str,
    place: Place,
    actions: Sequence[str],
    resources: Sequence[str],
    filled: Names,
) -> list[Decision]:
    """Ask whether a principal may do each action to each resource, under the place's condition.

    Raise AwsError where AWS gives no answer.
    """
    found: list[Decision] = []
    context = [
        {"ContextKeyName": key, "ContextKeyType": "string", "ContextKeyValues": [value]}
        for keys in filled_condition(place, filled).values()
        for key, value in keys.items()
    ]
    asked: dict[str, Any] = {
        "PolicySourceArn": source,
        "ActionNames": list(actions),
        "ResourceArns": list(resources),
        **({"ContextEntries": context} if context else {}),
    }
    async for page in gateway.pages(target, Call("iam", SIMULATE, asked)):
        for result in page.get("EvaluationResults", ()):
            action, allowed = result["EvalActionName"], result.get("EvalDecision") == "allowed"
            found.append((action, result.get("EvalResourceName") or "*", allowed))
    return found


def example(place: Place, filled: Names, target: Target) -> str:
    """Return one resource of a place, in the target."""
    pattern = filled.fill(place.arns[0])[0]
    if pattern == "*":
        return pattern
    arn, partition, service, region, account, resource = pattern.split(":", 5)
    region = target.region if region else ""
    account = target.account if account == "*" else account
    return ":".join((arn, partition, service, region, account, resource.replace("*", _NOBODY)))
