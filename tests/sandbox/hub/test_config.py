"""AWS Config: records before it evaluates, answers what it recorded (F§6)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hubmend.sandbox.hub import Settings
from hubmend.sandbox.hub.config_query import parse
from hubmend.sandbox.wire import Request
from tests.sandbox.hub.bench import ACCOUNT, REGION, AwsError, Bench, make_bench

TYPE = "AWS::StepFunctions::StateMachine"


def _levels(bench: Bench, arn: str) -> list[str | None]:
    answer = bench.ask_config("GetResourceConfigHistory", resourceType=TYPE, resourceId=arn)
    items = [json.loads(item["configuration"]) for item in answer["configurationItems"]]
    return [item.get("LoggingConfiguration", {}).get("Level") for item in items]


def _rule_name(bench: Bench) -> str:
    rules: list[dict[str, Any]] = []
    token: dict[str, str] = {}
    while True:
        answer = bench.ask_config("DescribeConfigRules", **token)
        rules += answer["ConfigRules"]
        if "NextToken" not in answer:
            break
        token = {"NextToken": answer["NextToken"]}
    start = "securityhub-step-functions-state-machine-logging-enabled-"
    (found,) = [rule for rule in rules if rule["ConfigRuleName"].startswith(start)]
    assert found["CreatedBy"] == "securityhub.amazonaws.com"
    assert len(found["ConfigRuleName"]) == len(start) + 8
    return str(found["ConfigRuleName"])


@pytest.fixture
def flow(bench: Bench) -> tuple[Bench, str]:
    arn = bench.machines.put("flow", "ERROR")
    bench.hub.enable(ACCOUNT, REGION)
    bench.machines.put("flow", "OFF")
    bench.settle()
    bench.machines.put("flow", "ALL")
    bench.hub.observe()
    return bench, arn


def test_history_has_a_change_only_once_it_is_recorded(flow: tuple[Bench, str]) -> None:
    bench, arn = flow
    bench.clock.advance(seconds=19)
    assert len(_levels(bench, arn)) == 2
    bench.clock.advance(seconds=1)
    assert _levels(bench, arn)[0] == "ALL"
    limited = bench.ask_config(
        "GetResourceConfigHistory", resourceType=TYPE, resourceId=arn, limit=1
    )
    assert len(limited["configurationItems"]) == 1
    assert limited["nextToken"]


def test_an_unknown_machine_is_not_discovered(on: Bench) -> None:
    with pytest.raises(AwsError) as refused:
        _levels(on, "arn:none")
    assert refused.value.code == "ResourceNotDiscoveredException"


def test_asking_for_an_evaluation_before_the_record_gives_the_old_verdict(
    flow: tuple[Bench, str],
) -> None:
    bench, arn = flow
    name = _rule_name(bench)
    bench.clock.advance(seconds=19)
    bench.ask_config("StartConfigRulesEvaluation", ConfigRuleNames=[name])
    assert bench.finding(arn)["Compliance"]["Status"] == "FAILED"
    bench.clock.advance(seconds=1)
    assert bench.finding(arn)["Compliance"]["Status"] == "FAILED"
    bench.ask_config("StartConfigRulesEvaluation", ConfigRuleNames=[name])
    assert bench.finding(arn)["Compliance"]["Status"] == "PASSED"


def test_compliance_agrees_with_the_finding(flow: tuple[Bench, str]) -> None:
    bench, arn = flow
    name = _rule_name(bench)
    by_rule = bench.ask_config("GetComplianceDetailsByConfigRule", ConfigRuleName=name)
    assert [row["ComplianceType"] for row in by_rule["EvaluationResults"]] == ["NON_COMPLIANT"]
    bench.clock.advance(seconds=61)
    by_resource = bench.ask_config(
        "GetComplianceDetailsByResource", ResourceType=TYPE, ResourceId=arn
    )
    assert [row["ComplianceType"] for row in by_resource["EvaluationResults"]] == ["COMPLIANT"]
    status = bench.ask_config("DescribeConfigRuleEvaluationStatus", ConfigRuleNames=[name])
    assert status["ConfigRulesEvaluationStatus"][0]["LastSuccessfulEvaluationTime"]


def test_more_than_25_rules_are_refused(on: Bench) -> None:
    with pytest.raises(AwsError) as refused:
        on.ask_config("StartConfigRulesEvaluation", ConfigRuleNames=[_rule_name(on)] * 26)
    assert refused.value.code == "LimitExceededException"


def test_an_evaluation_can_be_refused() -> None:
    bench = make_bench(settings=Settings(refuse_evaluation=True))
    bench.hub.enable(ACCOUNT, REGION)
    with pytest.raises(AwsError) as refused:
        bench.ask_config("StartConfigRulesEvaluation", ConfigRuleNames=[_rule_name(bench)])
    assert refused.value.code == "AccessDeniedException"


def test_the_custom_level_reaches_the_rule(on: Bench) -> None:
    name = _rule_name(on)
    parameters = {"logLevel": {"ValueType": "CUSTOM", "Value": {"Enum": "ERROR"}}}
    on.ask("UpdateSecurityControl", SecurityControlId="StepFunctions.1", Parameters=parameters)
    on.clock.advance(seconds=31)
    (rule,) = on.ask_config("DescribeConfigRules", ConfigRuleNames=[name])["ConfigRules"]
    assert json.loads(rule["InputParameters"]) == {"logLevel": "ERROR"}


@pytest.mark.parametrize("mode", ["CONTINUOUS", "DAILY"])
def test_the_recorder_tells_its_frequency(on: Bench, mode: str) -> None:
    on.hub.set_recording(ACCOUNT, REGION, mode)
    (recorder,) = on.ask_config("DescribeConfigurationRecorders")["ConfigurationRecorders"]
    assert recorder["recordingMode"]["recordingFrequency"] == mode
    status = on.ask_config("DescribeConfigurationRecorderStatus")
    assert status["ConfigurationRecordersStatus"][0]["recording"] is True


QUERY = """
SELECT accountId, awsRegion, arn, resourceName, tags, configuration.StateMachineType,
       configuration.LoggingConfiguration.Level, configuration.LoggingConfiguration.Destinations
