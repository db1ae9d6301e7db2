"""The whole journey on the sample organization, through the command line, seen by boto3 too.

It is walked once, by a fixture; each test looks at one part of what happened.
"""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hubmend.sandbox import Sandbox
from tests.journey.terminal import SECRET, Terminal
from tests.journey.walk import BY_RULE, RECORDED, RUNS, Journey, walk

GROUP, RETENTION, ROLE, LOGGING = (
    "CreateLogGroup", "PutRetentionPolicy", "PutRolePolicy", "UpdateStateMachine",
)  # fmt: skip
CHANGES = {
    "card-authorize": [GROUP, RETENTION, ROLE, LOGGING],
    "card-capture": [GROUP, RETENTION, LOGGING],  # shares the role, which is changed once
    "card-refund": [GROUP, RETENTION, LOGGING],
    "payout-route": [GROUP, RETENTION, LOGGING],  # its role may deliver logs already
    "statement-render": [LOGGING],  # its group is there, with records
    "chargeback-notify": [ROLE, LOGGING],  # its stored destination is there
    "onboarding-kyc": [GROUP, RETENTION, ROLE, LOGGING],
    "feature-refresh": [GROUP, RETENTION, LOGGING],  # its managed policy allows delivery
}
SUPPRESSING = "BatchUpdateFindings"
MANUAL = {
    "settle-nightly": "permissions boundary without logs:CreateLogDelivery",
    "settle-weekly": "denies logs:CreateLogDelivery",
    "ledger-export": "customer managed key",
    "ingest-orders": "10 CloudWatch Logs resource policies",
    "certificate-rotate": "belongs to AWS",
}


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    with Sandbox(delivery_delay=0.0) as sandbox:
        yield walk(sandbox, tmp_path_factory.mktemp("journey"))


def _name(arn: str) -> str:
    return arn.rsplit(":", 1)[-1]


def _same(one: dict[str, Any], other: dict[str, Any], *but: str) -> bool:
    return {k: v for k, v in one.items() if k not in but} == {
        k: v for k, v in other.items() if k not in but
    }


def test_scan_has_one_row_per_machine_with_the_verdict_of_its_case(journey: Journey) -> None:
    rows = {row["name"]: row for row in journey.scan.document["resources"]}
    assert len(rows) == 24
    for case in journey.contents:
        row = rows[case["machine"]]
        expected = case["expected"].split(":")[0].split(",")[0]
        assert row["verdict"] == expected, (row["name"], row["reason"])
        assert (row["account"], row["region"], row["type"]) == (
            case["account"], case["region"], case["type"],
        )  # fmt: skip


def test_scan_counts_its_rows_and_ends_incomplete_for_the_one_it_could_not_read(
    journey: Journey,
) -> None:
    document = journey.scan.document
    assert document["schema"] == "hubmend/scan/1"
    counts = Counter(row["verdict"].lower() for row in document["resources"])
    assert counts == {"failed": 16, "passed": 7, "unknown": 1}
    assert {key: document["summary"][key] for key in counts} == counts
    assert journey.scan.code == 3
    unknown = next(row for row in document["resources"] if row["verdict"] == "UNKNOWN")
    assert unknown["name"] == "ledger-close"
    assert "kms:Decrypt" in unknown["reason"]


def test_each_failing_machine_is_changed_in_the_smallest_way_or_is_manual(
    journey: Journey,
) -> None:
    calls: dict[str, list[str]] = {}
    for change in journey.plan["changes"]:
        calls.setdefault(_name(change["resource"]), []).append(change["call"]["operation"])
        assert change["undo"] is not None, change
    assert calls == {**CHANGES, **{name: [SUPPRESSING] for name in BY_RULE}}
    manual = {_name(one["resource"]): one for one in journey.plan["manual"]}
    assert manual.keys() == MANUAL.keys()
    for name, why in MANUAL.items():
        assert why in manual[name]["reason"]
        assert manual[name]["steps"]


