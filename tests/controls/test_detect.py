"""The verdict is total and exact; the recommendation follows rules, parameters and type."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.controls.stepfunctions_1.detect import row, verdict
from hubmend.controls.stepfunctions_1.machine import (
    Machine,
    from_description,
    group_name,
    same_logging,
)
from hubmend.core.arn import Target
from hubmend.core.control import Parameters, Unreadable
from hubmend.core.resource import Finding, Kind, Manager, Recommendation, Verdict
from hubmend.core.rules import Match, Rule
from hubmend.core.settings import Defaults, Settings
from tests.controls.builders import (
    GROUP,
    NOW,
    ROLE,
    TARGET,
    group_arn,
    logging,
    machine,
    machine_arn,
)
from tests.store.values import json_values

ANY = Parameters()
TODAY, DAY = NOW.date(), timedelta(days=1)
WITHOUT = logging()["destinations"]


@pytest.mark.parametrize(
    ("configured", "expected", "reason"),
    [
        ({}, Verdict.FAILED, "logging is off"),
        ({"level": None}, Verdict.FAILED, "logging is off"),
        ({"level": ""}, Verdict.FAILED, "logging is off"),
        ({"level": "OFF"}, Verdict.FAILED, "logging is off"),
        (logging("OFF"), Verdict.FAILED, "logging is off"),
        (logging("ALL"), Verdict.PASSED, "logging is on at ALL"),
        (logging("ERROR"), Verdict.PASSED, "logging is on at ERROR"),
        (logging("FATAL", data=True), Verdict.PASSED, "logging is on at FATAL"),
        ({**logging(), "destinations": WITHOUT * 2}, Verdict.PASSED, "logging is on at ALL"),
        ({**logging(), "destinations": [None, *WITHOUT]}, Verdict.PASSED, "logging is on at ALL"),
        (logging("TRACE"), Verdict.UNKNOWN, "level TRACE is not one AWS documents"),
        (logging("all"), Verdict.UNKNOWN, "level all is not one AWS documents"),
        ({"level": 3}, Verdict.UNKNOWN, "level 3 is not one AWS documents"),
        ({"level": "ALL"}, Verdict.UNKNOWN, "level ALL without a readable destination"),
        ({"level": "ALL", "destinations": None}, Verdict.UNKNOWN, "without a readable"),
        ({"level": "ALL", "destinations": []}, Verdict.UNKNOWN, "without a readable"),
        ({"level": "ALL", "destinations": {"a": 1}}, Verdict.UNKNOWN, "without a readable"),
        ({"level": "ALL", "destinations": [{}]}, Verdict.UNKNOWN, "without a readable"),
        ({"level": "ALL", "destinations": ["arn"]}, Verdict.UNKNOWN, "without a readable"),
        ({"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": None}]},
         Verdict.UNKNOWN, "without a readable"),
        ({"level": "ALL", "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": None}}]},
         Verdict.UNKNOWN, "without a readable"),
    ],
)  # fmt: skip
def test_the_verdict_of_a_configuration(
    configured: dict[str, Any], expected: Verdict, reason: str
) -> None:
    judged, why = verdict(machine(logging=configured), ANY)
    assert judged is expected
    assert reason in why


@pytest.mark.parametrize("asked", ["ALL", "ERROR", "FATAL"])
@pytest.mark.parametrize("level", ["ALL", "ERROR", "FATAL", "OFF"])
def test_a_customised_level_passes_exactly(level: str, asked: str) -> None:
    judged, why = verdict(machine(logging=logging(level)), Parameters(asked))
    assert judged is (Verdict.PASSED if level == asked else Verdict.FAILED)
    assert level in (asked, "OFF") or f"logLevel is set to {asked}" in why


UNSAID = Parameters(known=False)


@pytest.mark.parametrize("level", ["ALL", "ERROR", "FATAL"])
def test_a_machine_that_logs_passes_only_where_the_level_asked_for_is_known(level: str) -> None:
    judged, why = verdict(machine(logging=logging(level)), UNSAID)
    assert judged is Verdict.UNKNOWN
    assert why == (
        f"logging is on at {level}; whether the control asks for another level could not be read"
    )


def test_a_machine_that_does_not_log_fails_whatever_level_is_asked_for() -> None:
    judged = row(machine(type="EXPRESS", logging={}), UNSAID, Settings(), None, TODAY)
    assert judged.verdict is Verdict.FAILED
    assert judged.recommendation.level == "ALL"
    assert judged.recommendation.why == (
        "no history without logs; whether the control asks for another level could not be read"
    )
    suppressed = row(
        machine(logging={}), UNSAID, rule(Kind.SUPPRESS, reason="test only"), None, TODAY
    )
    assert suppressed.recommendation.why == "test only (rule, line 7)"


keys = st.sampled_from(["level", "includeExecutionData", "destinations", "more"])
levels = st.sampled_from(["ALL", "ERROR", "FATAL", "OFF", "TRACE"])
shapes = st.dictionaries(keys, json_values | levels, max_size=4) | st.builds(
    lambda level, inner: {
        "level": level, "destinations": [{"cloudWatchLogsLogGroup": inner}, inner],
    },
    levels,
    json_values | st.dictionaries(st.just("logGroupArn"), json_values),
)  # fmt: skip


@given(shapes, st.sampled_from([ANY, UNSAID, *map(Parameters, ("ALL", "ERROR", "FATAL"))]))
def test_any_configuration_gets_a_row_and_compares(
    configured: dict[str, Any], asked: Parameters
) -> None:
    read = machine(logging=configured)
    judged = row(read, asked, Settings(), None, TODAY)
    assert judged.verdict in Verdict
    assert judged.reason
    assert bool(judged.recommendation.level) is (judged.verdict is Verdict.FAILED)
    assert same_logging(configured, configured)


def rule(kind: Kind = Kind.ENABLE, **said: Any) -> Settings:
    return Settings(rules=(Rule(Match(), kind, line=7, **said),))


@pytest.mark.parametrize(
    ("kind", "asked", "settings", "expected"),
    [
        ("EXPRESS", None, Settings(),
         Recommendation(Kind.ENABLE, "ALL", "no history without logs")),
        ("STANDARD", None, Settings(),
         Recommendation(Kind.ENABLE, "ERROR", "keeps its own history for 90 days")),
        ("EXPRESS", "FATAL", Settings(),
         Recommendation(Kind.ENABLE, "FATAL", "the control asks for exactly this level")),
        ("STANDARD", None, Settings(defaults=Defaults(level="FATAL")),
         Recommendation(Kind.ENABLE, "FATAL", "level of the policy file")),
        ("STANDARD", None, rule(level="ALL"),
         Recommendation(Kind.ENABLE, "ALL", "rule, line 7")),
        ("STANDARD", "ERROR", rule(level="ALL"),
         Recommendation(Kind.ENABLE, "ERROR", "the control asks for exactly this level")),
        ("STANDARD", None, rule(),
         Recommendation(Kind.ENABLE, "ERROR", "keeps its own history for 90 days")),
        ("EXPRESS", "ALL", rule(Kind.SUPPRESS, reason="test only", level="ALL"),
         Recommendation(Kind.SUPPRESS, "ALL", "test only (rule, line 7)")),
        ("STANDARD", None, rule(Kind.SUPPRESS, reason="test only", level="ALL"),
         Recommendation(Kind.SUPPRESS, "ERROR", "test only (rule, line 7)")),
        ("EXPRESS", None, rule(Kind.SUPPRESS, reason="over", until=TODAY - DAY),
         Recommendation(Kind.ENABLE, "ALL", "no history without logs")),
        ("EXPRESS", None, rule(level="ERROR", until=TODAY),
         Recommendation(Kind.ENABLE, "ERROR", "rule, line 7")),
    ],
)  # fmt: skip
def test_the_recommendation_for_a_failing_machine(
    kind: str, asked: str | None, settings: Settings, expected: Recommendation
) -> None:
    judged = row(machine(type=kind), Parameters(asked), settings, None, TODAY)
    assert judged.recommendation == expected


def test_nothing_is_recommended_for_a_passing_machine() -> None:
    finding = Finding("f", "NEW", "FAILED")
    judged = row(machine(logging=logging(data=True)), ANY, Settings(), finding, TODAY)
    assert judged.recommendation == Recommendation(Kind.NONE, None, "")
    shown = (judged.level, judged.include_execution_data, judged.log_group_arn, judged.finding)
    assert shown == ("ALL", True, group_arn(), finding)


def test_nothing_is_recommended_where_a_rule_asks_for_tags_that_could_not_be_read() -> None:
    by_tag = Rule(Match(tags={"env": "dev"}), Kind.SUPPRESS, "r", "o", TODAY, line=7)
    settings = Settings(rules=(by_tag, Rule(Match(), Kind.ENABLE)))
    judged = row(replace(machine(), tags={}, tagged=False), ANY, settings, None, TODAY)
    why = "rule, line 7, asks for tags that could not be read"
    assert judged.recommendation == Recommendation(Kind.NONE, "ERROR", why)


def test_an_unreadable_machine_is_unknown_with_the_reason_and_nothing_else() -> None:
    state = Unreadable(machine_arn(), "pay", "EXPRESS", TARGET, "AccessDenied: kms:Decrypt")
    judged = row(state, Parameters("ALL"), rule(), None, TODAY)
    assert (judged.verdict, judged.reason) == (Verdict.UNKNOWN, "AccessDenied: kms:Decrypt")
    assert (judged.level, judged.manager) == (None, Manager())
    assert judged.target == Target("111122223333", "us-east-1")


def test_a_machine_is_read_from_its_description_with_what_aws_leaves_out() -> None:
    described = {
        "stateMachineArn": machine_arn(), "name": "pay", "roleArn": ROLE, "creationDate": NOW,
    }  # fmt: skip
    read = from_description(described, {"env": "prod"})
    assert read == Machine(
        machine_arn(), "pay", "STANDARD", ROLE, {}, None, "2026-11-23T09:00:00.000000Z",
        {}, {"env": "prod"},
    )  # fmt: skip
    assert (read.level, read.log_group_arn, read.log_group, read.customer_key) == (
        "OFF", None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("encryption", "key"),
    [
        ({}, None),
        ({"type": "AWS_OWNED_KEY"}, None),
        ({"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}, "k"),
        ({"type": "CUSTOMER_MANAGED_KMS_KEY"}, ""),
    ],
)
def test_only_a_customer_managed_key_is_a_customers(
    encryption: dict[str, str], key: str | None
) -> None:
    read = machine(encryption=encryption, logging=logging())
    assert read.customer_key == key
    assert (read.target, read.partition, read.log_group) == (TARGET, "aws", GROUP)


@pytest.mark.parametrize("arn", [group_arn(), group_arn().removesuffix(":*"), GROUP])
def test_a_group_has_the_same_name_however_its_arn_ends(arn: str) -> None:
    assert group_name(arn) == GROUP
