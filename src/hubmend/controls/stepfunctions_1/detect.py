"""The verdict, and the recommendation with its reason. Pure and total."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hubmend.controls.stepfunctions_1.machine import OFF, Machine
from hubmend.controls.stepfunctions_1.ownership import manager
from hubmend.core.arn import parse_arn
from hubmend.core.control import Parameters, Unreadable
from hubmend.core.decision import LEVELS
from hubmend.core.resource import Finding, Kind, Manager, Recommendation, Resource, Verdict
from hubmend.core.rules import Rule
from hubmend.core.settings import Settings

_NOTHING = Recommendation(Kind.NONE, None, "")
_ANY_OTHER = "whether the control asks for another level could not be read"


def verdict(machine: Machine, parameters: Parameters) -> tuple[Verdict, str]:
    """Judge a machine as the control does (F§1.2).

    Where the control's logLevel was customised, exactly that level passes: both readings of
    AWS's pages agree on it, and on nothing else (F§9 no. 1). Where it could not be read, a machine
    that logs is UNKNOWN; one that does not fails at any level.
    """
    if machine.level == OFF:
        return Verdict.FAILED, "logging is off"
    if machine.level not in LEVELS:
        return Verdict.UNKNOWN, f"level {machine.level} is not one AWS documents"
    if not machine.log_group_arn:
        return Verdict.UNKNOWN, f"level {machine.level} without a readable destination"
    if not parameters.known:
        return Verdict.UNKNOWN, f"logging is on at {machine.level}; {_ANY_OTHER}"
    if parameters.level and machine.level != parameters.level:
        return Verdict.FAILED, (
            f"level is {machine.level}; the control's logLevel is set to {parameters.level}"
        )
    return Verdict.PASSED, f"logging is on at {machine.level}"


def row(
    state: Machine | Unreadable,
    parameters: Parameters,
    settings: Settings,
    finding: Finding | None,
    today: date,
) -> Resource:
    """Return a machine's row of the scan."""
    if isinstance(state, Unreadable):
        return _unknown(state, finding)
    judged, reason = verdict(state, parameters)
    target = state.target
    resource = Resource(
        arn=state.arn,
        account=target.account,
        region=target.region,
        name=state.name,
        type=state.type,
        level=state.level,
        include_execution_data=state.include_execution_data,
        log_group_arn=state.log_group_arn,
        verdict=judged,
        reason=reason,
        role_arn=state.role_arn,
        revision_id=state.revision_id,
        tags=state.tags,
        tagged=state.tagged,
        manager=manager(state.tags),
        finding=finding,
        recommendation=_NOTHING,
    )
    return recommend(resource, parameters, settings, today)


def recommend(
    resource: Resource, parameters: Parameters, settings: Settings, today: date
) -> Resource:
    """Return a row with what to do about it; nothing unless it fails."""
    if resource.verdict is not Verdict.FAILED:
        return resource
    rule = settings.first_rule(resource, today)
    advice = _recommend(resource, parameters, settings, rule)
    if advice.advised and not parameters.known:
        advice = replace(advice, why=f"{advice.why}; {_ANY_OTHER}")
    return replace(resource, recommendation=advice)


def _recommend(
    resource: Resource, parameters: Parameters, settings: Settings, rule: Rule | None
) -> Recommendation:
    if rule and rule.match.open(resource):
        level, _ = _level(resource, parameters, settings, None)
        why = f"rule, line {rule.line}, asks for tags that could not be read"
        return Recommendation(Kind.NONE, level, why)
    if rule and rule.decision is Kind.SUPPRESS:
        level, _ = _level(resource, parameters, settings, None)
        return Recommendation(Kind.SUPPRESS, level, f"{rule.reason} (rule, line {rule.line})")
    return Recommendation(Kind.ENABLE, *_level(resource, parameters, settings, rule))


def _level(
    resource: Resource, parameters: Parameters, settings: Settings, rule: Rule | None
) -> tuple[str | None, str]:
    """Return the level that enabling takes, and why; `rule` is one that enables, if any does."""
    if parameters.level:
        return parameters.level, "the control asks for exactly this level"
    if rule and rule.level:
        return rule.level, f"rule, line {rule.line}"
    if settings.defaults.level != "auto":
        return settings.defaults.level, "level of the policy file"
    if resource.type is None:  # told by a finding without details
        return None, "plan reads its type, and with it the level"
    if resource.type == "EXPRESS":
        return "ALL", "no history without logs"
    return "ERROR", "keeps its own history for 90 days"


def _unknown(state: Unreadable, finding: Finding | None) -> Resource:
    where = parse_arn(state.arn)
    return Resource(
        arn=state.arn,
        account=where.account,
        region=where.region,
        name=state.name,
        type=state.type,
        level=None,
        include_execution_data=None,
        log_group_arn=None,
        verdict=Verdict.UNKNOWN,
        reason=state.error,
        role_arn=None,
        revision_id=None,
        tags={},
        manager=Manager(),
        finding=finding,
        recommendation=_NOTHING,
    )
