"""The clocks behind AWS: the finding follows the configuration, the score the finding (F§1.5).

AWS Config records a change, its rule is evaluated, the finding turns, and within a day more the
console's score. hubmend has the rule evaluated at once where it may: after Config has recorded
the change, since the rule judges what is recorded (F§6).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from hubmend.core.arn import Target, is_control, parse_arn
from hubmend.core.call import Call
from hubmend.core.control import Parameters
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.inventory import Claim
from hubmend.core.lanes import Width, side_by_side
from hubmend.core.resource import Finding, Resource, Score, Source, Verdict
from hubmend.core.verification import FindingAnswer, ScoreAnswer, StandardScore
from hubmend.flow.context import Context
from hubmend.flow.hub.findings import read
from hubmend.flow.parameters import asked

# The finding follows within minutes, a day at the most, and the score within a day more (F§1.5).
FINDING_NORMAL = SCORE_NORMAL = timedelta(hours=24)
FIRST_PAUSE, LONGEST_PAUSE = 3.0, 30.0
WIDTH = Width(each=1, at_most=64)  # one after another in a target: a rule is started once

EVALUATED = "AWS Config has recorded the change and was asked to judge it"
NOT_RECORDED = "AWS Config has not recorded the change yet"
NO_RULE = "its finding names no rule of AWS Config to start"


@dataclass(frozen=True)
class HubNow:
    """What Security Hub says of a target; findings None where it is off or may not be asked."""

    findings: Mapping[str, Finding] | None = None
    parameters: Parameters = field(default_factory=Parameters)


@dataclass
class Following:
    """The findings of some resources while they are awaited; `since` is when each was changed."""

    since: Mapping[str, datetime | None]
    targets: dict[Target, HubNow] = field(default_factory=dict)
    steps: dict[str, str] = field(default_factory=dict)  # what was done to hurry a finding
    started: dict[tuple[Target, str], str] = field(default_factory=dict)

    def answer(self, arn: str, now: datetime) -> FindingAnswer:
        """Return where one resource's finding stands."""
        here = self.targets[parse_arn(arn).target]
        said = finding_answer(here.findings, arn, self.since[arn], now)
        step = self.steps.get(arn)
        if said.status != "pending" or not step:
            return said
        return FindingAnswer(said.status, f"{said.why}; {step}", said.until)


async def follow(context: Context, following: Following, until: datetime) -> None:
    """Look at the findings until none is pending or the time is over; start evaluations."""
    pause = FIRST_PAUSE
    while True:
        targets = sorted({_target(arn) for arn in following.since})
        ask = partial(_ask, context, [target.region for target in targets])
        told = await side_by_side(targets, lambda one: one, ask, WIDTH)
        following.targets.update(zip(targets, told, strict=True))
        now = context.clock.now()
        pending = [arn for arn in following.since if following.answer(arn, now).status == "pending"]
        steps = await side_by_side(pending, _target, partial(_hurry, context, following), WIDTH)
        following.steps.update(zip(pending, steps, strict=True))
        done = len(following.since) - len(pending)
        context.progress.update(done, len(following.since), "waiting for findings")
        if not pending or now >= until:
            return
        await context.clock.sleep(min(pause, (until - now).total_seconds()))
        pause = min(LONGEST_PAUSE, pause * 1.5)


def _target(arn: str) -> Target:
    return parse_arn(arn).target


async def _ask(context: Context, regions: Sequence[str], target: Target) -> HubNow:
    """Ask for parameters and findings; three of the four answers do not need Security Hub.

    Where the account itself may not be asked for findings, its administrator is, as for a plan.
    """
    parameters = Parameters()
    try:
        parameters = await asked(context.hub, target)
        findings = await context.hub.findings(target)
        if findings is None:
            reading = await read(context.gateway, target, context.control.id, regions)
            findings = None if reading.fault else reading.speaking
        return HubNow(findings, parameters)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return HubNow(None, parameters)


