"""Operations on automation rules, which the administrator keeps per Region (F§2.7)."""

from __future__ import annotations

import copy
from typing import Any

from hubmend.sandbox.hub import filters, updates
from hubmend.sandbox.hub.calls import Call, page
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.findings import digest
from hubmend.sandbox.hub.settings import iso, partition
from hubmend.sandbox.hub.world import World

_MAX_RULES, _MAX_ORDER = 100, 1000
_HIDDEN = ("Criteria", "Actions")


def create_automation_rule(world: World, call: Call) -> dict[str, Any]:
    """Add a rule; it reaches findings as they are next created or updated."""
    target = world.target(call.account, call.region)
    if world.administrator not in (None, call.account):
        raise HubError(
            "AccessDeniedException", "Only the administrator account manages automation rules"
        )
    if len(target.rules) >= _MAX_RULES:
        raise HubError("LimitExceededException", f"An account has at most {_MAX_RULES} rules")
    if call["RuleOrder"] not in range(1, _MAX_ORDER + 1):
        raise HubError.invalid(f"RuleOrder is a whole number from 1 to {_MAX_ORDER}")
    filters.validate(call["Criteria"], filters.MORE_VALUES)
    for action in call["Actions"]:
        updates.validate(action.get("FindingFieldsUpdate", {}))
    now = iso(world.now())
    unique = digest(call.account, call.region, call["RuleName"], now, str(len(target.rules)))
    arn = (
        f"arn:{partition(call.region)}:securityhub:{call.region}:{call.account}"
        f":automation-rule/{unique[:32]}"
    )
    target.rules[arn] = {
        "RuleArn": arn,
        "RuleStatus": call.get("RuleStatus", "ENABLED"),
        "RuleOrder": call["RuleOrder"],
        "RuleName": call["RuleName"],
        "Description": call["Description"],
        "IsTerminal": call.get("IsTerminal", False),
        "Criteria": copy.deepcopy(call["Criteria"]),
        "Actions": copy.deepcopy(call["Actions"]),
        "CreatedAt": now,
        "UpdatedAt": now,
        "CreatedBy": call.account,
    }
    return {"RuleArn": arn}


def list_automation_rules(world: World, call: Call) -> dict[str, Any]:
    """The rules of the account in the Region, without what they do."""
    target = world.target(call.account, call.region)
    rows = [
        {key: value for key, value in rule.items() if key not in _HIDDEN}
        for rule in sorted(target.rules.values(), key=lambda each: each["RuleOrder"])
    ]
    shown, token = page(call, rows)
    return {"AutomationRulesMetadata": shown, **token}


def batch_get_automation_rules(world: World, call: Call) -> dict[str, Any]:
    """Whole rules by ARN."""
    known = world.target(call.account, call.region).rules
    arns = call["AutomationRulesArns"]
    return {
        "Rules": [known[arn] for arn in arns if arn in known],
        "UnprocessedAutomationRules": [_missing(arn) for arn in arns if arn not in known],
    }


def batch_delete_automation_rules(world: World, call: Call) -> dict[str, Any]:
    """Remove rules by ARN; what they wrote stays."""
    known = world.target(call.account, call.region).rules
    arns = call["AutomationRulesArns"]
    unprocessed = [_missing(arn) for arn in arns if arn not in known]
    processed = [arn for arn in arns if known.pop(arn, None) is not None]
    return {"ProcessedAutomationRules": processed, "UnprocessedAutomationRules": unprocessed}


def _missing(arn: str) -> dict[str, Any]:
    return {"RuleArn": arn, "ErrorCode": 404, "ErrorMessage": "The automation rule was not found"}


OPERATIONS = {
    "CreateAutomationRule": create_automation_rule,
    "ListAutomationRules": list_automation_rules,
    "BatchGetAutomationRules": batch_get_automation_rules,
    "BatchDeleteAutomationRules": batch_delete_automation_rules,
}
