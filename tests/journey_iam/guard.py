"""IAM in front of the whole sandbox: moto's own policy engine, asked about every operation.

moto enforces (POST /moto-api/reset-auth) only what it answers itself, knows resources for IAM alone
and calls the tagging API by its endpoint's name. What the sandbox simulates would pass unasked. So
the same engine is asked here, before anything answers, with the action and the resource of AWS's
service authorization reference. A refusal reads as moto's: 403, in XML no JSON client can read.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from hubmend.sandbox import Sandbox
from hubmend.sandbox.identity import access_key
from hubmend.sandbox.organization import Built
from hubmend.sandbox.wire import Request, Response, Simulation

ACCOUNT, REGION = "111122223333", "us-east-1"
_PREFIXES = {"tagging": "tag"}
_HUB = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:hub/default"
_CONTROL_CALLS = (
    "BatchGetSecurityControls", "GetSecurityControlDefinition", "ListStandardsControlAssociations",
)  # fmt: skip
_NAMED = (
    "stateMachineArn", "stateMachineAliasArn", "stateMachineVersionArn", "resourceArn",
    "executionArn", "KeyId",
)  # fmt: skip
_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


class Guard:
    """Refuses what user `journey` may not do; other callers pass."""

    services = frozenset(
        {
            "states",
            "tagging",
            "logs",
            "iam",
            "kms",
            "securityhub",
            "config",
            "organizations",
            "ec2",
            "cloudformation",
        }
    )

    def __init__(self) -> None:
        self.key = ""
        self.asked: set[str] = set()  # every action the journey was asked for

    def handle(self, request: Request) -> Response | None:
        if access_key(request.headers.get("authorization", "")) != self.key:
            return None
        for action, resource in _needs(request):
            self.asked.add(action)
            if not may(action, resource, _context(request)):
                return _refused(action)
        form = _form(request)
        if form.get("PolicySourceArn", "").endswith(":user/journey"):
            return _simulated(form)
        return None


class GuardedSandbox(Sandbox):
    """An empty sandbox with the guard before every simulation; nothing waits for anything."""

    def __init__(self) -> None:
        super().__init__(empty=True, propagation=0, delivery_delay=0)
        self.guard = Guard()

    def _simulations(self, built: Built) -> list[Simulation]:
        return [self.guard, *super()._simulations(built)]


def may(action: str, resource: str, context: dict[str, str] | None = None) -> bool:
    """Ask moto's engine about user `journey`; the context is what AWS would fill in."""
    from moto.iam.access_control import IAMPolicy, PermissionResult  # noqa: PLC0415 - slow
    from moto.iam.models import iam_backends  # noqa: PLC0415 - slow to import

    user = iam_backends[ACCOUNT]["aws"].users["journey"]
    filled = context or {"iam:PassedToService": "states.amazonaws.com"}
    verdicts = [
        IAMPolicy(_in_force(text, filled)).is_action_permitted(action, resource, None, filled)
        for text in user.policies.values()
    ]
    return PermissionResult.PERMITTED in verdicts and PermissionResult.DENIED not in verdicts


def _in_force(text: str, context: dict[str, str]) -> str:
    """Leave out each Deny whose condition is not met: moto takes it for a refusal all the same."""
    document = json.loads(text)
    document["Statement"] = [
        one
        for one in document["Statement"]
        if one["Effect"] == "Allow"
        or one.get("Condition", {}).get("StringEquals", {}).items() <= context.items()
    ]
    return json.dumps(document)


def _context(request: Request) -> dict[str, str] | None:
    """Return what AWS fills in beside what is the same for every call."""
    if request.operation != "BatchUpdateFindings":
        return None
    status = request.json().get("Workflow", {}).get("Status", "")
    return {"securityhub:ASFFSyntaxPath/Workflow.Status": status}


def _needs(request: Request) -> list[tuple[str, str]]:
    """Return the actions a call takes, each with its resource."""
    operation = request.operation or ""
    if operation == "GetCallerIdentity":
        return []
    action = f"{_PREFIXES.get(request.service, request.service)}:{operation}"
    needs = [(action, _resource(request, operation))]
    if operation == "CreateLogGroup" and request.json().get("tags"):
        needs.append(("logs:TagResource", _resource(request, operation)))
    if operation == "UpdateStateMachine":
        needs.append(("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/machines"))
    if operation == "BatchUpdateStandardsControlAssociations":
        needs.append(("securityhub:UpdateStandardsControl", "*"))
    if operation in _CONTROL_CALLS:
        needs.append(("securityhub:DescribeStandardsControls", "*"))
    return needs


def _resource(request: Request, operation: str) -> str:
    if request.service == "securityhub":
        return "*" if operation in _CONTROL_CALLS else _HUB
    if request.service == "iam":
        form = _form(request)
        if "RoleName" in form:
            return f"arn:aws:iam::{ACCOUNT}:role/{form['RoleName']}"
        return form.get("PolicyArn") or form.get("PolicySourceArn") or "*"
    if request.service == "cloudformation":
        return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{_form(request)['StackName']}/1"
    if operation == "StartConfigRulesEvaluation":
        return f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/config-rule-1"
    if request.service not in ("states", "logs", "kms"):
        return "*"
    params = request.json()
    for name in _NAMED:
        if name in params:
            return str(params[name])
    group = params.get("logGroupName")
    return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}" if group else "*"


def _form(request: Request) -> dict[str, str]:
    if request.service not in ("iam", "cloudformation"):
        return {}
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def _refused(action: str) -> Response:
    from moto.core.exceptions import AccessDeniedError  # noqa: PLC0415 - moto is slow to import

    error = AccessDeniedError(user_arn=f"arn:aws:iam::{ACCOUNT}:user/journey", action=action)
    return Response(403, str(error.description).encode(), {"Content-Type": "text/xml"})


def _simulated(form: dict[str, str]) -> Response:
    """Answer SimulatePrincipalPolicy about the user by the same engine that refuses its calls."""
    context: dict[str, str] = {}
    number = 1
    while f"ContextEntries.member.{number}.ContextKeyName" in form:
        entry = f"ContextEntries.member.{number}"
        value = form[f"{entry}.ContextKeyValues.member.1"]
        context[form[f"{entry}.ContextKeyName"]] = value
        number += 1
    resources = [value for key, value in form.items() if key.startswith("ResourceArns.member.")]
    names = [value for key, value in form.items() if key.startswith("ActionNames.member.")]
    results = "".join(
        f"<member><EvalActionName>{escape(name)}</EvalActionName>"
        f"<EvalResourceName>{escape(resource)}</EvalResourceName><EvalDecision>"
        f"{'allowed' if may(name, resource, context) else 'implicitDeny'}"
        "</EvalDecision></member>"
        for name in names
        for resource in resources
    )
    xml = (
        f'<SimulatePrincipalPolicyResponse xmlns="{_NAMESPACE}"><SimulatePrincipalPolicyResult>'
        f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"
        "</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    )
    return Response(200, xml.encode(), {"Content-Type": "text/xml"})


def without(document: dict[str, Any], *actions: str) -> dict[str, Any]:
    """Return a policy document that allows everything it did but some actions."""
    statements = []
    for statement in document["Statement"]:
        kept = [one for one in statement["Action"] if one not in actions]
        if statement["Effect"] == "Deny":
            statements.append(statement)
        elif kept:
            statements.append({**statement, "Action": kept})
    changed: dict[str, Any] = json.loads(json.dumps({**document, "Statement": statements}))
    return changed
