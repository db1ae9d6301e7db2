"""Standing rules of the policy file: one automation rule a region, made, renewed and deleted.

With one, the findings it meets are left to Security Hub: it reaches those that are there within a
day and those to come as they come, for one call a region. What it cannot reach is suppressed
finding by finding. Only automation rules that hubmend made are ever deleted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.decision import Decision
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ordered import ordered
from hubmend.core.plan import Note, Skipped
from hubmend.core.ports import Gateway
from hubmend.core.resource import Kind
from hubmend.flow.context import Context
from hubmend.flow.denied import NOT_SUBSCRIBED
from hubmend.flow.hub import automation
from hubmend.flow.hub.asked import Asked, Wanted
from hubmend.flow.hub.members import members
from hubmend.flow.hub.proposed import WIDTH, Proposed
from hubmend.flow.hub.rules import MOST_RULES, AutomationRule, all_rules, fighting_among

REACHED_IN = timedelta(hours=25)  # findings are updated within a day (F§2.7), and some slack
_NOTE = (
    "findings change as Security Hub next updates them, within a day; their note is replaced, and "
    "user-defined fields of others may be"
)


@dataclass(frozen=True)
class Standing:
    """What hubmend's automation rules do with findings, by region and decision.

    `reaching` names the rule that Security Hub applies within a day, `ending` the changes of this
    plan that delete one: of a decision that came to several rules, all.
    """

    reaching: dict[tuple[str, str], str] = field(default_factory=dict)
    ending: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ruled:
    """The caller's automation rules in a region, and for which accounts it may make any.

    `fault` says why it may make none.
    """

    place: Target
    rules: Sequence[AutomationRule] = ()
    accounts: frozenset[str] = frozenset()
    fault: str | None = None


async def propose(
    context: Context,
    targets: Sequence[Target],
    decisions: Sequence[Decision],
    planned: Sequence[Change],
    today: date,
) -> tuple[Proposed, Standing]:
    """Propose the automation rules of a scope, region by region, and say what they then reach.

    Raise AwsError when the credentials end.
    """
    identity = await context.gateway.identity()
    enabled = [one.resource for one in decisions if one.kind is Kind.ENABLE and one.stands(today)]
    targets = [one for one in targets if not context.settings.scope.excludes(one)]
    asked = Asked(context.control, context.settings, identity.partition, targets, enabled, today)
    regions = sorted({target.region for target in targets})
    proposed, standing = Proposed(planned), Standing()
    places = [Target(identity.account, region) for region in regions]
    async for found in ordered(places, partial(read, context.gateway, asked), WIDTH):
        _Region(asked, found, proposed, standing, context.clock.now()).propose()
    return proposed, standing


async def read(gateway: Gateway, asked: Asked, place: Target) -> Ruled:
    """Read the automation rules of an account, and whether it may make those that are asked."""
    try:
        rules = await all_rules(gateway, place)
        if not asked.rules:
            return Ruled(place, rules)
        answer = await gateway.read(place, Call("securityhub", "GetAdministratorAccount", {}))
        other = (answer.get("Administrator") or {}).get("AccountId")
        if other:
            why = f"only Security Hub's administrator, account {other}, makes automation rules"
            return Ruled(place, rules, fault=why)
        others = [one for one in asked.accounts if one != place.account]
        administered = await members(gateway, place, others)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        off = error.code == NOT_SUBSCRIBED
        return Ruled(place, fault="Security Hub is off there" if off else str(error))
    return Ruled(place, rules, administered | {place.account})


class _Region:
    """The automation rules of one region: what is there meets what is asked."""

    def __init__(
        self,
        asked: Asked,
        found: Ruled,
        proposed: Proposed,
        standing: Standing,
        now: datetime,
    ) -> None:
        self._asked, self._found = asked, found
        self._proposed, self._standing, self._now = proposed, standing, now
        self._region = found.place.region
        self._control = asked.control.id
        where = f"{found.place.region}:{found.place.account}"
        self._arn = f"arn:{asked.partition}:securityhub:{where}:security-control/{self._control}"
        self._orders = [int(one.get("RuleOrder", 0)) for one in found.rules]
        self._room = MOST_RULES - len(found.rules)

    def propose(self) -> None:
        wanted, faults = self._asked.wanted(self._region)
        for fault in faults:
            self._skip(fault)
        if self._found.fault:
            for one in wanted:
                self._skip(self._not_standing(one, self._found.fault))
            return
        own = {str(one.get("RuleName")): one for one in self._found.rules}
        own = {name: one for name, one in own.items() if automation.decision_of(one)}
        self._delete([one for name, one in own.items() if name not in {w.name for w in wanted}])
        created = [one for one in wanted if self._create(one, own.get(one.name))]
        if created:
            fights = fighting_among(self._found.rules, self._control)
            said = [f"automation rule {name} may set another workflow status" for name in fights]
            self._proposed.notes += [Note(self._arn, text) for text in (_NOTE, *said)]

    def _delete(self, rules: Sequence[AutomationRule]) -> None:
        for rule in rules:
            if not self._asked.holds(automation.account_of(rule), self._region):
                continue  # of another scope: not ours to judge
            decision = str(automation.decision_of(rule))
            why = self._asked.why_ended(decision)
            title = f"rule {rule['RuleName']}: {why}"
            change = self._change(automation.deletion(rule), title, why, automation.facts(rule))
            ending, key = self._standing.ending, (self._region, decision)
            ending[key] = (*ending.get(key, ()), change.id)
            self._room += 1

    def _create(self, one: Wanted, there: AutomationRule | None) -> bool:
        """Propose an automation rule unless it is there, or cannot be."""
        if there is not None:
            self._kept(one, there)
            return False
        why = self._obstacle(one)
        if why:
            self._skip(self._not_standing(one, why))
            return False
        order = automation.free_order(self._orders)
        calls = automation.creation(self._next, {**one.params, "RuleOrder": order})
        rule = one.rule
        title = f"rule for {rule.match}: failing findings -> SUPPRESSED until {rule.until}"
        self._change(calls, title, rule.reason, {})
        self._orders.append(order)
        self._room -= 1
        self._standing.reaching[self._region, rule.id] = one.name
        return True

    def _obstacle(self, one: Wanted) -> str | None:
        own = self._found.place.account
        if one.account and one.account not in self._found.accounts:
            return f"account {one.account} is no member of Security Hub's administrator {own}"
        if self._room <= 0:
            return f"account {own} has {MOST_RULES} automation rules there, the most AWS allows"
        return None

    def _kept(self, one: Wanted, there: AutomationRule) -> None:
        """Leave findings to a rule that is there, for as long as it takes to reach them."""
        if automation.facts(there) != automation.facts(one.params):
            changed = f"somebody changed automation rule {one.name}, which is left as it is"
            self._skip(self._not_standing(one, changed))
        elif self._now - _moment(there.get("CreatedAt")) < REACHED_IN:
            self._standing.reaching[self._region, one.rule.id] = one.name

    @property
    def _next(self) -> str:
        return f"c{len(self._proposed.before) + 1}"

    def _change(
        self, calls: tuple[Call, Call], title: str, reason: str, before: Mapping[str, Any]
    ) -> Change:
        place, (call, undo) = self._found.place, calls
        change = Change(
            id=self._next,
            resource=self._arn,
            account=place.account,
            region=place.region,
            call=call,
            undo=undo,
            reason=reason,
            title=title,
        )
        self._proposed.changes.append(change)
        self._proposed.snapshots[automation.subject(change)] = before
        return change

    def _not_standing(self, one: Wanted, why: str) -> str:
        return f"the rule at line {one.rule.line} is not standing here: {why}"

    def _skip(self, why: str) -> None:
        said = f"{why}; its findings are suppressed one by one"
        self._proposed.skipped.append(Skipped(self._arn, said))


def _moment(value: Any) -> datetime:
    """Return a moment as the SDK parses it or as it is on the wire; one unknown is long ago."""
    try:
        return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
