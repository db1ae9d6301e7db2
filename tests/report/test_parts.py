"""The small pure parts: sentences, differences, the estimate, the picture, words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubmend.core.call import Call, Change
from hubmend.core.codec import encode
from hubmend.core.evidence import link
from hubmend.core.journal import CANARY, DECISION, ROLLOUT
from hubmend.core.rollout import Rollout
from hubmend.core.run import Canary, CanaryAnswer, RunStatus
from hubmend.core.verification import ProofStatus
from hubmend.report.census import Census, Standing, census
from hubmend.report.difference import difference, documents, sign_of
from hubmend.report.headline import headline, next_step
from hubmend.report.ledger import ledger
from hubmend.report.naming import name_of
from hubmend.report.picture import bars
from hubmend.report.wording import count, duration, listed, moment, standard_name, visible
from tests.report import samples


def change(call: Call, undo: Call | None) -> Change:
    arn = samples.arn("x")
    return Change("c", arn, samples.PAY, samples.TOKYO, call, undo, "")


def test_a_replacement_shows_what_was_and_what_is() -> None:
    group = (
        "arn:aws:logs:ap-northeast-1:111122223333:log-group:"
        "/aws/vendedlogs/states/card-capture-Logs:*"
    )
    logging = [c for c in samples.plan().changes if c.id == "card-capture-logging"]
    assert [f"{line.sign} {line.text}" for line in difference(logging[0])] == [
        "- loggingConfiguration.level: OFF",
        "+ loggingConfiguration.level: ALL",
        "  loggingConfiguration.includeExecutionData: false",
        f"+ loggingConfiguration.destinations[0].cloudWatchLogsLogGroup.logGroupArn: {group}",
    ]


@pytest.mark.parametrize(
    ("call", "undo", "sign"),
    [
        ("CreateLogGroup", "DeleteLogGroup", "+"),
        ("PutRolePolicy", "DeleteRolePolicy", "+"),
        ("UpdateStateMachine", "UpdateStateMachine", "~"),
        ("DeleteLogGroup", None, "-"),
        ("PublishStateMachineVersion", None, "+"),
        ("CreateAutomationRule", "BatchDeleteAutomationRules", "+"),
        ("BatchDeleteAutomationRules", "CreateAutomationRule", "-"),
    ],
)
def test_signs(call: str, undo: str | None, sign: str) -> None:
    back = Call("s", undo, {}) if undo else None
    assert sign_of(change(Call("s", call, {}), back)) == sign


def test_json_in_a_parameter_is_set_apart() -> None:
    call = Call("iam", "PutRolePolicy", {"RoleName": "r", "PolicyDocument": '{"Version":"1"}'})
    assert [line.text for line in difference(change(call, None))] == ["RoleName: r"]
    assert [d.text for d in documents(call)] == ['{\n  "Version": "1"\n}']


@pytest.mark.parametrize("text", ["{", "{not json", "[1]", "{}x"])
def test_text_that_only_looks_like_json_stays_text(text: str) -> None:
    call = Call("s", "PutX", {"a": text})
    assert documents(call) == ()
    assert [line.text for line in difference(change(call, None))] == [f"a: {text}"]


def test_an_unfinished_run_names_how_to_take_it_back_and_how_to_go_on() -> None:
    dossier = samples.dossier()
    assert dossier.run is not None
    stopped = replace(dossier, run=replace(dossier.run, status=RunStatus.INTERRUPTED))
    assert "the run is not finished" in headline(stopped)
    assert next_step(stopped) == f"hubmend apply --resume {samples.RUN}"


def test_before_proof_the_next_step_is_to_verify() -> None:
    unproved = replace(samples.dossier(), verifications=())
    assert "none is proved by log records yet" in headline(unproved)
    assert next_step(unproved) == f"hubmend verify {samples.RUN}"


def test_a_scan_alone_says_what_fails_and_what_is_not_known() -> None:
    assert headline(samples.scanned_only()) == (
        "On 23 Nov 2026 hubmend found that 10 state machines of 20 in 3 accounts fail "
        "StepFunctions.1; 1 machine and 1 account and region could not be read."
    )


def test_the_census_counts_suppressed_machines_apart() -> None:
    counted = census(samples.dossier())
    assert counted.after is not None
    assert [counted.before[s] for s in Standing] == [10, 1, 1, 8]
    assert [counted.after[s] for s in Standing] == [3, 2, 1, 14]


@given(st.lists(st.integers(0, 100_000), min_size=4, max_size=4))
def test_bars_fill_the_width_and_show_every_standing(numbers: list[int]) -> None:
    counts = dict(zip(Standing, numbers, strict=True))
    (bar,) = bars(Census(counts, None))
    assert [part.number for part in bar.segments] == [number for number in numbers if number]
    if bar.segments:
        assert sum(part.width for part in bar.segments) == pytest.approx(100, abs=0.01)
        assert min(part.width for part in bar.segments) > 1


@pytest.mark.parametrize(
    ("arn", "name", "account", "region"),
    [
        (samples.arn("x"), "x", samples.PAY, samples.TOKYO),
        ("111122223333", "account 111122223333", "111122223333", ""),
        ("no arn at all", "no arn at all", "", ""),
        ("arn:aws:iam::111122223333:role/path/r", "r", "111122223333", ""),
    ],
)
def test_names_are_read_leniently(arn: str, name: str, account: str, region: str) -> None:
    found = name_of(arn)
    assert (found.text, found.account, found.region) == (name, account, region)


def test_words() -> None:
    assert [count(n, "machine") for n in (0, 1, 2000)] == [
        "0 machines",
        "1 machine",
        "2 000 machines",
    ]
    assert [listed("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert [duration(s) for s in (8, 60, 200, 7200, 7500)] == [
        "8 s", "1 min", "3 min 20 s", "2 h", "2 h 5 min",
    ]  # fmt: skip


def test_times_are_in_utc_wherever_they_were_taken() -> None:
    at = datetime.fromisoformat("2026-11-24T01:30:00+09:00")
    assert moment(at) == "23 Nov 2026 16:30:00 UTC"
    assert moment(datetime(2026, 1, 2, tzinfo=UTC) + timedelta(0)) == "2 Jan 2026 00:00:00 UTC"


@given(st.text())
def test_visible_text_can_be_written_to_a_file(text: str) -> None:
    visible(text).encode()
    assert "\n" not in visible(text, one_line=True)


@pytest.mark.parametrize(
    ("standard", "name"),
    [
        ("standards/aws-foundational-security-best-practices/v/1.0.0", "FSBP v1.0.0"),
        ("ruleset/cis-aws-foundations-benchmark/v/1.2.0", "CIS v1.2.0"),
        ("standards/one-of-tomorrow/v/2", "one-of-tomorrow v2"),
        ("FSBP v1.0.0", "FSBP v1.0.0"),
    ],
)
def test_standards_have_the_names_people_use(standard: str, name: str) -> None:
    assert standard_name(standard) == name


def test_every_kind_of_evidence_reads_as_a_sentence() -> None:
    rows = ledger(samples.dossier()).rows
    said = {row.kind: row.text for row in rows}
    assert said["run-started"].endswith(
        "by arn:aws:sts::111122223333:assumed-role/HubmendRemediate/mika"
    )
    assert said["call-before"] == "apply securityhub:BatchUpdateFindings for report-preview"
    assert said["call-after"] == "apply securityhub:BatchUpdateFindings for report-preview: done"
    assert said["resource"] == "apply report-preview: done"
    assert said["execution"] == f"card-authorize: verify-{samples.RUN} SUCCEEDED"
    assert said["verification"] == (
        "card-authorize: configuration passed, proof proved, finding pending"
    )
    assert said["run-finished"] == "apply: done"


def test_evidence_of_decisions_and_of_the_future_reads_too() -> None:
    body = {"resource": samples.arn("x"), "kind": "enable", "by": "mika"}
    kinds = (DECISION, "unheard-of", "verification")
    entries = tuple(link("c", n, samples.SCANNED, kind, body, "") for n, kind in enumerate(kinds))
    rows = ledger(replace(samples.nothing(), entries=entries)).rows
    assert [row.text for row in rows] == [
        "x: enable by mika",
        "x",
        "x: configuration -, proof -, finding -",
    ]


def test_evidence_of_a_canary_says_what_verifying_it_said() -> None:
    arn = samples.arn("card-authorize")
    tried = encode(Canary((arn,), (CanaryAnswer(arn, "passed", ProofStatus.PENDING, "late"),)))
    bodies = [
        (CANARY, tried),
        (CANARY, encode(Canary((arn,)))),
        (ROLLOUT, encode(Rollout(canary=0, max_failures=2))),
    ]
    entries = tuple(link("c", 0, samples.SCANNED, kind, body, "") for kind, body in bodies)
    rows = ledger(replace(samples.nothing(), entries=entries)).rows
    assert [row.text for row in rows] == [
        "card-authorize: configuration passed, proof pending",
        "could not be changed",
        "canary 0, max_failures 2",
    ]


def test_a_kept_undo_says_why_in_the_evidence() -> None:
    rows = ledger(samples.rolled_back()).rows
    assert any(row.text.endswith("kept, the log group holds records") for row in rows)


def test_the_report_of_a_stale_run_or_a_half_undone_one_names_what_can_still_succeed() -> None:
    dossier = samples.dossier()
    assert dossier.run is not None
    failed = replace(dossier, run=replace(dossier.run, status=RunStatus.FAILED))
    assert next_step(failed) == "hubmend plan -o plan.json"  # one machine moved since the plan
    undoing = replace(failed, entries=samples.rolled_back().entries, results=())
    assert next_step(undoing) == f"hubmend rollback {samples.RUN}"
