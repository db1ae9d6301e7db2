"""The other witness: everything hubmend may touch, read with boto3 in every account and region."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ACCOUNTS = ("111122223333", "222233334444", "333344445555")
REGIONS = ("us-east-1", "ap-northeast-1")
CONFIG = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)
# What AWS itself renews with every update: no undo can bring these back (F§3.5).
RENEWED = ("updateDate", "revisionId", "ResponseMetadata")
# Log delivery's own, which AWS adds when logging is first turned on and hubmend never touches.
DELIVERY_POLICY = "AWSLogDeliveryWrite20150319"


@dataclass(frozen=True)
class Witness:
    """A sandbox through boto3, by the environment it prints."""

    environment: Mapping[str, str]
    _clients: dict[tuple[str, str, str], Any] = field(default_factory=dict)
    _sessions: dict[str, boto3.Session] = field(default_factory=dict)

    def client(self, service: str, account: str = ACCOUNTS[0], region: str = REGIONS[0]) -> Any:
        """A client in any account of the sample; the audit role is assumed where needed."""
        key = (service, account, region)
        if key not in self._clients:
            self._clients[key] = self._session(account).client(
                service, region, endpoint_url=self.environment["AWS_ENDPOINT_URL"], config=CONFIG
            )
        return self._clients[key]

    def _session(self, account: str) -> boto3.Session:
        if account not in self._sessions:
            key, secret = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
            credentials = [self.environment[key], self.environment[secret]]
            if account != ACCOUNTS[0]:
                role = f"arn:aws:iam::{account}:role/HubmendAudit"
                answer = self.client("sts").assume_role(RoleArn=role, RoleSessionName="witness")
                names = ("AccessKeyId", "SecretAccessKey", "SessionToken")
                credentials = [answer["Credentials"][name] for name in names]
            self._sessions[account] = boto3.Session(*credentials)
        return self._sessions[account]

    def of(self, arn: str, service: str) -> Any:
        """A client where a machine lives."""
        _, _, _, region, account, *_ = arn.split(":")
        return self.client(service, account, region)

    def machine(self, arn: str) -> dict[str, Any]:
        """A machine, without what every update renews."""
        found = self.of(arn, "stepfunctions").describe_state_machine(stateMachineArn=arn)
        return {key: value for key, value in found.items() if key not in RENEWED}

    def traffic(self, arn: str) -> dict[str, Any]:
        """A machine's versions and aliases, without what every update renews."""
        states = self.of(arn, "stepfunctions")
        versions = states.list_state_machine_versions(stateMachineArn=arn)["stateMachineVersions"]
        aliases = states.list_state_machine_aliases(stateMachineArn=arn)["stateMachineAliases"]
        shown = [
            states.describe_state_machine_alias(stateMachineAliasArn=one["stateMachineAliasArn"])
            for one in aliases
        ]
        return {
            "versions": {
                one["stateMachineVersionArn"]: self.machine(one["stateMachineVersionArn"])
                for one in versions
            },
            "aliases": [
                {key: value for key, value in one.items() if key not in RENEWED} for one in shown
            ],
        }

    def records(self, arn: str, group: str) -> list[dict[str, Any]]:
        """The execution records a group holds, parsed, oldest first."""
        return [json.loads(text) for text in _messages(self.of(arn, "logs"), group)]

    def findings(
        self, accounts: Iterable[str] = ACCOUNTS, regions: Iterable[str] = REGIONS
    ) -> dict[str, dict[str, Any]]:
        """The active findings of StepFunctions.1 by the machine they are about, as last listed."""
        wanted = {"ComplianceSecurityControlId": "StepFunctions.1", "RecordState": "ACTIVE"}
        found: dict[str, dict[str, Any]] = {}
        for account in accounts:
            for region in regions:
                filters = {
                    key: [{"Value": value, "Comparison": "EQUALS"}]
                    for key, value in {**wanted, "AwsAccountId": account}.items()
                }
                pages = self.client("securityhub", account, region).get_paginator("get_findings")
                for page in pages.paginate(Filters=filters):
                    found |= {one["Resources"][0]["Id"]: one for one in page["Findings"]}
        return found

    def whole_world(
        self, accounts: Iterable[str] = ACCOUNTS, regions: Iterable[str] = REGIONS
    ) -> dict[str, dict[str, Any]]:
        """Machines, groups and roles by ARN, every field AWS shows of them."""
        world: dict[str, dict[str, Any]] = {}
        for account in accounts:
            world |= self._roles(account)
            for region in regions:
                world |= self._machines(account, region)
                world |= self._groups(account, region)
        return world

    def _machines(self, account: str, region: str) -> dict[str, dict[str, Any]]:
        states = self.client("stepfunctions", account, region)
        found = {}
        for listed in states.list_state_machines()["stateMachines"]:
            arn = listed["stateMachineArn"]
            tags = states.list_tags_for_resource(resourceArn=arn)["tags"]
            try:
                shown = self.machine(arn)
            except states.exceptions.ClientError as error:  # one key refuses every caller
                shown = {"refused": error.response["Error"]}
            found[arn] = shown | {
                "tags": tags,
                "aliases": _listed(states.list_state_machine_aliases, arn),
                "versions": _listed(states.list_state_machine_versions, arn),
            }
        return found

    def _groups(self, account: str, region: str) -> dict[str, dict[str, Any]]:
        logs = self.client("logs", account, region)
        policies = logs.describe_resource_policies()["resourcePolicies"]
        found = {
            f"policy/{account}/{region}/{one['policyName']}": dict(one)
            for one in policies
            if one["policyName"] != DELIVERY_POLICY
        }
        for group in logs.describe_log_groups()["logGroups"]:
            name = group["logGroupName"]
            tags = logs.list_tags_log_group(logGroupName=name)["tags"]
            found[group["arn"]] = {
                **{key: value for key, value in group.items() if key != "storedBytes"},
                "tags": tags,
                "records": _messages(logs, name),
            }
        return found

    def _roles(self, account: str) -> dict[str, dict[str, Any]]:
        iam = self.client("iam", account)
        found = {}
        for role in iam.list_roles()["Roles"]:
            name = role["RoleName"]
            shown = dict(iam.get_role(RoleName=name)["Role"])
            shown.pop("RoleLastUsed", None)  # when somebody last used it is no setting
            inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
            attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
            found[role["Arn"]] = shown | {
                "inline": {
                    one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"]
                    for one in inline
                },
                "attached": attached,
            }
        return found


def _listed(call: Callable[..., dict[str, Any]], arn: str) -> dict[str, Any]:
    """Versions or aliases; plain moto has none."""
    try:
        answer = call(stateMachineArn=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotImplemented":
            raise
        return {}
    return {key: value for key, value in answer.items() if key not in RENEWED}


def _messages(logs: Any, group: str) -> list[str]:
    """What a group holds, but for the stream with which AWS validates delivery."""
    pages = logs.get_paginator("filter_log_events")
    return [
        event["message"]
        for page in pages.paginate(logGroupName=group, logStreamNamePrefix="states/")
        for event in page["events"]
    ]
