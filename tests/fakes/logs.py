"""CloudWatch Logs as hubmend uses it: groups, retention, tags, streams, records."""

from __future__ import annotations

import re
from typing import Any

from hubmend.core.arn import Target
from hubmend.core.errors import ErrorKind
from tests.fakes.answers import Answer, Params, page, refusal, with_token
from tests.fakes.clock import FakeClock
from tests.fakes.world import FakeGroup, World, group_arn


class FakeLogs:
    """Answers for `logs`."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self._world, self._clock = world, clock

    def create_log_group(self, target: Target, params: Params) -> Answer:
        name = params["logGroupName"]
        if (target.account, target.region, name) in self._world.groups:
            raise refusal(
                ErrorKind.EXISTS, "ResourceAlreadyExistsException",
                "The specified log group already exists", "logs:CreateLogGroup",
            )  # fmt: skip
        group = FakeGroup(name, dict(params.get("tags", {})), kms_key=params.get("kmsKeyId"))
        self._world.groups[target.account, target.region, name] = group
        return {}

    def delete_log_group(self, target: Target, params: Params) -> Answer:
        self._group(target, params, "DeleteLogGroup")
        del self._world.groups[target.account, target.region, params["logGroupName"]]
        return {}

    def put_retention_policy(self, target: Target, params: Params) -> Answer:
        group = self._group(target, params, "PutRetentionPolicy")
        group.retention = params["retentionInDays"]
        return {}

    def delete_retention_policy(self, target: Target, params: Params) -> Answer:
        self._group(target, params, "DeleteRetentionPolicy").retention = None
        return {}

    def list_tags_log_group(self, target: Target, params: Params) -> Answer:
        return {"tags": dict(self._group(target, params, "ListTagsLogGroup").tags)}

    def describe_log_groups(self, target: Target, params: Params) -> Answer:
        prefix = params.get("logGroupNamePrefix", "")
        found = [
            _described(target, group)
            for (account, region, name), group in sorted(self._world.groups.items())
            if (account, region) == (target.account, target.region) and name.startswith(prefix)
        ]
        shown, more = page(found, params.get("limit", 50), params.get("nextToken"))
        return with_token({"logGroups": shown}, "nextToken", more)

    def describe_log_streams(self, target: Target, params: Params) -> Answer:
        group = self._group(target, params, "DescribeLogStreams")
        prefix, now = params.get("logStreamNamePrefix", ""), self._clock.now()
        names = [
            name
            for name, records in sorted(group.streams.items())
            if name.startswith(prefix) and any(moment <= now for moment, _ in records)
        ]
        return {"logStreams": [{"logStreamName": name} for name in names]}

    def filter_log_events(self, target: Target, params: Params) -> Answer:
        group = self._group(target, params, "FilterLogEvents")
        term, now = params.get("filterPattern", "").strip('"'), self._clock.now()
        found = [
            {"logStreamName": name, "message": text}
            for name, records in sorted(group.streams.items())
            for moment, text in records
            if moment <= now and term in text
        ]
        return {"events": found}

    def describe_resource_policies(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - one signature
        policies = [
            {"policyName": name, "policyDocument": text}
            for name, text in self._world.policies.items()
        ]
        return {"resourcePolicies": policies}

    def _group(self, target: Target, params: Params, operation: str) -> FakeGroup:
        found = self._world.groups.get((target.account, target.region, params["logGroupName"]))
        if found is None:
            raise refusal(
                ErrorKind.NOT_FOUND, "ResourceNotFoundException",
                "The specified log group does not exist.", f"logs:{operation}",
            )  # fmt: skip
        return found


def _described(target: Target, group: FakeGroup) -> dict[str, Any]:
    described: dict[str, Any] = {
        "logGroupName": group.name,
        "arn": group_arn(group.name, target.account, target.region),
        "logGroupClass": group.log_class,
    }
    optional = {"retentionInDays": group.retention, "kmsKeyId": group.kms_key}
    return described | {key: value for key, value in optional.items() if value is not None}


def snake(operation: str) -> str:
    """Return an operation's name as its method has it: CreateLogGroup, create_log_group."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
