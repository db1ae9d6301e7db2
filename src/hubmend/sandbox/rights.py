"""Whether a machine's role may set up log delivery, as the simulated AWS sees it.

Asked for resource `*`, conditions left out of account, permissions boundaries respected (F§3.8).
A changed policy takes `propagation` seconds of the sandbox clock to be felt, which is the race of
F§3.7.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from hubmend.sandbox.policy_engine import Question, allows, denies

if TYPE_CHECKING:
    from datetime import datetime

    from hubmend.sandbox.clock import SandboxClock
    from hubmend.sandbox.wire import Request, Response

# The eight that are enough (F§3.8).
DELIVERY_ACTIONS = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
ROLE_WRITES = frozenset(
    {
        "PutRolePolicy",
        "DeleteRolePolicy",
        "AttachRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "DeleteRolePermissionsBoundary",
    }
)
POLICY_WRITES = frozenset({"CreatePolicyVersion", "SetDefaultPolicyVersion"})


@dataclass(frozen=True)
class Grants:
    """The policy documents of a role or user: identity policies, and a boundary if it has one."""

    identity: tuple[str, ...] = ()
    boundary: str | None = None

    def allow(self, action: str) -> bool:
        """Tell whether the role may do `action` on resource `*`."""
        return self.decide(Question(action)) == "allowed"

    def within(self, question: Question) -> bool:
        """Tell whether the boundary, if there is one, leaves room for it."""
        return self.boundary is None or allows((self.boundary,), question)

    def decide(self, question: Question) -> str:
        """Answer allowed, implicitDeny or explicitDeny, as IAM's simulation words it."""
        frame = () if self.boundary is None else (self.boundary,)
        if denies((*self.identity, *frame), question):
            return "explicitDeny"
        allowed = allows(self.identity, question) and self.within(question)
        return "allowed" if allowed else "implicitDeny"


@dataclass
class _Past:
    """Grants a role had until a moment, oldest first."""

    until: list[tuple[datetime, Grants]] = field(default_factory=list)


class RoleRights:
    """A simulation that watches IAM writes and answers which delivery rights a role has now."""

    services = frozenset({"iam"})

    def __init__(self, clock: SandboxClock, propagation: float) -> None:
        self._clock = clock
        self._propagation = timedelta(seconds=propagation)
        self._past: dict[str, _Past] = {}
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Response | None:
        """Remember what roles could do before a write; moto does the write itself."""
        if request.operation in ROLE_WRITES | POLICY_WRITES:
            form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
            for role in _touched(request.account, form):
                self._remember(role)
        return None

    def missing(self, role_arn: str) -> tuple[str, ...]:
        """Return the delivery actions the role may not do at this moment; all if it is gone."""
        role = find_role(role_arn)
        if role is None:
            return DELIVERY_ACTIONS
        held = self._effective(role)
        return tuple(action for action in DELIVERY_ACTIONS if not held.allow(action))

    def _remember(self, role: Any) -> None:
        with self._lock:
            past = self._past.setdefault(role.arn, _Past())
            past.until.append((self._clock.now(), grants(role)))

    def _effective(self, role: Any) -> Grants:
        felt = self._clock.now() - self._propagation
        with self._lock:
            for until, held in self._past.get(role.arn, _Past()).until:
                if until > felt:
                    return held
        return grants(role)


def _touched(account: str, form: dict[str, str]) -> list[Any]:
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import

    roles = iam_backends[account]["aws"].roles.values()
    if "RoleName" in form:
        return [role for role in roles if role.name == form["RoleName"]]
    policy = form.get("PolicyArn", "")
    return [
        role
        for role in roles
        if policy in role.managed_policies or policy == role.permissions_boundary_arn
    ]


def find_role(role_arn: str) -> Any | None:
    """Return moto's role of this ARN, None when there is none."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import

    parts = role_arn.split(":")
    backend = iam_backends[parts[4]][parts[1]]
    return next((role for role in backend.roles.values() if role.arn == role_arn), None)


def grants(role: Any) -> Grants:
    """Return the documents a role has at this moment, propagated or not."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import

    attached = [_default_document(policy) for policy in role.managed_policies.values()]
    boundary = None
    if role.permissions_boundary_arn:
        known = iam_backends[role.account_id][role.partition].managed_policies
        policy = known.get(role.permissions_boundary_arn)
        boundary = _default_document(policy) if policy else '{"Statement": []}'
    return Grants((*role.policies.values(), *attached), boundary)


def grants_of(arn: str) -> Grants | None:
    """Return the documents of a role or a user, its groups' included, None when there is none."""
    role = find_role(arn)
    if role is not None:
        return grants(role)
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import

    parts = arn.split(":")
    backend = iam_backends[parts[4]][parts[1]]
    user = next((one for one in backend.users.values() if one.arn == arn), None)
    if user is None:
        return None
    holders: list[Any] = [user, *backend.get_groups_for_user(user.name)]
    inline = [text for one in holders for text in one.policies.values()]
    attached = [_default_document(p) for one in holders for p in one.managed_policies.values()]
    return Grants((*inline, *attached))


def _default_document(policy: Any) -> str:
    document = next(v.document for v in policy.versions if v.is_default)
    return document if isinstance(document, str) else json.dumps(document)
