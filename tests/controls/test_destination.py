"""Where a machine is to log, from decision and policy file; never elsewhere than where it is."""

from __future__ import annotations

import pytest

from hubmend.controls.stepfunctions_1.destination import Destination, destination
from hubmend.core.errors import UsageError
from hubmend.core.settings import Defaults, Settings
from tests.controls.builders import GROUP, decision, group_arn, machine_arn

SHARED = Settings(defaults=Defaults(log_group="/shared"))


def chosen(log_group: str | None, settings: Settings = SHARED, name: str = "pay") -> Destination:
    return destination(machine_arn(name), name, decision(log_group=log_group), settings)


@pytest.mark.parametrize(
    ("log_group", "settings", "name", "must_exist"),
    [
        (None, Settings(), GROUP, False),
        ("new", Settings(), GROUP, False),
        (None, SHARED, "/shared", False),
        ("/mine/{name}.{name}#1", SHARED, "/mine/pay.pay#1", False),
        ("x" * 512, SHARED, "x" * 512, False),
        (group_arn("/theirs"), SHARED, "/theirs", True),
        (group_arn("/theirs").removesuffix(":*"), SHARED, "/theirs", True),
        (None, Settings(defaults=Defaults(log_group=group_arn("/all"))), "/all", True),
    ],
)
def test_a_log_group_is_chosen(
    log_group: str | None, settings: Settings, name: str, must_exist: bool
) -> None:
    found = chosen(log_group, settings)
    assert (found.name, found.must_exist, found.arn) == (name, must_exist, group_arn(name))


def test_the_partition_is_that_of_the_machine() -> None:
    arn = "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:pay"
    found = destination(arn, "pay", decision(), Settings())
    assert found.arn == f"arn:aws-cn:logs:cn-north-1:111122223333:log-group:{GROUP}:*"


@pytest.mark.parametrize(
    "name", ["", "with space", "aws/lambda/x", "x" * 513, "ä", "a:b", "{other}", "*"]
)
def test_a_name_that_cloudwatch_refuses_is_refused_here(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a log group's name"):
        chosen(name)


def test_a_machine_with_other_letters_cannot_name_a_group() -> None:
    with pytest.raises(UsageError, match="cannot be a log group's name"):
        chosen(None, Settings(), name="zahlungsläufe")


@pytest.mark.parametrize(
    ("region", "account"), [("eu-west-1", "111122223333"), ("us-east-1", "444455556666")]
)
def test_a_group_in_another_account_or_region_is_refused(region: str, account: str) -> None:
    with pytest.raises(UsageError, match="own account and region only") as refused:
        chosen(f"arn:aws:logs:{region}:{account}:log-group:/x:*")
    assert f"{account}/{region}" in str(refused.value)


@pytest.mark.parametrize(
    "arn",
    [
        machine_arn(),
        "arn:aws:logs:us-east-1:111122223333:destination:x",
        "arn:aws:s3:::bucket",
    ],
)
def test_what_is_no_log_group_is_refused(arn: str) -> None:
    with pytest.raises(UsageError, match="is not the ARN of a log group"):
        chosen(arn)


@pytest.mark.parametrize("arn", ["arn:aws:logs", group_arn("/x:log-stream:y")])
def test_a_damaged_arn_is_refused(arn: str) -> None:
    with pytest.raises(UsageError):
        chosen(arn)
