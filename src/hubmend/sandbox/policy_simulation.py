"""IAM's SimulatePrincipalPolicy for roles and users, which moto does not know.

Answers what the principal could do with the documents of PolicyInputList added, for each action on
each resource, under the ContextEntries given: allowed, implicitDeny or explicitDeny, and whether
the permissions boundary stands in the way (F§3.8). Service control policies are not modelled.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from hubmend.sandbox.policy_engine import Question
from hubmend.sandbox.rights import grants_of
from hubmend.sandbox.wire import Response, error_answer

if TYPE_CHECKING:
    from hubmend.sandbox.rights import Grants
    from hubmend.sandbox.wire import Request

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


class PolicySimulation:
    """Answers SimulatePrincipalPolicy; everything else of IAM is moto's."""

    services = frozenset({"iam"})

    def handle(self, request: Request) -> Response | None:
        """Answer one simulation of a role or a user."""
        if request.operation != "SimulatePrincipalPolicy":
            return None
        form = parse_qs(request.body.decode())
        source = form["PolicySourceArn"][0]
        own = grants_of(source)
        if own is None:
            return error_answer("iam", "NoSuchEntity", f"{source} does not exist", status=404)
        own = replace(own, identity=(*own.identity, *_members(form, "PolicyInputList")))
        results = "".join(_result(own, question) for question in _questions(form))
        xml = (
            f'<SimulatePrincipalPolicyResponse xmlns="{_NAMESPACE}">'
            "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
            f"<EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
            "</SimulatePrincipalPolicyResponse>"
        )
        return Response(200, xml.encode(), {"Content-Type": "text/xml"})


def _questions(form: dict[str, list[str]]) -> list[Question]:
    """Return each combination of action and resource; no resource means `*`."""
    asked = product(_members(form, "ActionNames"), _members(form, "ResourceArns") or ["*"])
    context = _context(form)
    return [Question(action, resource, context) for action, resource in asked]


def _context(form: dict[str, list[str]]) -> dict[str, str]:
    """Return the context entries by key; the first value of each counts."""
    entries: dict[str, str] = {}
    number = 1
    while (name := f"ContextEntries.member.{number}.ContextKeyName") in form:
        value = form.get(f"ContextEntries.member.{number}.ContextKeyValues.member.1", [""])
        entries[form[name][0]] = value[0]
        number += 1
    return entries


def _members(form: dict[str, list[str]], name: str) -> list[str]:
    """Return the entries of a list parameter of the query protocol, in order."""
    prefix = f"{name}.member."
    numbered = [(int(key.removeprefix(prefix)), key) for key in form if key.startswith(prefix)]
    return [form[key][0] for _, key in sorted(numbered)]


def _result(own: Grants, question: Question) -> str:
    boundary = (
        "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>"
        f"{str(own.within(question)).lower()}"
        "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
    )
    return (
        f"<member><EvalActionName>{escape(question.action)}</EvalActionName>"
        f"<EvalResourceName>{escape(question.resource)}</EvalResourceName>"
        f"<EvalDecision>{own.decide(question)}</EvalDecision>"
        f"{boundary if own.boundary is not None else ''}</member>"
    )
