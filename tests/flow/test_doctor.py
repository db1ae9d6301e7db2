"""What doctor says, and that it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hubmend.controls import StepFunctions1
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.diagnosis import Check, Diagnosis, Health, Need
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Identity
from hubmend.core.settings import Settings
from hubmend.flow.context import Context
from hubmend.flow.doctor import doctor
from tests.fakes.clock import FakeClock
from tests.fakes.hub import FakeHub
from tests.fakes.store import MemoryStore
from tests.flow.bench import Watcher
from tests.flow.scripted import ACCOUNT, REGION, USER, ScriptedGateway, refused, simulation

HERE, THERE = Target(ACCOUNT, REGION), Target("222233334444", REGION)
MACHINE = "AWS::StepFunctions::StateMachine"
GROUP = {"allSupported": True}
FSBP = "arn:aws:securityhub:us-east-1::standards/fsbp/v/1.0.0"
PCI = "arn:aws:securityhub:us-east-1::standards/pci-dss/v/4.0.1"


def healthy() -> ScriptedGateway:
    """Everything allowed, Security Hub on, Config recording."""
    return ScriptedGateway(
        answers={
            "GetCallerIdentity": {"Arn": "arn:aws:sts::222233334444:assumed-role/HubmendAudit/x"},
            "SimulatePrincipalPolicy": simulation(),
            "DescribeHub": {"ControlFindingGenerator": "SECURITY_CONTROL"},
            "GetSecurityControlDefinition": available("AVAILABLE"),
            "ListStandardsControlAssociations": standards(**{FSBP: "ENABLED"}),
            "BatchGetSecurityControls": {"SecurityControls": [{"Parameters": {}}]},
            "DescribeConfigurationRecorders": recorder(GROUP),
            "DescribeConfigurationRecorderStatus": running(recording=True),
        },
        changing={"GetCallerIdentity": {"Arn": "arn:aws:sts::222233334444:assumed-role/R/x"}},
    )


def available(word: str) -> dict[str, Any]:
    return {"SecurityControlDefinition": {"CurrentRegionAvailability": word}}


def standards(**states: str) -> dict[str, Any]:
    summaries = [{"StandardsArn": arn, "AssociationStatus": one} for arn, one in states.items()]
    return {"StandardsControlAssociationSummaries": summaries}


def recorder(group: dict[str, Any], mode: dict[str, Any] | None = None) -> dict[str, Any]:
    made: dict[str, Any] = {"name": "default", "recordingGroup": group}
    return {"ConfigurationRecorders": [made | ({"recordingMode": mode} if mode else {})]}


def running(*, recording: bool) -> dict[str, Any]:
    return {"ConfigurationRecordersStatus": [{"name": "default", "recording": recording}]}


async def look(
    gateway: ScriptedGateway, *targets: Target, setting: tuple[Check, ...] = ()
) -> Diagnosis:
    context = Context(
        control=StepFunctions1(), gateway=gateway, store=MemoryStore(), hub=FakeHub(),
        clock=FakeClock(), progress=Watcher(), settings=Settings(),
    )  # fmt: skip
    found = await doctor(context, targets or (HERE,), setting)
    assert {call.operation for call in gateway.changes} <= {"GetCallerIdentity"}
    return found


def check(found: Diagnosis, name: str) -> Check:
    [one] = [one for one in found.checks if one.name.startswith(name)]
    return one


async def one(gateway: ScriptedGateway, name: str) -> tuple[Health, str]:
    found = check(await look(gateway), name)
    return found.health, found.detail


async def test_all_is_well() -> None:
    setting = (Check("policy file", Health.OK, "none"),)
    found = await look(healthy(), setting=setting)
    assert {one.health for one in found.checks} == {Health.OK}
    assert [one.name for one in found.checks] == [
        "credentials", "policy file", "store", "reads for scan", "other reads", "changes",
        "useful besides", "Security Hub", "control StepFunctions.1", "parameters", "AWS Config",
    ]  # fmt: skip
    assert found.exit_code == 0


async def test_every_read_is_tried_once_and_asks_for_nothing_that_exists() -> None:
    gateway = healthy()
    await look(gateway)
    tried = [call for call in gateway.read_calls if "hubmend-doctor" in str(call.params)]
    reads = [call for call in tried if call.operation != "SimulatePrincipalPolicy"]
    assert len(reads) == len({call.operation for call in reads})
    assert {call.operation for call in reads} >= {"DescribeStateMachine", "GetRole", "GetPolicy"}


async def test_a_refused_read_is_missing_for_what_needs_it() -> None:
    gateway = healthy()
    gateway.answers["DescribeStateMachine"] = refused()
    gateway.answers["GetRole"] = refused()
    found = await look(gateway)
    scan, rest = check(found, "reads for scan"), check(found, "other reads")
    assert (scan.health, scan.actions) == (Health.MISSING, ("states:DescribeStateMachine",))
    assert (rest.health, rest.actions) == (Health.MISSING, ("iam:GetRole",))
    assert scan.next == "add what hubmend iam-policy audit prints"
    assert found.exit_code == 3


async def test_a_refused_change_is_missing_for_remediation() -> None:
    gateway = healthy()
    gateway.answers["SimulatePrincipalPolicy"] = simulation("iam:PassRole")
    found = await look(gateway)
    changes = check(found, "changes")
    assert (changes.health, changes.actions) == (Health.MISSING, ("iam:PassRole",))
    assert changes.need is Need.REMEDIATION
    assert changes.next == "add what hubmend iam-policy remediate prints"
    assert found.exit_code == 1


async def test_what_is_tried_counts_more_than_what_is_simulated() -> None:
    gateway = healthy()
    gateway.answers["SimulatePrincipalPolicy"] = simulation("states:DescribeStateMachine")
    assert (await look(gateway)).exit_code == 0


async def test_the_action_aws_names_beside_the_call_is_the_one_missing() -> None:
    gateway = healthy()
    reason = "not authorized to perform: securityhub:DescribeStandardsControls"
    gateway.answers["BatchGetSecurityControls"] = refused(reason=reason)
    found = await look(gateway)
    assert check(found, "useful").actions == ("securityhub:DescribeStandardsControls",)
    assert found.exit_code == 0


async def test_no_answer_is_not_known() -> None:
    gateway = healthy()
    gateway.answers["SimulatePrincipalPolicy"] = refused(ErrorKind.INVALID)
    gateway.answers["ListStateMachines"] = refused(ErrorKind.UNREACHABLE)
    found = await look(gateway)
    assert check(found, "reads for scan").health is Health.NOT_KNOWN
    assert found.exit_code == 3
    changes = check(found, "changes")
    assert (changes.health, len(changes.actions)) == (Health.NOT_KNOWN, 12)
    useful = check(found, "useful")
    assert (useful.health, "iam:SimulatePrincipalPolicy" in useful.actions) == (Health.OK, False)
    assert "not known" in useful.detail


async def test_not_being_allowed_to_simulate_is_said() -> None:
    gateway = healthy()
    gateway.answers["SimulatePrincipalPolicy"] = refused()
    found = await look(gateway)
    assert check(found, "useful").actions == ("iam:SimulatePrincipalPolicy",)
    assert found.exit_code == 0


@pytest.mark.parametrize(
    "operation", ["SimulatePrincipalPolicy", "ListStateMachines", "DescribeHub", "GetRole"]
)
async def test_expired_credentials_end_it(operation: str) -> None:
    gateway = healthy()
    gateway.who = replace(USER, arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/ana")
    gateway.answers["GetRole"] = {"Role": {"Arn": "arn"}}
    gateway.answers[operation] = refused(ErrorKind.CREDENTIALS)
    with pytest.raises(AwsError):
        await look(gateway)


def sources(gateway: ScriptedGateway) -> set[str]:
    return {
        call.params["PolicySourceArn"]
        for call in gateway.read_calls
        if call.operation == "SimulatePrincipalPolicy"
    }


async def test_a_session_is_simulated_as_its_role_path_and_all() -> None:
    gateway = healthy()
    gateway.who = replace(USER, arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/Ops/ana")
    role = f"arn:aws:iam::{ACCOUNT}:role/team/Ops"
    gateway.answers["GetRole"] = {"Role": {"Arn": role}}
    assert check(await look(gateway), "changes").health is Health.OK
    assert sources(gateway) == {role}


@pytest.mark.parametrize("who", ["iam::{}:root", "sts::{}:assumed-role/Gone/ana"])
async def test_who_cannot_be_simulated_is_not_known(who: str) -> None:
    gateway = healthy()
    gateway.who = Identity(ACCOUNT, "arn:aws:" + who.format(ACCOUNT), "aws")
    assert check(await look(gateway), "changes").health is Health.NOT_KNOWN
    assert sources(gateway) == set()


async def test_in_another_account_both_roles_are_taken_and_simulated() -> None:
    gateway = healthy()
    found = await look(gateway, THERE)
    assert check(found, "role HubmendAudit").need is Need.SCAN
    assert check(found, "role HubmendRemediate").need is Need.REMEDIATION
    role = "arn:aws:iam::222233334444:role/Hubmend"
    assert sources(gateway) == {f"{role}Audit", f"{role}Remediate"}
    assert found.exit_code == 0


async def test_without_the_audit_role_nothing_else_is_tried() -> None:
    gateway = healthy()
    gateway.answers["GetCallerIdentity"] = refused()
    found = await look(gateway, THERE)
    last = found.checks[-1]
    assert (last.name, last.health) == ("role HubmendRemediate", Health.OK)
    assert check(found, "role HubmendAudit").health is Health.MISSING
    assert USER.arn in check(found, "role HubmendAudit").next
    assert found.exit_code == 3


async def test_what_a_refused_role_says_of_itself_is_the_next_step() -> None:
    gateway = healthy()
    gateway.answers["GetCallerIdentity"] = AwsError(
        ErrorKind.DENIED, "AccessDenied", "no", "sts:AssumeRole", "see that it exists"
    )
    assert check(await look(gateway, THERE), "role HubmendAudit").next == "see that it exists"


@pytest.mark.parametrize("target", [HERE, THERE], ids=["own account", "another"])
async def test_a_region_that_is_off_is_one_line_and_needs_nothing(target: Target) -> None:
    gateway = healthy()
    off = AwsError(ErrorKind.REGION_OFF, "InvalidClientTokenId", "not enabled in the account")
    gateway.answers["GetCallerIdentity"] = gateway.answers["DescribeStateMachine"] = off
    found = await look(gateway, target)
    assert check(found, "region") == Check("region", Health.OFF, off.reason, target=target)
    assert [one.name for one in found.checks if one.target] == ["region"]
    assert found.exit_code == 0


async def test_without_the_remediate_role_only_remediation_suffers() -> None:
    gateway = healthy()
    gateway.changing["GetCallerIdentity"] = refused()
    assert (await look(gateway, THERE)).exit_code == 1
    gateway.changing["GetCallerIdentity"] = refused(ErrorKind.UNREACHABLE)
    assert check(await look(gateway, THERE), "role HubmendRemediate").health is Health.NOT_KNOWN
    gateway.changing["GetCallerIdentity"] = refused(ErrorKind.CREDENTIALS)
    with pytest.raises(AwsError):
        await look(gateway, THERE)


async def test_security_hub_may_be_off_or_closed_to_the_caller() -> None:
    gateway = healthy()
    gateway.answers["DescribeHub"] = refused(code="InvalidAccessException")
    assert (await one(gateway, "Security Hub"))[0] is Health.OFF
    del gateway.answers["DescribeHub"]
    assert (await one(gateway, "Security Hub"))[0] is Health.OFF
    gateway.answers["DescribeHub"] = refused(reason="not yours")
    assert await one(gateway, "Security Hub") == (Health.NOT_KNOWN, "not yours")
    gateway.answers["DescribeHub"] = {"ControlFindingGenerator": "STANDARD_CONTROL"}
    assert "consolidated off" in (await one(gateway, "Security Hub"))[1]


async def test_security_hub_being_off_does_not_make_its_permissions_missing() -> None:
    gateway = healthy()
    off = refused(code="InvalidAccessException")
    gateway.answers |= {"DescribeHub": off, "GetFindings": off, "BatchGetSecurityControls": off}
    assert check(await look(gateway), "useful").health is Health.OK


@pytest.mark.parametrize(
    ("states", "health", "detail"),
    [
        ({FSBP: "ENABLED"}, Health.OK, "enabled in fsbp 1.0.0"),
        (
            {FSBP: "ENABLED", PCI: "DISABLED"}, Health.OK,
            "enabled in fsbp 1.0.0; disabled in pci-dss 4.0.1",
        ),
        ({PCI: "DISABLED"}, Health.OFF, "disabled in pci-dss 4.0.1"),
        ({}, Health.OFF, "no standard that has it is on"),
    ],
)  # fmt: skip
async def test_where_the_control_is_enabled(
    states: dict[str, str], health: Health, detail: str
) -> None:
    gateway = healthy()
    gateway.answers["ListStandardsControlAssociations"] = standards(**states)
    assert await one(gateway, "control") == (health, detail)


async def test_a_region_without_the_control_is_said() -> None:
    gateway = healthy()
    gateway.answers["GetSecurityControlDefinition"] = available("UNAVAILABLE")
    health, detail = await one(gateway, "control")
    assert (health, "no findings" in detail) == (Health.MISSING, True)
    gateway.answers["GetSecurityControlDefinition"] = refused(reason="not yours")
    assert await one(gateway, "control") == (Health.NOT_KNOWN, "not yours")


async def test_a_customised_level_is_shown() -> None:
    gateway = healthy()
    level = {"ValueType": "CUSTOM", "Value": {"Enum": "ERROR"}}
    default = {"ValueType": "DEFAULT"}
    parameters = {"logLevel": level, "other": default}
    gateway.answers["BatchGetSecurityControls"] = {"SecurityControls": [{"Parameters": parameters}]}
    assert "logLevel ERROR" in (await one(gateway, "parameters"))[1]
    gateway.answers["BatchGetSecurityControls"] = refused(reason="not yours")
    assert await one(gateway, "parameters") == (Health.NOT_KNOWN, "not yours")


INCLUDED = {"recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"}}
EXCLUDED = {"recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"}}


@pytest.mark.parametrize(
    ("group", "recorded"),
    [
        (GROUP, True),
        ({"allSupported": False, "resourceTypes": [MACHINE]}, True),
        ({**INCLUDED, "resourceTypes": ["AWS::S3::Bucket"]}, False),
        ({**EXCLUDED, "exclusionByResourceTypes": {"resourceTypes": [MACHINE]}}, False),
        ({**EXCLUDED, "exclusionByResourceTypes": {"resourceTypes": []}}, True),
    ],
)
async def test_whether_config_records_state_machines(group: dict[str, Any], recorded: bool) -> None:
    gateway = healthy()
    gateway.answers["DescribeConfigurationRecorders"] = recorder(group)
    health, detail = await one(gateway, "AWS Config")
    assert health is (Health.OK if recorded else Health.OFF)
    assert recorded or "leaves" in detail


@pytest.mark.parametrize(
    ("mode", "within"),
    [
        (None, "minutes"),
        ({"recordingFrequency": "CONTINUOUS"}, "minutes"),
        ({"recordingFrequency": "DAILY"}, "24 hours"),
        (
            {
                "recordingFrequency": "DAILY",
                "recordingModeOverrides": [
                    {"resourceTypes": ["AWS::S3::Bucket"], "recordingFrequency": "DAILY"},
                    {"resourceTypes": [MACHINE], "recordingFrequency": "CONTINUOUS"},
                ],
            },
            "minutes",
        ),
    ],
)
async def test_how_long_findings_take(mode: dict[str, Any] | None, within: str) -> None:
    gateway = healthy()
    gateway.answers["DescribeConfigurationRecorders"] = recorder(GROUP, mode)
    assert within in (await one(gateway, "AWS Config"))[1]


async def test_config_may_have_no_recorder_or_a_stopped_one_or_no_answer() -> None:
    gateway = healthy()
    gateway.answers["DescribeConfigurationRecorderStatus"] = running(recording=False)
    assert (await one(gateway, "AWS Config"))[1].startswith("the recorder is stopped")
    gateway.answers["DescribeConfigurationRecorders"] = {"ConfigurationRecorders": []}
    assert (await one(gateway, "AWS Config"))[1].startswith("no recorder")
    gateway.answers["DescribeConfigurationRecorders"] = refused(reason="not yours")
    assert await one(gateway, "AWS Config") == (Health.NOT_KNOWN, "not yours")


async def test_credentials_that_end_half_way_end_it_too() -> None:
    gateway = healthy()
    answers: Iterator[dict[str, Any] | AwsError] = iter([{}, refused(ErrorKind.CREDENTIALS)])

    def hub(_target: Target, _call: Call) -> dict[str, Any]:
        answer = next(answers)
        if isinstance(answer, AwsError):
            raise answer
        return answer

    gateway.answers["DescribeHub"] = hub
    with pytest.raises(AwsError):
        await look(gateway)
