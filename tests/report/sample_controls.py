"""A sample run that is about the control itself: disabled, customised, left to automation rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hubmend.core.call import Call, Change
from hubmend.core.dossier import Dossier
from hubmend.core.plan import Plan
from hubmend.core.resource import Kind
from hubmend.core.run import ResourceResult, ResourceStatus, Run, RunStatus
from hubmend.core.verification import (
    ConfigurationAnswer,
    FindingAnswer,
    ProofAnswer,
    ProofStatus,
    ScoreAnswer,
    Verification,
)
from tests.report.sample_machines import CONTROL, DATA, PAY, RUN, STARTED, TOKYO, VIRGINIA, scan
from tests.report.sample_plan import decision

__all__ = ["controlled", "of_control", "taken_back"]

PASSED = ConfigurationAnswer("passed", "the control is set as decided")
UPDATING = ConfigurationAnswer("pending", "Security Hub is still updating the control")


def of_control(account: str, region: str) -> str:
    return f"arn:aws:securityhub:{region}:{account}:security-control/{CONTROL}"


def _change(account: str, region: str, operation: str, was: Any, now: Any) -> Change:
    call, undo = (Call("securityhub", operation, params) for params in (now, was))
    name = f"{operation}-{account}-{region}"
    return Change(
        name, of_control(account, region), account, region, call, undo, "SEC-12", operation
    )


def _disabled(account: str, region: str) -> Change:
    was, now = (
        {"StandardsControlAssociationUpdates": [{"AssociationStatus": status}]}
        for status in ("ENABLED", "DISABLED")
    )
    return _change(account, region, "BatchUpdateStandardsControlAssociations", was, now)


def _customised(account: str, region: str) -> Change:
    values = ({"ValueType": "DEFAULT"}, {"ValueType": "CUSTOM", "Value": {"Enum": "ERROR"}})
    was, now = ({"Parameters": {"logLevel": one}} for one in values)
    return _change(account, region, "UpdateSecurityControl", was, now)


def _ruled(account: str, region: str) -> Change:
    made = _change(account, region, "CreateAutomationRule", {}, {"RuleName": "hubmend dev"})
    undo = Call("securityhub", "BatchDeleteAutomationRules", {"AutomationRulesArns": ["r"]})
    return replace(made, undo=undo)


def controlled() -> Dossier:
    """Disabled in two regions of data-dev, with logLevel set in one; a rule in payments-prod."""
    changes = (
        _disabled(DATA, TOKYO),
        _disabled(DATA, VIRGINIA),
        _customised(DATA, VIRGINIA),
        _ruled(PAY, TOKYO),
    )
    decisions = (
        decision(DATA, Kind.DISABLE_CONTROL, reason="no logs here"),
        decision(f"{DATA}/logLevel", Kind.SET_PARAMETER, level="ERROR"),
    )
    made = Plan(STARTED - timedelta(minutes=9), CONTROL, changes, decisions=decisions)
    seen = scan()
    verdicts = {machine.arn: machine.verdict for machine in seen.resources}
    return Dossier(
        at=STARTED + timedelta(minutes=30),
        control=CONTROL,
        scan=seen,
        run=Run(RUN, made, RunStatus.DONE, STARTED, STARTED + timedelta(seconds=4)),
        results=tuple(ResourceResult(arn, ResourceStatus.DONE) for arn in made.resources),
        verifications=tuple(_verified(arn) for arn in made.resources),
        decisions=decisions,
        entries=(),
        broken_at=None,
        before=verdicts,
        after=verdicts,
    )


def _verified(arn: str) -> Verification:
    return Verification(
        arn,
        UPDATING if arn == of_control(DATA, VIRGINIA) else PASSED,
        ProofAnswer(ProofStatus.NOT_PROVABLE, "", 0, 0, (), "it writes no records"),
        FindingAnswer("not-available", "it is the control itself, which has no finding"),
        ScoreAnswer(86, 88),
    )


def taken_back() -> Dossier:
    """The same run, taken back."""
    whole = controlled()
    assert whole.run is not None
    return replace(whole, run=replace(whole.run, status=RunStatus.ROLLED_BACK))
