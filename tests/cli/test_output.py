"""What is printed, where: one document for machines, plain text in a pipe, files where asked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubmend.cli import COMMANDS
from tests.journey.terminal import ESCAPE, Terminal, in_sandbox
from tests.sandbox.calls import FAILS, REGION, Aws


@pytest.fixture(scope="module")
def walked(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A store with a run that was applied; answers what the commands need to be called with."""
    folder = tmp_path_factory.mktemp("walked")
    terminal = in_sandbox(folder, aws.sandbox.environment())
    arn = aws.machine(FAILS)
    terminal.call("scan", "--regions", REGION, code=1)
    terminal.call("decide", arn, "--enable", "--by", "ana")
    terminal.call("plan", "-o", "plan.json")
    run = json.loads(terminal.call("apply", "plan.json", "--yes", "--format", "json").out)["run"]
    execution = aws.run(arn)
    return {"terminal": terminal, "ARN": arn, "RUN": run, "EXECUTION": execution}


SCHEMAS = {
    "scan": (("scan", "--regions", REGION), "hubmend/scan/1"),
    "decide": (("decide", "ARN", "--enable", "--by", "ana"), "hubmend/decisions/1"),
    "decisions": (("decisions",), "hubmend/decisions/1"),
    "plan": (("plan",), "hubmend/plan/1"),
    "apply": (("apply", "--resume", "RUN"), "hubmend/run/1"),
    "verify": (("verify", "RUN"), "hubmend/evidence/1"),
    "rollback": (("rollback", "RUN", "--yes"), "hubmend/run/1"),
    "report": (("report", "RUN"), "hubmend/report/1"),
    "report --check": (("report", "--check"), "hubmend/chains/1"),
    "events": (("events",), "hubmend/events/1"),
    "events --execution": (("events", "--execution", "EXECUTION"), "hubmend/events/1"),
}


def filled(walked: dict[str, Any], arguments: tuple[str, ...]) -> list[str]:
    return [str(walked.get(one, one)) for one in arguments]


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name != "rollback"])
def test_json_is_one_document_with_its_schema_and_nothing_else(
    walked: dict[str, Any], name: str
) -> None:
    arguments, schema = SCHEMAS[name]
    done = walked["terminal"].call(*filled(walked, arguments), "--format", "json", code=None)
    assert done.code in (0, 1)
    document = json.loads(done.out)
    assert document["schema"] == schema
    assert next(iter(document)) == "schema"
    assert done.err == ""


# The table of events needs neither a store nor AWS, and cannot fail.
@pytest.mark.parametrize("name", [name for name in SCHEMAS if name != "events"])
def test_json_of_a_failure_is_nothing_but_a_message(terminal: Terminal, name: str) -> None:
    bad = terminal.with_variables(HUBMEND_STORE="sqlite:////proc/none/x.sqlite")
    arguments, _ = SCHEMAS[name]
    done = bad.call(*arguments, "--format", "json", code=2)
    assert done.out == ""
    assert done.err.startswith("hubmend: ")


def test_every_command_that_answers_has_a_json_form() -> None:
    answered = {name.split()[0] for name in SCHEMAS}
    assert answered >= {"scan", "decide", "decisions", "plan", "apply", "verify", "rollback"}
    assert answered <= set(COMMANDS)


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name not in ("report", "rollback")])
def test_a_pipe_gets_plain_text(walked: dict[str, Any], name: str) -> None:
    done = walked["terminal"].call(*filled(walked, SCHEMAS[name][0]), code=None)
    assert done.out
    assert ESCAPE not in done.out
    assert done.err == ""  # no progress bar either


@pytest.mark.parametrize("name", [name for name in SCHEMAS if name not in ("report", "rollback")])
def test_quiet_says_nothing_but_keeps_the_exit_code(walked: dict[str, Any], name: str) -> None:
    arguments = filled(walked, SCHEMAS[name][0])
    loud = walked["terminal"].call(*arguments, code=None)
    done = walked["terminal"].call(*arguments, "--quiet", code=loud.code)
    assert (done.out, done.err) == ("", "")


def test_a_real_process_in_a_pipe_prints_as_the_tests_see_it(walked: dict[str, Any]) -> None:
    """The one of this file that pays for a process: the entry point, the streams, the codes."""
    terminal: Terminal = walked["terminal"]
    coloured = terminal.with_variables(TERM="xterm-256color", COLORTERM="truecolor")
    done = coloured.run("events", "--level", "FATAL")
    assert "ExecutionFailed" in done.out
    assert terminal.json("events")["schema"] == "hubmend/events/1"


def test_output_writes_the_same_document_to_a_file(walked: dict[str, Any], tmp_path: Path) -> None:
    terminal, out = walked["terminal"], tmp_path / "out.json"
    done = terminal.call("events", "--format", "json", "--output", str(out))
    assert done.out == ""
    assert json.loads(out.read_text()) == json.loads(
        terminal.call("events", "--format", "json").out
    )


def test_output_writes_a_table_without_colour(walked: dict[str, Any], tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    done = walked["terminal"].call("scan", "--regions", REGION, "--all", "--output", str(out))
    assert done.out == ""
    assert "StepFunctions.1" in out.read_text()
    assert ESCAPE not in out.read_text()


def _csv(text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows
    assert all(row["arn"].startswith("arn:aws:states:") for row in rows)
    assert all(None not in row and None not in row.values() for row in rows)


def _sarif(text: str) -> None:
    document = json.loads(text)
    assert document["version"] == "2.1.0"
    assert document["runs"][0]["tool"]["driver"]["name"] == "hubmend"


@pytest.mark.parametrize(("form", "holds"), [("csv", _csv), ("sarif", _sarif)])
def test_scan_has_a_form_for_sheets_and_one_for_code_scanners(
    walked: dict[str, Any], form: str, holds: Callable[[str], None]
) -> None:
    done = walked["terminal"].call("scan", "--regions", REGION, "--format", form, code=None)
    assert done.err == ""
    holds(done.out)


def test_regions_are_taken_together_or_apart(walked: dict[str, Any]) -> None:
    terminal: Terminal = walked["terminal"]
    together = terminal.call("scan", "--regions", f"{REGION}, eu-west-1", "--format", "json")
    apart = terminal.call("scan", "--regions", REGION, "--regions", "eu-west-1", "--format", "json")
    scopes = [json.loads(done.out)["scope"] for done in (together, apart)]
    assert scopes[0]["targets"] == scopes[1]["targets"]
    assert len(scopes[0]["targets"]) == 2