def test_a_rule_of_the_policy_file_suppresses_what_it_is_about(journey: Journey) -> None:
    skipped = {_name(one["resource"]): one["reason"] for one in journey.plan["skipped"]}
    assert skipped.keys() == {"ledger-close"}
    for name in BY_RULE:
        before, changed, after = (findings[journey.arns[name]] for findings in journey.findings)
        assert before["Workflow"]["Status"] == after["Workflow"]["Status"] == "NEW"
        assert changed["Workflow"]["Status"] == "SUPPRESSED"
        assert changed["UserDefinedFields"]["hubmend-owner"] == "platform@example.com"
        assert changed["UserDefinedFields"]["hubmend-until"] == "2099-03-31"
        assert "SEC-12" in changed["Note"]["Text"]
        assert not after.get("UserDefinedFields")


def test_the_plan_names_the_next_command(journey: Journey) -> None:
    assert journey.shown.out.rstrip().endswith("hubmend apply plan.json")
    assert journey.shown.err == ""


def test_apply_changed_every_machine_of_the_plan(journey: Journey) -> None:
    assert journey.applied["status"] == "done"
    assert journey.applied["plan"] == journey.plan["fingerprint"]
    done = {_name(one["arn"]): one["status"] for one in journey.applied["resources"]}
    assert done == dict.fromkeys([*CHANGES, *BY_RULE], "done")


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_aws_says_of_a_changed_machine_what_hubmend_says(journey: Journey, name: str) -> None:
    arn = journey.arns[name]
    before, changed = journey.before[arn], journey.changed[arn]
    row = next(one for one in journey.rescan.document["resources"] if one["arn"] == arn)
    logging = changed["loggingConfiguration"]
    group = logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    assert (row["level"], row["verdict"]) == (logging["level"], "PASSED")
    assert row["log_group_arn"] == group
    assert group in journey.changed
    assert logging["includeExecutionData"] is row["include_execution_data"] is False
    assert _same(before, changed, "loggingConfiguration")  # nothing but its logging moved


@pytest.mark.parametrize("name", [name for name, calls in CHANGES.items() if GROUP in calls])
def test_a_new_log_group_has_the_name_the_retention_and_tags(journey: Journey, name: str) -> None:
    logging = journey.changed[journey.arns[name]]["loggingConfiguration"]
    arn = logging["destinations"][0]["cloudWatchLogsLogGroup"]["logGroupArn"]
    assert arn.endswith(f":log-group:/aws/vendedlogs/states/{name}-Logs:*")
    group = journey.changed[arn]
    assert group["retentionInDays"] == 365
    assert group["tags"]["hubmend:machine"] == journey.arns[name]


def test_each_role_that_lacked_rights_has_one_more_inline_policy(journey: Journey) -> None:
    roles = {arn for arn in journey.before if ":role/" in arn}
    grown = {arn for arn in roles if journey.changed[arn] != journey.before[arn]}
    assert {_name(arn) for arn in grown} == {
        "role/CardRole", "role/ChargebackRole", "role/KycRole",
    }  # fmt: skip
    for arn in grown:
        added = dict(journey.changed[arn]["inline"])
        document = added.pop("hubmend-log-delivery")
        assert added == journey.before[arn]["inline"]
        assert "logs:CreateLogDelivery" in document["Statement"][0]["Action"]


def test_nothing_but_the_plan_was_changed(journey: Journey) -> None:
    planned = {change["resource"] for change in journey.plan["changes"]}
    machines = {arn for arn in journey.before if ":stateMachine:" in arn}
    for arn in machines - planned:
        assert journey.changed[arn] == journey.before[arn]


def test_every_run_that_writes_records_is_proved(journey: Journey) -> None:
    found = [(name, proof["status"]) for (name, _), proof in zip(RUNS, journey.proofs, strict=True)]
    assert found == [
        ("card-authorize", "proved"),
        ("card-authorize", "proved"),
        ("payout-route", "proved"),
        ("payout-route", "proved"),
        ("statement-render", "not-provable"),  # it succeeded, and ERROR writes nothing then
        ("onboarding-kyc", "proved"),
    ]
    assert "writes nothing at ERROR" in journey.proofs[4]["why"]
    for proof in journey.proofs:
        assert proof["expected"] == proof["found"]


