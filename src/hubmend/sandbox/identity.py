"""Who is calling: access keys to accounts, as moto keeps them, plus the sandbox's own key.

moto falls back to account 123456789012 for keys it does not know. The sandbox belongs to one
organization, so an unknown key is treated as the operator of the home account instead, and a key
that begins with EXPIRED is refused, to let error handling be shown.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from hubmend.sandbox.wire import JSON_SERVICES, REST_JSON_SERVICES, Response, error_answer

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from hubmend.sandbox.wire import Request

OPERATOR_KEY = "AKIAHUBMENDSANDBOX00"
OPERATOR_SECRET = "hubmend-sandbox"  # noqa: S105 - a made-up secret: nothing checks signatures
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")


def create_operator(account: str) -> None:
    """Make IAM user `sandbox-operator`, who may do anything, with the sandbox's fixed key."""
    from moto.iam.models import AccessKey, iam_backends  # noqa: PLC0415 - moto is slow to import

    iam = iam_backends[account]["aws"]
    user = iam.create_user("us-east-1", "sandbox-operator")
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    user.put_policy("everything", json.dumps({"Version": "2012-10-17", "Statement": [everything]}))
    # moto leaves a CloudFormation method of AccessKey abstract, though it makes them itself
    key = AccessKey("sandbox-operator", "AKIA", account)  # type: ignore[abstract]
    key.access_key_id = OPERATOR_KEY
    key.secret_access_key = OPERATOR_SECRET
    user.access_keys.append(key)
    iam.access_keys[OPERATOR_KEY] = key


def access_key(authorization: str) -> str | None:
    """Return the access key id of an Authorization header, or None where it has none."""
    found = CREDENTIAL.search(authorization)
    return found.group(1) if found else None


def account_of(key: str) -> str | None:
    """Return the account an access key belongs to (IAM users and assumed roles), or None."""
    from moto.iam.models import iam_backends  # noqa: PLC0415 - moto is slow to import

    for account, partitions in list(iam_backends.items()):
        for backend in list(partitions.values()):
            if key in backend.access_keys:
                return account
    return None


def caller_arn(request: Request) -> str:
    """Return the ARN of whoever signed the request, as STS would name them."""
    from moto.sts.models import sts_backends  # noqa: PLC0415 - moto is slow to import

    key = access_key(request.headers.get("authorization", "")) or OPERATOR_KEY
    sts = sts_backends[request.account]["aws"]
    _, arn, _ = sts.get_caller_identity(key, request.region)
    return str(arn)


def use_operator_key(environ: MutableMapping[str, str], key: str) -> None:
    """Replace an unknown access key in the request by the operator's, for moto to see."""
    environ["HTTP_AUTHORIZATION"] = environ["HTTP_AUTHORIZATION"].replace(
        f"Credential={key}/", f"Credential={OPERATOR_KEY}/"
    )


def expired(service: str) -> Response:
    """Answer that the security token has expired, in the code each protocol uses."""
    message = "The security token included in the request is expired"
    if service in JSON_SERVICES:
        return error_answer(service, "ExpiredTokenException", message)
    if service in REST_JSON_SERVICES:
        return error_answer(service, "ExpiredTokenException", message, status=403)
    return error_answer(service, "ExpiredToken", message, status=403)
