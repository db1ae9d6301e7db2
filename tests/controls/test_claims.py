"""A claim makes a row only where all it says fits together; else the machine is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls import StepFunctions1
from hubmend.core import asff
from hubmend.core.control import Doubt, Parameters
from hubmend.core.inventory import Claim
from hubmend.core.resource import Kind, Manager, Resource, Source, Verdict
from hubmend.core.settings import Settings, load_settings
from tests.fakes.findings import CONTROL, KIND, damaged, details, finding
from tests.fakes.findings import asff as a_finding

NOW = datetime(2026, 11, 23, 18, tzinfo=UTC)


def claim(status: str = "FAILED", **more: Any) -> Claim:
    return asff.parse(a_finding("m", status, **more), CONTROL, KIND).claims[0]


def judge(
    told: Claim, level: str | None = None, settings: Settings | None = None
) -> Resource | Doubt:
    return StepFunctions1().claimed(told, Parameters(level), settings or Settings(), NOW)


def row(told: Claim, level: str | None = None, settings: Settings | None = None) -> Resource:
    judged = judge(told, level, settings)
    assert isinstance(judged, Resource), judged
    return judged


def test_a_failing_finding_with_details_makes_a_whole_row() -> None:
    found = row(replace(claim(), tags={"ManagedBy": "terraform"}))
    assert (found.verdict, found.level, found.type) == (Verdict.FAILED, "OFF", "STANDARD")
    assert (found.source, found.as_of) == (Source.HUB, "2026-11-23T12:00:00.000000Z")
    assert found.recommendation.level == "ERROR"
    assert found.manager == Manager("Terraform (likely)", "tag ManagedBy=terraform")
    assert found.role_arn


def test_a_finding_without_details_gives_its_verdict_and_says_so() -> None:
    found = row(claim(details=None))
    assert (found.verdict, found.level, found.type) == (Verdict.FAILED, None, None)
    assert found.reason == "Security Hub says FAILED; its finding tells no level"
    assert (found.recommendation.decision, found.recommendation.level) == (Kind.ENABLE, None)
    assert row(claim("PASSED", details={"Type": "ODD"})).verdict is Verdict.PASSED


def test_a_custom_level_is_held_against_a_claim_too() -> None:
    logs = details("ALL")
    assert row(claim("PASSED", details=logs)).verdict is Verdict.PASSED
    assert row(claim("FAILED", details=logs), "ERROR").verdict is Verdict.FAILED
    assert isinstance(judge(claim("PASSED", details=logs), "ERROR"), Doubt)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (claim("WARNING"), "its finding says WARNING"),
        (claim("PASSED"), "its finding says PASSED, but in its details logging is off"),
        (claim(details=details("ALL")), "its finding says FAILED, but in its details"),
        (claim(details=details("VERBOSE")), "level VERBOSE is not one AWS documents"),
        (replace(claim(), others=(finding("PASSED"),)), "of different standards disagree"),
        (replace(claim(), seen=NOW - timedelta(hours=49)), "stale: last seen 2026-11-21T17:00"),
        (replace(claim(), seen=None), "stale: last seen at no known time"),
        (replace(claim(details={}), source=Source.CONFIG, finding=None), "tells no level"),
    ],
)  # fmt: skip
def test_what_does_not_fit_together_is_a_doubt(told: Claim, why: str) -> None:
    judged = judge(told)
    assert isinstance(judged, Doubt)
    assert why in judged.why


def test_config_tells_of_a_machine_that_did_not_change_for_a_year() -> None:
    told = Claim(
        Source.CONFIG, claim().arn, claim().target, tags={"env": "dev"},
        details={"StateMachineType": "EXPRESS", **details("ERROR"), "LoggingConfiguration": {
            "Level": "ERROR", "IncludeExecutionData": "true",
            "Destinations": {"CloudWatchLogsLogGroup": {"LogGroupArn": "arn:g:*"}}}},
        seen=NOW - timedelta(days=365),
    )  # fmt: skip
    found = row(told)
    assert (found.verdict, found.source, found.type) == (Verdict.PASSED, Source.CONFIG, "EXPRESS")
    assert (found.log_group_arn, found.include_execution_data) == ("arn:g:*", True)
    assert row(replace(told, seen=None)).as_of == ""


def test_a_rule_speaks_of_claimed_machines() -> None:
    policy = load_settings(
        '[[rules]]\nmatch = { tags = { env = "dev" } }\ndecision = "suppress"\n'
        'reason = "r"\nowner = "o"\nuntil = 2099-01-01\n'
    )
    found = row(replace(claim(), tags={"env": "dev"}), settings=policy)
    assert found.recommendation.decision is Kind.SUPPRESS


@given(document=damaged())
def test_any_claim_is_a_row_or_a_doubt(document: Any) -> None:
    for told in asff.parse(document, CONTROL, KIND).claims:
        judged = judge(told)
        assert isinstance(judged, Doubt) or judged.verdict is not Verdict.UNKNOWN


@given(status=st.sampled_from(asff.COMPLIANCE), level=st.sampled_from(["OFF", "ALL", "ERROR"]))
def test_a_row_never_contradicts_its_finding(status: str, level: str) -> None:
    judged = judge(claim(status, details=details(level)))
    assert isinstance(judged, Doubt) or judged.verdict.value == status


@pytest.mark.parametrize(
    ("match", "told", "why"),
    [
        ('type = "EXPRESS"', claim(details=None), "tells no type, which a rule asks for"),
        ('tags = { env = "dev" }', claim(), "tells no tags, which a rule asks for"),
        ('manager = "SAM"', claim(), "tells no tags, which a rule asks for"),
        ('name = "m*"', claim(details=None), None),
        ('type = "EXPRESS"', claim(), None),
        ('tags = { env = "dev" }', claim("PASSED", details=details("ALL")), None),
        ('tags = { env = "dev" }', replace(claim(), tags={}), None),
    ],
)
def test_what_a_rule_asks_for_and_a_failing_claim_lacks_is_read(
    match: str, told: Claim, why: str | None
) -> None:
    policy = load_settings(f'[[rules]]\nmatch = {{ {match} }}\ndecision = "enable"\n')
    judged = judge(told, settings=policy)
    assert isinstance(judged, Doubt) == (why is not None)
    assert why is None or (isinstance(judged, Doubt) and why in judged.why)
