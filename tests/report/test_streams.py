"""A scan written row by row is the same scan."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from hubmend.core.resource import Scan, Verdict
from hubmend.report import scan_csv, scan_document
from hubmend.report.streams import CsvStream, JsonStream, Stream
from hubmend.report.text import scan as scan_text
from hubmend.report.text import scan_table, show
from tests.report import sample_machines as samples
from tests.store import values


def written(stream: Stream, scan: Scan) -> str:
    rows = "".join(stream.row(scan, row) for row in scan.resources)
    return stream.begin(scan) + rows + stream.end(scan, scan.tally)


@pytest.mark.parametrize("scan", [samples.scan(), values.scan()], ids=["some", "none"])
def test_json_is_the_document_with_its_keys_in_order(scan: Scan) -> None:
    document = json.loads(written(JsonStream(), scan))
    assert document == json.loads(json.dumps(scan_document(scan)))
    assert list(document) == list(scan_document(scan))


def test_a_row_of_json_is_one_line() -> None:
    scan = samples.scan()
    lines = written(JsonStream(), scan).splitlines()
    rows = [json.loads(line.strip().rstrip(",")) for line in lines if '"arn":' in line]
    assert [row["arn"] for row in rows] == [row.arn for row in scan.resources]


@pytest.mark.parametrize("scan", [samples.scan(), values.scan()], ids=["some", "none"])
def test_csv_is_the_sheet(scan: Scan) -> None:
    assert written(CsvStream(), scan) == scan_csv(scan)


def test_a_table_holds_so_many_rows_and_says_how_many_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scan_text, "MOST_ROWS", 1)
    scan = samples.scan()
    wanted = [
        row for row in scan.resources if row.verdict is not Verdict.PASSED and not row.suppressed
    ]
    out = io.StringIO()
    show(Console(file=out, width=80), scan_table(scan))
    said = out.getvalue()
    assert f"{len(wanted) - 1:,} rows more than a table shows: --format csv or json" in said
    assert [row.name in said for row in wanted].count(True) == 1
