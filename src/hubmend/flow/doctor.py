"""doctor: what credentials, permissions and settings allow, per target; it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.diagnosis import Check, Diagnosis, Health, Need
from hubmend.core.errors import AwsError, ErrorKind, UsageError
from hubmend.core.ordered import ordered
from hubmend.core.ports import Identity
from hubmend.core.resource import Remark
from hubmend.flow.context import Context
from hubmend.flow.recording import recording
from hubmend.flow.rights import rights

WIDTH = 8
_WHO = Call("sts", "GetCallerIdentity", {})  # needs no permission: it shows whose session it is


def policy_file(described: str) -> Check:
    """Say which policy file holds."""
    return Check("policy file", Health.OK, described)


def no_scope(error: UsageError) -> Check:
    """Say that the scope could not be resolved."""
    step = "add what hubmend iam-policy operator prints, or list accounts and regions"
    return Check("scope", Health.MISSING, str(error), step, need=Need.SCAN)


def left_out(remarks: Sequence[Remark]) -> list[Check]:
    """Say which accounts of the scope are left out, and why."""
    return [Check("account", Health.OFF, f"{one.subject}: {one.text}") for one in remarks]


async def doctor(
    context: Context, targets: Sequence[Target], setting: Sequence[Check] = ()
) -> Diagnosis:
    """Look at the caller, then at every target; `setting` is what the caller of doctor knows.

    Raise CredentialsError where there are none, StoreError when the store does not answer.
    """
    identity = await context.gateway.identity()
    runs = await context.store.runs()
    checks = [
        Check("credentials", Health.OK, f"{identity.arn}, partition {identity.partition}"),
        *setting,
        Check("store", Health.OK, f"{context.store}, runs in it: {len(runs)}"),
    ]
    done = 0
    async for found in ordered(targets, lambda t: _target(context, t, identity), WIDTH):
        checks += found
        done += 1
        context.progress.update(done, len(targets), "targets")
    return Diagnosis(identity, tuple(checks))


async def _target(context: Context, target: Target, identity: Identity) -> list[Check]:
    try:
        return await _looked_at(context, target, identity)
    except AwsError as error:
        if error.kind is not ErrorKind.REGION_OFF:
            raise
        return [Check("region", Health.OFF, error.reason, target=target)]


async def _looked_at(context: Context, target: Target, identity: Identity) -> list[Check]:
    access = []
    if target.account != identity.account:
        access = await _roles(context, target, identity)
        if access[0].health is not Health.OK:
            return access
    return [
        *access,
        *await rights(context, target, identity),
        *await recording(context, target),
    ]


async def _roles(context: Context, target: Target, identity: Identity) -> list[Check]:
    """Take the audit role, then the remediate role, as scan and apply would."""
    scope = context.settings.scope
    read, change = context.gateway.read, context.gateway.change
    checks = []
    for role, need, ask in (
        (scope.audit_role, Need.SCAN, read),
        (scope.remediate_role, Need.REMEDIATION, change),
    ):
        try:
            answer = await ask(target, _WHO)
        except AwsError as error:
            if error.kind in (ErrorKind.CREDENTIALS, ErrorKind.REGION_OFF):
                raise
            denied = error.kind in (ErrorKind.DENIED, ErrorKind.NOT_FOUND)
            health = Health.MISSING if denied else Health.NOT_KNOWN
            step = f"let role {role} trust {identity.arn}; hubmend iam-policy operator has the rest"
            said = error.advice or step
            checks.append(Check(f"role {role}", health, error.reason, said, target, need))
        else:
            said = f"can be assumed ({answer['Arn']})"
            checks.append(Check(f"role {role}", Health.OK, said, "", target, need))
    return checks
