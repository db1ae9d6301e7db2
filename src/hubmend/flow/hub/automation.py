"""A standing rule of the policy file as an automation rule of Security Hub. Pure.

The automation rule is known again by its name, which holds the decision and a digest of all it
says, together with the mark that it writes on findings: a rule that says something else has
another name. It meets failing findings that are open, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubmend.core.call import Call, Change
from hubmend.core.codec import canonical, encode, fingerprint
from hubmend.core.control import Effect
from hubmend.core.ports import Response
from hubmend.core.reference import Reference
from hubmend.core.rules import Rule, prefix
from hubmend.flow.hub.payload import Mark, Status, read_mark, suppressing
from hubmend.flow.hub.rules import LISTING, AutomationRule, shown, whole

CREATE = "CreateAutomationRule"
DELETE = "BatchDeleteAutomationRules"
OPEN = (Status.NEW, Status.NOTIFIED)  # the workflow statuses it changes
# ResourceId and AwsAccountId take 100 values each, one of which may be the rule's own (BC).
MOST_LEFT_OUT = 99
_LAST_ORDER = 1000  # F§2.7
_MADE = ("RuleName", "RuleOrder", "RuleStatus", "Description", "IsTerminal", "Criteria", "Actions")
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Reach:
    """How far an automation rule is to reach, in one region.

    `machine` is its rule's name condition as an ARN; `machines` are ARNs decided otherwise and
    `accounts` those never in scope: both are left out.
    """

    region: str
    machine: str
    machines: Sequence[str] = ()
    accounts: Sequence[str] = ()


def wanted(rule: Rule, control: str, reach: Reach, mark: Mark) -> dict[str, Any]:
    """Return the automation rule for a standing rule, without its order."""
    criteria = _criteria(rule, control, reach)
    actions = [{"Type": "FINDING_FIELDS_UPDATE", "FindingFieldsUpdate": suppressing(mark)}]
    digest = fingerprint([criteria, actions])[7:15]
    return {
        "RuleName": f"hubmend {rule.id} {digest}",
        "RuleStatus": "ENABLED",
        "Description": f"Failing findings of {control} are SUPPRESSED until {mark.until}, by "
        f"{mark.owner}. Made by hubmend: to change it, change {rule.id} of hubmend.toml and plan.",
        "IsTerminal": False,
        "Criteria": criteria,
        "Actions": actions,
    }


def _criteria(rule: Rule, control: str, reach: Reach) -> dict[str, list[dict[str, str]]]:
    """Return what it asks; the region too, for a home region holds findings of others (F§2.9)."""
    match = rule.match
    accounts = [_as_filter(match.account)] if match.account is not None else []
    resources = [_as_filter(reach.machine)] if match.name is not None else []
    asked = {
        "ComplianceSecurityControlId": [_as_filter(control)],
        "ComplianceStatus": [_as_filter("FAILED")],
        "WorkflowStatus": [_as_filter(status.value) for status in OPEN],
        "AwsAccountId": accounts + _other_than(reach.accounts),
        "ResourceRegion": [_as_filter(reach.region)],
        "ResourceId": resources + _other_than(reach.machines),
        "ResourceTags": [{"Key": key, **_as_filter(value)} for key, value in match.tags.items()],
    }
    return {name: filters for name, filters in asked.items() if filters}


def _as_filter(pattern: str) -> dict[str, str]:
    head = prefix(pattern)
    if head is None:
        return {"Value": pattern, "Comparison": "EQUALS"}
    return {"Value": head, "Comparison": "PREFIX"}


def _other_than(values: Sequence[str]) -> list[dict[str, str]]:
    """Return the filters that leave values out; they go with PREFIX, not with EQUALS (BC)."""
    return [{"Value": one, "Comparison": "NOT_EQUALS"} for one in values]


def decision_of(rule: AutomationRule) -> str | None:
    """Return the decision hubmend made an automation rule for, None where it is not hubmend's."""
    for action in rule.get("Actions") or ():
        update = action.get("FindingFieldsUpdate") or {}
        mark = read_mark(update.get("UserDefinedFields") or {})
        if mark and str(rule.get("RuleName", "")).startswith(f"hubmend {mark.decision} "):
            return mark.decision
    return None


