"""Operations on findings: read, history, and the customer's updates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hubmend.sandbox.hub import filters, updates
from hubmend.sandbox.hub.calls import Call, page
from hubmend.sandbox.hub.errors import HubError
from hubmend.sandbox.hub.history import BY_CUSTOMER, rewrite
from hubmend.sandbox.hub.settings import iso
from hubmend.sandbox.hub.target import Finding, HistoryRecord
from hubmend.sandbox.hub.world import World

_MAX_IDS = 100
_MESSAGES = {
    "ConcurrentUpdateError": "Another request is updating the finding. Try again.",
    "DuplicatedFindingIdentifier": "The finding identifier appears more than once.",
    "FindingNotFound": "The finding was not found in this account and Region.",
    "FindingSizeExceeded": "The finding would be larger than 240 KB.",
    "InternalFailure": "An internal failure occurred. Try again.",
    "InvalidInput": "The input for the finding is not valid.",
}


def get_findings(world: World, call: Call) -> dict[str, Any]:
    """The findings that meet the filters, sorted and paged (F§2.4)."""
    wanted = call.get("Filters") or {}
    filters.validate(wanted)
    now = world.now()
    found = [
        finding.asff
        for target in world.visible(call.account, call.region)
        for finding in target.findings.values()
        if filters.matches(wanted, finding.asff, now)
    ]
    found.sort(key=lambda asff: str(asff["Id"]))
    shown, token = page(call, filters.ordered(found, call.get("SortCriteria") or []))
    return {"Findings": shown, **token}


def get_finding_history(world: World, call: Call) -> dict[str, Any]:
    """Who changed which fields of one finding, newest first."""
    identifier = call["FindingIdentifier"]
    finding = _visible(world, call).get((identifier.get("Id"), identifier.get("ProductArn")))
    if finding is None:
        raise HubError.invalid(f"no finding {identifier.get('Id')!r} in this account and Region")
    start, end = (_moment(call.get(name)) for name in ("StartTime", "EndTime"))
    rows = [
        _record(identifier, record)
        for record in reversed(finding.history)
        if (start is None or record.at >= start) and (end is None or record.at <= end)
    ]
    shown, token = page(call, rows)
    return {"Records": shown, **token}


def batch_update_findings(world: World, call: Call) -> dict[str, Any]:
    """Write the same fields on up to 100 findings; some may stay unprocessed (F§2.5).

    What is written in a home Region is written in the linked Region, too: there at once, on AWS
    replicated after a while.
    """
    identifiers = call["FindingIdentifiers"]
    if not 1 <= len(identifiers) <= _MAX_IDS:
        raise HubError.invalid(
            f"FindingIdentifiers has {len(identifiers)} entries, 1 to {_MAX_IDS}"
        )
    updates.validate(call.arguments)
    known = _visible(world, call)
    now, identity = world.now(), f"arn:aws:iam::{call.account}:root"
    processed, unprocessed, seen = [], [], set()
    for identifier in identifiers:
        key = (identifier.get("Id"), identifier.get("ProductArn"))
        finding = known.get(key)
        code = "DuplicatedFindingIdentifier" if key in seen else _refusal(world, key[0])
        if code is None and finding is None:
            code = "FindingNotFound"
        seen.add(key)
        if code is not None or finding is None:
            unprocessed.append(_unprocessed(identifier, code or "FindingNotFound"))
            continue
        after = updates.updated(finding.asff, call.arguments, now)
        rewrite(finding, after, now, BY_CUSTOMER, identity)
        processed.append(identifier)
    return {"ProcessedFindings": processed, "UnprocessedFindings": unprocessed}


def _visible(world: World, call: Call) -> dict[tuple[Any, Any], Finding]:
    return {
        (finding.asff["Id"], finding.asff["ProductArn"]): finding
        for target in world.visible(call.account, call.region)
        for finding in target.findings.values()
    }


def _refusal(world: World, identity: Any) -> str | None:
    """The code of a failure planned with `fail_updates`, using it up."""
    failure = world.failures.get(identity)
    if failure is None:
        return None
    if failure.left is not None:
        failure.left -= 1
        if failure.left <= 0:
            del world.failures[identity]
    return failure.code


def _unprocessed(identifier: dict[str, str], code: str) -> dict[str, Any]:
    return {
        "FindingIdentifier": identifier,
        "ErrorCode": code,
        "ErrorMessage": _MESSAGES.get(code, code),
    }


def _record(identifier: dict[str, str], record: HistoryRecord) -> dict[str, Any]:
    return {
        "FindingIdentifier": identifier,
        "UpdateTime": iso(record.at),
        "FindingCreated": record.created,
        "UpdateSource": {"Type": record.source, "Identity": record.identity},
        "Updates": [
            {"UpdatedField": name, "OldValue": old, "NewValue": new}
            for name, old, new in record.updates
        ],
    }


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise HubError.invalid(f"{value!r} is not an ISO 8601 time") from error


OPERATIONS = {
    "GetFindings": get_findings,
    "GetFindingHistory": get_finding_history,
    "BatchUpdateFindings": batch_update_findings,
}