async def _hurry(context: Context, following: Following, arn: str) -> str:
    """Have the rule evaluated once Config has recorded the change; say what came of it."""
    target = parse_arn(arn).target
    here = following.targets[target]
    rule = here.findings[arn].rule if here.findings else ""
    if not rule:
        return NO_RULE
    if (target, rule) in following.started:
        return following.started[target, rule]
    if not await _recorded(context, arn, here.parameters):
        return NOT_RECORDED
    try:
        call = Call("config", "StartConfigRulesEvaluation", {"ConfigRuleNames": [rule]})
        await context.gateway.change(target, call)
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        said = f"AWS Config judges it by itself within a day, asked to at once it refused: {error}"
    else:
        said = EVALUATED
    following.started[target, rule] = said
    return said


async def _recorded(context: Context, arn: str, parameters: Parameters) -> bool:
    """Whether what Config has on record passes; taken for so where it may not be asked."""
    control, target = context.control, parse_arn(arn).target
    asked = {"resourceType": control.config_type, "resourceId": arn, "limit": 1}
    try:
        answer = await context.gateway.read(
            target, Call("config", "GetResourceConfigHistory", asked)
        )
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return error.kind is not ErrorKind.NOT_FOUND
    items: Sequence[Any] = answer.get("configurationItems") or ({},)
    try:
        details = json.loads(items[0].get("configuration") or "{}")
    except ValueError:
        return False
    claim = Claim(Source.CONFIG, arn, target, details if isinstance(details, dict) else {})
    judged = control.claimed(claim, parameters, context.settings, context.clock.now())
    return isinstance(judged, Resource) and judged.verdict is Verdict.PASSED


def finding_answer(
    findings: Mapping[str, Finding] | None, arn: str, since: datetime | None, now: datetime
) -> FindingAnswer:
    """Return where a finding stands, and until when that is normal. Pure."""
    if is_control(arn):
        return FindingAnswer("not-available", "it is the control itself, which has no finding")
    if findings is None:
        return FindingAnswer("not-available", "Security Hub is off here, or may not be asked")
    found = findings.get(arn)
    if found is None:
        return FindingAnswer("not-available", "Security Hub has no finding for it (yet)")
    if found.suppressed:
        return FindingAnswer("suppressed", "its workflow status is SUPPRESSED")
    if found.compliance_status == "PASSED":
        return FindingAnswer("passed")
    if since is None:
        return FindingAnswer("failed", f"compliance status {found.compliance_status}")
    until = since + FINDING_NORMAL
    if now > until:
        why = f"compliance status {found.compliance_status} a day after the change"
        return FindingAnswer("failed", f"{why}: see that AWS Config records state machines")
    return FindingAnswer("pending", f"normal until {until:%Y-%m-%d %H:%M} UTC", until)


async def scores_now(context: Context, target: Target) -> Sequence[Score]:
    """Return a target's scores as its findings make them; none where Security Hub is silent."""
    try:
        return await context.hub.scores(target) or ()
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return ()


def score_answer(
    before: Sequence[Score], now: Sequence[Score], finding: FindingAnswer, at: datetime
) -> ScoreAnswer:
    """Return the score before and now, per standard, and when the console shows it. Pure.

    `now` is computed from findings; Security Hub's own page recomputes once a day.
    """
    was = {one.standard: one.percent for one in before}
    standards = tuple(
        StandardScore(one.standard, was.get(one.standard), one.percent, one.control_status)
        for one in now
    )
    first = before[0].percent if before else None
    if not standards:
        why = "Security Hub tells no findings to compute it from"
        return ScoreAnswer(first, None, "not-available", why)
    if finding.status == "pending" and finding.until:
        until = finding.until + SCORE_NORMAL
        why = f"follows the finding, normal until {until:%Y-%m-%d %H:%M} UTC"
        return ScoreAnswer(standards[0].before, standards[0].now, "pending", why, until, standards)
    until = at + SCORE_NORMAL
    why = f"computed from the findings; Security Hub's page follows by {until:%Y-%m-%d %H:%M} UTC"
    return ScoreAnswer(standards[0].before, standards[0].now, "computed", why, until, standards)