def account_of(rule: AutomationRule) -> str | None:
    """Return the one account an automation rule is about, None where it is about more."""
    asked = (rule.get("Criteria") or {}).get("AwsAccountId") or ()
    exact = [str(one.get("Value")) for one in asked if one.get("Comparison") == "EQUALS"]
    return exact[0] if len(asked) == len(exact) == 1 else None


def facts(rule: AutomationRule) -> dict[str, Any]:
    """Return what an automation rule does as plain JSON, in one order: AWS promises none."""
    criteria = {
        name: sorted(map(canonical, filters))
        for name, filters in (rule.get("Criteria") or {}).items()
        if filters
    }
    updates = [action.get("FindingFieldsUpdate") or {} for action in rule.get("Actions") or ()]
    written = [{key: value for key, value in one.items() if value} for one in updates]
    return {
        "status": rule.get("RuleStatus"),
        "criteria": criteria,
        "actions": sorted(map(canonical, written)),
    }


def free_order(taken: Sequence[int]) -> int:
    """Return an order for a new rule: behind all others, for the last that matches wins (F§2.7)."""
    behind = max(taken, default=0) + 1
    if behind <= _LAST_ORDER:
        return behind
    return max(set(range(1, _LAST_ORDER + 1)) - set(taken))


def creation(change: str, params: Params) -> tuple[Call, Call]:
    """Return what makes a rule, and its undo, which needs the ARN that AWS gives it."""
    arn = encode(Reference(change, "RuleArn"))
    return Call("securityhub", CREATE, params), Call(
        "securityhub", DELETE, {"AutomationRulesArns": [arn]}
    )


def deletion(rule: AutomationRule) -> tuple[Call, Call]:
    """Return what deletes a rule, and its undo, which makes another that is as it was."""
    made = {key: rule[key] for key in _MADE if key in rule}
    return Call("securityhub", DELETE, {"AutomationRulesArns": [rule["RuleArn"]]}), Call(
        "securityhub", CREATE, made
    )


def created(params: Params) -> Effect:
    """Return how to see that a rule was made."""

    def alike(answer: Response) -> list[AutomationRule]:
        return [one for one in _named(params, answer) if facts(one) == facts(params)]

    return Effect(
        LISTING,
        lambda answer: answer is not None and bool(alike(answer)),
        there=lambda answer: bool(_named(params, answer)),
        told=lambda answer: {"RuleArn": alike(answer)[0]["RuleArn"]},
        then=whole,
    )


def deleted(params: Params) -> Effect:
    """Return how to see that rules were deleted; one whose ARN was never told is not."""

    def holds(answer: Response | None) -> bool:
        arns = {one.get("RuleArn") for one in shown(answer or {})}
        return all(
            isinstance(one, str) and one not in arns for one in params["AutomationRulesArns"]
        )

    return Effect(LISTING, holds, then=whole)


def subject(change: Change) -> str:
    """Return the key under which a plan holds the rule that a change makes or deletes."""
    params = change.call.params
    return f"{change.resource} rule {params.get('RuleName') or params['AutomationRulesArns'][0]}"


def now(params: Params, answer: Response) -> Mapping[str, Any] | None:
    """Return what a call's rule does now, None where there is none."""
    arns = params.get("AutomationRulesArns", ())
    found = [one for one in shown(answer) if one.get("RuleArn") in arns] or _named(params, answer)
    return facts(found[0]) if found else None


def _named(params: Params, answer: Response) -> list[AutomationRule]:
    name = params.get("RuleName", "")
    return [one for one in shown(answer) if one.get("RuleName") == name]
