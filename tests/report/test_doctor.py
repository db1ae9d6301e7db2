"""doctor and iam-policy as people and programs read them."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console, RenderableType

from hubmend.controls import StepFunctions1
from hubmend.core.arn import Target
from hubmend.core.diagnosis import Check, Diagnosis, Health, Need
from hubmend.core.permission import Document
from hubmend.core.ports import Identity
from hubmend.core.settings import Settings
from hubmend.flow.iam_policy import iam_policy
from hubmend.report.doctor import doctor_document
from hubmend.report.text import show
from hubmend.report.text.doctor import doctor_table
from hubmend.report.text.iam_policy import iam_policy_table

WHO = Identity("111122223333", "arn:aws:iam::111122223333:user/ana", "aws")
HERE = Target("111122223333", "us-east-1")
CREDENTIALS = Check("credentials", Health.OK, WHO.arn)
READS = Check("reads for scan", Health.OK, "2 actions", "", HERE, Need.SCAN)
CHANGES = Check(
    "changes", Health.MISSING, "1 of 11 actions refused: iam:PassRole",
    "add what hubmend iam-policy remediate prints", HERE, Need.REMEDIATION, ("iam:PassRole",),
)  # fmt: skip


def shown(renderable: RenderableType) -> str:
    console = Console(file=StringIO(), width=120, no_color=True, highlight=False)
    with console.capture() as capture:
        show(console, renderable)
    return capture.get()


def test_one_line_a_check_under_its_target_and_what_to_do_first() -> None:
    assert shown(doctor_table(Diagnosis(WHO, (CREDENTIALS, READS, CHANGES)))) == (
        "account 111122223333\n"
        "  credentials  ok  arn:aws:iam::111122223333:user/ana\n"
        "account 111122223333, us-east-1\n"
        "  reads for scan  ok       2 actions\n"
        "  changes         missing  1 of 11 actions refused: iam:PassRole; "
        "add what hubmend iam-policy remediate prints\n"
        "3 checks: 2 ok and 1 missing.\n"
        "Next: add what hubmend iam-policy remediate prints        "
        "(exit 1: needed for remediation)\n"
    )


def test_when_all_is_there_the_next_step_is_a_scan() -> None:
    assert shown(doctor_table(Diagnosis(WHO, (READS,)))).endswith("Next: hubmend scan\n")


def test_what_scan_lacks_is_the_first_thing_to_do() -> None:
    lost = Check("role HubmendAudit", Health.NOT_KNOWN, "no answer in time", "", HERE, Need.SCAN)
    text = shown(doctor_table(Diagnosis(WHO, (CHANGES, lost))))
    assert text.endswith("Next: no answer in time        (exit 3: needed for scan)\n")


def test_the_document_has_one_entry_a_check() -> None:
    document = doctor_document(Diagnosis(WHO, (CREDENTIALS, CHANGES)))
    assert document["schema"] == "hubmend/doctor/1"
    assert document["identity"]["account"] == "111122223333"
    assert document["summary"] == {"ok": 1, "missing": 1, "off": 0, "not_known": 0}
    assert document["checks"][0]["region"] is None
    assert document["checks"][1] == {
        "check": "changes", "account": "111122223333", "region": "us-east-1", "status": "missing",
        "detail": "1 of 11 actions refused: iam:PassRole",
        "next": "add what hubmend iam-policy remediate prints", "needed_for": "remediation",
        "actions": ["iam:PassRole"],
    }  # fmt: skip


@pytest.mark.parametrize("kind", Document)
def test_a_policy_is_explained_action_by_action(kind: Document) -> None:
    made = iam_policy(StepFunctions1(), Settings(), kind, "aws")
    text = shown(iam_policy_table(kind, made.document, made.permissions))
    for permission in made.permissions:
        assert f"\n{permission.action} " in text
    assert "of 6144 characters of a managed policy" in text
    assert text.endswith(f"Next: hubmend iam-policy {kind.value} > {kind.value}.json\n")
