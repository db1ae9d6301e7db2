"""The policy file hubmend.toml as typed settings, checked key by key with the line at fault.

Unknown keys, wrong types and impossible values are refused (UsageError): a typing error in a
rule must never silently widen what hubmend does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.decision import LEVELS, UPDATE_VERSIONS
from hubmend.core.errors import UsageError
from hubmend.core.resource import Kind, Resource
from hubmend.core.rollout import AS_IT_STANDS, Rollout, duration
from hubmend.core.rules import Match, Rule, disjoint, inexact
from hubmend.core.toml_lines import Lines
from hubmend.core.toml_reader import Reader

# Days CloudWatch Logs accepts for retention (F§3.11).
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """Which accounts and regions, and the roles to take there.

    An account must meet every condition: be listed, be in one of the units, carry all the tags.
    With units or tags and no list, the accounts are those of the organization.
    """

    accounts: tuple[str, ...] = ()  # empty: the account of the credentials; ("all",): Organizations
    regions: tuple[str, ...] = ()  # empty: the region of the credentials; ("all",): all enabled
    audit_role: str = "HubmendAudit"
    remediate_role: str = "HubmendRemediate"
    external_id: str | None = None
    ous: tuple[str, ...] = ()
    account_tags: Mapping[str, str] = field(default_factory=dict)
    exclude_accounts: tuple[str, ...] = ()
    exclude_regions: tuple[str, ...] = ()

    @property
    def organization(self) -> bool:
        """Whether the accounts are those that Organizations lists, narrowed or not."""
        narrowed = bool(self.ous or self.account_tags)
        return self.accounts == ("all",) or (narrowed and not self.accounts)

    @property
    def whole(self) -> bool:
        """Whether it is all of the organization, but for the accounts it excludes."""
        return self.accounts == ("all",) and not (self.ous or self.account_tags)

    def excludes(self, target: Target) -> bool:
        """Whether a target is never in scope, whatever else is said."""
        return target.account in self.exclude_accounts or target.region in self.exclude_regions

    def only(self, region: str) -> bool:
        """Whether the scope is the caller's own account and one region alone, or nothing."""
        elsewhere = self.accounts or self.organization
        return not elsewhere and (self.regions or (region,)) == (region,)


@dataclass(frozen=True)
class Defaults:
    """What an enable decision means where it does not say otherwise."""

    level: str = "auto"
    include_execution_data: bool = False
    log_group: str = "/aws/vendedlogs/states/{name}-Logs"
    retention_days: int = 365
    kms_key: str = ""
    update_versions: str = "ask"


@dataclass(frozen=True)
class Settings:
    """Everything the policy file says, with defaults for what it does not."""

    scope: Scope = Scope()
    defaults: Defaults = Defaults()
    rules: tuple[Rule, ...] = ()
    rollout: Rollout = AS_IT_STANDS
    quotas: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def asks(self, condition: str) -> bool:
        """Whether any rule has this condition (a key of its match)."""
        return any(getattr(rule.match, condition) for rule in self.rules)

    @property
    def asks_units(self) -> bool:
        """Whether any rule speaks of organizational units."""
        return any(rule.match.ou is not None for rule in self.rules)

    def located(self, units: Mapping[str, tuple[str, ...]]) -> Settings:
        """Return the settings with each account's organizational units, for rules by `ou`.

        A unit is known by its name, its id and its path from the root.
        """
        rules = (
            replace(rule, match=replace(rule.match, units=units)) if rule.match.ou else rule
            for rule in self.rules
        )
        return replace(self, rules=tuple(rules))

    def rule_for(self, resource: Resource, today: date) -> Rule | None:
        """Return the first rule that is about a resource; one that ended hides none after it.

        None, too, where an earlier rule asks for tags that are not known: it might be that one.
        """
        found = self.first_rule(resource, today)
        return None if found and found.match.open(resource) else found

    def first_rule(self, resource: Resource, today: date) -> Rule | None:
        """Return the first rule that is about a resource, or may be, its tags not being known."""
        for rule in self.rules:
            may = rule.match.open(resource) or rule.match.holds(resource)
            if may and not rule.ended(today):
                return rule
        return None


