"""IAM, KMS and CloudFormation as hubmend uses them: roles, documents, keys, templates."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from hubmend.core.arn import Target, parse_arn
from hubmend.core.errors import AwsError, ErrorKind
from tests.fakes.answers import Answer, Params, page, refusal
from tests.fakes.clock import FakeClock
from tests.fakes.world import FakeRole, World


class FakeIam:
    """Answers for `iam`, `kms` and `cloudformation`."""

    def __init__(self, world: World, clock: FakeClock) -> None:
        self._world, self._clock = world, clock

    def create_role(self, target: Target, params: Params) -> Answer:
        key = (target.account, params["RoleName"])
        if key in self._world.roles:
            reason = f"Role with name {key[1]} already exists."
            raise refusal(ErrorKind.EXISTS, "EntityAlreadyExists", reason, "iam:CreateRole")
        path = params.get("Path", "/")
        role = FakeRole(f"arn:aws:iam::{key[0]}:role{path}{key[1]}", key[1], path)
        self._world.roles[key] = role
        return {"Role": {"Arn": role.arn, "RoleName": role.name, "Path": path}}

    def get_role(self, target: Target, params: Params) -> Answer:
        role = self._role(target, params, "GetRole")
        described: Answer = {"Arn": role.arn, "RoleName": role.name, "Path": role.path}
        if role.boundary_arn:
            described["PermissionsBoundary"] = {"PermissionsBoundaryArn": role.boundary_arn}
        return {"Role": described}

    def list_role_policies(self, target: Target, params: Params) -> Answer:
        names = sorted(self._role(target, params, "ListRolePolicies").inline)
        shown, more = page(names, params.get("MaxItems"), params.get("Marker"))
        marker = {"Marker": more} if more else {}
        return {"PolicyNames": shown, "IsTruncated": bool(more), **marker}

    def get_role_policy(self, target: Target, params: Params) -> Answer:
        role, name = self._role(target, params, "GetRolePolicy"), params["PolicyName"]
        if name not in role.inline:
            raise _no_entity(f"The role policy with name {name} cannot be found.", "GetRolePolicy")
        text = quote(json.dumps(role.inline[name]))
        return {"RoleName": role.name, "PolicyName": name, "PolicyDocument": text}

    def put_role_policy(self, target: Target, params: Params) -> Answer:
        role = self._role(target, params, "PutRolePolicy")
        document: dict[str, Any] = json.loads(params["PolicyDocument"])
        self._changing(role)
        role.inline[params["PolicyName"]] = document
        return {}

    def delete_role_policy(self, target: Target, params: Params) -> Answer:
        role, name = self._role(target, params, "DeleteRolePolicy"), params["PolicyName"]
        if name not in role.inline:
            reason = f"The role policy with name {name} cannot be found."
            raise _no_entity(reason, "DeleteRolePolicy")
        self._changing(role)
        del role.inline[name]
        return {}

    def list_attached_role_policies(self, target: Target, params: Params) -> Answer:
        role = self._role(target, params, "ListAttachedRolePolicies")
        attached = [{"PolicyName": arn, "PolicyArn": arn} for arn in sorted(role.attached)]
        return {"AttachedPolicies": attached, "IsTruncated": False}

    def get_policy(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - one signature
        return {"Policy": {"Arn": params["PolicyArn"], "DefaultVersionId": "v1"}}

    def get_policy_version(self, target: Target, params: Params) -> Answer:
        arn = params["PolicyArn"]
        for (account, _), role in self._world.roles.items():
            documents = {**role.attached, role.boundary_arn or "": role.boundary or {}}
            if account == target.account and arn in documents:
                return {"PolicyVersion": {"Document": documents[arn]}}
        raise _no_entity(f"Policy {arn} does not exist.", "GetPolicyVersion")

    def simulate_principal_policy(self, target: Target, params: Params) -> Answer:
        if "PolicyInputList" not in params:
            return self._caller(params)
        role = next(
            one
            for (account, _), one in self._world.roles.items()
            if account == target.account and one.arn == params["PolicySourceArn"]
        )
        added = {"added": json.loads(params["PolicyInputList"][0])}
        could = FakeRole(role.arn, role.name, inline=added, boundary=role.boundary).has_rights
        decision: Answer = {"EvalDecision": "allowed" if could else "implicitDeny"}
        if not could:
            decision["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": False}
        names = params["ActionNames"]
        return {"EvaluationResults": [{"EvalActionName": name, **decision} for name in names]}

    def _caller(self, params: Params) -> Answer:
        """What whoever makes the changes may do: all but `world.denied`."""
        return {
            "EvaluationResults": [
                {
                    "EvalActionName": action,
                    "EvalResourceName": resource,
                    "EvalDecision": "implicitDeny" if action in self._world.denied else "allowed",
                }
                for action in params["ActionNames"]
                for resource in params["ResourceArns"]
            ]
        }

    def get_key_policy(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        if params["KeyId"] not in self._world.keys:
            reason = f"Key {params['KeyId']} does not exist"
            raise refusal(ErrorKind.NOT_FOUND, "NotFoundException", reason, "kms:GetKeyPolicy")
        return {"Policy": json.dumps(self._world.keys[params["KeyId"]])}

    def get_template(self, target: Target, params: Params) -> Answer:  # noqa: ARG002 - as above
        if params["StackName"] not in self._world.templates:
            reason = f"Stack with id {params['StackName']} does not exist"
            raise refusal(
                ErrorKind.INVALID, "ValidationError", reason, "cloudformation:GetTemplate"
            )
        return {"TemplateBody": self._world.templates[params["StackName"]]}

    def role(self, arn: str) -> FakeRole | None:
        """Return the role of this ARN, for Step Functions."""
        where = parse_arn(arn)
        return self._world.roles.get((where.account, where.resource.rsplit("/", 1)[-1]))

    def _role(self, target: Target, params: Params, operation: str) -> FakeRole:
        role = self._world.roles.get((target.account, params["RoleName"]))
        if role is None:
            reason = f"The role with name {params['RoleName']} cannot be found."
            raise _no_entity(reason, operation)
        return role

    def _changing(self, role: FakeRole) -> None:
        now: datetime = self._clock.now()
        role.past.append((now, role.has_rights))


def _no_entity(reason: str, operation: str) -> AwsError:
    return refusal(ErrorKind.NOT_FOUND, "NoSuchEntity", reason, f"iam:{operation}")
