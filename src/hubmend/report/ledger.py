"""The evidence chain as rows people can read, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubmend.core.dossier import Dossier
from hubmend.core.evidence import Entry
from hubmend.core.journal import (
    CALL_AFTER,
    CALL_BEFORE,
    CANARY,
    DECISION,
    EXECUTION,
    RESOURCE,
    ROLLOUT,
    RUN_FINISHED,
    RUN_STARTED,
    TOLD,
    VERIFICATION,
)
from hubmend.report.naming import label, name_of


@dataclass(frozen=True)
class Row:
    """One entry of evidence in words; `broken` marks the first that does not fit its chain."""

    seq: int
    at: datetime
    kind: str
    text: str
    hash: str
    broken: bool


@dataclass(frozen=True)
class Ledger:
    """A chain of evidence; `first` and `last` are hashes, "" for an empty chain."""

    holds: bool
    rows: tuple[Row, ...]
    first: str
    last: str


def ledger(dossier: Dossier) -> Ledger:
    """Return a dossier's evidence for reading."""
    rows = tuple(
        Row(e.seq, e.at, e.kind, _text(e), e.hash, position == dossier.broken_at)
        for position, e in enumerate(dossier.entries)
    )
    first, last = (rows[0].hash, rows[-1].hash) if rows else ("", "")
    return Ledger(dossier.broken_at is None, rows, first, last)


def _text(entry: Entry) -> str:
    body = entry.body
    name = label(str(body.get("resource") or body.get("arn") or ""), {})
    if entry.kind in (CALL_BEFORE, CALL_AFTER):
        call = body.get("call") or {}
        said = f"{body.get('way')} {call.get('service')}:{call.get('operation')} for {name}"
        return said if entry.kind == CALL_BEFORE else f"{said}: {_outcome(entry)}"
    if entry.kind == RESOURCE:
        return f"{body.get('way')} {name}: {_outcome(entry)}"
    if entry.kind == RUN_STARTED:
        return f"plan {body.get('plan')} by {body.get('by')}"
    if entry.kind == RUN_FINISHED:
        return f"{body.get('way')}: {body.get('status')}"
    if entry.kind == EXECUTION:
        return f"{name}: {name_of(str(body.get('execution'))).text} {body.get('status')}"
    if entry.kind == TOLD:
        return f"noted on findings by run {body.get('run')}"
    return _answers(entry, name)


def _answers(entry: Entry, name: str) -> str:
    body = entry.body
    if entry.kind == VERIFICATION:
        answers = (f"{part} {_status(body.get(part))}" for part in _PARTS)
        return f"{name}: {', '.join(answers)}"
    if entry.kind == DECISION:
        return f"{name}: {body.get('kind')} by {body.get('by')}"
    if entry.kind == ROLLOUT:
        return ", ".join(f"{key} {value}" for key, value in body.items() if value is not None)
    if entry.kind == CANARY:
        return "; ".join(_tried(one) for one in body.get("answers") or ()) or "could not be changed"
    return name


_PARTS = ("configuration", "proof", "finding")


def _tried(answer: Mapping[str, Any]) -> str:
    name = label(str(answer.get("arn")), {})
    return f"{name}: configuration {answer.get('configuration')}, proof {answer.get('proof')}"


def _status(answer: object) -> str:
    return str(answer.get("status")) if isinstance(answer, dict) else "-"


def _outcome(entry: Entry) -> str:
    outcome = str(entry.body.get("outcome") or entry.body.get("status"))
    error = entry.body.get("error")
    return f"{outcome}, {error}" if error else outcome
