"""decide: record what is to happen to resources, from a person; and which decision stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from hubmend.core import journal
from hubmend.core.arn import parse_machine_arn
from hubmend.core.codec import encode
from hubmend.core.decision import DEFAULT, LEVELS, UPDATE_VERSIONS, Decision
from hubmend.core.errors import UsageError
from hubmend.core.resource import Kind, Recommendation, Resource, Scan, Verdict
from hubmend.core.rules import Rule
from hubmend.core.settings import RETENTION_DAYS, Settings
from hubmend.flow.context import Context
from hubmend.flow.naming import new_id

_NAMED = 6  # targets that a message names; more are counted
# The details that say how logging is turned on.
_ENABLING = (
    "level", "include_execution_data", "log_group", "retention_days", "kms_key", "update_versions",
)  # fmt: skip


@dataclass(frozen=True)
class Wish:
    """What a person asks for; None leaves a detail to the policy file."""

    kind: Kind
    by: str
    reason: str = ""
    until: date | None = None
    level: str | None = None
    include_execution_data: bool | None = None
    log_group: str | None = None
    retention_days: int | None = None
    kms_key: str | None = None
    update_versions: str | None = None


async def decide(
    context: Context,
    wish: Wish,
    arns: Sequence[str] = (),
    account: str | None = None,
    *,
    everywhere: bool = False,
) -> tuple[Decision, ...]:
    """Record a decision for resources, or for the control in an account (or all that were scanned).

    All its resources share one decision id: what is written for them then is the same, and goes
    out in few calls.

    Raise UsageError when a resource or an account was not seen by the last scan, or the wish cannot
    be meant.
    """
    now = context.clock.now()
    _check(wish, arns, account, now.date(), everywhere=everywhere)
    seen = await last_scan(context)
    accounts = _accounts(seen, account, everywhere=everywhere)
    shared = new_id(now)
    made = [
        Decision(
            id=shared, resource=subject, kind=wish.kind, by=wish.by, at=now,
            reason=wish.reason, until=wish.until, level=wish.level,
            include_execution_data=wish.include_execution_data, log_group=wish.log_group,
            retention_days=wish.retention_days, kms_key=wish.kms_key,
            update_versions=wish.update_versions,
        )
        for subject in (arns or [_about(wish, one) for one in accounts])
    ]  # fmt: skip
    for decision in made if arns else ():
        resource = _known(seen, decision.resource)
        if wish.kind is Kind.ENABLE:
            context.control.check(resource, decision, context.settings)
    await context.store.add_decisions(made)
    for decision in made:
        await context.store.append(journal.DECISIONS, now, journal.DECISION, encode(decision))
    return tuple(made)


async def last_scan(context: Context) -> Scan:
    """Return the newest scan; raise UsageError when there is none."""
    found = await context.store.last_scan()
    if found is None:
        raise UsageError("nothing has been scanned yet: run hubmend scan first")
    return found


def standing(
    resource: Resource, decided: Mapping[str, Decision], settings: Settings, today: date
) -> Decision | None:
    """Return the decision that stands for a resource. Pure.

    A person's decision about the resource comes first, then one about its account, then the
    first matching rule of the policy file that has not ended; rules speak of failing resources.
    """
    personal = by_person(resource, decided, today)
    if personal:
        return personal
    rule = settings.rule_for(resource, today)
    if rule is None or resource.verdict is not Verdict.FAILED:
        return None
    return by_rule(rule, resource.arn, today)


def by_person(resource: Resource, decided: Mapping[str, Decision], today: date) -> Decision | None:
    """Return what a person decided about a resource, or about its account, if it stands. Pure."""
    found = (decided.get(subject) for subject in (resource.arn, resource.account))
    return next((one for one in found if one and one.stands(today)), None)


def as_decided(resource: Resource, decided: Mapping[str, Decision], today: date) -> Resource:
    """Return a resource that recommends what a person decided about it, if it fails. Pure."""
    found = by_person(resource, decided, today)
    if found is None or resource.verdict is not Verdict.FAILED:
        return resource
    why = f"decided by {found.by}" + (f", until {found.until}" if found.until else "")
    level = found.level or resource.recommendation.level
    return replace(resource, recommendation=Recommendation(found.kind, level, why))


def by_rule(rule: Rule, subject: str, today: date) -> Decision:
    """Return what a rule of the policy file decides about something. Pure."""
    return Decision(
        id=rule.id,
        resource=subject,
        kind=rule.decision,
        by=rule.owner or "hubmend.toml",
        at=_start_of(today),
        source="rule",
        reason=rule.reason or f"hubmend.toml, rule at line {rule.line}",
        until=rule.until,
        level=rule.level,
    )


def _start_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _known(scan: Scan, arn: str) -> Resource:
    found = next((row for row in scan.resources if row.arn == arn), None)
    if found is None:
        raise _unseen(scan, arn, "check the ARN, or scan its account and region")
    return found


def _accounts(scan: Scan, account: str | None, *, everywhere: bool) -> list[str]:
    """Return the accounts meant, all of which the last scan looked at."""
    known = {target.account for target in scan.targets}
    if everywhere:
        return sorted(known)
    if account is not None and account not in known:
        raise _unseen(scan, f"account {account}", "check the id, or scan the account")
    return [] if account is None else [account]


def _unseen(scan: Scan, what: str, then: str) -> UsageError:
    places = len(scan.targets)
    named = ", ".join(map(str, scan.targets))
    where = named if places <= _NAMED else f"{places} accounts and regions"
    at = f"{scan.at:%Y-%m-%d %H:%M} UTC"
    return UsageError(f"{what} was not seen by the last scan ({at}, {where}): {then}")


def _about(wish: Wish, account: str) -> str:
    """Return what a decision about the control in an account is filed under."""
    return f"{account}/logLevel" if wish.kind is Kind.SET_PARAMETER else account


def _check(
    wish: Wish, arns: Sequence[str], account: str | None, today: date, *, everywhere: bool
) -> None:
    if not wish.by.strip():
        raise UsageError("say who decides: --by NAME")
    if account is not None and everywhere:
        raise UsageError("--account and --all-accounts contradict each other: give one of them")
    of_accounts = "--all-accounts" if everywhere else "--account" if account is not None else None
    if wish.kind in (Kind.DISABLE_CONTROL, Kind.SET_PARAMETER):
        word = "--disable-control" if wish.kind is Kind.DISABLE_CONTROL else "--parameter-level"
        if arns or of_accounts is None:
            raise UsageError(f"{word} is for one account: give --account ID and no ARN")
        if account is not None and not re.fullmatch(r"[0-9]{12}", account):
            raise UsageError(f"{account!r} is not an account id: expected 12 digits")
    elif of_accounts:
        raise UsageError(
            f"{of_accounts} is for --disable-control and --parameter-level: leave it out, and name "
            "state machines by their ARNs, which hold their account"
        )
    elif not arns:
        raise UsageError("name at least one state machine by its ARN")
    for arn in arns:
        parse_machine_arn(arn)
    _check_details(wish, today)


def _check_details(wish: Wish, today: date) -> None:
    for name in () if wish.kind is Kind.ENABLE else _ENABLING:
        value = getattr(wish, name)
        if value is not None and (name, wish.kind) != ("level", Kind.SET_PARAMETER):
            option = "no-execution-data" if value is False else name.replace("_", "-")
            meant = wish.kind.value.replace("-", " the ")
            raise UsageError(f"--{option} is for --enable: leave it out to {meant}")
    if wish.kind is not Kind.ENABLE and not wish.reason.strip():
        raise UsageError(f"--reason is needed to {wish.kind.value.replace('-', ' the ')}")
    if wish.kind is Kind.SET_PARAMETER and wish.level not in (*LEVELS, DEFAULT):
        raise UsageError(f"{wish.level!r} is not one of {', '.join((*LEVELS, DEFAULT))}")
    if wish.kind is Kind.SUPPRESS and wish.until is None:
        raise UsageError("--until is needed: a suppression without an end is forgotten")
    if wish.until and wish.until < today:
        raise UsageError(f"--until {wish.until} is in the past")
    if wish.level and wish.kind is not Kind.SET_PARAMETER and wish.level not in LEVELS:
        raise UsageError(f"level {wish.level!r} is not one of {', '.join(LEVELS)}")
    if wish.update_versions not in (None, *UPDATE_VERSIONS):
        known = ", ".join(UPDATE_VERSIONS)
        raise UsageError(f"update-versions {wish.update_versions!r} is not one of {known}")
    if wish.retention_days is not None and wish.retention_days not in RETENTION_DAYS:
        raise UsageError(
            f"retention of {wish.retention_days} days is not offered by CloudWatch Logs; choose "
            f"from {', '.join(map(str, RETENTION_DAYS))}"
        )
