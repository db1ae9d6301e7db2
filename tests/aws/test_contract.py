"""One contract for the real gateway (against the embedded AWS, over HTTP) and for the fake.

What holds here lets the tests of the verbs trust the fake.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from hubmend.aws.gateway import AwsGateway
from hubmend.aws.sessions import Sessions
from hubmend.controls.stepfunctions_1.role import parsed
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway
from hubmend.core.settings import Scope
from hubmend.sandbox import Sandbox
from tests.fakes.aws import FakeAws
from tests.fakes.world import ACCOUNT, DELIVERY, REGION, allowing, group_arn, logs_to

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = Target(ACCOUNT, REGION)
PASSES = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(empty=True, propagation=0) as started:
        yield started


@pytest.fixture(scope="module")
def real_environment(sandbox: Sandbox, no_real_account: None) -> Iterator[None]:  # noqa: ARG001 - after it
    with pytest.MonkeyPatch.context() as patch:
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        yield


# One gateway for all: its connections belong to the loop that all tests of this module share.
@pytest_asyncio.fixture(params=["fake", "real"], scope="module", loop_scope="module")
async def gateway(request: pytest.FixtureRequest) -> AsyncIterator[Gateway]:
    if request.param == "fake":
        yield FakeAws()
        return
    request.getfixturevalue("real_environment")
    real = AwsGateway(Sessions(None, Scope(), REGION))
    yield real
    await real.close()


def unique(stem: str) -> str:
    return f"{stem}-{uuid.uuid4().hex[:8]}"


async def read(gateway: Gateway, service: str, operation: str, **params: Any) -> Any:
    return await gateway.read(HERE, Call(service, operation, params))


async def change(gateway: Gateway, service: str, operation: str, **params: Any) -> Any:
    return await gateway.change(HERE, Call(service, operation, params))


async def listed(gateway: Gateway, service: str, operation: str, key: str, **params: Any) -> Any:
    pages = [page async for page in gateway.pages(HERE, Call(service, operation, params))]
    return [item for page in pages for item in page[key]], len(pages)


async def refused(gateway: Gateway, service: str, operation: str, **params: Any) -> AwsError:
    with pytest.raises(AwsError) as caught:
        await change(gateway, service, operation, **params)
    return caught.value


async def role(gateway: Gateway, *, rights: bool = True) -> tuple[str, str]:
    name = unique("role")
    made = await change(gateway, "iam", "CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
    if rights:
        await put_policy(gateway, name, "own", allowing(*DELIVERY))
    return name, made["Role"]["Arn"]


async def put_policy(gateway: Gateway, name: str, policy: str, document: Any) -> None:
    text = json.dumps(document)
    names = {"RoleName": name, "PolicyName": policy, "PolicyDocument": text}
    await change(gateway, "iam", "PutRolePolicy", **names)


async def machine(gateway: Gateway, *, rights: bool = True, **wishes: Any) -> str:
    _, arn = await role(gateway, rights=rights)
    made = await change(
        gateway, "stepfunctions", "CreateStateMachine",
        name=unique("m"), definition=PASSES, roleArn=arn, **wishes,
    )  # fmt: skip
    return str(made["stateMachineArn"])


async def group(gateway: Gateway, **wishes: Any) -> str:
    name = f"/aws/vendedlogs/states/{unique('g')}"
    await change(gateway, "logs", "CreateLogGroup", logGroupName=name, **wishes)
    return name


async def describe(gateway: Gateway, arn: str) -> Any:
    wanted = {"stateMachineArn": arn, "includedData": "METADATA_ONLY"}
    return await read(gateway, "stepfunctions", "DescribeStateMachine", **wanted)


async def update(gateway: Gateway, arn: str, logging: Any) -> Any:
    wanted = {"stateMachineArn": arn, "loggingConfiguration": logging}
    return await change(gateway, "stepfunctions", "UpdateStateMachine", **wanted)


async def test_without_an_account_the_callers_own_is_read(gateway: Gateway) -> None:
    arn = await machine(gateway)
    call = Call("stepfunctions", "ListStateMachines", {})
    anyhow = [page async for page in gateway.pages(Target("", REGION), call)]
    assert arn in [one["stateMachineArn"] for page in anyhow for one in page["stateMachines"]]


async def test_the_caller_is_known(gateway: Gateway) -> None:
    who = await gateway.identity()
    assert (who.account, who.partition) == (ACCOUNT, "aws")
    assert who.arn.startswith("arn:aws:")


async def test_a_new_machine_is_off_and_has_no_revision(gateway: Gateway) -> None:
    arn = await machine(gateway)
    shown = await describe(gateway, arn)
    assert (shown["stateMachineArn"], shown["type"]) == (arn, "STANDARD")
    assert shown["loggingConfiguration"]["level"] == "OFF"
    assert shown["loggingConfiguration"]["includeExecutionData"] is False
    assert "revisionId" not in shown
    assert shown["creationDate"].tzinfo is not None


async def test_machines_are_listed_page_by_page(gateway: Gateway) -> None:
    made = [await machine(gateway) for _ in range(3)]
    entries, pages = await listed(
        gateway, "stepfunctions", "ListStateMachines", "stateMachines", maxResults=2
    )
    assert set(made) <= {one["stateMachineArn"] for one in entries}
    assert pages >= 2
    assert {"name", "type", "creationDate"} <= entries[0].keys()


async def test_tags_of_a_machine_are_told_one_by_one_and_in_bulk(gateway: Gateway) -> None:
    arn = await machine(gateway, tags=[{"key": "env", "value": "dev"}])
    own = await read(gateway, "stepfunctions", "ListTagsForResource", resourceArn=arn)
    assert own["tags"] == [{"key": "env", "value": "dev"}]
    found, _ = await listed(
        gateway, "resourcegroupstaggingapi", "GetResources", "ResourceTagMappingList",
        ResourceTypeFilters=["states:stateMachine"],
    )  # fmt: skip
    assert {"ResourceARN": arn, "Tags": [{"Key": "env", "Value": "dev"}]} in found


async def test_a_machine_that_is_not_there_is_not_found(gateway: Gateway) -> None:
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{unique('ghost')}"
    with pytest.raises(AwsError) as caught:
        await describe(gateway, arn)
    assert caught.value.kind is ErrorKind.NOT_FOUND
    assert caught.value.code == "StateMachineDoesNotExist"
    with pytest.raises(AwsError) as caught:
        await update(gateway, arn, {"level": "OFF"})
    assert caught.value.kind is ErrorKind.NOT_FOUND


async def test_a_machine_made_twice_is_one_and_another_of_its_name_exists(
    gateway: Gateway,
) -> None:
    (_, first), (_, second) = await role(gateway), await role(gateway)
    wanted = {"name": unique("m"), "definition": PASSES, "roleArn": first}
    one = await change(gateway, "stepfunctions", "CreateStateMachine", **wanted)
    two = await change(gateway, "stepfunctions", "CreateStateMachine", **wanted)
    assert one["stateMachineArn"] == two["stateMachineArn"]
    other = {**wanted, "roleArn": second}
    error = await refused(gateway, "stepfunctions", "CreateStateMachine", **other)
    assert error.kind is ErrorKind.EXISTS


async def test_logging_is_replaced_whole_and_gives_a_new_revision_only_when_it_moves(
    gateway: Gateway,
) -> None:
    arn, name = await machine(gateway), await group(gateway)
    first = await update(gateway, arn, logs_to(name))
    again = await update(gateway, arn, logs_to(name))
    shown = await describe(gateway, arn)
    assert first["revisionId"] == again["revisionId"] == shown["revisionId"]
    assert shown["loggingConfiguration"] == logs_to(name)
    later = await update(gateway, arn, {"level": "OFF"})
    assert later["revisionId"] != first["revisionId"]
    assert "destinations" not in (await describe(gateway, arn))["loggingConfiguration"]


BAD = "Invalid Logging Configuration: "


@pytest.mark.parametrize(
    ("logging", "reason"),
    [
        ({"level": "ALL"}, f"{BAD}Must specify exactly one Log Destination."),
        ({**logs_to("/no/such")}, f"{BAD}Log Destination not found."),
        (
            {"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {
                "logGroupArn": group_arn("/x").removesuffix(":*")}}]},
            f"{BAD}Log Group ARN must be provided with '*' qualifier.",
        ),
        (logs_to("/x", region="eu-west-1"), f"{BAD}Log Destination not found."),
    ],
)  # fmt: skip
async def test_a_bad_logging_configuration_is_refused_in_awss_words(
    gateway: Gateway, logging: Any, reason: str
) -> None:
    arn = await machine(gateway)
    error = await refused(
        gateway, "stepfunctions", "UpdateStateMachine",
        stateMachineArn=arn, loggingConfiguration=logging,
    )  # fmt: skip
    assert (error.kind, error.code) == (ErrorKind.INVALID, "InvalidLoggingConfiguration")
    assert error.reason == reason
    assert (await describe(gateway, arn))["loggingConfiguration"]["level"] == "OFF"


async def test_an_update_of_nothing_is_refused(gateway: Gateway) -> None:
    arn = await machine(gateway)
    error = await refused(gateway, "stepfunctions", "UpdateStateMachine", stateMachineArn=arn)
    assert (error.kind, error.code) == (ErrorKind.INVALID, "MissingRequiredParameter")


async def test_a_role_without_rights_is_refused_as_the_roles_fault_until_it_has_them(
    gateway: Gateway,
) -> None:
    name, arn = await role(gateway, rights=False)
    made = await change(
        gateway, "stepfunctions", "CreateStateMachine",
        name=unique("m"), definition=PASSES, roleArn=arn,
    )  # fmt: skip
    logging = logs_to(await group(gateway))
    wanted = {"stateMachineArn": made["stateMachineArn"], "loggingConfiguration": logging}
    error = await refused(gateway, "stepfunctions", "UpdateStateMachine", **wanted)
    assert error.kind is ErrorKind.ROLE_DENIED
    assert "is not authorized to access the Log Destination" in error.reason
    await put_policy(gateway, name, "added", allowing(*DELIVERY))
    assert await change(gateway, "stepfunctions", "UpdateStateMachine", **wanted)


async def test_a_machine_has_no_alias_to_begin_with(gateway: Gateway) -> None:
    arn = await machine(gateway)
    wanted = {"stateMachineArn": arn}
    answer = await read(gateway, "stepfunctions", "ListStateMachineAliases", **wanted)
    assert answer["stateMachineAliases"] == []


async def publish(gateway: Gateway, arn: str, **wishes: Any) -> str:
    made = await change(
        gateway, "stepfunctions", "PublishStateMachineVersion", stateMachineArn=arn, **wishes
    )
    return str(made["stateMachineVersionArn"])


async def aliased(gateway: Gateway) -> tuple[str, str, str]:
    """A machine, a version of it without logs, and alias `live` to that."""
    arn = await machine(gateway)
    version = await publish(gateway, arn, description="first")
    made = await change(
        gateway, "stepfunctions", "CreateStateMachineAlias",
        name="live", description="production", routingConfiguration=routing(version),
    )  # fmt: skip
    return arn, version, str(made["stateMachineAliasArn"])


def routing(*versions: str) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": one, "weight": 100 // len(versions)} for one in versions]


async def logging_on(gateway: Gateway, arn: str) -> Any:
    wanted = {"stateMachineArn": arn, "loggingConfiguration": logs_to(await group(gateway))}
    return await change(gateway, "stepfunctions", "UpdateStateMachine", **wanted)


async def shown(gateway: Gateway, arn: str, **wishes: Any) -> Any:
    return await read(
        gateway, "stepfunctions", "DescribeStateMachine", stateMachineArn=arn, **wishes
    )


async def test_a_version_keeps_what_the_machine_was_when_it_was_published(gateway: Gateway) -> None:
    arn, version, _ = await aliased(gateway)
    await logging_on(gateway, arn)
    told, machine_told = await shown(gateway, version), await shown(gateway, arn)
    assert (told["stateMachineArn"], told["description"]) == (version, "first")
    assert told["loggingConfiguration"]["level"] == "OFF"
    assert machine_told["loggingConfiguration"]["level"] == "ALL"
    assert told["definition"] == machine_told["definition"] != ""
    assert (await shown(gateway, version, includedData="METADATA_ONLY"))["definition"] == ""


async def test_a_revision_is_published_once_and_only_if_it_is_the_present_one(
    gateway: Gateway,
) -> None:
    arn, version, _ = await aliased(gateway)
    assert await publish(gateway, arn, revisionId="INITIAL", description="again") == version
    revision = (await logging_on(gateway, arn))["revisionId"]
    stale = {"stateMachineArn": arn, "revisionId": "INITIAL"}
    error = await refused(gateway, "stepfunctions", "PublishStateMachineVersion", **stale)
    assert (error.kind, error.code) == (ErrorKind.CONFLICT, "ConflictException")
    newer = await publish(gateway, arn, revisionId=revision)
    assert await publish(gateway, arn, revisionId=revision, description="again") == newer
    assert (await shown(gateway, newer))["revisionId"] == revision
    assert "description" not in await shown(gateway, newer)
    found, _ = await listed(
        gateway, "stepfunctions", "ListStateMachineVersions", "stateMachineVersions",
        stateMachineArn=arn, maxResults=1,
    )  # fmt: skip
    assert [one["stateMachineVersionArn"] for one in found] == [newer, version]
    assert found[0]["creationDate"] >= found[1]["creationDate"]


async def test_an_alias_is_repointed_and_keeps_the_rest(gateway: Gateway) -> None:
    arn, version, alias = await aliased(gateway)
    await logging_on(gateway, arn)
    newer = await publish(gateway, arn)
    for routes in (routing(version, newer), routing(newer)):
        repointed = {"stateMachineAliasArn": alias, "routingConfiguration": routes}
        await change(gateway, "stepfunctions", "UpdateStateMachineAlias", **repointed)
        told = await read(
            gateway, "stepfunctions", "DescribeStateMachineAlias", stateMachineAliasArn=alias
        )
        assert (told["routingConfiguration"], told["description"]) == (routes, "production")


async def test_an_alias_is_refused_one_version_twice(gateway: Gateway) -> None:
    _, version, alias = await aliased(gateway)
    twice = {"stateMachineAliasArn": alias, "routingConfiguration": routing(version, version)}
    error = await refused(gateway, "stepfunctions", "UpdateStateMachineAlias", **twice)
    assert (error.kind, error.code) == (ErrorKind.INVALID, "ValidationException")


async def test_a_version_is_deleted_once_no_alias_routes_to_it(gateway: Gateway) -> None:
    arn, version, alias = await aliased(gateway)
    await logging_on(gateway, arn)
    newer = await publish(gateway, arn)
    for about, count in ((arn, 1), (version, 1), (newer, 0)):
        found, _ = await listed(
            gateway, "stepfunctions", "ListStateMachineAliases", "stateMachineAliases",
            stateMachineArn=about,
        )  # fmt: skip
        assert [one["stateMachineAliasArn"] for one in found] == [alias] * count
    used = {"stateMachineVersionArn": version}
    error = await refused(gateway, "stepfunctions", "DeleteStateMachineVersion", **used)
    assert error.kind is ErrorKind.CONFLICT
    await change(
        gateway, "stepfunctions", "DeleteStateMachineVersion", stateMachineVersionArn=newer
    )
    with pytest.raises(AwsError) as gone:
        await shown(gateway, newer)
    assert gone.value.kind is ErrorKind.NOT_FOUND


async def test_an_alias_that_is_not_there_is_not_found(gateway: Gateway) -> None:
    nobody = f"{await machine(gateway)}:nobody"
    with pytest.raises(AwsError) as gone:
        await read(
            gateway, "stepfunctions", "DescribeStateMachineAlias", stateMachineAliasArn=nobody
        )
    assert gone.value.kind is ErrorKind.NOT_FOUND


async def test_a_log_group_is_found_by_its_prefix_with_what_it_has(gateway: Gateway) -> None:
    name = await group(gateway, tags={"by": "us"})
    await change(gateway, "logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=30)
    found, _ = await listed(
        gateway, "logs", "DescribeLogGroups", "logGroups", logGroupNamePrefix=name
    )
    (shown,) = [one for one in found if one["logGroupName"] == name]
    assert shown["retentionInDays"] == 30
    assert group_arn(name).removesuffix(":*") in shown["arn"]
    tags = await read(gateway, "logs", "ListTagsLogGroup", logGroupName=name)
    assert tags["tags"] == {"by": "us"}


async def test_log_groups_are_listed_page_by_page(gateway: Gateway) -> None:
    made = {await group(gateway) for _ in range(3)}
    found, pages = await listed(
        gateway, "logs", "DescribeLogGroups", "logGroups",
        logGroupNamePrefix="/aws/vendedlogs/states/", limit=2,
    )  # fmt: skip
    assert made <= {one["logGroupName"] for one in found}
    assert pages >= 2


async def test_a_log_group_made_twice_exists(gateway: Gateway) -> None:
    name = await group(gateway)
    error = await refused(gateway, "logs", "CreateLogGroup", logGroupName=name)
    assert (error.kind, error.code) == (ErrorKind.EXISTS, "ResourceAlreadyExistsException")


async def test_setting_the_same_retention_twice_is_once_and_removing_it_is_for_ever(
    gateway: Gateway,
) -> None:
    name = await group(gateway)
    for _ in range(2):
        await change(gateway, "logs", "PutRetentionPolicy", logGroupName=name, retentionInDays=7)
    for _ in range(2):
        await change(gateway, "logs", "DeleteRetentionPolicy", logGroupName=name)
    found, _ = await listed(
        gateway, "logs", "DescribeLogGroups", "logGroups", logGroupNamePrefix=name
    )
    assert "retentionInDays" not in found[0]


@pytest.mark.parametrize(
    ("operation", "more"),
    [
        ("DeleteLogGroup", {}),
        ("PutRetentionPolicy", {"retentionInDays": 30}),
        ("DeleteRetentionPolicy", {}),
        ("ListTagsLogGroup", {}),
        ("DescribeLogStreams", {}),
        ("FilterLogEvents", {}),
    ],
)
async def test_a_log_group_that_is_not_there_is_not_found(
    gateway: Gateway, operation: str, more: Any
) -> None:
    error = await refused(gateway, "logs", operation, logGroupName=unique("/no/such"), **more)
    assert (error.kind, error.code) == (ErrorKind.NOT_FOUND, "ResourceNotFoundException")


async def test_a_deleted_log_group_is_gone(gateway: Gateway) -> None:
    name = await group(gateway)
    await change(gateway, "logs", "DeleteLogGroup", logGroupName=name)
    found, _ = await listed(
        gateway, "logs", "DescribeLogGroups", "logGroups", logGroupNamePrefix=name
    )
    assert found == []


async def test_turning_logging_on_leaves_awss_validation_stream_and_nothing_else(
    gateway: Gateway,
) -> None:
    arn, name = await machine(gateway), await group(gateway)
    await update(gateway, arn, logs_to(name))
    streams, _ = await listed(
        gateway, "logs", "DescribeLogStreams", "logStreams", logGroupName=name
    )
    validation = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"
    assert [one["logStreamName"] for one in streams] == [validation]


async def test_inline_policies_are_put_read_back_and_deleted(gateway: Gateway) -> None:
    name, arn = await role(gateway, rights=False)
    for _ in range(2):  # putting again replaces
        await put_policy(gateway, name, "p", allowing("logs:*"))
    names, _ = await listed(gateway, "iam", "ListRolePolicies", "PolicyNames", RoleName=name)
    assert names == ["p"]
    asked = {"RoleName": name, "PolicyName": "p"}
    answer = await read(gateway, "iam", "GetRolePolicy", **asked)
    assert parsed(answer["PolicyDocument"]) == allowing("logs:*")
    assert (await read(gateway, "iam", "GetRole", RoleName=name))["Role"]["Arn"] == arn
    await change(gateway, "iam", "DeleteRolePolicy", **asked)
    for operation in ("GetRolePolicy", "DeleteRolePolicy"):
        error = await refused(gateway, "iam", operation, **asked)
        assert (error.kind, error.code) == (ErrorKind.NOT_FOUND, "NoSuchEntity")


async def test_inline_policies_are_listed_page_by_page(gateway: Gateway) -> None:
    name, _ = await role(gateway, rights=False)
    for number in range(3):
        await put_policy(gateway, name, f"p{number}", allowing("logs:*"))
    names, pages = await listed(
        gateway, "iam", "ListRolePolicies", "PolicyNames", RoleName=name, MaxItems=2
    )
    assert sorted(names) == ["p0", "p1", "p2"]
    assert pages >= 1


async def test_a_role_that_is_not_there_is_not_found_and_one_made_twice_exists(
    gateway: Gateway,
) -> None:
    error = await refused(gateway, "iam", "GetRole", RoleName=unique("ghost"))
    assert (error.kind, error.code) == (ErrorKind.NOT_FOUND, "NoSuchEntity")
    name, _ = await role(gateway)
    wanted = {"RoleName": name, "AssumeRolePolicyDocument": TRUST}
    error = await refused(gateway, "iam", "CreateRole", **wanted)
    assert (error.kind, error.code) == (ErrorKind.EXISTS, "EntityAlreadyExists")


async def test_an_account_begins_with_no_attached_policies_on_a_new_role(
    gateway: Gateway,
) -> None:
    name, _ = await role(gateway)
    found, _ = await listed(
        gateway, "iam", "ListAttachedRolePolicies", "AttachedPolicies", RoleName=name
    )
    assert found == []


async def test_the_service_model_says_what_is_wrong_with_a_call(gateway: Gateway) -> None:
    fine = Call("logs", "CreateLogGroup", {"logGroupName": "g"})
    assert gateway.fault(fine) is None
    wrong = gateway.fault(Call("logs", "CreateLogGroup", {"logGroupNames": "g"}))
    assert wrong is not None
    assert "logGroupName" in wrong
    assert gateway.fault(Call("logs", "NoSuchCall", {}))
    assert gateway.fault(Call("nowhere", "X", {}))
    assert gateway.fault(Call("sts", "GetCallerIdentity", {})) is None
