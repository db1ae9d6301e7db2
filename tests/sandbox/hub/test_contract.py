"""The wire: boto3 calls every simulated operation and botocore's parser accepts every answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubmend.sandbox import Sandbox
from tests.sandbox.calls import ACCOUNT, REGION, Aws

CONTROL = "StepFunctions.1"
FSBP = f"arn:aws:securityhub:{REGION}::standards/aws-foundational-security-best-practices/v/1.0.0"
PCI = f"arn:aws:securityhub:{REGION}::standards/pci-dss/v/4.0.1"
TYPE = "AWS::StepFunctions::StateMachine"
FOUND = {"ComplianceSecurityControlId": [{"Value": CONTROL, "Comparison": "EQUALS"}]}


@pytest.fixture
def aws() -> Iterator[Aws]:
    """A sandbox of its own for each test: hubs are enabled once."""
    with Sandbox(empty=True) as sandbox:
        yield Aws(sandbox)


@pytest.fixture
def hub(aws: Aws) -> Any:
    client = aws.client("securityhub")
    client.enable_security_hub()
    requests = [{"StandardsArn": PCI, "StandardsInput": {}}]
    client.batch_enable_standards(StandardsSubscriptionRequests=requests)
    return client


def _statuses(hub: Any, arn: str) -> list[tuple[str, str]]:
    pages = hub.get_paginator("get_findings").paginate(
        Filters={**FOUND, "ResourceId": [{"Value": arn, "Comparison": "EQUALS"}]}
    )
    return [
        (one["Compliance"]["Status"], one["Workflow"]["Status"])
        for page in pages
        for one in page["Findings"]
    ]


def test_a_finding_follows_a_machine_through_the_apis(aws: Aws, hub: Any) -> None:
    arn = aws.machine()
    assert _statuses(hub, arn) == []
    aws.sandbox.clock.advance(61)
    assert _statuses(hub, arn) == [("FAILED", "NEW")]
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{aws.group()}:*"
    aws.client("stepfunctions").update_state_machine(
        stateMachineArn=arn,
        loggingConfiguration={
            "level": "ALL",
            "includeExecutionData": False,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": group}}],
        },
    )
    aws.sandbox.clock.advance(61)
    assert _statuses(hub, arn) == [("PASSED", "RESOLVED")]
    aws.client("stepfunctions").delete_state_machine(stateMachineArn=arn)
    assert _statuses(hub, arn) == [("PASSED", "RESOLVED")]
    aws.sandbox.clock.advance(61)
    assert [status for status, _ in _statuses(hub, arn)] == ["NOT_AVAILABLE"]


def test_an_account_without_the_hub_gets_aws_error(aws: Aws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("securityhub").describe_hub()
    error = refused.value.response
    assert error["Error"]["Code"] == "InvalidAccessException"
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 401


def test_hub_and_standards(hub: Any) -> None:
    assert hub.describe_hub()["ControlFindingGenerator"] == "SECURITY_CONTROL"
    hub.update_security_hub_configuration(AutoEnableControls=False)
    assert hub.describe_hub()["AutoEnableControls"] is False
    enabled = hub.get_enabled_standards()["StandardsSubscriptions"]
    assert [one["StandardsArn"] for one in enabled] == [FSBP, PCI]
    assert len(hub.describe_standards(MaxResults=1)["Standards"]) == 1
    arn = enabled[1]["StandardsSubscriptionArn"]
    pages = hub.get_paginator("describe_standards_controls").paginate(
        StandardsSubscriptionArn=arn, PaginationConfig={"PageSize": 5}
    )
    controls = [one["ControlId"] for page in pages for one in page["Controls"]]
    assert CONTROL in controls
    assert len(controls) >= 12
    gone = hub.batch_disable_standards(StandardsSubscriptionArns=[arn])
    assert gone["StandardsSubscriptions"][0]["StandardsStatus"] == "DELETING"
    hub.disable_security_hub()


def test_findings_are_updated_and_remember_it(aws: Aws, hub: Any) -> None:
    aws.machine()
    hub.get_findings()
    aws.sandbox.clock.advance(61)
    finding = hub.get_findings(Filters=FOUND, MaxResults=1)["Findings"][0]
    identifier = {"Id": finding["Id"], "ProductArn": finding["ProductArn"]}
    answer = hub.batch_update_findings(
        FindingIdentifiers=[identifier, {**identifier, "Id": "none"}],
        Note={"Text": "accepted until March", "UpdatedBy": "ann"},
        Workflow={"Status": "SUPPRESSED"},
        UserDefinedFields={"until": "2027-03-31"},
    )
    assert answer["ProcessedFindings"] == [identifier]
    assert answer["UnprocessedFindings"][0]["ErrorCode"] == "FindingNotFound"
    records = hub.get_finding_history(
        FindingIdentifier=identifier, StartTime=aws.sandbox.clock.now().replace(year=2000)
    )["Records"]
    assert records[0]["UpdateSource"]["Type"] == "BATCH_UPDATE_FINDINGS"


def test_controls_and_associations(aws: Aws, hub: Any) -> None:
    pages = hub.get_paginator("list_security_control_definitions").paginate(StandardsArn=PCI)
    found = [one for page in pages for one in page["SecurityControlDefinitions"]]
    assert {one["CurrentRegionAvailability"] for one in found} == {"AVAILABLE"}
    definition = hub.get_security_control_definition(SecurityControlId=CONTROL)
    assert definition["SecurityControlDefinition"]["CustomizableProperties"] == ["Parameters"]
    hub.update_security_control(
        SecurityControlId=CONTROL,
        Parameters={"logLevel": {"ValueType": "CUSTOM", "Value": {"Enum": "ERROR"}}},
        LastUpdateReason="audit-7",
    )
    read = hub.batch_get_security_controls(SecurityControlIds=[CONTROL, "Nothing.1"])
    assert read["SecurityControls"][0]["UpdateStatus"] == "UPDATING"
    assert read["UnprocessedIds"][0]["ErrorCode"] == "NOT_FOUND"
    aws.sandbox.clock.advance(31)
    update = {
        "StandardsArn": PCI,
        "SecurityControlId": CONTROL,
        "AssociationStatus": "DISABLED",
        "UpdatedReason": "SEC 12",
    }
    changed = hub.batch_update_standards_control_associations(
        StandardsControlAssociationUpdates=[update]
    )
    assert changed["UnprocessedAssociationUpdates"] == []
    listed = hub.list_standards_control_associations(SecurityControlId=CONTROL)
    rows = listed["StandardsControlAssociationSummaries"]
    assert [row["AssociationStatus"] for row in rows] == ["ENABLED", "DISABLED"]
    pair = [{"SecurityControlId": CONTROL, "StandardsArn": PCI}]
    (detail,) = hub.batch_get_standards_control_associations(StandardsControlAssociationIds=pair)[
        "StandardsControlAssociationDetails"
    ]
    assert detail["UpdatedReason"] == "SEC 12"
    hub.update_standards_control(
        StandardsControlArn=detail["StandardsControlArns"][0], ControlStatus="ENABLED"
    )


def test_organization_and_rules(hub: Any) -> None:
    hub.enable_organization_admin_account(AdminAccountId=ACCOUNT)
    (admin,) = hub.list_organization_admin_accounts()["AdminAccounts"]
    assert admin["AccountId"] == ACCOUNT
    assert hub.describe_organization_configuration()["MemberAccountLimitReached"] is False
    assert hub.list_members(OnlyAssociated=True)["Members"] == []
    assert "Administrator" not in hub.get_administrator_account()
    assert hub.list_configuration_policies()["ConfigurationPolicySummaries"] == []
    with pytest.raises(hub.exceptions.ResourceNotFoundException):
        hub.get_configuration_policy(Identifier="none")
    arn = hub.create_finding_aggregator(RegionLinkingMode="ALL_REGIONS")["FindingAggregatorArn"]
    read = hub.get_finding_aggregator(FindingAggregatorArn=arn)
    assert read["FindingAggregationRegion"] == REGION
    assert len(hub.list_finding_aggregators()["FindingAggregators"]) == 1
    rule = hub.create_automation_rule(
        RuleOrder=1,
        RuleName="sandbox machines",
        Description="suppressed as a class",
        Criteria=FOUND,
        Actions=[
            {
                "Type": "FINDING_FIELDS_UPDATE",
                "FindingFieldsUpdate": {"Workflow": {"Status": "SUPPRESSED"}},
            }
        ],
    )["RuleArn"]
    (listed,) = hub.list_automation_rules()["AutomationRulesMetadata"]
    assert listed["RuleName"] == "sandbox machines"
    (whole,) = hub.batch_get_automation_rules(AutomationRulesArns=[rule])["Rules"]
    assert whole["Criteria"] == FOUND
    hub.batch_delete_automation_rules(AutomationRulesArns=[rule])


def test_config_answers_through_boto3(aws: Aws, hub: Any) -> None:
    arn = aws.machine()
    hub.get_findings()
    aws.sandbox.clock.advance(21)
    config = aws.client("config")
    (recorder,) = config.describe_configuration_recorders()["ConfigurationRecorders"]
    assert recorder["recordingMode"]["recordingFrequency"] == "CONTINUOUS"
    assert config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    pages = config.get_paginator("describe_config_rules").paginate()
    (name,) = [
        rule["ConfigRuleName"]
        for page in pages
        for rule in page["ConfigRules"]
        if "state-machine-logging-enabled" in rule["ConfigRuleName"]
    ]
    config.start_config_rules_evaluation(ConfigRuleNames=[name])
    assert _statuses(hub, arn) == [("FAILED", "NEW")]
    status = config.describe_config_rule_evaluation_status(ConfigRuleNames=[name])
    assert status["ConfigRulesEvaluationStatus"][0]["FirstEvaluationStarted"] is True
    verdicts = [
        config.get_compliance_details_by_config_rule(ConfigRuleName=name),
        config.get_compliance_details_by_resource(ResourceType=TYPE, ResourceId=arn),
    ]
    for verdict in verdicts:
        assert verdict["EvaluationResults"][0]["ComplianceType"] == "NON_COMPLIANT"
    history = config.get_resource_config_history(resourceType=TYPE, resourceId=arn, limit=1)
    item = json.loads(history["configurationItems"][0]["configuration"])
    assert item["StateMachineType"] == "STANDARD"
    query = f"SELECT arn, configuration.StateMachineType WHERE resourceType = '{TYPE}'"
    rows = config.select_resource_config(Expression=query)["Results"]
    assert json.loads(rows[0]) == {"arn": arn, "configuration": {"StateMachineType": "STANDARD"}}
    hub.enable_organization_admin_account(AdminAccountId=ACCOUNT)
    aggregators = config.describe_configuration_aggregators()["ConfigurationAggregators"]
    rows = config.select_aggregate_resource_config(
        Expression=query, ConfigurationAggregatorName=aggregators[0]["ConfigurationAggregatorName"]
    )["Results"]
    assert len(rows) == 1


def test_moto_still_answers_what_config_does_not_simulate(aws: Aws) -> None:
    config = aws.client("config")
    rule = {
        "ConfigRuleName": "mine",
        "Source": {"Owner": "AWS", "SourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
    }
    config.put_config_rule(ConfigRule=rule)
    (read,) = config.describe_config_rules(ConfigRuleNames=["mine"])["ConfigRules"]
    assert read["Source"]["Owner"] == "AWS"
