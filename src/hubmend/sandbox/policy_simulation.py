"""IAM's SimulatePrincipalPolicy for roles, which moto does not know.

Answers what the role could do with the documents of PolicyInputList added: allowed, implicitDeny
or explicitDeny, and whether the permissions boundary stands in the way (F§3.8). Conditions and
service control policies are not modelled; only resource `*` is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from hubmend.sandbox.rights import allows, denies, find_role, grants
from hubmend.sandbox.wire import Response, error_answer

if TYPE_CHECKING:
    from hubmend.sandbox.rights import Grants
    from hubmend.sandbox.wire import Request

_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"


class PolicySimulation:
    """Answers SimulatePrincipalPolicy; everything else of IAM is moto's."""

    services = frozenset({"iam"})

    def handle(self, request: Request) -> Response | None:
        """Answer one simulation of a role."""
        if request.operation != "SimulatePrincipalPolicy":
            return None
        form = parse_qs(request.body.decode())
        source = form["PolicySourceArn"][0]
        role = find_role(source)
        if role is None:
            return error_answer("iam", "NoSuchEntity", f"{source} does not exist", status=404)
        added = tuple(_members(form, "PolicyInputList"))
        asked = _members(form, "ActionNames")
        results = "".join(_result(grants(role), added, action) for action in asked)
        xml = (
            f'<SimulatePrincipalPolicyResponse xmlns="{_NAMESPACE}">'
            "<SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
            f"<EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
            "</SimulatePrincipalPolicyResponse>"
        )
        return Response(200, xml.encode(), {"Content-Type": "text/xml"})


def _members(form: dict[str, list[str]], name: str) -> list[str]:
    """Return the entries of a list parameter of the query protocol, in order."""
    prefix = f"{name}.member."
    numbered = [(int(key.removeprefix(prefix)), key) for key in form if key.startswith(prefix)]
    return [form[key][0] for _, key in sorted(numbered)]


def _result(own: Grants, added: tuple[str, ...], action: str) -> str:
    frame = () if own.boundary is None else (own.boundary,)
    identity = (*own.identity, *added)
    within = own.boundary is None or allows(frame, action)
    if denies((*identity, *frame), action):
        decision = "explicitDeny"
    else:
        decision = "allowed" if allows(identity, action) and within else "implicitDeny"
    boundary = (
        "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>"
        f"{str(within).lower()}</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
    )
    return (
        f"<member><EvalActionName>{escape(action)}</EvalActionName>"
        f"<EvalResourceName>*</EvalResourceName><EvalDecision>{decision}</EvalDecision>"
        f"{boundary if frame else ''}</member>"
    )
