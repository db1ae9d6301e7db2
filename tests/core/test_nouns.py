"""The small nouns: ARNs, decisions, rows of a scan, runs, errors."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core import journal
from hubmend.core.arn import Target, parse_arn, parse_machine_arn, resource_name
from hubmend.core.codec import decode, encode
from hubmend.core.errors import (
    DONE,
    FAILING,
    INCOMPLETE,
    USAGE,
    AwsError,
    CredentialsError,
    ErrorKind,
    Interrupted,
    StoreError,
    UsageError,
)
from hubmend.core.plan import Plan
from hubmend.core.resource import Finding, Resource, Unread, Verdict
from hubmend.core.run import ResourceResult, ResourceStatus, RunResult, RunStatus
from tests.store.values import ARN, NOW, decision, resource, scan


@pytest.mark.parametrize(
    "text",
    [
        ARN,
        "arn:aws-cn:states:cn-north-1:111122223333:stateMachine:pay",
        "arn:aws-us-gov:iam::111122223333:role/path/name",
        "arn:aws:s3:::bucket/key:with:colons",
    ],
)
def test_an_arn_comes_back_from_its_parts(text: str) -> None:
    assert str(parse_arn(text)) == text


@pytest.mark.parametrize(
    "text", ["", "pay", "arn:aws:states", "arn:gcp:states:r:111122223333:x", f"{ARN}\n", f" {ARN}"]
)
def test_what_is_no_arn_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError, match="is not an ARN: expected arn:PARTITION"):
        parse_arn(text)


@given(st.text())
def test_any_text_is_an_arn_or_a_usage_error(text: str) -> None:
    try:
        assert str(parse_arn(text)) == text
    except UsageError:
        assert not text.startswith("arn:aws:s3:::")


@pytest.mark.parametrize(
    "text",
    [
        f"{ARN}:3",
        f"{ARN}:live",
        f"{ARN}/label",
        "arn:aws:states:us-east-1:111122223333:execution:pay:run",
        "arn:aws:states:us-east-1:111122223333:activity:pay",
        "arn:aws:lambda:us-east-1:111122223333:stateMachine:pay",
    ],
)
def test_only_a_state_machine_itself_is_a_state_machine(text: str) -> None:
    with pytest.raises(UsageError, match="is not the ARN of a state machine"):
        parse_machine_arn(text)


@pytest.mark.parametrize(
    "text",
    ["arn:aws:states::111122223333:stateMachine:pay", "arn:aws:states:us-east-1::stateMachine:pay"],
)
def test_a_machine_without_an_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="lacks its region or its account"):
        parse_machine_arn(text)


def test_a_machine_lives_in_a_target() -> None:
    target = parse_machine_arn(ARN).target
    assert (target, str(target)) == (Target("111122223333", "us-east-1"), "111122223333/us-east-1")


@pytest.mark.parametrize(
    ("arn", "name"),
    [(ARN, "pay"), ("arn:aws:iam::111122223333:role/a/b/Role", "Role"), ("plain", "plain")],
)
def test_people_read_the_last_part_of_an_arn(arn: str, name: str) -> None:
    assert resource_name(arn) == name


@pytest.mark.parametrize(
    ("until", "stands"),
    [(None, True), (date(2026, 11, 22), False), (date(2026, 11, 23), True)],
)
def test_a_decision_stands_through_its_last_day(until: date | None, stands: bool) -> None:
    assert decision(until=until).stands(date(2026, 11, 23)) is stands


SUPPRESSED = Finding("f", "SUPPRESSED", "FAILED")


@pytest.mark.parametrize(
    ("verdict", "finding", "suppressed"),
    [
        (Verdict.FAILED, SUPPRESSED, True),
        (Verdict.FAILED, Finding("f", "NEW", "FAILED"), False),
        (Verdict.FAILED, None, False),
        (Verdict.PASSED, SUPPRESSED, False),
        (Verdict.UNKNOWN, SUPPRESSED, False),
    ],
)
def test_only_a_failing_resource_counts_as_suppressed(
    verdict: Verdict, finding: Finding | None, suppressed: bool
) -> None:
    row = replace(resource(), verdict=verdict, finding=finding)
    assert row.suppressed is suppressed
    assert row.target == Target("111122223333", "us-east-1")


def test_a_row_stored_before_it_kept_the_other_suppressed_findings_is_still_read() -> None:
    known = row(Verdict.FAILED, SUPPRESSED)
    stored = encode(known)
    del stored["finding"]["also_suppressed"]
    assert decode(Resource, stored) == known
    assert known.suppressions == row(Verdict.FAILED).suppressions == ()


def row(verdict: Verdict, finding: Finding | None = None) -> Resource:
    return replace(resource(), verdict=verdict, finding=finding)


@pytest.mark.parametrize(
    ("rows", "unread", "code"),
    [
        ((), (), DONE),
        ((row(Verdict.PASSED), row(Verdict.FAILED, SUPPRESSED)), (), DONE),
        ((row(Verdict.PASSED), row(Verdict.FAILED)), (), FAILING),
        ((row(Verdict.UNKNOWN), row(Verdict.FAILED)), (), INCOMPLETE),
        ((row(Verdict.FAILED),), (Unread("1", "r", "denied"),), INCOMPLETE),
    ],
)
def test_incomplete_beats_failing_beats_done(
    rows: tuple[Resource, ...], unread: tuple[Unread, ...], code: int
) -> None:
    seen = replace(scan(), resources=rows, unread=unread)
    assert seen.exit_code == code
    assert sum(seen.summary.values()) == len(rows)


@pytest.mark.parametrize(
    ("status", "parts", "ok"),
    [
        (RunStatus.DONE, (ResourceStatus.DONE, ResourceStatus.KEPT), True),
        (RunStatus.ROLLED_BACK, (ResourceStatus.DONE,), True),
        (RunStatus.DONE, (ResourceStatus.DONE, ResourceStatus.STALE), False),
        (RunStatus.DONE, (ResourceStatus.SKIPPED,), False),
        (RunStatus.FAILED, (ResourceStatus.DONE,), False),
        (RunStatus.INTERRUPTED, (), False),
    ],
)
def test_a_run_is_ok_when_all_that_was_to_be_done_is_done(
    status: RunStatus, parts: tuple[ResourceStatus, ...], ok: bool
) -> None:
    results = tuple(ResourceResult(ARN, part) for part in parts)
    assert RunResult("run-1", Plan(NOW, "c", ()).fingerprint, status, results).ok is ok


def test_every_kind_of_evidence_has_a_word_of_its_own() -> None:
    kinds = [
        journal.RUN_STARTED, journal.CALL_BEFORE, journal.CALL_AFTER, journal.RESOURCE,
        journal.RUN_FINISHED, journal.EXECUTION, journal.VERIFICATION, journal.DECISION,
    ]  # fmt: skip
    assert len({*kinds, *journal.Outcome, *journal.Way}) == len(kinds) + 5 + 2


def test_every_error_knows_the_exit_code_it_ends_in() -> None:
    error = AwsError(ErrorKind.DENIED, "AccessDenied", "no", "logs:CreateLogGroup")
    assert str(error) == "logs:CreateLogGroup: AccessDenied: no"
    assert str(AwsError(ErrorKind.OTHER, "X", "y")) == "X: y"
    assert AwsError(ErrorKind.CREDENTIALS, "Expired", "x").exit_code == USAGE
    advised = AwsError(ErrorKind.DENIED, "", "no", advice="allow it")
    assert str(advised) == "no; allow it"
    codes = [UsageError("").exit_code, StoreError("").exit_code, CredentialsError("").exit_code]
    assert codes == [USAGE, USAGE, USAGE]
    assert (Interrupted("").exit_code, error.exit_code) == (INCOMPLETE, FAILING)
