"""Taking the traffic of aliases along: a version published and the aliases repointed. Pure.

A version keeps the logging it was published with, so executions through an alias stay unlogged
until a new version is published and the alias routes to it (F§3.6). Publishing promotes all that
the machine now is. So a routed version is replaced only where nothing but logging would change;
any other is left to a person, with the exact steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hubmend.controls.stepfunctions_1.aliases import Alias, Route, Version
from hubmend.controls.stepfunctions_1.draft import Draft
from hubmend.controls.stepfunctions_1.effects import MADE_BY
from hubmend.controls.stepfunctions_1.machine import same_logging
from hubmend.core.call import Call
from hubmend.core.codec import encode
from hubmend.core.plan import Manual
from hubmend.core.reference import Reference

NEVER_UPDATED = "INITIAL"  # the revision of a machine that has none (PublishStateMachineVersion)
_STATES = "stepfunctions"
_VERSION = "stateMachineVersionArn"


class Choice(StrEnum):
    """The policy file's update_versions, or a decision's."""

    ASK = "ask"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class Traffic:
    """What becomes of the traffic through aliases, besides the changes."""

    notes: tuple[str, ...] = ()
    manual: Manual | None = None


@dataclass(frozen=True)
class _Quiet:
    """An alias with the versions it sends executions to that log otherwise than wanted."""

    alias: Alias
    versions: tuple[Version, ...]

    @property
    def fit(self) -> tuple[Version, ...]:
        return tuple(one for one in self.versions if not one.differs)

    @property
    def unfit(self) -> tuple[Version, ...]:
        return tuple(one for one in self.versions if one.differs)


def repoint(
    draft: Draft,
    aliases: Sequence[Alias],
    wanted: Mapping[str, Any],
    choice: Choice,
    created: str,
) -> Traffic:
    """Add the changes that take the traffic of aliases along, as far as they are wanted and safe.

    `wanted` is the loggingConfiguration that traffic is to have, `created` the plan's moment.
    """
    found = [one for one in (_quiet(alias, wanted) for alias in aliases) if one.versions]
    if choice is not Choice.YES:
        return Traffic(notes=tuple(_stays(one, choice) for one in found))
    if any(one.fit for one in found):
        published = _publish(draft, created)
        for one in found:
            if one.fit:
                _update(draft, one, published)
    return Traffic(manual=_by_hand(draft.machine.arn, [one for one in found if one.unfit]))


def _quiet(alias: Alias, wanted: Mapping[str, Any]) -> _Quiet:
    carrying = {route.version.arn: route.version for route in alias.routes if route.weight}
    other = [one for one in carrying.values() if not same_logging(one.logging, wanted)]
    return _Quiet(alias, tuple(other))


def _stays(quiet: _Quiet, choice: Choice) -> str:
    levels = " and ".join(f"version {one.number} logs ({one.level})" for one in quiet.versions)
    said = f"traffic through alias {quiet.alias.name} stays as {levels}"
    if choice is Choice.NO:
        return f"{said}: update_versions is no"
    return (
        f"{said}. To publish a version and repoint the alias, decide again with "
        '--update-versions yes, or set update_versions = "yes" in hubmend.toml; then plan again'
    )


def _publish(draft: Draft, created: str) -> str:
    """Publish the revision that the plan makes, or has read, and no other; return the change."""
    revision: Any = draft.machine.revision_id or NEVER_UPDATED
    if draft.changes:
        revision = encode(Reference(draft.changes[-1].id, "revisionId"))
    params = {
        "stateMachineArn": draft.machine.arn,
        "revisionId": revision,
        "description": f"{MADE_BY}{created}",
    }
    return draft.add(
        Call(_STATES, "PublishStateMachineVersion", params),
        Call(
            _STATES,
            "DeleteStateMachineVersion",
            {_VERSION: encode(Reference(draft.next_id, _VERSION))},
        ),
        title="version published of the machine as it then is",
        reason="a version keeps the logging it was published with",
    )


def _update(draft: Draft, quiet: _Quiet, published: str) -> None:
    alias, numbers = quiet.alias, " and ".join(one.number for one in quiet.fit)
    before = [_entry(route) for route in alias.routes]
    new = encode(Reference(published, _VERSION))
    after, weight = _moved(alias, quiet.fit, new)
    draft.add(
        _routing(alias, after),
        _routing(alias, before),
        title=f"alias {alias.name}: version {numbers} -> the one published ({weight} %)",
        reason="executions through it log as their version does",
    )


def _moved(alias: Alias, versions: Sequence[Version], new: Any) -> tuple[list[dict[str, Any]], int]:
    """Return an alias's routing with versions replaced by a new one, and what that carries.

    Versions in a routing must be distinct: what moves from two of them becomes one entry.
    """
    gone = {one.arn for one in versions}
    moving = [route for route in alias.routes if route.version.arn in gone]
    weight = sum(route.weight for route in moving)
    routing = [
        {_VERSION: new, "weight": weight} if route == moving[0] else _entry(route)
        for route in alias.routes
        if route not in moving[1:]
    ]
    return routing, weight


def _entry(route: Route) -> dict[str, Any]:
    return {_VERSION: route.version.arn, "weight": route.weight}


def _routing(alias: Alias, routing: Sequence[Mapping[str, Any]]) -> Call:
    """Return the call that sets an alias; its description is named, so that none is lost."""
    params = {"stateMachineAliasArn": alias.arn, "routingConfiguration": list(routing)}
    if alias.description:
        params["description"] = alias.description
    return Call(_STATES, "UpdateStateMachineAlias", params)


def _by_hand(arn: str, unfit: Sequence[_Quiet]) -> Manual | None:
    if not unfit:
        return None
    pairs = [(quiet.alias, one) for quiet in unfit for one in quiet.unfit]
    reason = "; ".join(
        f"alias {alias.name} routes to version {one.number}, whose {one.differs} is not the "
        "machine's: publishing would change what production runs"
        for alias, one in pairs
    )
    shown = [arn, *dict.fromkeys(one.arn for _, one in pairs)]
    compare = (
        f"aws stepfunctions describe-state-machine --state-machine-arn {one}" for one in shown
    )
    return Manual(
        arn,
        reason,
        (
            f"compare what they run: {'; '.join(compare)}",
            (
                "if the machine as it is may go to production, publish it: aws stepfunctions "
                f"publish-state-machine-version --state-machine-arn {arn}"
            ),
            *(_command(quiet) for quiet in unfit),
            (
                "if not, put back into the machine what production runs, then make the plan "
                "again: hubmend plan -o plan.json"
            ),
        ),
    )


def _command(quiet: _Quiet) -> str:
    routing, _ = _moved(quiet.alias, quiet.versions, "THE_VERSION_PUBLISHED")
    return (
        f"and repoint alias {quiet.alias.name}: aws stepfunctions update-state-machine-alias "
        f"--state-machine-alias-arn {quiet.alias.arn} "
        f"--routing-configuration '{json.dumps(routing)}'"
    )
