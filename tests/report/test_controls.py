"""The control itself is no machine: reports count it apart, by account and region."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from hubmend.core.dossier import Dossier
from hubmend.core.resource import Verdict
from hubmend.core.run import ResourceResult, ResourceStatus
from hubmend.report import render_csv, render_html, render_json
from hubmend.report.census import Standing, census
from hubmend.report.headline import headline, next_step
from hubmend.report.story import controls, stories
from tests.report import samples
from tests.report.page import read
from tests.report.sample_controls import PASSED, controlled, of_control, taken_back


def with_status(dossier: Dossier, arn: str, status: ResourceStatus) -> Dossier:
    results = [
        ResourceResult(arn, status, "AWS refused it") if one.arn == arn else one
        for one in dossier.results
    ]
    return replace(dossier, results=tuple(results))


def failing(dossier: Dossier, place: str) -> int:
    """Machines of a place that fail and nobody had suppressed."""
    assert dossier.scan is not None
    rows = dossier.scan.resources
    return sum(
        row.verdict is Verdict.FAILED and not row.suppressed and place in row.arn for row in rows
    )


def test_controls_are_no_machines_and_machines_no_controls() -> None:
    assert stories(controlled()) == ()
    assert controls(samples.dossier()) == controls(samples.scanned_only()) == ()
    assert [(one.account_name, one.region, one.effects) for one in controls(controlled())] == [
        ("payments-prod", samples.TOKYO, ("an automation rule made",)),
        ("data-dev", samples.TOKYO, ("the control disabled",)),
        ("data-dev", samples.VIRGINIA, ("the control disabled", "the control's logLevel set")),
    ]


def test_each_is_told_with_the_decisions_that_its_changes_carry_out() -> None:
    kinds = [[one.kind.value for one in told.decisions] for told in controls(controlled())]
    assert kinds == [[], ["disable-control"], ["disable-control", "set-parameter"]]


def test_the_sentence_counts_accounts_and_regions_and_the_machines_left_off() -> None:
    left = failing(controlled(), f":{samples.DATA}:")
    assert headline(controlled()) == (
        "On 23 Nov 2026 hubmend changed none of 10 failing state machines; "
        f"{left} state machines left off by decision; "
        "the control disabled in 2 accounts and regions; "
        "the control's logLevel set in 1 account and region; "
        "an automation rule made in 1 account and region; "
        f"everything can be undone with: hubmend rollback {samples.RUN}"
    )


def test_a_rollback_is_told_without_calling_them_machines() -> None:
    assert headline(taken_back()) == (
        f"On 23 Nov 2026 hubmend took back run {samples.RUN}: "
        "the control is set as before in 2 accounts and regions; "
        "its automation rules are as before in 1 account and region."
    )
    nothing = replace(taken_back(), results=())
    assert headline(nothing).endswith(": it changed nothing.")


def test_a_rollback_tells_findings_from_configurations() -> None:
    assert headline(samples.rolled_back()) == (
        f"On 23 Nov 2026 hubmend took back run {samples.RUN}: "
        "7 state machines in 2 accounts are configured as before; "
        "what is written on the findings of 1 state machine in 1 account is as before; "
        "for 8 something had to stay (a log group that holds records)."
    )


def test_where_the_control_could_not_be_disabled_no_machine_counts_as_left() -> None:
    failed = with_status(
        controlled(), of_control(samples.DATA, samples.TOKYO), ResourceStatus.FAILED
    )
    before, after = census(failed).before, census(failed).after
    assert after is not None
    assert sum(before.values()) == sum(after.values()) == len(failed.before)
    there = failing(failed, f":{samples.VIRGINIA}:{samples.DATA}:")
    assert after[Standing.SUPPRESSED] - before[Standing.SUPPRESSED] == there
    assert (
        "the control or its automation rules could not be changed in 1 account and region"
        in headline(failed)
    )


def test_what_security_hub_still_updates_is_to_be_verified_again() -> None:
    assert next_step(controlled()) == f"hubmend verify {samples.RUN}"
    settled = [replace(one, configuration=PASSED) for one in controlled().verifications]
    done = replace(controlled(), verifications=tuple(settled))
    assert next_step(done) == "hubmend plan -o plan.json"


def test_the_page_has_a_table_and_sections_of_their_own() -> None:
    page = read(render_html(controlled()))
    assert page.faults == []
    assert len(page.all("article")) == 3
    assert "Machine by machine" not in page.text
    assert "not seen" not in page.text
    assert "This run changed no machine." in page.text
    assert "StepFunctions.1 in data-dev, us-east-1" in page.text
    assert "of 20 machines. After" in page.text
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert {(a["href"] or "")[1:] for a in page.all("a")} <= set(ids)


def test_a_control_that_was_not_reached_or_not_verified_says_so() -> None:
    bare = replace(controlled(), results=(), verifications=())
    text = read(render_html(bare)).text
    assert "not reached. Go on with" in text
    assert "not verified" in text


def test_json_lists_them_apart() -> None:
    document = json.loads(render_json(controlled()))
    assert document["resources"] == []
    (_, _, last) = document["controls"]
    assert list(last) == [
        "arn", "name", "account", "account_name", "region", "decisions", "status", "error", "notes",
        "changes", "configuration",
    ]  # fmt: skip
    assert (last["region"], last["configuration"]["status"]) == (samples.VIRGINIA, "pending")
    unverified = json.loads(render_json(replace(controlled(), verifications=())))
    assert unverified["controls"][0]["configuration"] is None


def test_csv_says_of_each_row_what_it_is_about() -> None:
    rows = list(csv.DictReader(io.StringIO(render_csv(controlled()))))
    assert {row["subject"] for row in rows} == {"control"}
    last = rows[-1]
    assert (last["before"], last["after"], last["proof"], last["finding"]) == ("", "", "", "")
    assert last["decision"] == "disable-control; set-parameter"
    assert (last["until"], last["configuration"]) == ("", "pending")
    machines = list(csv.DictReader(io.StringIO(render_csv(samples.dossier()))))
    assert {row["subject"] for row in machines} == {"machine"}
