"""The ground the sample organization stands on: accounts, units, roles and keys.

Roles come in kinds, one for each way a role can stand towards log delivery (F§3.8).
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from hubmend.sandbox.rights import DELIVERY_ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFINITIONS = files("hubmend.sandbox") / "definitions"
MANAGEMENT = "111122223333"
KEY_REGION = "us-east-1"
BOUNDARY = "workload-boundary"
SERVICE_PATH = "/aws-service-role/states.amazonaws.com/"
LOGS_FULL_ACCESS = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"
ALL_READS = ["states:*", "xray:PutTraceSegments"]


def create_accounts(accounts: Iterable[dict[str, str]]) -> None:
    """Make the organization, its units, its accounts, and hubmend's two roles in each."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    backend: Any = organizations_backends[MANAGEMENT]["aws"]
    backend.create_organization("us-east-1", FeatureSet="ALL")
    root = backend.org.root_id
    units: dict[str, str] = {}
    for account in accounts:
        if account["unit"] not in units:
            made = backend.create_organizational_unit(ParentId=root, Name=account["unit"])
            units[account["unit"]] = made["OrganizationalUnit"]["Id"]
        record = _account(backend, account)
        record.parent_id = units[account["unit"]]
        _trusting_roles(iam_backends[account["id"]]["aws"])


def _account(backend: Any, account: dict[str, str]) -> Any:
    """Return moto's record of an account under the sample's id; moto itself draws a random one."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import
    from moto.organizations.models import FakeAccount, organizations_backends  # noqa: PLC0415

    email = f"{account['name']}@example.com"
    if account["id"] == MANAGEMENT:
        record = backend.accounts[0]
        record.name, record.email = account["name"], email
        return record
    record = FakeAccount(backend.org, AccountName=account["name"], Email=email)
    iam_backends.pop(record.id, None)
    record.id = account["id"]
    backend.accounts.append(record)
    organizations_backends.master_accounts[record.id] = (MANAGEMENT, "aws")
    return record


def _trusting_roles(iam: Any) -> None:
    for name in ("HubmendAudit", "HubmendRemediate"):
        principal = {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
        role = _role(iam, name, principal)
        role.put_policy("everything", _document(_allow(["*"])))


def create_roles(roles: Iterable[dict[str, str]]) -> None:
    """Make the machines' roles, each with the policies of its kind."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import

    for spec in roles:
        iam = iam_backends[spec["account"]]["aws"]
        kind = spec["kind"]
        path = SERVICE_PATH if kind == "service-linked" else "/"
        boundary = _boundary(iam) if kind == "bounded" else None
        role = _role(iam, spec["name"], {"Service": "states.amazonaws.com"}, path, boundary)
        role.put_policy("work", _document(_allow(ALL_READS)))
        delivery = _allow(list(DELIVERY_ACTIONS))
        if kind in {"delivering", "bounded"}:
            role.put_policy("log-delivery", _document(delivery))
        elif kind == "denied":
            deny = {"Effect": "Deny", "Action": "logs:CreateLogDelivery", "Resource": "*"}
            role.put_policy("log-delivery", _document(delivery, deny))
        elif kind == "managed":
            iam.attach_role_policy(LOGS_FULL_ACCESS, spec["name"])


def role_arn(spec: dict[str, str]) -> str:
    """Return the ARN of a role of the sample."""
    path = SERVICE_PATH if spec["kind"] == "service-linked" else "/"
    return f"arn:aws:iam::{spec['account']}:role{path}{spec['name']}"


def _role(
    iam: Any, name: str, principal: dict[str, str], path: str = "/", boundary: str | None = None
) -> Any:
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return iam.create_role(
        role_name=name,
        assume_role_policy_document=_document(trust),
        path=path,
        permissions_boundary=boundary,
        description="hubmend sandbox",
        tags=[],
        max_session_duration="3600",
    )


def _boundary(iam: Any) -> str:
    """Make the boundary that leaves out logs:CreateLogDelivery, as one does that never met it."""
    actions = ["states:*", "lambda:*", "logs:Describe*", "logs:PutLogEvents", "logs:Get*"]
    document = _document(_allow(actions))
    return str(iam.create_policy("workload boundary", "/", document, BOUNDARY, []).arn)


def create_keys() -> dict[str, str]:
    """Make three customer managed keys and return their ARNs by what they do for log delivery."""
    from moto.kms.models import kms_backends  # noqa: PLC0415 - moto is slow to import

    kms = kms_backends[MANAGEMENT][KEY_REGION]
    owner = _allow(["kms:*"], {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"})
    ledger_only = _allow(["kms:*"], {"AWS": f"arn:aws:iam::{MANAGEMENT}:role/LedgerRole"})
    delivery = _allow(["kms:Decrypt*"], {"Service": "delivery.logs.amazonaws.com"})
    policies = {
        "refusing": _document(ledger_only),
        "without-grant": _document(owner),
        "with-grant": _document(owner, delivery),
    }
    return {
        name: str(kms.create_key(policy, "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", name, []).arn)
        for name, policy in policies.items()
    }


def _allow(actions: list[str], principal: dict[str, str] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    return statement | ({"Principal": principal} if principal else {})


def _document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