WHERE resourceType = 'AWS::StepFunctions::StateMachine'
"""


def test_the_aggregate_query_covers_the_organization_in_pages() -> None:
    bench = make_bench(administrator=ACCOUNT)
    for account in (ACCOUNT, "222233334444"):
        for number in range(3):
            bench.machines.put(f"flow-{number}", "ALL", account=account, tags={"env": "dev"})
        bench.hub.enable(account, REGION)
    (aggregator,) = bench.ask_config("DescribeConfigurationAggregators")["ConfigurationAggregators"]
    call = {
        "Expression": QUERY,
        "ConfigurationAggregatorName": aggregator["ConfigurationAggregatorName"],
        "Limit": 4,
    }
    first = bench.ask_config("SelectAggregateResourceConfig", **call)
    second = bench.ask_config("SelectAggregateResourceConfig", **call, NextToken=first["NextToken"])
    rows = [json.loads(row) for row in first["Results"] + second["Results"]]
    assert "NextToken" not in second
    assert len({row["arn"] for row in rows}) == 6
    assert rows[0]["configuration"]["LoggingConfiguration"]["Level"] == "ALL"
    assert rows[0]["tags"] == [{"key": "env", "value": "dev", "tag": "env=dev"}]


def test_a_select_of_one_account_applies_its_conditions(bench: Bench) -> None:
    bench.machines.put("one", "ALL")
    bench.machines.put("two", "ERROR")
    bench.hub.enable(ACCOUNT, REGION)
    where = f"{QUERY.strip()} AND configuration.LoggingConfiguration.Level = 'ERROR'"
    answer = bench.ask_config("SelectResourceConfig", Expression=where)
    assert [json.loads(row)["resourceName"] for row in answer["Results"]] == ["two"]
    with pytest.raises(AwsError) as refused:
        bench.ask_config("SelectResourceConfig", Expression="SELECT arn FROM machines")
    assert refused.value.code == "InvalidExpressionException"


def test_items_of_machines_without_logging_lack_the_configuration_at_times(bench: Bench) -> None:
    for number in range(20):
        bench.machines.put(f"flow-{number}")
    bench.hub.enable(ACCOUNT, REGION)
    answer = bench.ask_config("SelectResourceConfig", Expression=QUERY, Limit=100)
    rows = [json.loads(row)["configuration"] for row in answer["Results"]]
    having = [row for row in rows if "LoggingConfiguration" in row]
    assert 0 < len(having) < 20


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("SELECT *", {"name": "it's"}),
        ("select deep.a where name = 'it''s'", {"deep": {"a": 1}}),
        ("SELECT list.x WHERE list.x = '2' AND deep.a = 1", {"list": [{"x": "1"}, {"x": "2"}]}),
        ("SELECT missing", {}),
    ],
)
def test_queries_select(expression: str, chosen: dict[str, Any]) -> None:
    item = {"name": "it's", "deep": {"a": 1}, "list": [{"x": "1"}, {"x": "2"}]}
    query = parse(expression)
    assert query.matches(item)
    assert query.select(item) == chosen


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "DELETE x",
        "SELECT a WHERE b > 1",
        "SELECT a WHERE b = 'x' OR c = 'y'",
        "SELECT COUNT(a)",
    ],
)
def test_queries_outside_the_language_are_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(expression)


def test_history_can_be_cut_by_time_and_turned_round(flow: tuple[Bench, str]) -> None:
    bench, arn = flow
    bench.clock.advance(seconds=61)
    call = {"resourceType": TYPE, "resourceId": arn}
    times = [
        item["configurationItemCaptureTime"]
        for item in bench.ask_config("GetResourceConfigHistory", **call)["configurationItems"]
    ]
    assert times == sorted(times, reverse=True)
    forward = bench.ask_config("GetResourceConfigHistory", **call, chronologicalOrder="Forward")
    assert [one["configurationItemCaptureTime"] for one in forward["configurationItems"]] == sorted(
        times
    )
    late = bench.ask_config("GetResourceConfigHistory", **call, earlierTime=times[0])
    assert len(late["configurationItems"]) == 1
    early = bench.ask_config("GetResourceConfigHistory", **call, laterTime=times[-1])
    assert len(early["configurationItems"]) == 1


def test_without_a_recorder_config_says_so(on: Bench) -> None:
    on.hub.set_recording(ACCOUNT, REGION, "OFF")
    assert on.ask_config("DescribeConfigurationRecorders") == {"ConfigurationRecorders": []}
    status = on.ask_config("DescribeConfigurationRecorderStatus")
    assert status == {"ConfigurationRecordersStatus": []}


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        ("StartConfigRulesEvaluation", {}, "InvalidParameterValueException"),
        ("SelectResourceConfig", {"Expression": QUERY, "Limit": 101}, "InvalidLimitException"),
        (
            "SelectResourceConfig",
            {"Expression": QUERY, "NextToken": "made-up"},
            "InvalidNextTokenException",
        ),
        (
            "SelectResourceConfig",
            {"Expression": "SELECT " + "a" * 4097},
            "InvalidExpressionException",
        ),
        (
            "SelectAggregateResourceConfig",
            {"Expression": QUERY, "ConfigurationAggregatorName": "x"},
            "NoSuchConfigurationAggregatorException",
        ),
    ],
)
def test_config_refuses_as_aws_does(
    on: Bench, operation: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(AwsError) as refused:
        on.ask_config(operation, **arguments)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("PutConfigRule", {}),
        ("DescribeConfigRules", {"ConfigRuleNames": ["mine"]}),
        ("DescribeConfigRuleEvaluationStatus", {"ConfigRuleNames": ["mine"]}),
        ("StartConfigRulesEvaluation", {"ConfigRuleNames": ["mine"]}),
        ("GetComplianceDetailsByConfigRule", {"ConfigRuleName": "mine"}),
        ("GetComplianceDetailsByResource", {"ResourceType": "AWS::S3::Bucket"}),
        ("GetResourceConfigHistory", {"resourceType": "AWS::S3::Bucket", "resourceId": "b"}),
        ("DescribeConfigurationAggregators", {}),
    ],
)
def test_what_is_not_of_this_control_is_left_to_moto(
    on: Bench, operation: str, arguments: dict[str, Any]
) -> None:
    body = json.dumps(arguments).encode()
    request = Request("config", REGION, ACCOUNT, operation, "/", "POST", body, {}, "")
    assert on.config.handle(request) is None
