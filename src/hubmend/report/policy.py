"""What the policy file's rules catch, as hubmend/policy/1."""

from __future__ import annotations

from typing import Any

from hubmend.core.codec import encode
from hubmend.core.resource import Resource
from hubmend.core.rules import Match
from hubmend.flow.policy import Review, RuleReview

POLICY = "hubmend/policy/1"


def policy_document(review: Review) -> dict[str, Any]:
    """Return every rule in order, and the failing machines that no rule decides."""
    return {
        "schema": POLICY,
        "scan": {"id": review.scan.id, "at": encode(review.scan.at)} if review.scan else None,
        "rules": [_rule(one) for one in review.rules],
        "uncaught": [_machine(row) for row in review.uncaught],
        "decided": [_machine(row) for row in review.decided],
    }


def conditions(match: Match) -> dict[str, Any]:
    """Return the conditions of a rule that are given, as the policy file writes them."""
    known = {
        "account": match.account, "ou": match.ou, "region": match.region, "name": match.name,
        "type": match.type, "manager": match.manager, "tags": dict(match.tags),
    }  # fmt: skip
    return {key: value for key, value in known.items() if value}


def _rule(one: RuleReview) -> dict[str, Any]:
    rule = one.rule
    return {
        "line": rule.line,
        "decision": rule.decision.value,
        "match": conditions(rule.match),
        "reason": rule.reason,
        "owner": rule.owner,
        "until": encode(rule.until),
        "level": rule.level,
        "standing": rule.standing,
        "state": one.state.value,
        "catches": [_machine(row) for row in one.catches],
        "shadows": list(one.shadows),
        "overruled": [_machine(row) for row in one.overruled],
    }


def _machine(row: Resource) -> dict[str, str]:
    return {"arn": row.arn, "verdict": row.verdict.value}