def test_at_all_the_records_are_the_history_of_both_runs_one_for_one(journey: Journey) -> None:
    records = journey.evidence["payout-route"]
    executions = journey.proofs[3]["executions"]
    assert len(executions) == 2
    for execution in executions:
        logged = [
            (int(one["id"]), one["type"], int(one["previous_event_id"]))
            for one in records
            if one["execution_arn"] == execution
        ]
        happened = [
            (one["id"], one["type"], one.get("previousEventId", 0))
            for one in journey.histories[execution]
        ]
        assert sorted(logged) == happened
    assert len(records) == journey.proofs[3]["found"]
    endings = {one["type"] for one in records} & {"ExecutionSucceeded", "ExecutionFailed"}
    assert endings == {"ExecutionSucceeded", "ExecutionFailed"}


def test_express_records_are_numbered_without_gaps_and_all_counted(journey: Journey) -> None:
    records = journey.evidence["card-authorize"]
    numbers: dict[str, list[int]] = {}
    for one in records:
        numbers.setdefault(one["execution_arn"], []).append(int(one["id"]))
    assert len(numbers) == 2
    for found in numbers.values():
        assert sorted(found) == list(range(1, len(found) + 1))
    assert journey.proofs[1]["found"] == len(records)


def test_with_execution_data_off_no_payload_reached_the_log(journey: Journey) -> None:
    for records in journey.evidence.values():
        assert records
        for one in records:
            assert not {"input", "output", "inputDetails", "outputDetails"} & set(one["details"])
            assert 'amount\\"' not in json.dumps(one)  # of the input, quoted within the record


def test_rollback_restores_every_field_save_log_groups_that_hold_records(
    journey: Journey,
) -> None:
    kept = {
        arn for arn in journey.after.keys() - journey.before.keys() if journey.after[arn]["records"]
    }
    assert {arn.split("/")[-1] for arn in kept} == {f"{name}-Logs:*" for name in RECORDED}
    rest = {arn: shown for arn, shown in journey.after.items() if arn not in kept}
    assert rest == journey.before


def test_rollback_says_which_log_groups_it_kept_and_why(journey: Journey) -> None:
    said = journey.rollback.out
    assert "rolled-back" in said
    for name in RECORDED:
        (line,) = [line for line in said.splitlines() if f" {name} " in line]
        assert "kept" in line
    assert said.count("holds records") == len(RECORDED)


def test_a_second_rollback_changes_nothing(journey: Journey) -> None:
    assert journey.again["status"] == "rolled-back"
    assert journey.witness.whole_world() == journey.after


def test_reports_are_written_as_html_json_and_csv(journey: Journey, tmp_path: Path) -> None:
    for ending in ("html", "json", "csv"):
        out = tmp_path / f"report.{ending}"
        done = journey.terminal.run("report", journey.run, "-o", out)
        assert done.out == ""
        assert out.stat().st_size > 1000
        assert SECRET not in out.read_text()
    page = (tmp_path / "report.html").read_text()
    assert all(name in page for name in CHANGES)
    assert 'src="http' not in page
    document = json.loads((tmp_path / "report.json").read_text())
    assert document["schema"].startswith("hubmend/")
    with (tmp_path / "report.csv").open(newline="") as lines:
        rows = list(csv.reader(lines))
    assert len({len(row) for row in rows}) == 1


def test_the_chain_of_evidence_holds(journey: Journey) -> None:
    done = journey.terminal.run("report", "--check")
    assert journey.run in done.out
    assert done.out.count("holds") == len(done.out.splitlines())


@pytest.mark.parametrize("column", ["body", "at", "kind", "hash", "previous"])
def test_one_altered_byte_of_evidence_is_told_with_its_place(
    journey: Journey, tmp_path: Path, column: str
) -> None:
    other = Terminal(tmp_path, journey.terminal.variables)
    shutil.copy(journey.terminal.store, other.store)
    with sqlite3.connect(other.store) as database:
        (text,) = database.execute(
            f"SELECT {column} FROM evidence WHERE chain = ? AND seq = 7",  # noqa: S608 - no input
            (journey.run,),
        ).fetchone()
        altered = text[:-3] + ("x" if text[-3] != "x" else "y") + text[-2:]
        database.execute(
            f"UPDATE evidence SET {column} = ? WHERE chain = ? AND seq = 7",  # noqa: S608
            (altered, journey.run),
        )
    database.close()
    done = other.run("report", "--check", code=1)
    (line,) = [line for line in done.out.splitlines() if line.startswith(journey.run)]
    assert "BROKEN at entry 7" in line or "BROKEN at entry 8" in line
    assert other.json("report", "--check", code=1)["chains"]
