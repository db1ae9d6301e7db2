"""What a plan's changes and their undos need and the remediating identity lacks, before any call.

Only the calls of the plan are asked about, on the resources they are for, once per account.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Change
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.permission import Place
from hubmend.core.plan import Missing, Note
from hubmend.core.ports import Identity
from hubmend.flow.context import Context
from hubmend.flow.iam_policy import names
from hubmend.flow.simulation import caller, example, simulate

RESOURCES_A_CALL = 50  # AWS names no limit; a request should stay small

Snapshots = Mapping[str, Mapping[str, Any]]
Lacking = tuple[tuple[Missing, ...], tuple[Note, ...]]
# Actions that are asked about the same resources, under one place's condition.
Question = tuple[Place, tuple[str, ...], tuple[str, ...]]


async def missing(context: Context, changes: Sequence[Change], snapshots: Snapshots) -> Lacking:
    """Return what is lacking per account, and a note for each account that could not be asked."""
    if not changes:
        return (), ()
    identity = await context.gateway.identity()
    by_account: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        by_account[change.account].append(change)
    answers = await asyncio.gather(
        *(_account(context, identity, own, snapshots) for own in by_account.values())
    )
    return (
        tuple(one for lacking, _ in answers for one in lacking),
        tuple(note for _, notes in answers for note in notes),
    )


async def _account(
    context: Context, identity: Identity, changes: Sequence[Change], snapshots: Snapshots
) -> Lacking:
    target, gateway = changes[0].target, context.gateway
    filled = names(context.settings, identity.partition)
    source = await _remediator(context, target, identity)
    if source is None:
        return (), (_untold(target, identity.arn, "IAM simulates roles and users only"),)
    refused: dict[str, list[str]] = {}
    try:
        for place, actions, resources in _questions(context, changes, snapshots, identity):
            asked = simulate(gateway, target, source, place, actions, resources, filled)
            for action, resource, allowed in await asked:
                if not allowed:
                    refused.setdefault(action, []).append(resource)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return (), (_untold(target, source, str(error)),)
    lacking = (
        Missing(target.account, source, action, tuple(resources))
        for action, resources in sorted(refused.items())
    )
    return tuple(lacking), ()


async def _remediator(context: Context, target: Target, identity: Identity) -> str | None:
    """Return who would make the changes: the caller in its own account, else the role there."""
    if target.account == identity.account:
        return await caller(context.gateway, target, identity)
    role = context.settings.scope.remediate_role
    return f"arn:{identity.partition}:iam::{target.account}:role/{role}"


def _untold(target: Target, who: str, why: str) -> Note:
    said = f"whether {who} may make these changes could not be told ({why})"
    return Note(target.account, f"{said}; compare with hubmend iam-policy remediate")


def _questions(
    context: Context, changes: Sequence[Change], snapshots: Snapshots, identity: Identity
) -> Iterator[Question]:
    """Ask about actions that go to the same resources together, some resources at a time."""
    places: dict[str, Place] = {}
    resources: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    filled = names(context.settings, identity.partition)
    for change in changes:
        for row, resource in context.control.needs(change, snapshots.get(change.resource, {})):
            places[row.place.sid] = row.place
            about = resource or example(row.place, filled, change.target)
            resources[row.place.sid, row.action][about] = None
    together: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (sid, action), listed in resources.items():
        together[sid, tuple(listed)].append(action)
    for (sid, alike), actions in together.items():
        for start in range(0, len(alike), RESOURCES_A_CALL):
            yield places[sid], tuple(actions), alike[start : start + RESOURCES_A_CALL]
