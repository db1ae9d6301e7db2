"""`hubmend events`: what each level writes, in general and of one execution."""

from __future__ import annotations

import pytest

from tests.journey.terminal import Terminal
from tests.sandbox.calls import FAILS, Aws

LEVELS = ("ALL", "ERROR", "FATAL")


@pytest.fixture(scope="module")
def failed_run(aws: Aws) -> str:
    return aws.run(aws.machine(FAILS))


def test_the_levels_nest_in_the_table(terminal: Terminal) -> None:
    rows = terminal.json("events")["events"]
    assert len(rows) > 50
    written = {level: {row["type"] for row in rows if row[level]} for level in LEVELS}
    assert written["FATAL"] < written["ERROR"] < written["ALL"]
    assert written["FATAL"] == {"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"}
    for level in LEVELS:
        own = terminal.json("events", "--level", level)["events"]
        assert {row["type"] for row in own} == written[level]


def test_the_table_needs_no_aws_and_no_store(terminal: Terminal) -> None:
    bare = Terminal(terminal.folder, {"HUBMEND_STORE": "sqlite:////proc/none/x.sqlite"})
    shown = bare.run("events")
    assert "ExecutionFailed" in shown.out
    assert shown.err == ""


def test_an_execution_is_shown_with_a_column_per_level(
    terminal: Terminal, aws: Aws, failed_run: str
) -> None:
    shown = terminal.run("events", "--execution", failed_run).out
    heading = next(line for line in shown.splitlines() if "ALL" in line)
    assert [word for word in heading.split() if word in LEVELS] == list(LEVELS)
    happened = aws.client("stepfunctions").get_execution_history(executionArn=failed_run)["events"]
    for event in happened:
        assert event["type"] in shown

    rows = terminal.json("events", "--execution", failed_run)["events"]
    assert [(row["id"], row["type"]) for row in rows] == [(e["id"], e["type"]) for e in happened]
    assert [row["type"] for row in rows if row["FATAL"]] == ["ExecutionFailed"]
    assert [row["type"] for row in rows if row["ERROR"]] == ["FailStateEntered", "ExecutionFailed"]
    assert all(row["ALL"] for row in rows)


def test_one_level_shows_only_what_it_writes(terminal: Terminal, failed_run: str) -> None:
    rows = terminal.json("events", "--execution", failed_run, "--level", "FATAL")["events"]
    assert [row["type"] for row in rows] == ["ExecutionFailed"]


def test_an_express_execution_has_no_history_and_that_is_said(
    terminal: Terminal, failed_run: str
) -> None:
    arn = failed_run.replace(":execution:", ":express:") + ":0a0a0a0a-0000-0000-0000-000000000000"
    refused = terminal.run("events", "--execution", arn, code=2)
    assert "is an EXPRESS execution: it has no history" in refused.err
    assert refused.out == ""


@pytest.mark.parametrize(
    ("arn", "code", "says"),
    [
        ("nonsense", 2, "is not an ARN"),
        ("arn:aws:s3:::bucket", 2, "is not the ARN of an execution"),
        ("{run}-none", 1, "ExecutionDoesNotExist"),
    ],
)
def test_an_execution_that_is_none_is_told(
    terminal: Terminal, failed_run: str, arn: str, code: int, says: str
) -> None:
    refused = terminal.run("events", "--execution", arn.replace("{run}", failed_run), code=code)
    assert says in refused.err
