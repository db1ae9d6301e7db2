"""Values to store: hypothesis strategies for everything the store keeps, and plain samples."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from hubmend.core.arn import Target
from hubmend.core.call import Call, Change
from hubmend.core.decision import Decision
from hubmend.core.plan import Manual, Note, Plan, Skipped
from hubmend.core.resource import (
    Finding,
    Kind,
    Manager,
    Recommendation,
    Remark,
    RemarkKind,
    Resource,
    Scan,
    Score,
    Unread,
    Verdict,
)
from hubmend.core.run import Run, RunStatus
from hubmend.core.scanned import Part

NOW = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)
ARN = "arn:aws:states:us-east-1:111122223333:stateMachine:pay"

words = st.text(max_size=12)
ids = st.uuids().map(str)
arns = st.from_regex(r"arn:aws:states:[a-z]{2}-east-1:\d{12}:stateMachine:\w{1,20}", fullmatch=True)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1970, 1, 2), datetime(2999, 1, 1), timezones=zones)  # noqa: DTZ001 - hypothesis adds the zone
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(words, json_values, max_size=3)

targets = st.builds(Target, words, words)
resources = st.builds(
    Resource,
    arn=arns,
    account=words,
    region=words,
    name=words,
    type=st.none() | words,
    level=st.none() | words,
    include_execution_data=st.none() | st.booleans(),
    log_group_arn=st.none() | words,
    verdict=st.sampled_from(Verdict),
    reason=words,
    role_arn=st.none() | words,
    revision_id=st.none() | words,
    tags=st.dictionaries(words, words, max_size=3),
    manager=st.builds(Manager, words, words),
    finding=st.none() | st.builds(Finding, words, words, words, words, words),
    recommendation=st.builds(Recommendation, st.sampled_from(Kind), st.none() | words, words),
)
remarks = st.builds(Remark, st.sampled_from(RemarkKind), words, words)
parts = st.dictionaries(
    st.integers(0, 3),
    st.builds(
        Part,
        rows=st.integers(0, 9),
        unread=st.none() | st.builds(Unread, words, words, words),
        scores=st.lists(
            st.builds(Score, words, words, words, st.none() | st.integers(0, 100), words),
            max_size=2,
        ).map(tuple),
        remarks=st.lists(remarks, max_size=2).map(tuple),
    ),
    max_size=3,
)
scans = st.builds(
    Scan,
    id=ids,
    at=moments,
    control=words,
    source=words,
    targets=st.lists(targets, max_size=3).map(tuple),
    resources=st.lists(resources, max_size=4).map(tuple),
    unread=st.just(()),
    remarks=st.lists(remarks, max_size=2).map(tuple),
    account_names=st.dictionaries(words, words, max_size=2),
)
decisions = st.builds(
    Decision,
    id=ids,
    resource=arns,
    kind=st.sampled_from(Kind),
    by=words,
    at=moments,
    source=st.sampled_from(["person", "rule"]),
    reason=words,
    until=st.none() | st.dates(),
    level=st.none() | words,
    include_execution_data=st.none() | st.booleans(),
    log_group=st.none() | words,
    retention_days=st.none() | st.integers(1, 3650),
    kms_key=st.none() | words,
)
calls = st.builds(Call, words, words, objects)
plans = st.builds(
    Plan,
    created=moments,
    control=words,
    changes=st.lists(
        st.builds(
            Change,
            id=ids,
            resource=arns,
            account=words,
            region=words,
            call=calls,
            undo=st.none() | calls,
            reason=words,
            title=words,
            needs=st.lists(ids, max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    skipped=st.lists(st.builds(Skipped, words, words), max_size=2).map(tuple),
    manual=st.lists(
        st.builds(Manual, words, words, st.lists(words, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    notes=st.lists(st.builds(Note, words, words), max_size=2).map(tuple),
    decisions=st.lists(decisions, max_size=2).map(tuple),
    snapshots=st.none() | st.dictionaries(words, objects, max_size=2),
)
runs = st.builds(
    Run,
    id=ids,
    plan=plans,
    status=st.sampled_from(RunStatus),
    started=moments,
    finished=st.none() | moments,
)


def resource(name: str = "pay") -> Resource:
    """Return a failing row."""
    return Resource(
        arn=f"arn:aws:states:us-east-1:111122223333:stateMachine:{name}",
        account="111122223333",
        region="us-east-1",
        name=name,
        type="STANDARD",
        level="OFF",
        include_execution_data=False,
        log_group_arn=None,
        verdict=Verdict.FAILED,
        reason="logging is off",
        role_arn=None,
        revision_id=None,
        tags={"env": "prod"},
        manager=Manager(),
        finding=None,
        recommendation=Recommendation(Kind.ENABLE, "ERROR", "audit asks for it"),
    )


def scan(id_: str = "scan-1", at: datetime = NOW) -> Scan:
    """Return a scan without rows."""
    targets = (Target("111122223333", "us-east-1"),)
    return Scan(id_, at, "StepFunctions.1", "api", targets, (), ())


def decision(resource: str = ARN, **changed: Any) -> Decision:
    """Return a person's decision to enable."""
    return replace(Decision("d-1", resource, Kind.ENABLE, "ana@example.com", NOW), **changed)


def run(id_: str = "run-1", started: datetime = NOW) -> Run:
    """Return a run of a plan without changes."""
    return Run(id_, Plan(NOW, "StepFunctions.1", ()), RunStatus.RUNNING, started)
