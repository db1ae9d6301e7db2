"""The execution role of a machine: its documents, and whether one more policy would be enough."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from hubmend.controls.stepfunctions_1.rights import (
    DOCUMENT,
    NEEDED,
    POLICY_NAME,
    Document,
    Rights,
    evaluate,
)
from hubmend.core.arn import Target, parse_arn
from hubmend.core.call import Call
from hubmend.core.errors import AwsError
from hubmend.core.ports import Gateway

# IAM counts the inline policies of a role together, without white space (F§4.4).
INLINE_LIMIT = 10_240
_UNEDITABLE = ("/aws-service-role/", "/aws-reserved/")


@dataclass(frozen=True)
class Role:
    """A role as read. `fault` says why it could not be, `simulated` what AWS itself predicts.

    `simulated` maps an action to AWS's reason against it, assuming hubmend's policy were added;
    None where the caller may not ask (or the emulator does not know).
    """

    arn: str
    name: str
    path: str = "/"
    inline: Mapping[str, Document] = field(default_factory=dict)
    attached: Mapping[str, Document] = field(default_factory=dict)
    boundary_arn: str | None = None
    boundary: Document | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    simulated: Mapping[str, str] | None = None
    fault: str | None = None

    @property
    def uneditable(self) -> bool:
        """Whether the role belongs to AWS: service-linked or IAM Identity Center (F§3.8)."""
        return self.path.startswith(_UNEDITABLE)

    @property
    def rights(self) -> Rights:
        """Return what the role's documents say as they are."""
        return evaluate([*self.inline.values(), *self.attached.values()], self.boundary)

    @property
    def inline_size(self) -> int:
        """Return the characters its inline policies take, as IAM counts them."""
        return sum(size(document) for name, document in self.inline.items() if name != POLICY_NAME)

    @property
    def has_other_inline(self) -> bool:
        """Whether it has inline policies beside hubmend's."""
        return bool(self.inline.keys() - {POLICY_NAME})

    @property
    def has_room(self) -> bool:
        """Whether hubmend's policy would still fit."""
        return self.inline_size + size(DOCUMENT) <= INLINE_LIMIT


def size(document: Document) -> int:
    """Return a document's length as IAM counts it: without white space."""
    return len(json.dumps(document, separators=(",", ":")).replace(" ", ""))


async def read_role(gateway: Gateway, target: Target, arn: str) -> Role:
    """Read a role; one that may not be read comes back with its fault."""
    path = parse_arn(arn).resource.removeprefix("role")
    name = path.rsplit("/", 1)[-1]
    reader = _Reader(gateway, target)
    try:
        described = (await reader.ask("GetRole", RoleName=name))["Role"]
        boundary_arn = (described.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
        return Role(
            arn=arn,
            name=name,
            path=described.get("Path") or "/",
            inline=await reader.inline(name),
            attached=await reader.attached(name),
            boundary_arn=boundary_arn,
            boundary=await reader.managed(boundary_arn) if boundary_arn else None,
            tags={tag["Key"]: tag["Value"] for tag in described.get("Tags", ())},
            simulated=await reader.simulate(arn),
        )
    except AwsError as error:
        return Role(arn=arn, name=name, fault=str(error))


class _Reader:
    """Reads IAM for one role."""

    def __init__(self, gateway: Gateway, target: Target) -> None:
        self._gateway, self._target = gateway, target

    async def ask(self, operation: str, **params: Any) -> Mapping[str, Any]:
        return await self._gateway.read(self._target, Call("iam", operation, params))

    async def inline(self, role: str) -> dict[str, Document]:
        call = Call("iam", "ListRolePolicies", {"RoleName": role})
        names: list[str] = []
        async for page in self._gateway.pages(self._target, call):
            names += page["PolicyNames"]
        return {name: await self._inline(role, name) for name in names}

    async def _inline(self, role: str, name: str) -> Document:
        answer = await self.ask("GetRolePolicy", RoleName=role, PolicyName=name)
        return parsed(answer["PolicyDocument"])

    async def attached(self, role: str) -> dict[str, Document]:
        call = Call("iam", "ListAttachedRolePolicies", {"RoleName": role})
        arns: list[str] = []
        async for page in self._gateway.pages(self._target, call):
            arns += [policy["PolicyArn"] for policy in page["AttachedPolicies"]]
        return {arn: await self.managed(arn) for arn in arns}

    async def managed(self, arn: str) -> Document:
        policy = (await self.ask("GetPolicy", PolicyArn=arn))["Policy"]
        version = policy["DefaultVersionId"]
        answer = await self.ask("GetPolicyVersion", PolicyArn=arn, VersionId=version)
        return parsed(answer["PolicyVersion"]["Document"])

    async def simulate(self, arn: str) -> dict[str, str] | None:
        """Ask AWS what would still be denied with hubmend's policy added (F§3.8)."""
        try:
            answer = await self.ask(
                "SimulatePrincipalPolicy",
                PolicySourceArn=arn,
                ActionNames=list(NEEDED),
                ResourceArns=["*"],
                PolicyInputList=[json.dumps(DOCUMENT)],
            )
        except AwsError:
            return None
        return {
            result["EvalActionName"]: _against(result)
            for result in answer.get("EvaluationResults", ())
            if result.get("EvalDecision") != "allowed"
        }


def parsed(document: Any) -> Document:
    """Return a policy document, which IAM may send as JSON text, URL-encoded or plain."""
    if not isinstance(document, str):
        return document if isinstance(document, Mapping) else {}
    plain = document.lstrip().startswith("{")  # then a % in it stands for itself
    value = json.loads(document if plain else unquote(document))
    return value if isinstance(value, Mapping) else {}


def _against(result: Mapping[str, Any]) -> str:
    organization = result.get("OrganizationsDecisionDetail") or {}
    boundary = result.get("PermissionsBoundaryDecisionDetail") or {}
    if organization.get("AllowedByOrganizations") is False:
        return "a service control policy of the organization"
    if boundary.get("AllowedByPermissionsBoundary") is False:
        return "the permissions boundary"
    explicit = result.get("EvalDecision") == "explicitDeny"
    return "an explicit Deny" if explicit else "AWS's own simulation"
