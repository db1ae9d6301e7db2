"""What the rules catch, in the terminal and as a document."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

from rich.console import Console

from hubmend.core.decision import Decision
from hubmend.core.resource import Kind, Verdict
from hubmend.core.settings import Settings, load_settings
from hubmend.flow.policy import Review, review
from hubmend.report.policy import policy_document
from hubmend.report.text.policy import policy_text
from tests.report import sample_machines

TODAY = date(2026, 11, 23)
POLICY = """\
[[rules]]
match = { name = "card-*", tags = { env = "prod" } }
decision = "enable"

[[rules]]
match = { name = "card-authorize" }
decision = "enable"

[[rules]]
match = { region = "mars-1" }
decision = "enable"

[[rules]]
decision = "suppress"
reason = "old"
owner = "o"
until = 2026-01-01
"""


def reviewed(*, policy: str = POLICY, scanned: bool = True) -> Review:
    seen = sample_machines.scan()
    return review(load_settings(policy), seen if scanned else None, TODAY)


def shown(found: Review, *, verbose: bool = False) -> str:
    console = Console(width=140, no_color=True)
    with console.capture() as capture:
        console.print(policy_text(found, verbose=verbose))
    return capture.get()


def test_rules_that_do_nothing_are_named_with_the_reason() -> None:
    text = shown(reviewed())
    assert "name card-*, tags env=prod" in text
    assert "Rule at line 5 catches nothing that line 1 does not catch before it." in text
    assert "Rule at line 9 catches no machine of the last scan." in text
    assert "Rule at line 13 ended on 2026-01-01: it decides nothing any more." in text
    assert "everything" in text


def test_rules_are_named_as_notes_in_security_hub_name_them_where_details_are_asked_for() -> None:
    found = reviewed()
    name = f"suppress ({found.rules[-1].rule.id})"
    assert name in shown(found, verbose=True)
    assert name not in shown(found)


def test_long_lists_are_cut_unless_asked_for() -> None:
    everything = reviewed(policy='[[rules]]\ndecision = "enable"\n')
    assert " more" in shown(everything)
    assert " more" not in shown(everything, verbose=True)
    assert "Next: hubmend plan -o plan.json" in shown(everything)


def test_what_is_left_to_a_person_is_said() -> None:
    text = shown(reviewed(policy='[[rules]]\nmatch = { name = "x" }\ndecision = "enable"\n'))
    assert "No rule for" in text
    assert "Next: hubmend decide" in text


def test_where_a_person_decided_instead_it_is_said_and_not_counted_for_the_rule() -> None:
    seen = sample_machines.scan()
    failing = [row for row in seen.resources if row.verdict is Verdict.FAILED]
    decisions = [Decision("d", failing[0].arn, Kind.SUPPRESS, "ann", seen.at)]
    settings = load_settings('[[rules]]\ndecision = "enable"\n')
    found = review(settings, seen, TODAY, decisions)
    text = shown(found)
    assert f"Rule at line 1 gives way to a person for {failing[0].name}." in text
    left = len(failing) - 1
    assert f"Rules decide {left} failing machines of the last scan, persons decided 1." in text
    document = policy_document(found)
    one = {"arn": failing[0].arn, "verdict": "FAILED"}
    assert (document["rules"][0]["overruled"], document["decided"]) == ([one], [one])


def test_without_rules_or_without_a_scan_the_next_step_is_named() -> None:
    assert "Next: hubmend decide" in shown(review(Settings(), None, TODAY))
    text = shown(reviewed(scanned=False))
    assert "Nothing has been scanned yet" in text
    assert "Next: hubmend scan" in text


def test_the_document_has_the_keys_of_its_schema() -> None:
    document = policy_document(reviewed())
    assert list(document) == ["schema", "scan", "rules", "uncaught", "decided"]
    assert list(document["rules"][0]) == [
        "line", "decision", "match", "reason", "owner", "until", "level", "standing", "state",
        "catches", "shadows", "overruled",
    ]  # fmt: skip
    assert document["rules"][0]["match"] == {"name": "card-*", "tags": {"env": "prod"}}
    assert json.loads(json.dumps(document)) == document
    assert policy_document(replace(reviewed(), scan=None))["scan"] is None
