"""Aliases of a machine and the versions they route to, as read (F§3.6).

A version keeps the definition, role and logging it was published with. Whether it may be replaced
by a version of the machine as it is now depends on everything but logging being the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubmend.controls.stepfunctions_1.machine import OFF
from hubmend.core.arn import Target
from hubmend.core.call import Call
from hubmend.core.errors import AwsError, ErrorKind
from hubmend.core.ports import Gateway, Response


@dataclass(frozen=True)
class Version:
    """A version as published.

    `differs` says in what it is not the machine as it is now, logging left out; "" in nothing.
    """

    arn: str
    logging: Mapping[str, Any]
    differs: str = ""

    @property
    def number(self) -> str:
        """Return the number people call it by."""
        return qualifier(self.arn)

    @property
    def level(self) -> str:
        """Return the level it logs at."""
        return str(self.logging.get("level") or OFF)


@dataclass(frozen=True)
class Route:
    """A version that an alias sends `weight` percent of its executions to."""

    version: Version
    weight: int


@dataclass(frozen=True)
class Alias:
    """An alias; routes of no weight carry no traffic and stay as they are."""

    arn: str
    routes: tuple[Route, ...]
    description: str = ""

    @property
    def name(self) -> str:
        """Return the name people call it by."""
        return qualifier(self.arn)


def qualifier(arn: str) -> str:
    """Return what comes after the machine in an ARN: an alias's name, a version's number."""
    return arn.rsplit(":", 1)[-1]


async def read_aliases(
    gateway: Gateway, target: Target, machine: str
) -> tuple[tuple[Alias, ...], tuple[str, ...]]:
    """Read a machine's aliases; where they may not be read, notes say so instead."""
    listing = Call("stepfunctions", "ListStateMachineAliases", {"stateMachineArn": machine})
    reader = _Reader(gateway, target, machine)
    found: list[Alias] = []
    try:
        async for page in gateway.pages(target, listing):
            listed = [one["stateMachineAliasArn"] for one in page["stateMachineAliases"]]
            found += [await reader.alias(arn) for arn in listed]
    except AwsError as error:
        if error.kind is ErrorKind.CREDENTIALS:
            raise
        return (), (f"its aliases could not be read: {error}. Traffic through one stays as it is",)
    return tuple(found), ()


async def describe_alias(gateway: Gateway, target: Target, arn: str) -> Response:
    """Read one alias."""
    call = Call("stepfunctions", "DescribeStateMachineAlias", {"stateMachineAliasArn": arn})
    return await gateway.read(target, call)


async def describe_whole(gateway: Gateway, target: Target, arn: str) -> Response:
    """Read a machine or a version with its definition (which may need kms:Decrypt, F§3.5)."""
    call = Call("stepfunctions", "DescribeStateMachine", {"stateMachineArn": arn})
    return await gateway.read(target, call)


def difference(one: Response, other: Response) -> str:
    """Return in what two versions differ, logging left out; "" in nothing. Pure."""
    return " and ".join(name for name, part in _PARTS.items() if part(one) != part(other))


_PARTS: Mapping[str, Callable[[Response], Any]] = {
    "definition": lambda told: told.get("definition"),
    "role": lambda told: told.get("roleArn"),
    "tracing": lambda told: bool((told.get("tracingConfiguration") or {}).get("enabled")),
    "encryption": lambda told: _key(told.get("encryptionConfiguration") or {}),
}


def _key(encryption: Mapping[str, Any]) -> tuple[Any, ...]:
    return encryption.get("type") or "AWS_OWNED_KEY", encryption.get("kmsKeyId")


class _Reader:
    """Reads the aliases of one machine; what several route to is read once."""

    def __init__(self, gateway: Gateway, target: Target, machine: str) -> None:
        self._gateway, self._target, self._machine = gateway, target, machine
        self._read: dict[str, Response] = {}

    async def alias(self, arn: str) -> Alias:
        told = await describe_alias(self._gateway, self._target, arn)
        routes = await self._routes(told["routingConfiguration"])
        return Alias(arn, routes, told.get("description") or "")

    async def _routes(self, routing: Sequence[Mapping[str, Any]]) -> tuple[Route, ...]:
        return tuple(
            [
                Route(await self._version(one["stateMachineVersionArn"]), int(one["weight"]))
                for one in routing
            ]
        )

    async def _version(self, arn: str) -> Version:
        told, machine = await self._whole(arn), await self._whole(self._machine)
        return Version(arn, told.get("loggingConfiguration") or {}, difference(told, machine))

    async def _whole(self, arn: str) -> Response:
        if arn not in self._read:
            self._read[arn] = await describe_whole(self._gateway, self._target, arn)
        return self._read[arn]
