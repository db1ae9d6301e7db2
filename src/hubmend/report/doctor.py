"""The JSON document of `doctor`: a public interface with stable keys."""

from __future__ import annotations

from typing import Any

from hubmend.core.diagnosis import Check, Diagnosis, Health

DOCTOR = "hubmend/doctor/1"


def doctor_document(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return what `doctor` found as hubmend/doctor/1."""
    healths = [one.health for one in diagnosis.checks]
    identity = diagnosis.identity
    return {
        "schema": DOCTOR,
        "identity": {
            "account": identity.account,
            "arn": identity.arn,
            "partition": identity.partition,
        },
        "summary": {one.value.replace(" ", "_"): healths.count(one) for one in Health},
        "checks": [_check(one) for one in diagnosis.checks],
    }


def _check(one: Check) -> dict[str, Any]:
    return {
        "check": one.name,
        "account": one.target.account if one.target else None,
        "region": one.target.region if one.target else None,
        "status": one.health.value,
        "detail": one.detail,
        "next": one.next,
        "needed_for": one.need.value if one.need else None,
        "actions": list(one.actions),
    }
