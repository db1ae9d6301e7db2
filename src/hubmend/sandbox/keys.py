"""Whether log delivery may read what a machine with its own key writes.

A machine with a customer managed key needs that key's policy to let delivery.logs.amazonaws.com
decrypt (F§3.10). AWS does not say how it fails without; the sandbox loses the records in silence,
which is the failure that a configuration check cannot see and a proof must.
"""

from __future__ import annotations

import json
import re
from typing import Any

DELIVERY = "delivery.logs.amazonaws.com"


def delivery_may_decrypt(encryption: dict[str, Any] | None) -> bool:
    """Tell whether records of a machine with this encryptionConfiguration can be delivered."""
    if not encryption or encryption.get("type") != "CUSTOMER_MANAGED_KMS_KEY":
        return True
    from moto.kms.models import kms_backends  # noqa: PLC0415 - moto is slow to import

    parts = str(encryption.get("kmsKeyId", "")).split(":")
    if len(parts) < 6:  # noqa: PLR2004 - arn:P:kms:R:A:key/ID; a bare id names no account
        return False
    key = kms_backends[parts[4]][parts[3]].keys.get(parts[5].removeprefix("key/"))
    return key is not None and grants_delivery(str(key.policy))


def grants_delivery(policy: str) -> bool:
    """Tell whether a key policy lets the log delivery service decrypt."""
    statements = json.loads(policy or "{}").get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        named = DELIVERY in ([services] if isinstance(services, str) else services)
        if named and statement.get("Effect") == "Allow" and _covers_decrypt(statement):
            return True
    return False


def _covers_decrypt(statement: dict[str, Any]) -> bool:
    actions = statement.get("Action", [])
    for action in [actions] if isinstance(actions, str) else actions:
        if re.fullmatch(re.escape(action).replace(r"\*", ".*"), "kms:Decrypt", re.IGNORECASE):
            return True
    return False
