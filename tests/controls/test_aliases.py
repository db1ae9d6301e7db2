"""Aliases as read, and in what their versions differ from the machine."""

from __future__ import annotations

from typing import Any

import pytest

from hubmend.controls.stepfunctions_1.aliases import Alias, Route, difference, read_aliases
from hubmend.core.errors import AwsError, ErrorKind
from tests.controls.builders import KEY, ROLE, TARGET, Scripted, logging, machine_arn, refusal
from tests.controls.test_repoint import alias, version

OFF = {"level": "OFF", "includeExecutionData": False}
MACHINE = {
    "stateMachineArn": machine_arn(), "definition": "{}", "roleArn": ROLE,
    "loggingConfiguration": logging(), "tracingConfiguration": {"enabled": False},
    "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        ({}, ""),
        ({"loggingConfiguration": OFF, "revisionId": "r", "description": "d"}, ""),
        ({"tracingConfiguration": None, "encryptionConfiguration": None}, ""),
        ({"definition": "{ }"}, "definition"),
        ({"roleArn": f"{ROLE}2"}, "role"),
        ({"tracingConfiguration": {"enabled": True}}, "tracing"),
        ({"encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY}},
         "encryption"),
        ({"definition": "", "roleArn": ""}, "definition and role"),
    ],
)  # fmt: skip
def test_versions_differ_in_what_they_run_not_in_what_they_log(
    changed: dict[str, Any], differs: str
) -> None:
    other = {**MACHINE, **changed}
    assert difference(MACHINE, other) == difference(other, MACHINE) == differs


def account(**changed: Any) -> Scripted:
    """A machine with alias `live` to versions 1 and 2, and `old` to version 1."""
    arn = machine_arn()
    routes = {"live": [(1, 90), (2, 10)], "old": [(1, 100)]}
    described = {
        arn: MACHINE,
        f"{arn}:1": {**MACHINE, "definition": "{ }"},
        f"{arn}:2": {**MACHINE, "loggingConfiguration": OFF},
    }

    def alias_(params: Any) -> Any:
        name = params["stateMachineAliasArn"].rsplit(":", 1)[-1]
        routing = [
            {"stateMachineVersionArn": f"{arn}:{number}", "weight": weight}
            for number, weight in routes[name]
        ]
        more = {"description": "production"} if name == "live" else {}
        return {"routingConfiguration": routing, **more}

    answers: dict[str, Any] = {
        "ListStateMachineAliases": [
            {"stateMachineAliases": [{"stateMachineAliasArn": f"{arn}:{name}"}]} for name in routes
        ],
        "DescribeStateMachineAlias": alias_,
        "DescribeStateMachine": lambda params: described[params["stateMachineArn"]],
    }
    return Scripted(**{**answers, **changed})


async def test_aliases_are_read_with_their_versions_each_once_over_all_pages() -> None:
    gateway = account()
    first, second = version(1, "definition", logging()), version(2)
    expected = (
        alias((first, 90), (second, 10), description="production"),
        Alias(f"{machine_arn()}:old", (Route(first, 100),)),
    )
    assert await read_aliases(gateway, TARGET, machine_arn()) == (expected, ())
    read = [call.params for _, call in gateway.calls if call.operation == "DescribeStateMachine"]
    assert len(read) == 3
    assert not any("includedData" in params for params in read), "the definition is compared"
    assert [(one.name, [r.version.number for r in one.routes]) for one in expected] == [
        ("live", ["1", "2"]), ("old", ["1"]),
    ]  # fmt: skip
    assert (first.level, second.level) == ("ALL", "OFF")


@pytest.mark.parametrize(
    "operation", ["ListStateMachineAliases", "DescribeStateMachineAlias", "DescribeStateMachine"]
)
async def test_what_may_not_be_read_is_said_and_credentials_end_it(operation: str) -> None:
    denied = refusal(ErrorKind.DENIED, f"stepfunctions:{operation}")
    found, notes = await read_aliases(account(**{operation: denied}), TARGET, machine_arn())
    assert found == ()
    assert [note.startswith("its aliases could not be read: ") for note in notes] == [True]
    ended = refusal(ErrorKind.CREDENTIALS, f"stepfunctions:{operation}")
    with pytest.raises(AwsError):
        await read_aliases(account(**{operation: ended}), TARGET, machine_arn())
