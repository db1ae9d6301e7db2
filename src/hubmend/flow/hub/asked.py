"""What is asked of automation rules: the standing rules of the policy file, in one scope. Pure.

Automation rules are the administrator's and hold for all its members (F§2.7). So one is made, and
one of hubmend's deleted, only where all accounts it is about are in the scope. What it would reach
beyond that is left out of it: excluded accounts, and machines that a person decided to enable, for
a person's decision stands above a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from hubmend.core.arn import Target, parse_arn
from hubmend.core.control import Control
from hubmend.core.rules import Rule, exact
from hubmend.core.settings import Settings
from hubmend.flow.decide import by_rule
from hubmend.flow.hub import automation
from hubmend.flow.hub.payload import mark_of

_BEYOND = (
    'it would reach accounts beyond the scope; name one, or set accounts = "all" without ous and '
    "account_tags"
)


@dataclass(frozen=True)
class Wanted:
    """A standing rule of the policy file with the automation rule it takes in a region."""

    rule: Rule
    params: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The automation rule's name."""
        return str(self.params["RuleName"])

    @property
    def account(self) -> str | None:
        """The one account it is about, None where it may be about many."""
        return one_account(self.rule)


def one_account(rule: Rule) -> str | None:
    """Return the one account a rule is about, None where it may be about many."""
    account = rule.match.account
    return account if account and exact(account) else None


@dataclass(frozen=True)
class Asked:
    """What is asked of automation rules today: by the policy file, and by persons beside it."""

    control: Control[Any]
    settings: Settings
    partition: str
    targets: Sequence[Target]
    enabled: Sequence[str]  # ARNs that a person decided to enable
    today: date

    @property
    def rules(self) -> list[Rule]:
        """The standing rules that have not ended, each once."""
        standing = {rule.id: rule for rule in self.settings.rules if rule.standing}
        return [one for one in standing.values() if not one.ended(self.today)]

    @property
    def accounts(self) -> list[str]:
        """The accounts that its standing rules name in full."""
        named = {account for rule in self.rules if (account := one_account(rule))}
        return sorted(named & {target.account for target in self.targets})

    def holds(self, account: str | None, region: str) -> bool:
        """Whether the scope holds all that a rule about an account (None: about many) reaches."""
        if account is None:
            return self.settings.scope.whole
        return Target(account, region) in self.targets

    def why_ended(self, decision: str) -> str:
        """Say why an automation rule made for a decision is not to stay as it is."""
        known = {rule.id: rule for rule in self.settings.rules if rule.standing}
        if decision not in known:
            return "no standing rule of the policy file asks for it"
        if known[decision] not in self.rules:
            return f"its rule ended on {known[decision].until}"
        return "other machines are to be left out now"

    def wanted(self, region: str) -> tuple[list[Wanted], list[str]]:
        """Return what is to be there in a region, and why some of it cannot be."""
        found, faults = [], []
        for rule in self.rules:
            if rule.match.region and not fnmatchcase(region, rule.match.region):
                continue
            made = self._wanted(rule, region)
            if isinstance(made, Wanted):
                found.append(made)
            elif made:
                faults.append(f"the rule at line {rule.line} is not standing here: {made}")
        return found, faults

    def _wanted(self, rule: Rule, region: str) -> Wanted | str | None:
        match, control, account = rule.match, self.control, one_account(rule)
        if not self.holds(account, region):
            return None if account else _BEYOND
        left_out = sorted(arn for arn in self.enabled if _about(rule, arn, region))
        if left_out and match.name and exact(match.name):
            return None  # its only machine is decided otherwise
        excluded = self._excluded(rule)
        for values, said in (
            (left_out, "machines are decided otherwise"),
            (excluded, "accounts are excluded"),
        ):
            if len(values) > automation.MOST_LEFT_OUT:
                return f"{len(values)} of its {said}, more than it can except"
        machine = control.arns.format(
            partition=self.partition, region=region, account=account, name=match.name
        )
        mark = mark_of(by_rule(rule, control.id, self.today))
        reach = automation.Reach(region, machine, left_out, excluded)
        return Wanted(rule, automation.wanted(rule, control.id, reach, mark))

    def _excluded(self, rule: Rule) -> list[str]:
        """Return the accounts never in scope that a rule would reach."""
        about, excluded = rule.match.account, self.settings.scope.exclude_accounts
        return sorted(one for one in set(excluded) if about is None or fnmatchcase(one, about))


def _about(rule: Rule, arn: str, region: str) -> bool:
    """Whether a rule is about a machine, tags aside: they are not known of every machine."""
    target, name = parse_arn(arn).target, arn.rpartition(":")[2]
    pairs = ((rule.match.account, target.account), (rule.match.name, name))
    same = all(want is None or fnmatchcase(is_, want) for want, is_ in pairs)
    return same and target.region == region
