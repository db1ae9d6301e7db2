"""Automation rules: rewrite findings as the provider creates or updates them (F§2.7).

Not triggered by BatchUpdateFindings, and without effect on findings that nothing updates: a new
rule reaches the backlog with the daily refresh only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hubmend.sandbox.hub.filters import matches
from hubmend.sandbox.hub.lifecycle import Asff
from hubmend.sandbox.hub.updates import updated


def applied(rules: Iterable[dict[str, Any]], finding: Asff, at: datetime) -> Asff:
    """The finding after every matching enabled rule in ascending order.

    The last one wins; a terminal rule that matches ends the walk.
    """
    after = finding
    for rule in sorted(rules, key=lambda each: each["RuleOrder"]):
        if rule["RuleStatus"] != "ENABLED" or not matches(rule["Criteria"], finding, at):
            continue
        for action in rule["Actions"]:
            after = updated(after, action["FindingFieldsUpdate"], at)
        if rule["IsTerminal"]:
            break
    return after
