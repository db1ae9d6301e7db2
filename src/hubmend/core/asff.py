"""Findings in ASFF as typed claims, read defensively: any part may be missing or odd.

No real finding of the control is public (F§9 no. 16), details and tags are left out at times, and
an emulator may ignore filters. What cannot be read becomes a remark, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hubmend.core.arn import Target, parse_machine_arn
from hubmend.core.errors import UsageError
from hubmend.core.inventory import Claim
from hubmend.core.resource import Finding, Remark, RemarkKind, Source, Suppressed

COMPLIANCE = ("PASSED", "WARNING", "FAILED", "NOT_AVAILABLE")
WORKFLOW = ("NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED")
ACCOUNT = "AwsAccount"


@dataclass(frozen=True)
class Parsed:
    """One finding: its claims, the target it proves to be looked at, and what is odd in it."""

    claims: tuple[Claim, ...] = ()
    target: Target | None = None
    remarks: tuple[Remark, ...] = ()


def parse(asff: Any, control: str, kind: str) -> Parsed:
    """Read one finding of a control about resources of an ASFF type. Pure and total.

    A finding of another control gives nothing; an archived one a remark with AWS's reason code.
    """
    whole = _table(asff)
    if not whole or control_of(whole) != control:
        return Parsed()
    name = _text(whole.get("Id")) or "a finding without an id"
    if whole.get("RecordState") == "ARCHIVED":
        code = _text(_table(whole.get("ProductFields")).get("ArchivalReasons:0/ReasonCode"))
        return _odd(name, f"left out: it is archived ({code or 'no reason given'})")
    resources = [_table(one) for one in _list(whole.get("Resources"))]
    if any(one.get("Type") == ACCOUNT for one in resources):
        return Parsed(target=_target(whole))
    parts = [_claim(whole, one, kind) for one in resources]
    claims = tuple(one for one in parts if isinstance(one, Claim))
    odd = [one for one in parts if isinstance(one, str)] or ([] if claims else ["no resource"])
    remarks = tuple(Remark(RemarkKind.ODD, name, f"left out: {one}") for one in odd)
    return Parsed(claims, claims[0].target if claims else None, remarks)


def finding_of(asff: Any) -> Finding:
    """Return what hubmend keeps of a finding. Pure and total.

    A compliance status AWS does not document counts as NOT_AVAILABLE, such a workflow as NEW.
    """
    whole = _table(asff)
    compliance = _text(_table(whole.get("Compliance")).get("Status"))
    workflow = _text(_table(whole.get("Workflow")).get("Status"))
    return Finding(
        id=_text(whole.get("Id")),
        workflow_status=workflow if workflow in WORKFLOW else "NEW",
        compliance_status=compliance if compliance in COMPLIANCE else "NOT_AVAILABLE",
        product_arn=_text(whole.get("ProductArn")),
        updated_at=_text(whole.get("UpdatedAt")),
        fields={
            str(key): str(value) for key, value in _table(whole.get("UserDefinedFields")).items()
        },
        rule=_text(_table(whole.get("ProductFields")).get("RelatedAWSResources:0/name")),
    )


def control_of(asff: Mapping[str, Any]) -> str:
    """Return the control a finding is about, empty where it does not say."""
    said = _text(_table(asff.get("Compliance")).get("SecurityControlId"))
    return said or _text(asff.get("GeneratorId")).rpartition("/")[2]


def standards_of(asff: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the ids of the standards a finding counts for, as findings carry them."""
    listed = _list(_table(asff.get("Compliance")).get("AssociatedStandards"))
    ids = (_text(_table(one).get("StandardsId")) for one in listed)
    return tuple(one for one in ids if one)


def strongest(findings: Iterable[Finding]) -> Finding:
    """Return the finding that speaks for a resource with several (F§2.2).

    A failing one first, and of those one that is not suppressed; then the newest.
    """
    return max(
        findings,
        key=lambda one: (
            one.compliance_status == "FAILED",
            one.compliance_status != "PASSED",
            not one.suppressed,
            one.updated_at,
        ),
    )


def spokesman(findings: Sequence[Finding]) -> Finding:
    """Return the strongest finding; it keeps which of the others are suppressed (F§2.2)."""
    speaks = strongest(findings)
    others = (one for one in findings if one is not speaks and one.suppressed)
    return replace(speaks, also_suppressed=tuple(Suppressed(one.id, one.fields) for one in others))


def merge(claims: Sequence[Claim]) -> Claim:
    """Join the claims about one resource, one per finding, into one."""
    first = max(claims, key=lambda one: one.seen or datetime.min.replace(tzinfo=UTC))
    findings = [one.finding for one in claims if one.finding]
    if not findings:
        return first
    speaks = strongest(findings)
    return replace(
        first,
        details=next((one.details for one in (first, *claims) if one.details), {}),
        tags=next((one.tags for one in (first, *claims) if one.tags is not None), None),
        level=next((one.level for one in (first, *claims) if one.level), None),
        finding=spokesman(findings),
        others=tuple(one for one in findings if one is not speaks),
    )


def _claim(asff: Mapping[str, Any], resource: Mapping[str, Any], kind: str) -> Claim | str:
    arn = _text(resource.get("Id"))
    try:
        target = parse_machine_arn(arn).target
    except UsageError:
        return f"its resource {arn!r} is no state machine's ARN"
    details, tags = _table(resource.get("Details")), resource.get("Tags")
    return Claim(
        source=Source.HUB,
        arn=arn,
        target=target,
        details=_table(details.get(kind)),
        tags={str(k): str(v) for k, v in tags.items()} if isinstance(tags, Mapping) else None,
        seen=_moment(asff.get("LastObservedAt")) or _moment(asff.get("UpdatedAt")),
        finding=finding_of(asff),
        level=_level(asff),
    )


def _level(asff: Mapping[str, Any]) -> str | None:
    """Return the customised logLevel, there only when it is customised (F§2.1)."""
    for one in _list(_table(asff.get("Compliance")).get("SecurityControlParameters")):
        parameter = _table(one)
        values = _list(parameter.get("Value"))
        if parameter.get("Name") == "logLevel" and values and _text(values[0]):
            return _text(values[0])
    return None


def _target(asff: Mapping[str, Any]) -> Target | None:
    account, region = _text(asff.get("AwsAccountId")), _text(asff.get("Region"))
    return Target(account, region) if account and region else None


def _odd(name: str, why: str) -> Parsed:
    return Parsed(remarks=(Remark(RemarkKind.ODD, name, why),))


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _moment(value: Any) -> datetime | None:
    """Return a timestamp in UTC; one without a zone is taken for UTC, as ASFF prescribes."""
    try:
        read = datetime.fromisoformat(_text(value))
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