def load_settings(text: str, name: str = "hubmend.toml") -> Settings:
    """Read a policy file; raise UsageError naming the key and the line."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers and nesting without end, too
        raise UsageError(f"{name} is not valid TOML: {error}") from None
    reader = Reader(name, Lines(text))
    reader.only(data, {"scope", "defaults", "apply", "rules", "quotas"}, "")
    rules = data.get("rules", [])
    if not isinstance(rules, list):
        raise reader.fault("rules", "must be written as [[rules]]")
    readers = [reader.at("rules", number) for number in range(len(rules))]
    read = tuple(_rule(*one) for one in zip(readers, rules, strict=True))
    for number, rule in enumerate(read):
        _check_standing(readers[number], rule, read[:number])
    return Settings(
        scope=_scope(reader.at("scope"), reader.table(data, "scope")),
        defaults=_defaults(reader.at("defaults"), reader.table(data, "defaults")),
        rules=read,
        rollout=_rollout(reader.at("apply"), reader.table(data, "apply")),
        quotas=_quotas(reader.at("quotas"), reader.table(data, "quotas")),
    )


_ACCOUNT, _REGION = r"[0-9]{12}", r"[a-z]{2}(-[a-z]+)+-[0-9]+"


def _names(
    reader: Reader, data: Mapping[str, Any], key: str, shape: str, *, all_too: bool = False
) -> tuple[str, ...]:
    value = data.get(key, [])
    if all_too and value == "all":
        return ("all",)
    fine = isinstance(value, list) and all(
        isinstance(one, str) and re.fullmatch(shape, one) for one in value
    )
    if not fine:
        either = '"all" or ' if all_too else ""
        what = f"{either}a list of {key.removeprefix('exclude_')}"
        raise reader.fault(key, f"must be {what}, not {value!r}")
    return tuple(value)


def _scope(reader: Reader, data: dict[str, Any]) -> Scope:
    reader.only(data, {one.name for one in fields(Scope)}, "[scope]")
    tags = reader.table(data, "account_tags")
    if not all(isinstance(value, str) for value in tags.values()):
        raise reader.fault("account_tags", "must map names to text")
    return Scope(
        accounts=_names(reader, data, "accounts", _ACCOUNT, all_too=True),
        ous=_names(reader, data, "ous", ".+"),
        account_tags=tags,
        exclude_accounts=_names(reader, data, "exclude_accounts", _ACCOUNT),
        regions=_names(reader, data, "regions", _REGION, all_too=True),
        exclude_regions=_names(reader, data, "exclude_regions", _REGION),
        audit_role=reader.value(data, "audit_role", str, Scope.audit_role),
        remediate_role=reader.value(data, "remediate_role", str, Scope.remediate_role),
        external_id=reader.value(data, "external_id", str, None),
    )


def _defaults(reader: Reader, data: dict[str, Any]) -> Defaults:
    reader.only(
        data,
        {"level", "include_execution_data", "log_group", "retention_days", "kms_key",
         "update_versions"},
        "[defaults]",
    )  # fmt: skip
    return Defaults(
        level=reader.choice(data, "level", ("auto", *LEVELS), Defaults.level),
        include_execution_data=reader.value(data, "include_execution_data", bool, False),
        log_group=reader.value(data, "log_group", str, Defaults.log_group),
        retention_days=reader.choice(
            data, "retention_days", RETENTION_DAYS, Defaults.retention_days
        ),
        kms_key=reader.value(data, "kms_key", str, ""),
        update_versions=reader.choice(
            data, "update_versions", UPDATE_VERSIONS, Defaults.update_versions
        ),
    )


def _rollout(reader: Reader, data: dict[str, Any]) -> Rollout:
    reader.only(data, {"canary", "canary_wait", "max_failures"}, "[apply]")
    numbers = {key: reader.value(data, key, int, None) for key in ("canary", "max_failures")}
    for key, value in numbers.items():
        if value is not None and value < 0:
            raise reader.fault(key, f"is {value}; it must be 0 (none) or more")
    wait = reader.value(data, "canary_wait", str, None)
    try:
        seconds = None if wait is None else int(duration(wait).total_seconds())
    except UsageError as error:
        raise reader.fault("canary_wait", f"is wrong: {error}") from None
    return Rollout(canary_wait=seconds, **numbers)


def _rule(reader: Reader, data: Any) -> Rule:
    if not isinstance(data, dict):
        raise reader.fault("rules", "must hold tables, written as [[rules]]")
    known = {"match", "decision", "reason", "owner", "until", "level", "standing"}
    reader.only(data, known, "[[rules]]")
    kinds = (Kind.ENABLE.value, Kind.SUPPRESS.value)
    kind = reader.choice(data, "decision", kinds, None)
    if kind is None:
        raise reader.fault("decision", f"is missing; choose from {', '.join(kinds)}")
    rule = Rule(
        match=_match(reader.at("match"), reader.table(data, "match")),
        decision=Kind(kind),
        reason=reader.value(data, "reason", str, "").strip(),
        owner=reader.value(data, "owner", str, "").strip(),
        until=reader.value(data, "until", date, None),
        level=reader.choice(data, "level", LEVELS, None),
        standing=reader.value(data, "standing", bool, False),
        line=reader.line(),
    )
    if rule.decision is Kind.SUPPRESS and not (rule.reason and rule.owner and rule.until):
        raise reader.fault("decision", "is suppress: reason, owner and until are needed with it")
    if rule.decision is Kind.SUPPRESS and rule.level:
        raise reader.fault("level", "is for rules that enable")
    return rule


def _check_standing(reader: Reader, rule: Rule, before: tuple[Rule, ...]) -> None:
    """Refuse a standing rule that an automation rule would not carry out as it is written."""
    if not rule.standing:
        return
    if rule.decision is not Kind.SUPPRESS:
        raise reader.fault("standing", "is for rules that suppress")
    wrong = inexact(rule.match)
    if wrong:
        raise reader.at("match").fault(*wrong)
    for other in before:
        if other.decision is Kind.ENABLE and not disjoint(rule.match, other.match):
            why = f"the rule at line {other.line} may enable what it matches: put it before that"
            raise reader.fault("standing", f"does not know of rules before it, and {why}")


def _match(reader: Reader, data: dict[str, Any]) -> Match:
    names = ("account", "ou", "region", "name", "type", "manager")
    reader.only(data, {*names, "tags"}, "match")
    tags = reader.table(data, "tags")
    if not all(isinstance(value, str) for value in tags.values()):
        raise reader.fault("tags", "must map names to text")
    reader.choice(data, "type", ("STANDARD", "EXPRESS"), None)
    return Match(tags=tags, **{name: reader.value(data, name, str, None) for name in names})


def _quotas(reader: Reader, data: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Return what AWS raised for these accounts: SERVICE:OPERATION to (bucket, refill a second)."""
    for key, value in data.items():
        if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", key):
            raise reader.fault(
                key, "must be SERVICE:OPERATION, as stepfunctions:UpdateStateMachine"
            )
        numbers = value if isinstance(value, list) else []
        fine = [one for one in numbers if type(one) in (int, float) and 0 < one < float("inf")]
        if len(fine) != len(numbers) or len(fine) != 2:  # noqa: PLR2004 - a pair
            raise reader.fault(key, "must be [bucket size, refill a second], both above zero")
    return {key: (float(value[0]), float(value[1])) for key, value in data.items()}
