"""AWS Config as far as StepFunctions.1 depends on it: recorder, service-linked rules, queries.

It reads the recorder and the verdicts that the Security Hub simulation keeps, so that history,
compliance and findings agree on when Config knew what (F§6). What it does not answer is left to
moto.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from hubmend.sandbox.hub import Clock, HubSimulation
from hubmend.sandbox.hub import config_items as shapes
from hubmend.sandbox.hub.catalogue import CONTROLS, LIVE, Control
from hubmend.sandbox.hub.config_query import parse
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.paging import cut
from hubmend.sandbox.hub.recording import OFF
from hubmend.sandbox.hub.settings import partition
from hubmend.sandbox.hub.target import Target
from hubmend.sandbox.wire import Request, Response, error_answer, json_answer

AGGREGATOR = "organization"
MAX_RULES = 25
_PAGE = 25
_MAX_PAGE = 100
T = TypeVar("T")
Arguments = Mapping[str, Any]
Answer = dict[str, Any] | None


class ConfigSimulation:
    """AWS Config for every account and Region of one sandbox, beside its HubSimulation."""

    services = frozenset({"config"})

    def __init__(self, clock: Clock, hub: HubSimulation) -> None:
        self._clock = clock
        self._world = hub.world
        self._operations: dict[str, Callable[[Target, Arguments], Answer]] = {
            "DescribeConfigurationRecorders": self._recorders,
            "DescribeConfigurationRecorderStatus": self._recorder_status,
            "DescribeConfigRules": self._rules,
            "DescribeConfigRuleEvaluationStatus": self._evaluation_status,
            "StartConfigRulesEvaluation": self._start_evaluation,
            "GetComplianceDetailsByConfigRule": self._compliance_by_rule,
            "GetComplianceDetailsByResource": self._compliance_by_resource,
            "GetResourceConfigHistory": self._history,
            "SelectResourceConfig": self._select,
            "SelectAggregateResourceConfig": self._select_aggregate,
            "DescribeConfigurationAggregators": self._aggregators,
        }

    def handle(self, request: Request) -> Response | None:
        """Answer a Config request; None for what moto answers."""
        operation = self._operations.get(request.operation or "")
        if request.service not in self.services or operation is None:
            return None
        with self._world.lock:
            try:
                target = self._world.target(request.account, request.region)
                answer = operation(target, request.json())
            except HubError as error:
                return error_answer(request.service, error.code, error.message, status=error.status)
        return None if answer is None else json_answer(answer)

    def _recorders(self, target: Target, arguments: Arguments) -> Answer:
        if target.recorder.mode == OFF or not _asked("default", arguments):
            return {"ConfigurationRecorders": []}
        return {"ConfigurationRecorders": [shapes.recorder(target.place, target.recorder.mode)]}

    def _recorder_status(self, target: Target, arguments: Arguments) -> Answer:
        if target.recorder.mode == OFF or not _asked("default", arguments):
            return {"ConfigurationRecordersStatus": []}
        return {"ConfigurationRecordersStatus": [shapes.recorder_status(target)]}

    def _rules(self, target: Target, arguments: Arguments) -> Answer:
        controls = _named(target, arguments.get("ConfigRuleNames"))
        if controls is None:
            return None
        level = target.level_at(self._clock.now())
        rows = [shapes.rule(target.place, control, level) for control in controls]
        shown, token = _page(rows, arguments, _PAGE, "DescribeConfigRules")
        return {"ConfigRules": shown, **token}

    def _evaluation_status(self, target: Target, arguments: Arguments) -> Answer:
        controls = _named(target, arguments.get("ConfigRuleNames"))
        if controls is None:
            return None
        rows = [shapes.evaluation_status(target, control) for control in controls]
        shown, token = _page(rows, arguments, _size(arguments), "EvaluationStatus")
        return {"ConfigRulesEvaluationStatus": shown, **token}

    def _start_evaluation(self, target: Target, arguments: Arguments) -> Answer:
        """Evaluate what is recorded, not what is configured (F§6); refusable (F§9 no. 7)."""
        names = arguments.get("ConfigRuleNames") or []
        if len(names) > MAX_RULES:
            raise HubError(
                "LimitExceededException", f"{len(names)} rules in one call, at most {MAX_RULES}"
            )
        if self._world.settings.refuse_evaluation:
            raise HubError(
                "AccessDeniedException",
                "An AWS service owns ServiceLinkedConfigRule. You do not have permissions to take "
                "action on this rule.",
            )
        controls = _named(target, names) if names else []
        if controls is None:
            return None
        if not controls:
            raise HubError("InvalidParameterValueException", "name at least one Config rule")
        for control in controls:
            self._world.evaluator.check(target, control, self._clock.now())
        return {}

    def _compliance_by_rule(self, target: Target, arguments: Arguments) -> Answer:
        if arguments.get("ConfigRuleName") != target.place.rule_name(LIVE):
            return None
        rows = self._verdicts(target, arguments)
        shown, token = _page(rows, arguments, _size(arguments), "ComplianceByRule")
        return {"EvaluationResults": shown, **token}

    def _compliance_by_resource(self, target: Target, arguments: Arguments) -> Answer:
        if arguments.get("ResourceType") != shapes.MACHINE_TYPE:
            return None
        rows = [
            row
            for row in self._verdicts(target, arguments)
            if row["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]
            == arguments.get("ResourceId")
        ]
        return {"EvaluationResults": rows}

    def _verdicts(self, target: Target, arguments: Arguments) -> list[dict[str, Any]]:
        wanted = arguments.get("ComplianceTypes") or []
        return [
            shapes.evaluation_result(target.place, verdict)
            for verdict in target.compliance.values()
            if target.runs(LIVE) and (not wanted or verdict.compliance in wanted)
        ]

    def _history(self, target: Target, arguments: Arguments) -> Answer:
        """Items newest first by record time; `configuration` is PascalCase JSON (F§6)."""
        if arguments.get("resourceType") != shapes.MACHINE_TYPE:
            return None
        arn = arguments.get("resourceId", "")
        items = target.recorder.history.get(arn)
        if not items:
            raise HubError(
                "ResourceNotDiscoveredException",
                f"Resource {arn} of resourceType:{shapes.MACHINE_TYPE} is unknown or has not "
                "been discovered",
            )
        earliest, latest = _moment(arguments, "earlierTime"), _moment(arguments, "laterTime")
        rows = [
            shapes.history_item(target.place, item, number)
            for number, item in enumerate(items)
            if (earliest is None or item.recorded_at >= earliest)
            and (latest is None or item.recorded_at <= latest)
        ]
        if arguments.get("chronologicalOrder", "Reverse") == "Reverse":
            rows.reverse()
        shown, token = _page(rows, arguments, _size(arguments, "limit", 10), "History", "nextToken")
        return {"configurationItems": shown, **token}

    def _select(self, target: Target, arguments: Arguments) -> Answer:
        return self._query([target], arguments, _size(arguments))

    def _select_aggregate(self, target: Target, arguments: Arguments) -> Answer:
        """The query over every account and Region of the sandbox (F§6)."""
        name = arguments.get("ConfigurationAggregatorName")
        if name != AGGREGATOR or not self._world.is_administrator(target.place.account):
            raise HubError(
                "NoSuchConfigurationAggregatorException",
                f"The configuration aggregator {name!r} does not exist",
            )
        size = _size(arguments, "MaxResults" if arguments.get("MaxResults") else "Limit")
        every = [self._world.target(*key) for key in sorted(self._world.targets)]
        return self._query(every, arguments, size)

    def _query(self, targets: Sequence[Target], arguments: Arguments, size: int) -> Answer:
        try:
            query = parse(arguments.get("Expression", ""))
        except ValueError as error:
            raise HubError("InvalidExpressionException", str(error)) from error
        items = [
            shapes.query_item(target.place, item)
            for target in targets
            for item in target.recorder.latest()
        ]
        rows = [json.dumps(query.select(item)) for item in items if query.matches(item)]
        shown, token = _page(rows, arguments, size, "Select")
        info = {"SelectFields": [{"Name": field} for field in query.fields]}
        return {"Results": shown, "QueryInfo": info, **token}

    def _aggregators(self, target: Target, _arguments: Arguments) -> Answer:
        """The organization's aggregator in the administrator account; moto's own elsewhere."""
        place = target.place
        if not self._world.is_administrator(place.account):
            return None
        start = f"arn:{partition(place.region)}"
        role = "aws-service-role/organizations.amazonaws.com/AWSServiceRoleForOrganizations"
        aggregator = {
            "ConfigurationAggregatorName": AGGREGATOR,
            "ConfigurationAggregatorArn": f"{start}:config:{place.region}:{place.account}"
            f":config-aggregator/config-aggregator-{AGGREGATOR}",
            "OrganizationAggregationSource": {
                "RoleArn": f"{start}:iam::{place.account}:role/{role}",
                "AllAwsRegions": True,
            },
        }
        return {"ConfigurationAggregators": [aggregator]}


def _asked(name: str, arguments: Arguments) -> bool:
    names = arguments.get("ConfigurationRecorderNames") or [name]
    return name in names


def _named(target: Target, names: Sequence[str] | None) -> list[Control] | None:
    """The controls whose rules are asked for (all without names); None if one is not ours."""
    rules = {
        target.place.rule_name(control): control
        for control in CONTROLS.values()
        if target.enabled and target.runs(control)
    }
    if not names:
        return list(rules.values()) or None
    return None if any(name not in rules for name in names) else [rules[name] for name in names]


def _size(arguments: Arguments, name: str = "Limit", default: int = _PAGE) -> int:
    size = arguments.get(name) or default
    if not isinstance(size, int) or not 1 <= size <= _MAX_PAGE:
        raise HubError("InvalidLimitException", f"{name} is {size!r}, from 0 to {_MAX_PAGE}")
    return size


def _page(
    rows: Sequence[T], arguments: Arguments, size: int, operation: str, name: str = "NextToken"
) -> tuple[list[T], dict[str, str]]:
    bound = f"{operation}:{json.dumps({k: v for k, v in arguments.items() if k != name})}"
    try:
        shown, token = cut(rows, arguments.get(name), size, bound)
    except ValueError as error:
        raise HubError("InvalidNextTokenException", str(error)) from error
    return shown, {name: token} if token else {}


def _moment(arguments: Arguments, name: str) -> datetime | None:
    value = arguments.get(name)
    return None if value is None else datetime.fromtimestamp(float(value), UTC)
