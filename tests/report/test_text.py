"""The terminal text: as wide as the terminal, whole in a pipe, and the next step last."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console, RenderableType

from hubmend.core.journal import Way
from hubmend.core.plan import Missing, Note, Plan
from hubmend.core.resource import Finding, Remark, RemarkKind, Source, Unread, Verdict
from hubmend.core.run import (
    Canary,
    CanaryAnswer,
    ResourceResult,
    ResourceStatus,
    Run,
    RunResult,
    RunStatus,
)
from hubmend.core.verification import (
    ConfigurationAnswer,
    FindingAnswer,
    ProofAnswer,
    ProofStatus,
    ScoreAnswer,
)
from hubmend.report.text import (
    EventRow,
    decisions_table,
    events_table,
    plan_text,
    run_text,
    scan_table,
    show,
    verification_text,
)
from tests.report import samples

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

EVENTS = [
    EventRow("ExecutionStarted", ("ALL",), 1),
    EventRow("PassStateEntered", ("ALL",), 4),
    EventRow("TaskFailed", ("ALL", "ERROR"), 1),
    EventRow("ExecutionFailed", ("ALL", "ERROR", "FATAL"), 0),
]


def terminal(renderable: RenderableType, width: int = 100) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    show(console, renderable)
    return out.getvalue()


def pipe(renderable: RenderableType) -> str:
    out = io.StringIO()
    show(Console(file=out, width=80), renderable)
    return out.getvalue()


def ran(status: RunStatus = RunStatus.DONE) -> RunResult:
    dossier = samples.dossier()
    return RunResult(samples.RUN, samples.plan().fingerprint, status, dossier.results)


def of(name: str, status: RunStatus = RunStatus.DONE) -> Run:
    return Run(name, samples.plan(), status, samples.STARTED)


def texts() -> dict[str, RenderableType]:
    dossier, scan = samples.dossier(), samples.scan()
    single = replace(scan, targets=scan.targets[:2], resources=scan.resources[:6])
    return {
        "scan": scan_table(scan),
        "scan of one account": scan_table(single),
        "scan, everything, verbose": scan_table(single, everything=True, verbose=True),
        "plan": plan_text(samples.plan(), names=samples.NAMES),
        "run": run_text(ran(), Way.APPLY, names=samples.NAMES),
        "verification": verification_text(
            of(samples.RUN), dossier.verifications, names=samples.NAMES
        ),
        "decisions": decisions_table(dossier.decisions, date(2027, 4, 1), names=samples.NAMES),
        "events": events_table(EVENTS),
    }


@pytest.mark.parametrize("name", texts())
def test_text_in_a_terminal_of_100_columns(name: str, snapshot: SnapshotAssertion) -> None:
    text = terminal(texts()[name])
    assert max(cell_len(line) for line in text.splitlines()) <= 100
    assert text == snapshot


@pytest.mark.parametrize("name", texts())
def test_a_pipe_gets_whole_lines_without_codes_or_trailing_blanks(name: str) -> None:
    text = pipe(texts()[name])
    assert "\x1b" not in text
    assert "…" not in text.replace(f"{samples.plan().fingerprint[:18]}…", "")
    assert all(line == line.rstrip() for line in text.splitlines())


def test_a_row_in_a_pipe_is_one_line_with_everything_on_it() -> None:
    (line,) = [one for one in pipe(scan_table(samples.scan())).splitlines() if "fraud-score" in one]
    assert line.split() == [
        "payments-prod", "us-east-1", "fraud-score", "EXPRESS", "OFF", "FAILED", "-", "enable",
        "ALL:", "no", "history", "without", "logs",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_no_word_is_lost_at_any_width(width: int) -> None:
    whole = re.sub(r"\s", "", pipe(plan_text(samples.plan())))
    assert re.sub(r"\s", "", terminal(plan_text(samples.plan()), width)) == whole


def test_passed_and_suppressed_are_counted_unless_asked_for() -> None:
    short = pipe(scan_table(samples.scan()))
    assert "8 PASSED and 1 suppressed more (--all)" in short
    assert "kyc-check" not in short
    everything = pipe(scan_table(samples.scan(), everything=True))
    assert "kyc-check" in everything
    assert "more (--all)" not in everything


def test_only_verdicts_have_colour() -> None:
    out = io.StringIO()
    show(
        Console(file=out, width=100, force_terminal=True, color_system="standard"), texts()["scan"]
    )
    coloured = set(re.findall("\x1b\\[3[0-9]m([^\x1b]*)\x1b", out.getvalue()))
    assert coloured == {"FAILED", "UNKNOWN"}


def test_arns_only_on_request() -> None:
    assert "arn:aws" not in pipe(scan_table(samples.scan()))
    assert samples.arn("card-authorize") in pipe(scan_table(samples.scan(), verbose=True))
    assert "arn:aws" not in pipe(plan_text(samples.plan()))


def test_an_empty_scope_says_how_to_widen_it() -> None:
    text = pipe(scan_table(replace(samples.scan(), resources=())))
    assert "No state machine in this scope" in text
    assert text.splitlines()[-1].startswith("Next: ")


def test_an_empty_scope_says_what_was_left_out_of_it() -> None:
    remark = Remark(RemarkKind.LEFT_OUT, samples.SHARED, "SUSPENDED")
    seen = replace(samples.scan(), resources=(), targets=(), remarks=(remark,))
    assert f"Left out: {samples.SHARED}: SUSPENDED." in pipe(scan_table(seen))


def test_a_scan_without_failures_says_so() -> None:
    rows = tuple(row for row in samples.rows() if row.verdict is Verdict.PASSED)
    assert "Next: nothing fails" in pipe(scan_table(replace(samples.scan(), resources=rows)))


def test_an_empty_plan_names_the_next_step() -> None:
    text = pipe(plan_text(Plan(samples.SCANNED, samples.CONTROL, ())))
    assert text.splitlines() == ["Nothing to change.", "Next: hubmend scan"]


def test_a_plan_of_skipped_machines_asks_for_decisions() -> None:
    plan = replace(samples.plan(), changes=(), manual=())
    assert pipe(plan_text(plan)).splitlines()[-1].startswith("Next: hubmend decide")


def test_machines_stopped_by_the_same_thing_share_its_steps() -> None:
    plan = samples.plan()
    twice = (*plan.manual, replace(plan.manual[0], resource=samples.arn("settle-weekly")))
    text = pipe(plan_text(replace(plan, manual=twice)))
    assert "settle-nightly and settle-weekly  cannot be done for you" in text
    assert text.count("    1. ") == 1


def test_a_machine_that_cannot_be_read_says_why_in_full() -> None:
    assert "ledger-close: AccessDenied: kms:Decrypt" in pipe(scan_table(samples.scan()))


def test_what_the_finding_of_an_unreadable_machine_says_stands_beside_it() -> None:
    found = Finding("f", "NEW", "FAILED")
    rows = tuple(
        replace(row, finding=found) if row.verdict is Verdict.UNKNOWN else row
        for row in samples.rows()
    )
    text = pipe(scan_table(replace(samples.scan(), resources=rows)))
    assert "kms:Decrypt on key/1f0c33d2; its finding says FAILED" in text


def test_verdicts_that_were_only_told_are_counted() -> None:
    first, second, third, *rest = samples.rows()
    told = [replace(one, source=Source.HUB) for one in (first, second)]
    recorded = replace(third, source=Source.CONFIG)
    text = pipe(scan_table(replace(samples.scan(), resources=(*told, recorded, *rest))))
    assert "2 machines are as Security Hub tells, not read (--source api reads each)" in text
    assert "1 machine is as AWS Config tells, not read" in text
    assert "not read (" not in pipe(scan_table(samples.scan()))


def test_an_account_that_refuses_its_role_is_said_once_for_all_regions() -> None:
    closed = Unread(samples.SHARED, "", "sts:AssumeRole: AccessDenied: no")
    text = pipe(scan_table(replace(samples.scan(), unread=(closed,))))
    assert "all regions: not read: sts:AssumeRole: AccessDenied: no" in text


def test_a_change_without_undo_is_said_twice() -> None:
    plan = samples.plan()
    plan = replace(plan, changes=(replace(plan.changes[0], undo=None), *plan.changes[1:]))
    text = pipe(plan_text(plan))
    assert "(no undo is known)" in text
    assert "No undo is known for 1 change." in text


@pytest.mark.parametrize(
    ("status", "command"),
    [
        (RunStatus.DONE, "hubmend verify"),
        (RunStatus.INTERRUPTED, "--resume"),
        (RunStatus.ROLLED_BACK, "hubmend scan"),
    ],
)
def test_a_run_ends_with_the_next_command(status: RunStatus, command: str) -> None:
    result = replace(ran(status), resources=ran().resources[:1])
    text = pipe(run_text(result, Way.APPLY))
    assert command in text.splitlines()[-1]


BACK = "take it back: hubmend rollback R"


@pytest.mark.parametrize(
    ("way", "statuses", "said"),
    [
        (Way.APPLY, ["failed", "stale"], f"go on: hubmend apply --resume R        (or {BACK})"),
        (Way.APPLY, ["done", "skipped"], f"go on: hubmend apply --resume R        (or {BACK})"),
        (Way.APPLY, ["done", "stale"], f"hubmend plan -o plan.json        (or {BACK})"),
        (Way.APPLY, ["stale", "skipped"], "hubmend plan -o plan.json"),
        (Way.ROLLBACK, ["done", "failed"], "go on: hubmend rollback R"),
        (Way.ROLLBACK, ["stale", "kept"], "hubmend scan"),
    ],
)
def test_what_cannot_succeed_is_not_the_next_command(
    way: Way, statuses: list[str], said: str
) -> None:
    resources = tuple(ResourceResult(name, ResourceStatus(name)) for name in statuses)
    text = pipe(run_text(RunResult("R", "sha256:0", RunStatus.FAILED, resources), way))
    assert text.splitlines()[-1] == f"Next: {said}"


def test_a_run_that_was_taken_back_is_not_to_be_taken_back_again() -> None:
    one = samples.dossier().verifications[0]
    answer = replace(one, configuration=ConfigurationAnswer("failed", "the run was rolled back"))
    text = pipe(verification_text(of("R", RunStatus.ROLLED_BACK), [answer]))
    assert text.splitlines()[-1] == "Next: hubmend scan"


def test_machines_of_one_name_are_told_apart_by_account_and_region() -> None:
    one = samples.dossier().verifications[0]
    other = replace(one, arn=samples.arn("card-authorize", samples.DATA))
    alone = replace(one, arn=samples.arn("card-capture"))
    text = pipe(verification_text(of("R"), [one, other, alone], names=samples.NAMES))
    rows = [line.split("  ")[0] for line in text.splitlines()[:3]]
    assert rows == [
        "card-authorize (payments-prod, ap-northeast-1)",
        "card-authorize (data-dev, ap-northeast-1)",
        "card-capture",
    ]


def test_missing_records_are_named_and_the_way_back_is_shown() -> None:
    one = samples.dossier().verifications[0]
    proof = replace(
        one.proof, status=ProofStatus.MISSING, found=9, why="two are late", missing=("3", "7")
    )
    text = pipe(verification_text(of("R"), [replace(one, proof=proof, score=ScoreAnswer(88, 91))]))
    assert "missing 9 of 11 records" in text
    assert "card-authorize: 3, 7" in text
    assert "score 88 -> 91 %" in text
    assert text.splitlines()[-1].startswith("Next: take it back: hubmend rollback R")


def test_pending_records_are_waited_for() -> None:
    one = samples.dossier().verifications[0]
    proof = replace(one.proof, status=ProofStatus.PENDING, found=0)
    text = pipe(verification_text(of("R"), [replace(one, proof=proof)], verbose=True))
    assert text.splitlines()[-1] == "Next: hubmend verify R --wait 3m"
    assert one.arn in text


def test_a_canary_is_told_with_what_verifying_it_said() -> None:
    answer = CanaryAnswer(samples.arn("x"), "passed", ProofStatus.MISSING, "4 of 4 never arrived")
    bad = ResourceResult(answer.arn, ResourceStatus.FAILED, "canary: 4 of 4 never arrived")
    tried = Canary(("x",), (answer,))
    failed = replace(ran(RunStatus.FAILED), resources=(bad,), canary=tried)
    lines = pipe(run_text(failed, Way.APPLY)).splitlines()
    place = lines.index("Canary of 1 machine: failed, proved 0 of 1")
    assert lines[place + 1].split() == ["machine", "configuration", "proof", "why"]
    assert lines[place + 2].split(maxsplit=3) == ["x", "passed", "missing", "4 of 4 never arrived"]
    assert f"hubmend apply --resume {samples.RUN}" in lines[-1]
    assert f"hubmend rollback {samples.RUN}" in lines[-1]
    unable = replace(failed, canary=Canary(("x", "y")))
    assert "Canary of 2 machines: not verified" in pipe(run_text(unable, Way.APPLY))


def test_empty_states_say_what_to_do() -> None:
    empty = RunResult("R", "sha256:0", RunStatus.DONE, ())
    assert "Nothing was applied" in pipe(run_text(empty, Way.APPLY))
    assert "Next: hubmend scan" in pipe(verification_text(of("R"), ()))
    assert "Next: hubmend decide" in pipe(decisions_table((), date(2026, 11, 23)))
    assert "none of these events" in pipe(events_table(EVENTS[:1], level="FATAL"))


def test_events_of_one_level_only() -> None:
    text = pipe(events_table(EVENTS, level="ERROR"))
    assert "PassStateEntered" not in text
    assert "TaskFailed" in text


@given(evil=st.text(max_size=60) | st.just("\x1b]0;owned\x07\u202e"))
def test_hostile_text_cannot_move_the_cursor(evil: str) -> None:
    rows = (replace(samples.row("x"), name=evil, reason=evil),)
    scan = replace(samples.scan(), resources=rows)
    for text in (terminal(scan_table(scan, verbose=True)), pipe(scan_table(scan, verbose=True))):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_missing_permissions_are_told_per_account_before_the_next_command() -> None:
    who = "arn:aws:iam::222233334444:role/HubmendRemediate"
    missing = (
        Missing("222233334444", who, "iam:PassRole", ("r",)),
        Missing("222233334444", who, "logs:TagResource", ("g",)),
        Missing("111122223333", "arn:aws:iam::111122223333:user/ana", "iam:PassRole", ("r",)),
    )
    untold = Note("333344445555", "whether HubmendRemediate may make these could not be told")
    plan = replace(samples.plan(), missing=missing, notes=(untold,))
    lines = pipe(plan_text(plan, names=samples.NAMES)).splitlines()
    (two,) = [line for line in lines if line.startswith("2 permissions are missing in account")]
    assert "222233334444" in two
    assert two.endswith("iam:PassRole, logs:TagResource; HubmendRemediate would be refused")
    (one,) = [line for line in lines if line.startswith("1 permission is missing in account")]
    assert one.endswith("iam:PassRole; ana would be refused")
    assert any(line.startswith("! account ") and "could not be told" in line for line in lines)
    assert lines[-1] == (
        "Next: add what hubmend iam-policy remediate prints, then hubmend apply plan.json"
    )


def test_the_control_is_counted_apart_from_machines_and_named_with_its_place() -> None:
    machine = samples.dossier().verifications[0]
    none = ProofAnswer(ProofStatus.NOT_PROVABLE, "", 0, 0, (), "")
    controls = [
        replace(
            machine,
            arn=f"arn:aws:securityhub:{region}:{samples.DATA}:security-control/StepFunctions.1",
            configuration=ConfigurationAnswer(status),
            proof=none,
            finding=FindingAnswer("not-available", "it has no finding"),
        )
        for region, status in (("us-east-1", "passed"), ("eu-west-1", "pending"))
    ]
    text = pipe(verification_text(of("R"), [machine, *controls], names=samples.NAMES, verbose=True))
    assert "StepFunctions.1 (data-dev, eu-west-1)" in text
    *_, counted, following = text.splitlines()
    assert counted == (
        "Configured 1 of 1; proved 1 of 1 by 11 log records; "
        "control set in 1 of 2 accounts and regions."
    )
    assert following == "Next: hubmend verify R --wait 3m"
    alone = pipe(verification_text(of("R"), controls[:1]))
    assert "it has no finding" not in alone
    assert "Control set in 1 of 1 account and region." in alone
