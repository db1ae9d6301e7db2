"""Which permissions a target gives: reads are tried, changes are simulated, nothing is changed.

A read is the truth about itself. A change is only ever asked about: SimulatePrincipalPolicy where
the caller may ask it, else it is said not to be known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.diagnosis import Check, Health, Need
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.permission import Document, Permission
from hubmend.core.ports import Identity
from hubmend.flow.context import Context
from hubmend.flow.denied import NOT_SUBSCRIBED
from hubmend.flow.iam_policy import names
from hubmend.flow.simulation import SIMULATE, caller, example, simulate

Answers = Mapping[tuple[str, str], bool | None]  # (statement id, action): allowed, None unknown
_NO_ANSWER = (ErrorKind.UNREACHABLE, ErrorKind.THROTTLED, ErrorKind.UNCERTAIN)


async def rights(context: Context, target: Target, identity: Identity) -> list[Check]:
    """Return what is there and what is missing for scan, for remediation, and besides."""
    rows = [one for one in context.control.permissions if Document.REMEDIATE in one.documents]
    reads = [one for one in rows if not one.changes]
    changes = [one for one in rows if one.changes]
    scope, own = context.settings.scope, target.account == identity.account
    if own:
        source = await caller(context.gateway, target, identity)
        simulated = await _simulate(context, target, identity, source, rows)
    else:
        role = f"arn:{identity.partition}:iam::{target.account}:role/"
        audit, remediate = role + scope.audit_role, role + scope.remediate_role
        simulated = {
            **await _simulate(context, target, identity, remediate, changes),
            **await _simulate(context, target, identity, audit, reads),
        }
    known = {**simulated, **await _tried(context, target, identity, reads)}
    needed = [one for one in rows if not one.optional]
    return [
        _check("reads for scan", target, Need.SCAN, known,
               [one for one in needed if one.verb == "scan"]),
        _check("other reads", target, Need.REMEDIATION, known,
               [one for one in needed if not one.changes and one.verb != "scan"]),
        _check("changes", target, Need.REMEDIATION, known,
               [one for one in needed if one.changes]),
        _check("useful besides", target, None, known, [one for one in rows if one.optional]),
    ]  # fmt: skip


def _check(
    name: str, target: Target, need: Need | None, known: Answers, rows: Sequence[Permission]
) -> Check:
    verdicts = {one.action: known.get((one.place.sid, one.action)) for one in rows}
    missing = tuple(action for action, may in verdicts.items() if may is False)
    unknown = tuple(action for action, may in verdicts.items() if may is None)
    kind = Document.REMEDIATE if any(one.changes for one in rows) else Document.AUDIT
    total = f"{len(verdicts)} actions"
    if missing:
        said = f"{len(missing)} of {total} refused: {', '.join(missing)}"
        step = f"add what hubmend iam-policy {kind} prints"
        return Check(name, Health.MISSING, said, step, target, need, missing)
    if len(unknown) < len(verdicts) and need is None:
        rest = f", {len(unknown)} not known" if unknown else ""
        return Check(name, Health.OK, total + rest, "", target, need, unknown)
    if unknown:
        said = f"{len(unknown)} of {total}: iam:SimulatePrincipalPolicy gave no answer about them"
        step = f"compare with what hubmend iam-policy {kind} prints"
        return Check(name, Health.NOT_KNOWN, said, step, target, need, unknown)
    return Check(name, Health.OK, total, "", target, need)


async def _tried(
    context: Context, target: Target, identity: Identity, rows: Iterable[Permission]
) -> Answers:
    """Try each read once. An action beside the call's own is known only when AWS names it."""
    probes: dict[str, tuple[Call, list[Permission]]] = {}
    for one in rows:
        call = context.control.probe(one, identity.partition, target)
        if call:
            probes.setdefault(str(call), (call, []))[1].append(one)
    answers = await asyncio.gather(*(_may(context, target, call) for call, _ in probes.values()))
    found: dict[tuple[str, str], bool | None] = {}
    for (call, needs), (may, said) in zip(probes.values(), answers, strict=True):
        named = [one for one in needs if one.action in said]
        own = [one for one in needs if one.action.endswith(f":{call.operation}")]
        for one in named or own:
            found[one.place.sid, one.action] = may
    return found


async def _may(context: Context, target: Target, call: Call) -> tuple[bool | None, str]:
    """Return whether a read is allowed (None: no answer), and AWS's words against it."""
    try:
        await context.gateway.read(target, call)
    except AwsError as error:
        if error.kind in (ErrorKind.CREDENTIALS, ErrorKind.REGION_OFF):
            raise
        if error.kind in _NO_ANSWER:
            return None, ""
        if error.kind is ErrorKind.DENIED and error.code != NOT_SUBSCRIBED:
            return False, error.reason
    return True, ""


async def _simulate(
    context: Context,
    target: Target,
    identity: Identity,
    source: str | None,
    rows: Sequence[Permission],
) -> Answers:
    """Ask AWS what a principal may do; empty where it may not be asked."""
    if source is None:
        return {}
    filled = names(context.settings, identity.partition)
    places = {one.place.sid: one.place for one in rows}
    found: dict[tuple[str, str], bool | None] = {}
    for sid, place in places.items():
        actions = sorted({one.action for one in rows if one.place.sid == sid})
        one = [example(place, filled, target)]
        try:
            answer = await simulate(context.gateway, target, source, place, actions, one, filled)
        except AwsError as error:
            if error.kind is ErrorKind.CREDENTIALS:
                raise
            may = error.kind is not ErrorKind.DENIED
            return dict.fromkeys(_asking(rows), may)
        found |= {(sid, action): allowed for action, _, allowed in answer}
    return {**found, **dict.fromkeys(_asking(rows), True)}


def _asking(rows: Sequence[Permission]) -> list[tuple[str, str]]:
    """Return what the asking itself proves or disproves."""
    return [(one.place.sid, one.action) for one in rows if one.operation == SIMULATE]
