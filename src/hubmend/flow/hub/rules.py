"""Reading Security Hub's automation rules, and those that would fight a suppression.

A rule rewrites findings as AWS updates them. It is not triggered by BatchUpdateFindings, yet
applies at AWS's next update of the finding, a day later at the most, and the later write wins
(F§2.7). So a plan warns of those that set another status.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway, Response
from hubmend.flow.hub.payload import Status

AutomationRule = Mapping[str, Any]
MOST_RULES = 100  # an account may have, a page holds, and BatchGetAutomationRules takes (F§2.7)
LISTING = Call("securityhub", "ListAutomationRules", {"MaxResults": MOST_RULES})


def whole(listed: Response) -> Call | None:
    """Return the read that shows what listed rules do, None where there is no rule."""
    arns = [one["RuleArn"] for one in listed.get("AutomationRulesMetadata") or ()]
    return (
        Call("securityhub", "BatchGetAutomationRules", {"AutomationRulesArns": arns})
        if arns
        else None
    )


def shown(answer: Response) -> Sequence[AutomationRule]:
    """Return the rules an answer shows; a listing without rules shows none."""
    return answer.get("Rules") or ()


async def all_rules(gateway: Gateway, place: Target) -> Sequence[AutomationRule]:
    """Return an account's rules in a region; raise AwsError where they may not be read.

    Rules are the administrator's, who alone may list them (F§2.7).
    """
    listed = await gateway.read(place, LISTING)
    more = whole(listed)
    return shown(await gateway.read(place, more)) if more else ()


async def fighting(gateway: Gateway, region: str, control: str) -> tuple[str, ...]:
    """Return the names of enabled rules of the caller's account that set another workflow status.

    Nobody but the administrator is warned. Raise AwsError when the credentials end.
    """
    own = Target((await gateway.identity()).account, region)
    try:
        rules = await all_rules(gateway, own)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return ()
    return fighting_among(rules, control)


def fighting_among(rules: Sequence[AutomationRule], control: str) -> tuple[str, ...]:
    """Return the names of the rules that would set another workflow status."""
    return tuple(str(one.get("RuleName", "")) for one in rules if _fights(one, control))


def _fights(rule: AutomationRule, control: str) -> bool:
    statuses = {
        ((one.get("FindingFieldsUpdate") or {}).get("Workflow") or {}).get("Status")
        for one in rule.get("Actions") or ()
    }
    other = bool(statuses - {None, Status.SUPPRESSED}) and rule.get("RuleStatus") == "ENABLED"
    return other and _may_match(rule, control)


def _may_match(rule: AutomationRule, control: str) -> bool:
    """Whether a rule's criteria let the control's findings in, as far as they name a control."""
    named = (rule.get("Criteria") or {}).get("ComplianceSecurityControlId") or ()
    equal = {one.get("Value") for one in named if one.get("Comparison") == "EQUALS"}
    other = {one.get("Value") for one in named if one.get("Comparison") == "NOT_EQUALS"}
    return control not in other and (not equal or control in equal)
