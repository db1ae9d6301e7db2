"""Automation rules that would fight a suppression: they rewrite findings as AWS updates them.

A rule is not triggered by BatchUpdateFindings, yet applies at AWS's next update of the finding, a
day later at the most, and the later write wins (F§2.7). So a plan warns of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway
from hubmend.flow.hub.payload import Status

_MOST_ASKED = 100  # what BatchGetAutomationRules takes, and what an account may have


async def fighting(gateway: Gateway, region: str, control: str) -> tuple[str, ...]:
    """Return the names of enabled rules of the caller's account that set another workflow status.

    Rules are the administrator's, who alone may list them (F§2.7): nobody else is warned. Raise
    AwsError when the credentials end.
    """
    own = Target((await gateway.identity()).account, region)
    listing = Call("securityhub", "ListAutomationRules", {"MaxResults": _MOST_ASKED})
    try:
        listed = (await gateway.read(own, listing)).get("AutomationRulesMetadata") or ()
        arns = [one["RuleArn"] for one in listed if one.get("RuleStatus") == "ENABLED"]
        if not arns:
            return ()
        asked = Call("securityhub", "BatchGetAutomationRules", {"AutomationRulesArns": arns})
        rules = (await gateway.read(own, asked)).get("Rules") or ()
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return ()
    return tuple(str(one.get("RuleName", "")) for one in rules if _fights(one, control))


def _fights(rule: Mapping[str, Any], control: str) -> bool:
    statuses = {
        ((one.get("FindingFieldsUpdate") or {}).get("Workflow") or {}).get("Status")
        for one in rule.get("Actions") or ()
    }
    return bool(statuses - {None, Status.SUPPRESSED}) and _may_match(rule, control)


def _may_match(rule: Mapping[str, Any], control: str) -> bool:
    """Whether a rule's criteria let the control's findings in, as far as they name a control."""
    named = (rule.get("Criteria") or {}).get("ComplianceSecurityControlId") or ()
    equal = {one.get("Value") for one in named if one.get("Comparison") == "EQUALS"}
    other = {one.get("Value") for one in named if one.get("Comparison") == "NOT_EQUALS"}
    return control not in other and (not equal or control in equal)
